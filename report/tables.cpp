#include "report/tables.h"
#include <algorithm>
#include <cstdio>

namespace dl::report {

namespace {

constexpr size_t kMostText = 56;

std::string formatted(const char *form, double value, const char *unit) {
  char text[40];
  std::snprintf(text, sizeof text, form, value, unit);
  return text;
}

std::string countText(int64_t n) {
  std::string digits = std::to_string(n);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

/// "1.23 MB".
std::string bytesText(int64_t n) { return shortNumber(n) + (n < 1000 ? " B" : "B"); }
// In columns of many rows nothing stands for 0.
std::string shownBytes(int64_t n) { return n == 0 ? "" : bytesText(n); }
std::string shownNumber(int64_t n) { return n == 0 ? "" : shortNumber(n); }
std::string shownCount(int64_t n) { return n == 0 ? "" : countText(n); }

/// Cells in columns: texts to the left, numbers (from column `numbers` on) to the right.
class Table {
public:
  Table(std::vector<std::string> head, size_t numbers) : numbers_(numbers) { add(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string render() const {
    std::vector<size_t> width(rows_[0].size(), 0);
    for (const auto &row : rows_)
      for (size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], length(row[c]));
    std::string out;
    for (const auto &row : rows_) {
      std::string line = " ";
      for (size_t c = 0; c < row.size(); ++c) {
        std::string space(width[c] - length(row[c]), ' ');
        line += (c ? "  " : " ") + (c >= numbers_ ? space + row[c] : row[c] + space);
      }
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return out;
  }

private:
  static size_t length(const std::string &text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }
  std::vector<std::vector<std::string>> rows_;
  size_t numbers_;
};

bool trains(const Costs &costs) {
  return costs[static_cast<size_t>(ir::Phase::Backward)].any() || costs[static_cast<size_t>(ir::Phase::Update)].any();
}

std::vector<std::string> costHead(bool training) {
  return training ? std::vector<std::string>{"forward", "backward", "FLOPs", "bytes", "memory"}
                  : std::vector<std::string>{"multiply-adds", "FLOPs", "bytes", "memory"};
}
void addCosts(std::vector<std::string> &row, const Costs &costs, bool training) {
  Cost sum = sumOf(costs);
  const Cost &forward = costs[static_cast<size_t>(ir::Phase::Forward)], &backward = costs[static_cast<size_t>(ir::Phase::Backward)];
  row.push_back(shownNumber(training ? forward.multiplyAdds : sum.multiplyAdds));
  if (training) row.push_back(shownNumber(backward.multiplyAdds));
  row.insert(row.end(), {shownNumber(sum.flops), shownBytes(sum.bytes), shownBytes(sum.memory)});
}

std::string layerTable(const Part &part, bool training) {
  std::vector<std::string> head{"layer", "model", "output", "parameters"}, costs = costHead(training);
  head.insert(head.end(), costs.begin(), costs.end());
  Table table(head, 3);
  for (const LayerCosts &layer : part.layers) {
    std::vector<std::string> row{layer.path.empty() ? "(no model)" : layer.path, layer.model.empty() ? "" : layer.model + "(" + layer.settings + ")", layer.output, shownCount(layer.parameters)};
    addCosts(row, layer.costs, training);
    table.add(row);
  }
  return table.render();
}

std::string lineTable(const Places &places, const Part &part, bool training) {
  std::vector<std::string> head{"line", "", "output", "parameters"}, costs = costHead(training);
  head.insert(head.end(), costs.begin(), costs.end());
  Table table(head, 3);
  for (const LineCosts &line : part.lines) {
    std::string name = places.lineName(line.where);
    std::vector<std::string> row{name.starts_with("line ") ? name.substr(5) : name, places.lineText(line.where, kMostText), line.output, shownCount(line.parameters)};
    addCosts(row, line.costs, training);
    table.add(row);
  }
  return table.render();
}

std::string sums(const Part &part, bool training) {
  Table table({"", "multiply-adds", "FLOPs", "bytes", "memory"}, 1);
  auto add = [&](const char *name, const Cost &cost) {
    table.add({name, shortNumber(cost.multiplyAdds), shortNumber(cost.flops), bytesText(cost.bytes), bytesText(cost.memory)});
  };
  const char *const names[] = {"forward", "backward", "optimiser"};
  for (size_t phase = 0; training && phase < kPhases; ++phase) add(names[phase], part.costs[phase]);
  add("total", sumOf(part.costs));
  std::string out = table.render();
  if (training && part.rows > 0)
    out += "  for one example: " + shortNumber(part.costs[0].multiplyAdds / part.rows) + " multiply-adds forward, " +
           shortNumber(sumOf(part.costs).multiplyAdds / part.rows) + " in all\n";
  return out;
}

std::string headOf(const Places &places, const Part &part) {
  switch (part.kind) {
  case Part::Kind::Command: return "once";
  case Part::Kind::Initial: return "initial values, where there are no weights yet";
  case Part::Kind::Loop: break;
  }
  std::string out = "each turn of " + places.lineName(part.loop) + ": " + places.lineText(part.loop, kMostText);
  return part.rows > 0 ? out + " (b = " + std::to_string(part.rows) + ")" : out;
}

/// `brief`: a part of a command that has loops.
std::string render(const Places &places, const Part &part, bool brief) {
  std::string out = headOf(places, part);
  bool training = trains(part.costs);
  if (part.kind == Part::Kind::Initial || brief) {
    Cost sum = sumOf(part.costs);
    return out + ": " + shortNumber(sum.flops) + " FLOPs, " + bytesText(sum.bytes) + "\n";
  }
  out += training ? "\nforward, backward: multiply-adds\n\n" : "\n\n";
  return out + layerTable(part, training) + "\n" + lineTable(places, part, training) + "\n" + sums(part, training);
}

} // namespace

std::string shortNumber(int64_t n) {
  auto x = static_cast<double>(n);
  const std::pair<double, const char *> units[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (auto [size, unit] : units)
    if (x >= size) return formatted(x >= 100 * size ? "%.1f %s" : x >= 10 * size ? "%.2f %s" : "%.3f %s", x / size, unit);
  return std::to_string(n);
}

std::string renderTables(const Places &places, const std::vector<CommandCosts> &commands) {
  std::string out;
  for (const CommandCosts &command : commands) {
    out += (out.empty() ? "" : "\n") + command.name + ": " + countText(command.parameters) + " parameters (" + bytesText(command.parameterBytes) + "), " +
           bytesText(command.arenaBytes) + " of memory at most\n";
    bool loops = std::any_of(command.parts.begin(), command.parts.end(), [](const Part &part) { return part.kind == Part::Kind::Loop; });
    for (const Part &part : command.parts) {
      bool computes = sumOf(part.costs).multiplyAdds != 0 || part.costs[static_cast<size_t>(ir::Phase::Backward)].any();
      bool layers = std::any_of(part.layers.begin(), part.layers.end(), [](const LayerCosts &layer) { return !layer.path.empty(); });
      out += "\n" + render(places, part, loops && !computes && !(layers && part.kind == Part::Kind::Loop));
    }
  }
  return out;
}

} // namespace dl::report

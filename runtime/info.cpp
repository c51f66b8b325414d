// showInfo: the table of layers and the totals.
#include "runtime/console.h"
#include "runtime/element.h"
#include "runtime/run_command.h"
#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

namespace dl::rt {

namespace {

std::string perExample(double flops) {
  char text[32];
  if (flops >= 1e9)
    std::snprintf(text, sizeof text, "%.2f G", flops / 1e9);
  else if (flops >= 1e6)
    std::snprintf(text, sizeof text, "%.2f M", flops / 1e6);
  else if (flops >= 1e3)
    std::snprintf(text, sizeof text, "%.1f k", flops / 1e3);
  else
    std::snprintf(text, sizeof text, "%.0f", flops);
  return text;
}

/// Elements of all parameters and their bytes, each slot once however many commands use it.
void countSlots(const dl_program &program, int64_t &elements, int64_t &bytes) {
  std::set<std::string> seen;
  for (uint64_t e = 0; e < program.n_entries; ++e)
    for (uint64_t i = 0; i < program.entries[e].n_params; ++i) {
      const dl_param &param = program.entries[e].params[i];
      if (param.role != DL_ROLE_SLOT || (param.flags & DL_PARAM_STATE) || !seen.insert(param.name).second) continue;
      int64_t count = elementCount(param.type.extent, param.type.rank);
      elements += count;
      bytes += count * elementBytes(param.type.elem);
    }
}

} // namespace

int showInfo(const dl_program &program) {
  std::vector<std::vector<std::string>> rows{{"layer", "model", "output", "parameters", "FLOPs"}};
  double flops = 0;
  for (uint64_t i = 0; i < program.n_layers; ++i) {
    const dl_layer &layer = program.layers[i];
    rows.push_back(
        {layer.path, layer.model, layer.shape, countText(double(layer.params)), perExample(double(layer.flops))});
    flops += double(layer.flops);
  }
  std::printf("%s (%s, built for %s)\n", program.name, program.source, program.target ? program.target : "?");
  if (program.n_layers > 0) {
    std::vector<size_t> width(5);
    for (const auto &row : rows)
      for (size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
    std::printf("\n");
    for (const auto &row : rows) {
      std::string line;
      for (size_t c = 0; c < row.size(); ++c) {
        std::string space(width[c] - row[c].size(), ' ');
        line += (c ? "  " : "") + (c >= 3 ? space + row[c] : row[c] + space); // numbers to the right
      }
      std::printf("%s\n", line.c_str());
    }
  }
  int64_t elements = 0, bytes = 0;
  countSlots(program, elements, bytes);
  std::printf("\n%s parameters, %s bytes", countText(double(elements)).c_str(), countText(double(bytes)).c_str());
  if (flops > 0) std::printf("; %s FLOPs for one example, forward", perExample(flops).c_str());
  std::printf("\n");
  uint64_t commands = 0;
  for (uint64_t e = 0; e < program.n_entries; ++e) {
    const dl_entry &entry = program.entries[e];
    if (entry.is_test) continue;
    if (commands++ == 0) std::printf("\nmemory while running\n");
    std::printf("  %-12s %8.1f MB, and %.1f MB for each thread\n", entry.name, double(entry.arena_bytes) / 1e6,
                double(entry.scratch_bytes) / 1e6);
  }
  return std::fflush(stdout) == 0 ? kExitOk : kExitFiles;
}

} // namespace dl::rt

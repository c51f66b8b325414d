#include "frontend/build/turns.h"
#include <cstdlib>

namespace dl::frontend {

std::string withoutTurns(const std::string &path, std::vector<int64_t> &turns) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    size_t end = path[i] == '[' ? path.find_first_not_of("0123456789*", i + 1) : std::string::npos;
    if (end == std::string::npos || path[end] != ']') {
      out += path[i];
      continue;
    }
    turns.push_back(path[i + 1] == '*' ? -1 : std::atoll(path.c_str() + i + 1));
    i = end;
  }
  return out;
}

bool mixesTurns(const std::string &a, const std::string &b) {
  std::vector<int64_t> turns;
  bool rolledA = a.find("[*]") != std::string::npos, rolledB = b.find("[*]") != std::string::npos;
  return rolledA != rolledB && withoutTurns(a, turns) == withoutTurns(b, turns);
}

std::string pathOfPart(std::string path, const std::string &number) {
  size_t turn = path.find("[*]");
  return turn == std::string::npos ? path : path.replace(turn, 3, "[" + number + "]");
}

std::optional<Val> valueOfTurns(const std::vector<std::pair<std::string, Val>> &members, const std::string &name) {
  std::vector<std::pair<std::string, Val>> turns;
  for (const auto &[full, v] : members) {
    if (full.compare(0, name.size() + 1, name + "[") != 0) continue;
    size_t end = full.find(']', name.size());
    if (full[name.size() + 1] == '*') return v;
    if (end + 1 == full.size()) turns.emplace_back("", v);
    else if (turns.empty() || turns.back().first != full.substr(0, end + 1)) turns.emplace_back(full.substr(0, end + 1), Val::none());
  }
  std::vector<Val> items;
  for (auto &[inner, v] : turns) {
    std::optional<Val> item = inner.empty() ? v : valueOfTurns(members, inner);
    if (!item) return std::nullopt;
    items.push_back(*item);
  }
  return items.empty() ? std::nullopt : std::optional(Val::tuple(std::move(items)));
}

} // namespace dl::frontend

#include "data/near.h"
#include <algorithm>

namespace dl::data {
namespace {

size_t distance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t change = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

} // namespace

std::string nearest(const std::string &name, const std::vector<std::string> &names) {
  std::string best;
  if (name.size() > 100) return best;
  size_t least = std::min<size_t>(3, name.size() / 3 + 1);
  for (const std::string &candidate : names) {
    if (candidate.size() > name.size() + 3 || candidate.empty()) continue;
    size_t changes = distance(name, candidate);
    if (changes < least || (changes == least && best.empty() && changes < name.size()))
      least = changes, best = candidate;
  }
  return best;
}

std::string unknownName(const std::string &name, const std::vector<std::string> &names) {
  std::string shown = name.size() > 40 ? name.substr(0, 40) + "..." : name;
  std::string text = name.empty() ? "the cell is empty, expected one of " : "`" + shown + "` is not one of ";
  for (size_t i = 0; i < names.size() && i < 6; ++i) text += (i ? ", `" : "`") + names[i] + "`";
  if (names.size() > 6) text += ", ... (" + std::to_string(names.size()) + " names)";
  return text;
}

} // namespace dl::data

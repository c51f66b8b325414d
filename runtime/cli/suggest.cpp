#include "runtime/cli/suggest.h"
#include <algorithm>

namespace dl::rt {

namespace {
/// Insertions, deletions, changes and swaps of neighbours that lead from a to b.
size_t distance(const std::string &a, const std::string &b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}
} // namespace

std::string didYouMean(const std::string &name, const std::vector<std::string> &known, const std::string &prefix) {
  std::string best;
  size_t least = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string &candidate : known) {
    if (candidate.size() > name.size() + least || name.size() > candidate.size() + least) continue;
    size_t steps = distance(name, candidate);
    if (steps < least) least = steps, best = candidate;
  }
  return best.empty() ? "" : " (did you mean `" + prefix + best + "`?)";
}

} // namespace dl::rt

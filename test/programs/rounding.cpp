#include "test/programs/rounding.h"
#include "ir/evaluate/evaluate.h"
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstdio>

namespace dl::test {

using namespace ir;

std::string beyondRounding(const Module &module, const std::vector<Tensor> &args, const std::vector<Tensor> &want, const std::vector<Tensor> &got) {
  constexpr double kTimes = 16, kLeast = 1e-13; // sums in three other orders of rounding, and where those happen to agree
  std::vector<std::vector<Tensor>> moved;
  double size = 1; // of all results: what was lost may be a part of any
  for (int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    auto results = evaluate(module, *module.functions.back(), args);
    std::fesetround(FE_TONEAREST);
    if (!results) return results.message();
    moved.push_back(std::move(*results));
  }
  auto isCompared = [&](size_t k) { return want[k].elem == Elem::F64; };
  for (size_t k = 0; k < want.size(); ++k)
    for (int64_t i = 0; isCompared(k) && i < want[k].count(); ++i)
      if (double x = want[k].number(i); std::isfinite(x)) size = std::max(size, std::fabs(x));
  for (size_t k = 0; k < want.size(); ++k)
    for (int64_t i = 0; isCompared(k) && i < want[k].count(); ++i) {
      double x = want[k].number(i), y = got[k].number(i), spread = 0;
      for (const auto &results : moved) spread = std::max(spread, std::fabs(results[k].number(i) - x));
      if (!std::isfinite(x) || !(spread < 1e-3 * size) || std::fabs(y - x) <= kTimes * spread + kLeast * size) continue;
      char text[160];
      std::snprintf(text, sizeof text, "result %zu, element %lld: %.17g and %.17g, rounding moves it by %.3g", k, static_cast<long long>(i), x, y, spread);
      return text;
    }
  return "";
}

} // namespace dl::test

/// How much workspace LAPACK's routines get, in elements: functions of the extents alone, as it chooses its blocks by them.
#pragma once
#include <algorithm>
#include <cstdint>

namespace dl::linalg {

constexpr int64_t kBlock = 32; ///< columns that LAPACK handles together

inline int64_t qrWork(int64_t m, int64_t n) { return std::max({m, n, int64_t{1}}) * kBlock; }
inline int64_t eighWork(int64_t n) { return 1 + 6 * n + 2 * n * n; }
inline int64_t eighIntegers(int64_t n) { return 3 + 5 * n; }
inline int64_t svdWork(int64_t m, int64_t n) {
  int64_t k = std::min(m, n);
  return 4 * k * k + 7 * k + 2 * kBlock * (m + n) + 1;
}

} // namespace dl::linalg

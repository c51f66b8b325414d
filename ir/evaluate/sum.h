/// Sums in their written order: lanes inside chunks, lanes folded by halves, chunks folded left to right.
#pragma once
#include "ir/attributes.h"
#include "support/numerics/convert.h"
#include <array>

namespace dl::ir::eval {

template <class T> T plus(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a + b;
  else return num::wrapAdd(a, b);
}
template <class T> T times(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a * b;
  else return num::wrapMul(a, b);
}
/// a * b + c: rounded once, or wrapping.
template <class T> T timesPlus(T a, T b, T c) {
  if constexpr (std::is_floating_point_v<T>) return std::fma(a, b, c);
  else return num::wrapAdd(num::wrapMul(a, b), c);
}

/// The place of each term: update `lane(i)`, i being its index along the last summed name, then call `next()`, also for
/// an absent term.
template <class T, class Fold> class OrderedFold {
public:
  OrderedFold(const Order &order, T start, Fold fold) : order_(order), start_(start), fold_(fold) { lanes_.fill(start); }
  T &lane(int64_t index) { return lanes_[static_cast<size_t>(index % order_.lanes)]; }
  void next() {
    if (++inChunk_ == order_.chunk) close();
  }
  T total() {
    if (inChunk_) close();
    return some_ ? total_ : start_;
  }

private:
  void close() {
    for (int64_t half = order_.lanes / 2; half > 0; half /= 2)
      for (int64_t l = 0; l < half; ++l) {
        auto i = static_cast<size_t>(l), j = static_cast<size_t>(l + half);
        lanes_[i] = fold_(lanes_[i], lanes_[j]);
      }
    total_ = some_ ? fold_(total_, lanes_[0]) : lanes_[0];
    some_ = true;
    for (int64_t l = 0; l < order_.lanes; ++l) lanes_[static_cast<size_t>(l)] = start_;
    inChunk_ = 0;
  }

  Order order_;
  T start_, total_{};
  Fold fold_;
  std::array<T, 64> lanes_;
  int64_t inChunk_ = 0;
  bool some_ = false;
};

} // namespace dl::ir::eval

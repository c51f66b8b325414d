/// A dense row-major tensor of the evaluator: exact extents (not bounds), elements in their own width.
#pragma once
#include "ir/type.h"
#include <cstring>
#include <vector>

namespace dl::ir {

struct Tensor {
  Elem elem = Elem::F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  Tensor() = default;
  Tensor(Elem e, std::vector<int64_t> s);
  int64_t count() const {
    int64_t n = 1;
    for (int64_t d : shape) n *= d;
    return n;
  }
  template <class T> T *data() { return reinterpret_cast<T *>(bytes.data()); }
  template <class T> const T *data() const { return reinterpret_cast<const T *>(bytes.data()); }
  uint64_t bits(int64_t i) const; ///< element i, zero-extended
  void setBits(int64_t i, uint64_t bits);
  double number(int64_t i) const; ///< element i as a double
  static Tensor scalar(Elem e, uint64_t bits);
  static Tensor fromNumber(Elem e, double number);
  /// Equal element types, shapes and bits, except that any NaN equals any NaN and +0 equals -0.
  bool sameAs(const Tensor &other) const;
};

} // namespace dl::ir

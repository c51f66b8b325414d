/// Walking over the matrices of a batch.
#pragma once
#include "support/linalg/linalg.h"
#include <algorithm>

namespace dl::linalg {

template <class T> struct Matrix {
  T *data;
  int64_t row, column; ///< strides
  T &operator()(int64_t i, int64_t j) const { return data[i * row + j * column]; }
};
template <class T> struct Vector {
  T *data;
  int64_t step;
  T &operator[](int64_t i) const { return data[i * step]; }
};

/// The leading dimensions of an array whose last `own` ones are a matrix (a line for transforms: `skip` is its dimension).
class Batch {
public:
  Batch(const Array &first, int own) : extent_(first.extent), rank_(first.rank - own) { start(); }
  static Batch around(const Array &array, int dim) {
    Batch b(array, 0);
    b.skip_ = dim;
    b.start();
    return b;
  }
  bool more() const { return more_; }
  void next() {
    more_ = false;
    for (int d = rank_ - 1; d >= 0 && !more_; --d) {
      if (d == skip_) continue;
      if (++index_[d] < extent_[d]) more_ = true;
      else index_[d] = 0;
    }
  }
  template <class T> T *at(const Array &a) const {
    int64_t offset = 0;
    for (int d = 0; d < rank_; ++d)
      if (d != skip_) offset += index_[d] * a.stride[d];
    return a.data ? static_cast<T *>(a.data) + offset : nullptr; // no elements
  }
  template <class T> Matrix<T> matrix(const Array &a) const { return {at<T>(a), a.stride[a.rank - 2], a.stride[a.rank - 1]}; }
  template <class T> Vector<T> vector(const Array &a) const { return {at<T>(a), a.stride[a.rank - 1]}; }

private:
  void start() {
    more_ = true;
    for (int d = 0; d < rank_; ++d) more_ &= d == skip_ || extent_[d] > 0;
  }
  const int64_t *extent_;
  int rank_, skip_ = -1;
  int64_t index_[8] = {};
  bool more_ = true;
};

/// Pieces of the workspace, 64-byte aligned.
class Work {
public:
  explicit Work(void *at) : at_(static_cast<uint8_t *>(at)) {}
  template <class T> T *take(int64_t count) {
    T *piece = reinterpret_cast<T *>(at_);
    at_ += sizeOf(count * static_cast<int64_t>(sizeof(T)));
    return piece;
  }
  static int64_t sizeOf(int64_t bytes) { return (std::max<int64_t>(bytes, 1) + 63) / 64 * 64; }

private:
  uint8_t *at_;
};

} // namespace dl::linalg

/// Moving a block of elements between two strided places.
#pragma once
#include "ir/evaluate/tensor.h"

namespace dl::ir::eval {

/// One side of a copy: first element and a stride for each dimension, both in elements.
struct Place {
  int64_t offset = 0;
  std::vector<int64_t> strides;
};
/// to[index] = from[index] for all indices below `extents`. The elements have equal widths.
void copyBlock(const Tensor &from, const Place &source, Tensor &to, const Place &target, const std::vector<int64_t> &extents);

} // namespace dl::ir::eval

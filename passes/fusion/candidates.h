/// What becomes of an op when kernels are formed: host code, a view, or (part of) a kernel.
#pragma once
#include "ir/module.h"

namespace dl::passes {

enum class Placement : uint8_t {
  Host,   ///< rank-0 arithmetic, control, effects, tables, constants with data
  View,   ///< another name of the operand's buffer: contiguous reshape or slice
  Free,   ///< repeated inside every kernel that reads it
  Kernel, ///< element-wise, reduction, read, contraction: may be merged
  Opaque, ///< a kernel of its own: sort, compress, search, cumulate, scatter, update_at, tensor random keys
};
Placement placementOf(const ir::Op &op);

/// For a View: elements between the operand's first element and the result's, as a constant.
int64_t viewOffset(const ir::Op &op);
/// True if the op lies (at any depth) in a `fused` region.
bool isInsideFused(const ir::Op &op);

} // namespace dl::passes

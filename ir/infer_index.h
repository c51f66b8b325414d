/// The rules of index notation, shared by contract, remap, gather and scatter.
#pragma once
#include "ir/infer_support.h"

namespace dl::ir {

/// Names are distinct, extents sane, operand and name numbers exist, every factor has one index per dimension, and
/// every index without `?` is proven inside. `tensors` operands are read at indices, all later ones are index sources.
std::optional<TypeError> checkIndices(OpKind kind, Operands operands, const IndexedAttr &attr, size_t tensors);
InferResult inferRemap(OpKind kind, Operands operands, const IndexedAttr &attr);
/// The extents of the names of the result.
std::vector<dl::Dim> resultDims(const IndexedAttr &attr);

} // namespace dl::ir

/// Proofs about extents: is an expression never negative, is a subscript always inside?
#pragma once
#include "ir/attributes.h"

namespace dl::ir {

/// True only if `d >= 0` for all values of its variables (interval arithmetic; floor divisions are also bounded by
/// their exact quotients).
bool isNonNegative(const dl::Dim &d);
/// Least and greatest value of an affine index (both meaningless if a name in it has extent 0).
dl::Dim leastOf(const Affine &affine, const std::vector<IndexName> &names);
dl::Dim greatestOf(const Affine &affine, const std::vector<IndexName> &names);
/// True only if the index lies in 0..extent whenever every name has at least one value.
bool isInside(const Affine &affine, const dl::Dim &extent, const std::vector<IndexName> &names);
/// "2*i + u - 1" with the names of the operation.
std::string str(const Affine &affine, const std::vector<IndexName> &names,
                const std::function<std::string(DimAtom *)> &name = {});

} // namespace dl::ir

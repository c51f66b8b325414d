#include "ir/index_range.h"
#include "ir/infer_index.h"

namespace dl::ir {
namespace {

constexpr auto sameRank = [](size_t rank, auto &...lists) { return ((lists.size() == rank) && ...); };

InferResult inferTranspose(const Type &type, const std::vector<int> &perm) {
  std::vector<bool> seen(type.rank());
  Type result(type.elem);
  bool fits = perm.size() == type.rank();
  for (size_t i = 0; fits && i < perm.size(); ++i) {
    fits = isDim(perm[i], type.rank()) && !seen[perm[i]];
    if (fits) seen[perm[i]] = true, result.dims.push_back(type.dims[perm[i]]);
  }
  if (!fits) return typeError(OpKind::Transpose, "C1", listOf(perm) + " does not permute the dimensions of " + type.str(), 0);
  return one(result);
}

InferResult inferBroadcast(const Type &type, const BroadcastAttr &attr) {
  if (attr.to.size() != type.rank() || !areDims(attr.to, attr.dims.size()))
    return typeError(OpKind::Broadcast, "C1",
                     "dimensions " + listOf(attr.to) + " of the result do not take those of " + type.str() + " in order", 0);
  for (size_t i = 0; i < attr.to.size(); ++i)
    if (attr.dims[attr.to[i]] != type.dims[i])
      return typeError(OpKind::Broadcast, "C2",
                       "dimension " + std::to_string(i) + " of " + type.str() + " meets dimension " +
                           std::to_string(attr.to[i]) + " of " + str(attr.dims), 0);
  return one(Type(type.elem, attr.dims));
}

InferResult inferSlice(const Type &type, const SliceAttr &attr) {
  if (!sameRank(type.rank(), attr.start, attr.extent, attr.step))
    return typeError(OpKind::Slice, "C1", "needs start, extent and step for each dimension of " + type.str(), 0);
  for (size_t d = 0; d < type.rank(); ++d) {
    if (attr.step[d] < 1) return typeError(OpKind::Slice, "C2", "steps are positive");
    dl::Dim last = attr.start[d] + (attr.extent[d] - dl::Dim(1)) * dl::Dim(attr.step[d]);
    bool empty = attr.extent[d].isConstant(0);
    if (!isNonNegative(attr.start[d]) || !(empty || isNonNegative(type.dims[d] - dl::Dim(1) - last)))
      return typeError(OpKind::Slice, "C3",
                       attr.extent[d].str() + " elements from " + attr.start[d].str() + " in steps of " +
                           std::to_string(attr.step[d]) + " are not proven inside dimension " + std::to_string(d) +
                           " of " + type.str(), 0);
  }
  return one(Type(type.elem, attr.extent));
}

InferResult inferPad(Operands operands, const PadAttr &attr) {
  const Type &type = operands[0]->type;
  if (!isScalarOf(operands[1], type.elem))
    return typeError(OpKind::Pad, "C1", "the filling of " + type.str() + " has type " + operands[1]->type.str(), 1);
  if (!sameRank(type.rank(), attr.low, attr.extent, attr.step))
    return typeError(OpKind::Pad, "C2", "needs low edge, extent and step for each dimension of " + type.str(), 0);
  for (size_t d = 0; d < type.rank(); ++d) {
    if (attr.step[d] < 1) return typeError(OpKind::Pad, "C3", "steps are positive");
    dl::Dim last = attr.low[d] + (type.dims[d] - dl::Dim(1)) * dl::Dim(attr.step[d]);
    bool empty = type.dims[d].isConstant(0);
    if (!isNonNegative(attr.low[d]) || !(empty || isNonNegative(attr.extent[d] - dl::Dim(1) - last)))
      return typeError(OpKind::Pad, "C4",
                       type.str() + " is not proven to fit at " + attr.low[d].str() + " in steps of " +
                           std::to_string(attr.step[d]) + " into extent " + attr.extent[d].str() + " of dimension " +
                           std::to_string(d), 0);
  }
  return one(Type(type.elem, attr.extent));
}

InferResult inferConcat(Operands operands, int dim) {
  if (operands.empty()) return typeError(OpKind::Concat, "C1", "needs an operand");
  Type result = operands[0]->type;
  if (!isDim(dim, result.rank()))
    return typeError(OpKind::Concat, "C2", result.str() + " has no dimension " + std::to_string(dim), 0);
  dl::Dim total(0);
  for (size_t i = 0; i < operands.size(); ++i) {
    Type type = operands[i]->type;
    bool fits = type.rank() == result.rank();
    if (fits) total = total + type.dims[dim], type.dims[dim] = result.dims[dim];
    if (!fits || type != result)
      return typeError(OpKind::Concat, "C3",
                       "operands have types " + typesOf(operands) + ", joined along dimension " + std::to_string(dim),
                       static_cast<int>(i));
  }
  result.dims[dim] = total;
  return one(result);
}

/// Operand r (its digits over the steps, row-major) holds the elements r, r + s, ...: ceil((D - r) / s) of them.
InferResult inferInterleave(Operands operands, const InterleaveAttr &attr) {
  int64_t pieces = 1;
  bool fits = areDims(attr.over, attr.dims.size()) && attr.step.size() == attr.over.size();
  for (int64_t step : attr.step) fits = fits && step >= 1 && step <= 1024 && (pieces *= step) <= 65536;
  if (!fits || operands.size() != static_cast<size_t>(pieces))
    return typeError(OpKind::Interleave, "C1", "needs one operand for each residue of its steps");
  for (size_t i = 0; i < operands.size(); ++i) {
    std::vector<dl::Dim> dims = attr.dims;
    int64_t rest = static_cast<int64_t>(i);
    for (size_t k = attr.over.size(); k-- > 0; rest /= attr.step[k]) {
      dl::Dim &d = dims[attr.over[k]];
      d = floorDiv(d + dl::Dim(attr.step[k] - 1 - rest % attr.step[k]), dl::Dim(attr.step[k]));
    }
    const Type &type = operands[i]->type;
    if (type.elem != operands[0]->type.elem || type.dims != dims)
      return typeError(OpKind::Interleave, "C2",
                       "operand " + std::to_string(i) + " has type " + type.str() + " instead of " +
                           Type(operands[0]->type.elem, dims).str(), static_cast<int>(i));
  }
  return one(Type(operands[0]->type.elem, attr.dims));
}

} // namespace

InferResult inferShape(OpKind kind, Operands operands, const Attrs &attrs) {
  for (size_t i = 0; i < operands.size(); ++i)
    if (operands[i]->type.elem == Elem::Dim)
      return typeError(kind, "C9", "a dimension has no elements", static_cast<int>(i));
  if (kind == OpKind::Concat) return inferConcat(operands, std::get<ConcatAttr>(attrs).dim);
  if (kind == OpKind::Interleave) return inferInterleave(operands, std::get<InterleaveAttr>(attrs));
  if (kind == OpKind::Pad) return inferPad(operands, std::get<PadAttr>(attrs));
  const Type &type = operands[0]->type;
  if (kind == OpKind::Copy) return one(type);
  if (kind == OpKind::Remap) return inferRemap(kind, operands, std::get<IndexedAttr>(attrs));
  if (kind == OpKind::Transpose) return inferTranspose(type, std::get<DimsAttr>(attrs).dims);
  if (kind == OpKind::Broadcast) return inferBroadcast(type, std::get<BroadcastAttr>(attrs));
  if (kind == OpKind::Slice) return inferSlice(type, std::get<SliceAttr>(attrs));
  if (kind == OpKind::Reverse) {
    const std::vector<int> &dims = std::get<DimsAttr>(attrs).dims;
    if (!areDims(dims, type.rank())) return typeError(kind, "C1", type.str() + " has no dimension list " + listOf(dims), 0);
    return one(type);
  }
  Type result(type.elem, std::get<ShapeAttr>(attrs).dims); // reshape
  if (result.elementCount() != type.elementCount())
    return typeError(kind, "C1", type.str() + " has " + type.elementCount().str() + " elements, " + str(result.dims) +
                                     " has " + result.elementCount().str(), 0);
  return one(result);
}

} // namespace dl::ir

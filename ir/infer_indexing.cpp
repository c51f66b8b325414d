#include "ir/index_range.h"
#include "ir/infer_index.h"

namespace dl::ir {
namespace {

InferResult inferScatter(Operands operands, const IndexedAttr &attr) {
  constexpr OpKind kind = OpKind::Scatter;
  if (operands.size() < 2) return typeError(kind, "C10", "needs a base and updates");
  const Type &base = operands[0]->type;
  if (operands[1]->type.elem != base.elem || base.elem == Elem::Dim)
    return typeError(kind, "C11", "base and updates have types " + typesOf(operands.first(2)), 1);
  bool shaped = attr.factors.size() == 2 && attr.factors[0].operand == 0 && attr.factors[1].operand == 1 &&
                attr.outCount == static_cast<int>(attr.names.size());
  if (!shaped) return typeError(kind, "C12", "needs a place in the base and one in the updates for all its names");
  if (attr.mode != ScatterMode::Set && !isNumber(base.elem))
    return typeError(kind, "C13", "only numbers are combined, got " + base.str(), 0);
  if (auto error = checkIndices(kind, operands, attr, 2)) return *error;
  return one(base);
}

/// The block fits for all sizes; or, both being run-time sizes, it fits into the memory of the whole (the evaluator and
/// generated code then rely on the sizes themselves: what makes such an extent clamps it, like `to_dim` of what is left).
bool blockFits(const Dim &whole, const Dim &part) {
  return isNonNegative(whole - part) || (!whole.isConstant() && !part.isConstant() && part.highest() <= whole.highest());
}

InferResult inferSliceAt(Operands operands, const SliceAtAttr &attr) {
  constexpr OpKind kind = OpKind::SliceAt;
  if (operands.empty()) return typeError(kind, "C1", "needs an operand");
  const Type &type = operands[0]->type;
  if (operands.size() != type.rank() + 1 || attr.extent.size() != type.rank())
    return typeError(kind, "C1", "needs a start and an extent for each dimension of " + type.str());
  for (size_t d = 0; d < type.rank(); ++d) {
    if (!isScalarOf(operands[d + 1], Elem::I64))
      return typeError(kind, "C2", "starts are i64, got " + operands[d + 1]->type.str(), static_cast<int>(d + 1));
    if (!blockFits(type.dims[d], attr.extent[d]))
      return typeError(kind, "C3", attr.extent[d].str() + " elements are not proven to fit into dimension " +
                                       std::to_string(d) + " of " + type.str(), 0);
  }
  return one(Type(type.elem, attr.extent));
}

InferResult inferUpdateAt(Operands operands, const UpdateAtAttr &attr) {
  constexpr OpKind kind = OpKind::UpdateAt;
  if (operands.size() < 2) return typeError(kind, "C1", "needs a base and an update");
  const Type &base = operands[0]->type, &update = operands[1]->type;
  if (update.elem != base.elem || update.rank() != base.rank() || operands.size() != base.rank() + 2)
    return typeError(kind, "C1", "base and update have types " + typesOf(operands.first(2)), 1);
  if (attr.mode != ScatterMode::Set && (attr.mode != ScatterMode::Add || !isNumber(base.elem)))
    return typeError(kind, "C2", "sets any elements or adds numbers, got " + base.str(), 0);
  for (size_t d = 0; d < base.rank(); ++d) {
    if (!isScalarOf(operands[d + 2], Elem::I64))
      return typeError(kind, "C3", "starts are i64, got " + operands[d + 2]->type.str(), static_cast<int>(d + 2));
    if (!blockFits(base.dims[d], update.dims[d]))
      return typeError(kind, "C4", update.str() + " is not proven to fit into " + base.str(), 1);
  }
  return one(base);
}

InferResult inferSort(Operands operands, const SortAttr &attr) {
  constexpr OpKind kind = OpKind::Sort;
  if (operands.empty()) return typeError(kind, "C1", "needs a key");
  const Type &key = operands[0]->type;
  if (!isNumber(key.elem)) return typeError(kind, "C2", "sorts by numbers, got " + key.str(), 0);
  if (!isDim(attr.dim, key.rank())) return typeError(kind, "C3", key.str() + " has no dimension " + std::to_string(attr.dim), 0);
  Inferred result;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i]->type.dims != key.dims)
      return typeError(kind, "C4", "operands have types " + typesOf(operands), static_cast<int>(i));
    result.types.push_back(operands[i]->type);
    result.fresh.emplace_back();
  }
  return result;
}

InferResult inferCompress(const Type &mask) {
  if (mask.elem != Elem::Bool || mask.rank() != 1)
    return typeError(OpKind::Compress, "C1", "takes a vector of bools, got " + mask.str(), 0);
  int64_t bound = mask.dims[0].bound();
  dl::Dim count = dl::Dim::variable("n", bound);
  return Inferred{{Type::dimension(bound), Type(Elem::I32, {count})}, {count, dl::Dim()}};
}

InferResult inferSearch(Operands operands) {
  const Type &sorted = operands[0]->type, &queries = operands[1]->type;
  if (sorted.rank() != 1 || sorted.elem != queries.elem || !isNumber(sorted.elem))
    return typeError(OpKind::Search, "C1", "searches numbers in a vector of the same numbers, got " + typesOf(operands), 1);
  return one(queries.withElem(Elem::I32));
}

} // namespace

InferResult inferIndexing(OpKind kind, Operands operands, const Attrs &attrs) {
  if (kind == OpKind::Gather) return inferRemap(kind, operands, std::get<IndexedAttr>(attrs));
  if (kind == OpKind::Scatter) return inferScatter(operands, std::get<IndexedAttr>(attrs));
  if (kind == OpKind::SliceAt) return inferSliceAt(operands, std::get<SliceAtAttr>(attrs));
  if (kind == OpKind::UpdateAt) return inferUpdateAt(operands, std::get<UpdateAtAttr>(attrs));
  if (kind == OpKind::Sort) return inferSort(operands, std::get<SortAttr>(attrs));
  if (kind == OpKind::Compress) return inferCompress(operands[0]->type);
  DL_CHECK(kind == OpKind::Search);
  return inferSearch(operands);
}

} // namespace dl::ir

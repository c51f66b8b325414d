#include "ir/infer_support.h"

namespace dl::ir {

static bool reduces(ReduceKind kind, Elem e) {
  return kind == ReduceKind::And || kind == ReduceKind::Or ? isBits(e) : isNumber(e);
}

static Type without(const Type &type, const std::vector<int> &dims) {
  Type rest(type.elem);
  for (size_t d = 0, next = 0; d < type.rank(); ++d) {
    if (next < dims.size() && dims[next] == static_cast<int>(d)) ++next;
    else rest.dims.push_back(type.dims[d]);
  }
  return rest;
}

InferResult inferReduction(OpKind kind, Operands operands, const Attrs &attrs) {
  const Type &type = operands[0]->type;
  auto noDim = [&](const std::string &dims) { return typeError(kind, "C1", type.str() + " has no dimension " + dims, 0); };
  auto noKind = [&] { return typeError(kind, "C2", "cannot reduce " + type.str() + " this way", 0); };
  if (kind == OpKind::Reduce) {
    const auto &attr = std::get<ReduceAttr>(attrs);
    if (!areDims(attr.dims, type.rank())) return noDim("list " + listOf(attr.dims));
    if (!reduces(attr.kind, type.elem)) return noKind();
    return one(without(type, attr.dims));
  }
  if (kind == OpKind::ArgReduce) {
    const auto &attr = std::get<ArgReduceAttr>(attrs);
    if (!isDim(attr.dim, type.rank())) return noDim(std::to_string(attr.dim));
    if (!isNumber(type.elem)) return noKind();
    return one(without(type, {attr.dim}).withElem(Elem::I32));
  }
  const auto &attr = std::get<CumulateAttr>(attrs);
  if (!isDim(attr.dim, type.rank())) return noDim(std::to_string(attr.dim));
  if (attr.kind == ReduceKind::And || attr.kind == ReduceKind::Or || !isNumber(type.elem)) return noKind();
  return one(type);
}

} // namespace dl::ir

#include "ir/infer_support.h"

namespace dl::ir {

static InferResult inferGrad(Operands operands, const GradAttr &attr) {
  constexpr OpKind kind = OpKind::Grad;
  size_t first = attr.seeded ? 2 : 1;
  if (operands.size() < first) return typeError(kind, "C1", "needs a value to differentiate");
  const Type &y = operands[0]->type;
  if (!isFloat(y.elem) || (!attr.seeded && !y.isScalar()))
    return typeError(kind, "C2", "differentiates a floating-point scalar, got " + y.str(), 0);
  if (attr.seeded && operands[1]->type != y)
    return typeError(kind, "C3", "value and seed have types " + typesOf(operands.first(2)), 1);
  Inferred result;
  for (size_t i = first; i < operands.size(); ++i) {
    if (!isFloat(operands[i]->type.elem))
      return typeError(kind, "C4", "there is no derivative with respect to " + operands[i]->type.str(), static_cast<int>(i));
    result.types.push_back(operands[i]->type);
    result.fresh.emplace_back();
  }
  return result;
}

InferResult inferDifferentiation(OpKind kind, Operands operands, const Attrs &attrs) {
  if (kind == OpKind::Grad) return inferGrad(operands, std::get<GradAttr>(attrs));
  const Type &type = operands[0]->type;
  if (type.elem == Elem::Dim) return typeError(kind, "C1", "a dimension has no elements", 0);
  if (kind == OpKind::Accumulate) {
    if (operands[1]->type != type) return typeError(kind, "C2", "operands have types " + typesOf(operands), 1);
    if (!isNumber(type.elem)) return typeError(kind, "C3", "adds numbers, got " + type.str(), 0);
  }
  return one(type);
}

} // namespace dl::ir

#include "ir/infer_support.h"

namespace dl::ir {

static InferResult inferGrad(Operands operands, const GradAttr &attr) {
  constexpr OpKind kind = OpKind::Grad;
  size_t values = static_cast<size_t>(attr.values), first = attr.seeded ? 2 * values : values;
  if (attr.values < 1 || operands.size() < first || (!attr.seeded && values != 1))
    return typeError(kind, "C1", "needs one value to differentiate, or a seed for each");
  for (size_t i = 0; i < values; ++i) {
    const Type &y = operands[i]->type;
    if (!isFloat(y.elem) || (!attr.seeded && !y.isScalar()))
      return typeError(kind, "C2", "differentiates a floating-point scalar, got " + y.str(), static_cast<int>(i));
    if (attr.seeded && operands[values + i]->type != y)
      return typeError(kind, "C3", "value and seed have types " + y.str() + " and " + operands[values + i]->type.str(), static_cast<int>(values + i));
  }
  Inferred result;
  for (size_t i = first; i < operands.size(); ++i) {
    if (!isFloat(operands[i]->type.elem))
      return typeError(kind, "C4", "there is no derivative with respect to " + operands[i]->type.str(), static_cast<int>(i));
    result.types.push_back(operands[i]->type);
    result.fresh.emplace_back();
  }
  return result;
}

static InferResult inferJvp(Operands operands, const JvpAttr &attr) {
  constexpr OpKind kind = OpKind::Jvp;
  size_t values = static_cast<size_t>(attr.values);
  if (attr.values < 1 || operands.size() < values || (operands.size() - values) % 2 != 0)
    return typeError(kind, "C1", "needs a value to differentiate, and a direction for each input");
  size_t inputs = (operands.size() - values) / 2;
  for (size_t i = 0; i < values + inputs; ++i)
    if (!isFloat(operands[i]->type.elem))
      return typeError(kind, "C4", "there is no derivative of or with respect to " + operands[i]->type.str(), static_cast<int>(i));
  for (size_t i = values; i < values + inputs; ++i)
    if (operands[i]->type != operands[i + inputs]->type)
      return typeError(kind, "C3", "input and direction have types " + operands[i]->type.str() + " and " + operands[i + inputs]->type.str(),
                       static_cast<int>(i + inputs));
  Inferred result;
  for (size_t i = 0; i < values; ++i) {
    result.types.push_back(operands[i]->type);
    result.fresh.emplace_back();
  }
  return result;
}

InferResult inferDifferentiation(OpKind kind, Operands operands, const Attrs &attrs) {
  if (kind == OpKind::Grad) return inferGrad(operands, std::get<GradAttr>(attrs));
  if (kind == OpKind::Jvp) return inferJvp(operands, std::get<JvpAttr>(attrs));
  const Type &type = operands[0]->type;
  if (type.elem == Elem::Dim) return typeError(kind, "C1", "a dimension has no elements", 0);
  if (kind == OpKind::Accumulate) {
    if (operands[1]->type != type) return typeError(kind, "C2", "operands have types " + typesOf(operands), 1);
    if (!isNumber(type.elem)) return typeError(kind, "C3", "adds numbers, got " + type.str(), 0);
  }
  return one(type);
}

} // namespace dl::ir

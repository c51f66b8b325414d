#include "ir/infer_loop.h"

namespace dl::ir {
namespace {

/// What a region that runs once yields, seen from outside.
InferResult yieldedTypes(OpKind kind, const Region &region, DimRenaming renaming) {
  Inferred result;
  Operands yielded = yieldedBy(region);
  appendResults(yielded, renaming, {}, result);
  for (const Type &type : result.types)
    if (const Value *inner = innerDim(type, region))
      return typeError(kind, "C1", "a result has type " + type.str() + ", whose dimension `" + inner->dim.str() +
                                       "` is known only inside");
  return result;
}

InferResult inferIf(Operands operands, std::span<Region *const> regions) {
  constexpr OpKind kind = OpKind::If;
  if (!isScalarOf(operands[0], Elem::Bool)) return typeError(kind, "C2", "decides on a bool, got " + operands[0]->type.str(), 0);
  if (!regions[0]->args.empty() || !regions[1]->args.empty()) return typeError(kind, "C3", "a branch takes no arguments");
  InferResult taken = yieldedTypes(kind, *regions[0], {});
  auto *result = std::get_if<Inferred>(&taken);
  if (!result) return taken;
  // The other branch must agree when its dimensions stand for the same results.
  Operands others = yieldedBy(*regions[1]);
  if (others.size() != result->types.size())
    return typeError(kind, "C4", "one branch yields " + std::to_string(result->types.size()) + " values, the other " +
                                     std::to_string(others.size()));
  DimRenaming renaming;
  for (size_t i = 0; i < others.size(); ++i) {
    if (renaming(others[i]->type) != result->types[i])
      return typeError(kind, "C5", "the branches yield " + result->types[i].str() + " and " + others[i]->type.str());
    if (others[i]->type.elem == Elem::Dim) renaming.add(others[i], result->fresh[i]);
  }
  return taken;
}

InferResult inferCall(Operands operands, const CallAttr &attr, const Module *module) {
  constexpr OpKind kind = OpKind::Call;
  const Function *callee = module ? module->find(attr.callee) : nullptr;
  if (!callee || !callee->body->terminator()) return typeError(kind, "C1", "there is no function @" + attr.callee + " before this one");
  DimRenaming renaming;
  if (int bad = firstMismatch(callee->body->args, operands, renaming); bad >= 0)
    return typeError(kind, "C2", "argument " + std::to_string(bad) + " does not fit @" + attr.callee, bad);
  Inferred result;
  appendResults(yieldedBy(*callee->body), renaming, {}, result);
  for (const Type &type : result.types)
    if (innerDim(type, *callee->body))
      return typeError(kind, "C3", "a result of @" + attr.callee + " has type " + type.str() + ", whose dimension is known only inside");
  return result;
}

InferResult inferOnce(OpKind kind, Operands operands, const Region &region) {
  DimRenaming renaming;
  if (int bad = firstMismatch(region.args, operands, renaming); bad >= 0)
    return typeError(kind, "C2", "operand " + std::to_string(bad) + " has another type than its region argument", bad);
  return yieldedTypes(kind, region, std::move(renaming));
}

/// The vjp region takes the operands, the results, and a cotangent of each float result; it yields a cotangent of each
/// float operand.
InferResult inferCustomGrad(Operands operands, std::span<Region *const> regions) {
  constexpr OpKind kind = OpKind::CustomGrad;
  InferResult primal = inferOnce(kind, operands, *regions[0]);
  auto *result = std::get_if<Inferred>(&primal);
  if (!result) return primal;
  std::vector<Type> takes, gives;
  for (const Value *operand : operands) takes.push_back(operand->type);
  for (const Value *operand : operands)
    if (isFloat(operand->type.elem)) gives.push_back(operand->type);
  takes.insert(takes.end(), result->types.begin(), result->types.end());
  for (const Type &type : result->types)
    if (isFloat(type.elem)) takes.push_back(type);
  auto agree = [](Operands values, const std::vector<Type> &types) {
    return values.size() == types.size() &&
           std::equal(types.begin(), types.end(), values.begin(), [](const Type &t, const Value *v) { return t == v->type; });
  };
  if (!agree(regions[1]->args, takes))
    return typeError(kind, "C3", "the gradient region takes operands, results and cotangents of the float results");
  if (!agree(yieldedBy(*regions[1]), gives))
    return typeError(kind, "C4", "the gradient region yields a cotangent for each float operand");
  return primal;
}

} // namespace

InferResult inferControl(OpKind kind, Operands operands, const Attrs &attrs, std::span<Region *const> regions,
                         const Module *module) {
  if (kind == OpKind::Yield || kind == OpKind::Return) return none();
  if (kind == OpKind::If) return inferIf(operands, regions);
  if (kind == OpKind::For) return inferFor(operands, std::get<ForAttr>(attrs), *regions[0]);
  if (kind == OpKind::While) return inferWhile(operands, std::get<WhileAttr>(attrs), *regions[0], *regions[1]);
  if (kind == OpKind::Call) return inferCall(operands, std::get<CallAttr>(attrs), module);
  if (kind == OpKind::CustomGrad) return inferCustomGrad(operands, regions);
  return inferOnce(kind, operands, *regions[0]); // checkpoint, fused
}

} // namespace dl::ir

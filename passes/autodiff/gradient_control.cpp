/// Regions that run once: `if`, `checkpoint`, `custom_grad`.
#include "passes/autodiff/scopes.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

std::vector<Value *> takeAll(const Op &op, Reverse &r) {
  std::vector<Value *> adjoints;
  for (Value *result : op.results) adjoints.push_back(r.has(result) ? r.take(result) : nullptr);
  return adjoints;
}

/// The same predicate; each branch yields the cotangents of what either of them read from outside.
void gradientIf(Op &op, Reverse &r) {
  std::vector<Value *> adjoints = takeAll(op, r), outside;
  Region *regions[2];
  std::optional<Builder> builders[2];
  std::optional<BranchScope> scopes[2];
  std::optional<Reverse> inner[2];
  std::unordered_map<const Value *, Value *> sums; // that a branch goes on from; look-ups only
  auto sumOf = [&](Value *v) -> Value * {
    if (isDefinedInside(v, op)) return nullptr;
    auto [at, first] = sums.try_emplace(v);
    if (first) at->second = r.takeRunning(v);
    return at->second;
  };
  for (int side = 0; side < 2; ++side) {
    Region &branch = *op.regions[static_cast<size_t>(side)];
    regions[side] = r.b.newRegion({});
    builders[side].emplace(r.b.module(), regions[side]);
    builders[side]->where = r.b.where;
    scopes[side].emplace(op, branch, r.scope(), *builders[side]);
    inner[side].emplace(r.shared(), *scopes[side], *builders[side]);
    inner[side]->sumsOutside = sumOf;
    ValueMap map;
    differentiate(op, branch, map, adjoints, *inner[side]);
    for (Value *v : inner[side]->order())
      if (!isDefinedInside(v, op) && std::find(outside.begin(), outside.end(), v) == outside.end()) outside.push_back(v);
  }
  if (outside.empty()) return;
  for (int side = 0; side < 2; ++side) {
    std::vector<Value *> yields;
    for (Value *v : outside) {
      Value *sum = inner[side]->take(v, inner[side]->hasBegun(v) ? nullptr : sumOf(v));
      yields.push_back(sum ? sum : inner[side]->zeros(v->type));
    }
    builders[side]->yield(yields);
  }
  Op *reverse = r.b.create(OpKind::If, {r.primal(op.operand(0))}, NoAttr{}, {regions[0], regions[1]});
  for (size_t i = 0; i < outside.size(); ++i) r.contribute(outside[i], reverse->result(i));
}

/// Inputs of a region, such that every op of it that computes something depends on one of them; small ones first.
std::vector<Value *> inputsOfAll(const Op &op) {
  const Region &body = *op.regions[0];
  std::unordered_map<const Value *, std::vector<Value *>> from; // inside values: the inputs they depend on
  std::vector<Value *> chosen;
  auto isChosen = [&](const Value *v) { return std::find(chosen.begin(), chosen.end(), v) != chosen.end(); };
  for (Value *arg : body.args) from[arg] = {op.operand(arg->index)};
  for (const Op *inside : body.ops) {
    std::vector<Value *> inputs;
    std::vector<Value *> reads = inside->operands;
    for (Value *v : freeValues(*inside)) reads.push_back(v);
    for (Value *v : reads) {
      auto found = from.find(v);
      std::vector<Value *> these = found != from.end() ? found->second : std::vector<Value *>{v};
      for (Value *input : these)
        if (input->type.elem != Elem::Dim && input->type.elem != Elem::Key && std::find(inputs.begin(), inputs.end(), input) == inputs.end())
          inputs.push_back(input);
    }
    bool moves = info(inside->kind).family == Family::Shape || isFreeToRepeat(*inside) || isTerminator(inside->kind);
    if (!moves && !inputs.empty() && std::none_of(inputs.begin(), inputs.end(), isChosen))
      chosen.push_back(*std::min_element(inputs.begin(), inputs.end(), [](const Value *a, const Value *b) {
        return a->type.boundBytes() < b->type.boundBytes();
      }));
    for (const Value *result : inside->results) from[result] = inputs;
  }
  return chosen;
}

/// The inside is computed again, from copies of its inputs so that nothing takes it for what is there already.
void gradientCheckpoint(Op &op, Reverse &r) {
  Region &body = *op.regions[0];
  std::vector<Value *> adjoints = takeAll(op, r);
  ValueMap map;
  for (size_t i = 0; i < body.args.size(); ++i) map.map(body.args[i], r.primal(op.operand(i)));
  for (Value *v : inputsOfAll(op)) {
    Value *copy = r.b.value(OpKind::Copy, {r.primal(v)});
    for (Value *arg : body.args)
      if (op.operand(arg->index) == v) map.map(arg, copy);
    map.map(v, copy);
  }
  gradientAgain(op, body, map, adjoints, r);
}

/// The user's rule: operands, results and cotangents in, a cotangent for each float operand out.
void gradientCustom(Op &op, Reverse &r) {
  for (const Value *v : freeValues(*op.regions[0]))
    if (r.wants(v)) return r.refuse(op, Diag::GradientThroughCapture, v->name.empty() ? "a value" : "`" + v->name + "`");
  Region &rule = *op.regions[1];
  ValueMap map;
  size_t arg = 0;
  for (Value *operand : op.operands) map.map(rule.args[arg++], r.primal(operand));
  for (Value *result : op.results) map.map(rule.args[arg++], r.primal(result));
  for (Value *result : op.results)
    if (isFloat(result->type.elem)) map.map(rule.args[arg++], r.takeOrZero(result));
  std::vector<Value *> free = freeValues(op);
  for (Value *v : free) map.map(v, r.primal(v));
  std::vector<Value *> cotangents = cloneBody(rule, map, r.b);
  size_t next = 0;
  for (Value *operand : op.operands)
    if (isFloat(operand->type.elem)) r.contribute(operand, cotangents[next++]);
}

} // namespace

void gradientControl(Op &op, Reverse &r) {
  switch (op.kind == OpKind::If ? 0 : op.kind == OpKind::Checkpoint ? 1 : op.kind == OpKind::CustomGrad ? 2 : 3) {
  case 0: return gradientIf(op, r);
  case 1: return gradientCheckpoint(op, r);
  case 2: return gradientCustom(op, r);
  default: DL_CHECK(op.kind == OpKind::For || op.kind == OpKind::While); return gradientLoop(op, r);
  }
}

} // namespace dl::passes

#include "passes/autodiff/reverse.h"

namespace dl::passes {

using namespace ir;

void Reverse::contribute(Value *v, Value *cotangent) {
  if (!wants(v)) return;
  auto [at, first] = adjoints_.try_emplace(v);
  if (first) order_.push_back(v);
  at->second.push_back({cotangent, {}});
}

void Reverse::contributeOnto(Value *v, Onto onto) {
  if (!wants(v)) return;
  auto [at, first] = adjoints_.try_emplace(v);
  if (first) order_.push_back(v);
  at->second.push_back({nullptr, std::move(onto)});
}

Value *Reverse::take(Value *v, Value *base) {
  auto found = adjoints_.find(v);
  if (found == adjoints_.end()) return base;
  Value *sum = base;
  for (const Contribution &c : found->second)
    if (c.dense) sum = sum ? b.value(OpKind::Accumulate, {sum, c.dense}) : c.dense;
  for (const Contribution &c : found->second)
    if (c.onto) {
      // Alone only if it is the whole adjoint: others then go onto it in place.
      bool alone = !sum && found->second.size() == 1;
      sum = c.onto(alone ? nullptr : sum ? sum : zeros(v->type));
    }
  if (!base) found->second = {{sum, {}}};
  return sum;
}

Value *Reverse::takeRunning(Value *v) {
  Value *base = nullptr;
  if (sumsOutside && !hasBegun(v)) base = sumsOutside(v);
  if (base) begun_.insert(v);
  Value *sum = take(v, base);
  if (auto found = adjoints_.find(v); found != adjoints_.end()) found->second.clear();
  return sum;
}

Value *Reverse::takeOrZero(Value *v) {
  Value *adjoint = take(v);
  return adjoint ? adjoint : zeros(v->type);
}

void Differentiation::refuse(const Op &op, Diag kind, std::string argument) const {
  Diagnostic &d = diags.report(op.where.valid() ? op.where : where, kind, {std::move(argument)});
  if (where.valid() && op.where.valid()) d.note(where, "the gradient is asked for here");
  if (kind == Diag::GradientReachesBack) d.help("differentiate outside of the loop, or cut the path: `stop_gradient(...)`");
}

bool Reverse::seesDimensions(const Op &op) {
  auto sees = [&](const Value *dim) { return scope_.sees(dim); };
  for (const DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner && !sees(static_cast<const Value *>(atom->owner))) return false;
  for (const auto *list : {&op.results, &op.operands})
    for (const Value *v : *list)
      for (const Value *dim : dimValues(v->type))
        if (!sees(dim)) return false;
  return true;
}

void Reverse::run(const std::vector<Op *> &ops, size_t count) {
  for (size_t i = count; i-- > 0;) {
    Op &op = *ops[i];
    bool reached = false;
    for (const Value *result : op.results) reached |= has(result);
    if (!reached) continue;
    if (!seesDimensions(op)) {
      refuse(op, Diag::GradientOfVaryingShape, info(op.kind).mnemonic);
      continue;
    }
    const Origin before = b.where;
    if (op.where.valid()) b.where = op.where;
    b.where.phase = Phase::Backward;
    step(op);
    b.where = before;
  }
}

void Reverse::step(Op &op) {
  switch (info(op.kind).family) {
  case Family::Elementwise: return gradientElementwise(op, *this);
  case Family::Reduction: return gradientReduction(op, *this);
  case Family::Contraction: return gradientContraction(op, *this);
  case Family::Shape: return gradientShape(op, *this);
  case Family::Indexing: return gradientIndexing(op, *this);
  case Family::LinearAlgebra: return gradientLinearAlgebra(op, *this);
  case Family::Control: return gradientControl(op, *this);
  case Family::Differentiation:
    if (op.kind == OpKind::Leaf) contribute(op.operand(0), take(op.result()));
    if (op.kind == OpKind::Accumulate)
      for (Value *operand : op.operands) contribute(operand, take(op.result()));
    return;
  case Family::Constant:
  case Family::Random:
  case Family::Effect:
  case Family::Data: return;
  }
}

} // namespace dl::passes

/// Tangents of ops without regions. Element-wise partials are those of the reverse rules; what is linear is its own
/// derivative; what has a reverse rule of its own is the transpose of that.
#include "passes/autodiff/forward.h"
#include "passes/autodiff/scopes.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

bool Forward::wantsAny(const Op &op) const {
  return std::any_of(op.results.begin(), op.results.end(), [&](const Value *v) { return wants(v); });
}

Value *Forward::tangent(const Value *v) const {
  auto found = tangents_.find(v);
  return found == tangents_.end() ? nullptr : found->second;
}

Value *Forward::tangentOrZero(Value *v) {
  Value *t = tangent(v);
  return t ? t : b.constant(v->type, 0);
}

void Forward::add(const Value *v, Value *more) {
  if (!more) return;
  Value *&sum = tangents_[v];
  sum = sum ? b.value(OpKind::Accumulate, {sum, more}) : more;
}

/// The same op on tangents: linear in all its floats together.
void Forward::linear(Op &op) {
  ValueMap along;
  for (Value *operand : op.operands)
    if (isFloat(operand->type.elem)) along.values[operand] = tangentOrZero(operand);
  Op *copy = cloneOp(op, along, b);
  for (size_t i = 0; i < op.results.size(); ++i)
    if (isFloat(op.result(i)->type.elem)) add(op.result(i), copy->result(i));
}

void Forward::elementwise(Op &op) {
  for (size_t i = 0; i < op.operands.size(); ++i)
    if (Value *t = tangent(op.operand(i))) add(op.result(), partialAlong(op, i, t, b, [](Value *v) { return v; }));
}

/// Linear in each factor.
void Forward::contraction(Op &op) {
  const auto &attr = op.as<IndexedAttr>();
  for (size_t along = 0; along < attr.factors.size(); ++along) {
    if (attr.factors[along].operand < 0) continue;
    Value *t = tangent(op.operand(static_cast<size_t>(attr.factors[along].operand)));
    if (!t) continue;
    IndexedAttr term = attr;
    std::vector<Value *> operands;
    std::vector<int> number(op.operands.size(), -1);
    for (size_t f = 0; f < term.factors.size(); ++f) {
      Factor &factor = term.factors[f];
      if (factor.operand < 0) continue;
      size_t from = static_cast<size_t>(factor.operand);
      if (f != along && number[from] >= 0) {
        factor.operand = number[from];
        continue;
      }
      factor.operand = static_cast<int>(operands.size());
      if (f != along) number[from] = factor.operand;
      operands.push_back(f == along ? t : op.operand(from));
    }
    add(op.result(), b.value(OpKind::Contract, operands, term));
  }
}

/// All operands are permuted by the key, so are their tangents.
void Forward::sort(Op &op) {
  std::vector<Value *> operands{op.operand(0)};
  std::vector<size_t> which;
  for (size_t i = 0; i < op.operands.size(); ++i)
    if (Value *t = tangent(op.operand(i))) operands.push_back(t), which.push_back(i);
  Op *sorted = b.create(OpKind::Sort, operands, op.as<SortAttr>());
  for (size_t i = 0; i < which.size(); ++i) add(op.result(which[i]), sorted->result(i + 1));
}

/// The reverse rule gives g -> J' g, linear in g; the tangent is its transpose, by the reverse rules of the ops it emits.
void Forward::transposed(Op &op) {
  std::vector<Value *> inputs, seeds;
  for (Value *operand : op.operands)
    if (tangent(operand) && std::find(inputs.begin(), inputs.end(), operand) == inputs.end()) inputs.push_back(operand);
  Activity here(b.function(), {&op}, inputs);
  Differentiation pullShared{shared_.module, shared_.diags, here, shared_.where};
  OpenScope open;
  Reverse pull(pullShared, open, b);
  size_t first = b.region()->ops.size();
  for (Value *result : op.results) {
    if (!isFloat(result->type.elem)) continue;
    seeds.push_back(b.value(OpKind::Leaf, {b.constant(result->type, 0)}));
    pull.contribute(result, seeds.back());
  }
  pull.run({&op}, 1);
  std::vector<Value *> cotangents;
  for (Value *input : inputs) cotangents.push_back(pull.take(input));
  std::vector<Op *> emitted(b.region()->ops.begin() + static_cast<ptrdiff_t>(first), b.region()->ops.end());
  std::vector<const Op *> list(emitted.begin(), emitted.end());
  Activity back(b.function(), list, seeds);
  Differentiation pushShared{shared_.module, shared_.diags, back, shared_.where};
  Reverse push(pushShared, open, b);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (cotangents[i]) push.contribute(cotangents[i], tangent(inputs[i]));
  push.run(emitted, emitted.size());
  size_t next = 0;
  for (Value *result : op.results)
    if (isFloat(result->type.elem)) add(result, push.take(seeds[next++]));
}

/// The tangent of the result is the op itself on the tangents of all floats.
static bool isLinear(const Op &op) {
  if (op.kind == OpKind::Scatter) return op.as<IndexedAttr>().mode == ScatterMode::Set || op.as<IndexedAttr>().mode == ScatterMode::Add;
  if (op.kind == OpKind::Reduce) return op.as<ReduceAttr>().kind == ReduceKind::Sum;
  if (op.kind == OpKind::Cumulate) return op.as<CumulateAttr>().kind == ReduceKind::Sum;
  return info(op.kind).derivative == Derivative::L && op.kind != OpKind::Contract && op.kind != OpKind::Sort;
}

void Forward::differentiate(const Op &original, Op &op) {
  if (!wantsAny(original)) return;
  if (op.kind == OpKind::CustomGrad)
    for (const Value *v : freeValues(*op.regions[0]))
      if (tangent(v)) return shared_.refuse(op, Diag::GradientThroughCapture, v->name.empty() ? "a value" : "`" + v->name + "`");
  if (std::none_of(op.operands.begin(), op.operands.end(), [&](const Value *v) { return tangent(v) != nullptr; })) return;
  const ir::Origin before = b.where;
  if (op.where.valid()) b.where = op.where;
  if (op.kind == OpKind::Contract) contraction(op);
  else if (op.kind == OpKind::Sort) sort(op);
  else if (isLinear(op)) linear(op);
  else if (info(op.kind).derivative == Derivative::E) elementwise(op);
  else if (info(op.kind).derivative == Derivative::C) shared_.refuse(op, Diag::NoDerivative, info(op.kind).mnemonic);
  else transposed(op);
  b.where = before;
}

} // namespace dl::passes

#include "passes/autodiff/scopes.h"
#include "passes/autodiff/tape.h"

namespace dl::passes {

using namespace ir;

namespace {

/// Not worth saving if its operands are there: moves, random bits, arithmetic without long polynomials.
bool isCheap(const Op &op) {
  switch (info(op.kind).family) {
  case Family::Elementwise:
    for (OpKind k : {OpKind::Exp, OpKind::Expm1, OpKind::Log, OpKind::Log1p, OpKind::Sin, OpKind::Cos, OpKind::Tan,
                     OpKind::Tanh, OpKind::Sigmoid, OpKind::Erf, OpKind::ErfInv, OpKind::Lgamma, OpKind::Digamma,
                     OpKind::Pow, OpKind::Atan2})
      if (op.kind == k) return false;
    return true;
  case Family::Constant:
  case Family::Random: return op.kind != OpKind::ToDim;
  case Family::Shape: return op.kind != OpKind::Concat && op.kind != OpKind::Interleave && op.kind != OpKind::Copy;
  case Family::Indexing: return op.kind == OpKind::Gather || op.kind == OpKind::SliceAt;
  case Family::Differentiation: return op.kind == OpKind::StopGradient || op.kind == OpKind::Leaf;
  case Family::Reduction:
  case Family::Contraction:
  case Family::LinearAlgebra:
  case Family::Control:
  case Family::Effect:
  case Family::Data: return false;
  }
  DL_UNREACHABLE();
}

/// The same elements in another arrangement: the operand is saved instead.
bool isView(const Op &op) {
  return op.kind == OpKind::Broadcast || op.kind == OpKind::Reshape || op.kind == OpKind::Transpose ||
         op.kind == OpKind::StopGradient || op.kind == OpKind::Leaf;
}

} // namespace

bool BranchScope::isAtHand(Value *v, int depth) {
  if (!isDefinedInside(v, forward_) || known_.count(v)) return true;
  if (!v->def || depth == 0 || !isCheap(*v->def)) return false;
  for (Value *operand : v->def->operands)
    if (!isAtHand(operand, depth - 1)) return false;
  return true;
}

Value *BranchScope::again(Op &op) {
  ValueMap map;
  for (Value *operand : op.operands) map.values[operand] = primal(operand);
  Op *copy = cloneOp(op, map, b_);
  for (size_t i = 0; i < op.results.size(); ++i) known_[op.result(i)] = copy->result(i);
  return copy->result();
}

Value *BranchScope::primal(Value *v) {
  constexpr int kLongestChain = 12;
  if (!isDefinedInside(v, forward_)) return outer_.primal(v);
  if (auto known = known_.find(v); known != known_.end()) return known->second;
  if (v->def && v->def->regions.empty() && (isView(*v->def) || isAtHand(v, kLongestChain))) {
    bool visible = true;
    for (const Value *dim : dimValues(v->type)) visible &= sees(dim);
    if (visible) return again(*v->def);
  }
  Value *made = saved(v);
  return known_[v] = made;
}

Value *LoopScope::primal(Value *v) {
  if (!isDefinedInside(v, forward_)) return outer_.primal(v);
  if (auto known = asked_.find(v); known != asked_.end()) return known->second;
  if (!v->def)
    if (Value *arg = argument(v)) return asked_[v] = arg;
  for (const Value *dim : dimValues(v->type))
    if (!sees(dim)) return v; // reported where the op is differentiated
  if (v->type.elem == Elem::Dim) return v;
  Value *later = b_.function().newValue(v->type, v->name);
  later->region = b_.region();
  order_.push_back(v);
  return asked_[v] = later;
}

void LoopScope::settle() {
  if (order_.empty()) return;
  auto isFree = [&](const Value *v) {
    if (!isDefinedInside(v, forward_) || stackOf(v)) return true;
    return !v->def && v->region == &body_ && v->index < carriesOf(forward_).argument;
  };
  for (Value *v : cheapestTape(forward_, order_, isFree)) store(v);
  Region *first = b_.function().newRegion(nullptr);
  Builder again(b_.module(), first);
  again.where = b_.where;
  Remaking remake(forward_, again, [&](Value *v) -> Value * {
    if (!isDefinedInside(v, forward_)) return outer_.primal(v);
    if (Value *stack = stackOf(v)) return scan(outer_.primal(stack), 0);
    return v->def ? nullptr : argument(v);
  });
  std::unordered_map<const Value *, Value *> found;
  for (Value *v : order_) found[asked_.at(v)] = remake(v);
  Region &body = *b_.region();
  for (Op *op : first->ops) op->parent = &body;
  replaceUses(body, found);
  body.ops.insert(body.ops.begin(), first->ops.begin(), first->ops.end());
  order_.clear();
}

Value *LoopScope::scan(Value *operand, int dim) {
  for (const Scan &scan : scans_)
    if (scan.operand == operand && scan.dim == dim) return scan.arg;
  Type type = operand->type;
  type.dims.erase(type.dims.begin() + dim);
  Value *arg = b_.function().newValue(type, operand->name);
  arg->region = b_.region();
  scans_.push_back({operand, dim, arg});
  return arg;
}

Value *LoopScope::argument(Value *arg) {
  if (forward_.kind != OpKind::For || arg->region != &body_) return nullptr;
  const auto &attr = forward_.as<ForAttr>();
  if (arg->index == 0) return b_.region()->args[0];
  if (arg->index > attr.scanDims.size()) return nullptr;
  size_t number = arg->index - 1;
  return scan(outer_.primal(forward_.operand(number)), attr.scanDims[number]);
}

Value *LoopScope::stackOf(const Value *v) const {
  CarryLayout carry = carriesOf(forward_);
  const auto &yielded = body_.terminator()->operands;
  for (size_t i = carry.count; i < yielded.size(); ++i)
    if (yielded[i] == v) return forward_.result(carry.result + i);
  return nullptr;
}

/// The forward loop stacks the value (unless it does already).
Value *LoopScope::store(Value *v) {
  if (Value *stack = stackOf(v)) return stack;
  Type type = v->type;
  Dim trip = forward_.kind == OpKind::For ? forward_.as<ForAttr>().trip : forward_.result(0)->dim;
  type.dims.insert(type.dims.begin(), trip);
  Value *stack = b_.function().newValue(type, v->name);
  stack->def = &forward_;
  stack->index = static_cast<uint32_t>(forward_.results.size());
  forward_.results.push_back(stack);
  body_.terminator()->operands.push_back(v);
  return stack;
}

Value *BranchScope::saved(Value *v) {
  for (const Value *dim : dimValues(v->type))
    if (!sees(dim)) return v; // reported where the op is differentiated
  auto &yielded = body_.terminator()->operands;
  for (size_t i = 0; i < yielded.size(); ++i)
    if (yielded[i] == v) return outer_.primal(forward_.result(i));
  for (Region *branch : forward_.regions) {
    Op *last = branch->terminator();
    Value *gives = v;
    if (branch != &body_) {
      branch->ops.pop_back();
      Builder at(b_.module(), branch);
      at.where = forward_.where;
      gives = at.constantBits(v->type, {0});
      branch->ops.push_back(last);
    }
    last->operands.push_back(gives);
  }
  Value *result = b_.function().newValue(v->type, v->name);
  result->def = &forward_;
  result->index = static_cast<uint32_t>(forward_.results.size());
  forward_.results.push_back(result);
  return outer_.primal(result);
}

} // namespace dl::passes

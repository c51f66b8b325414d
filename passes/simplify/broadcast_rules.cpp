/// Rules of `broadcast`: repeat late, so that work is done on the small side.
#include "passes/simplify/rules.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

Value *broadcastTwice(Op &op, Builder &at) {
  if (op.kind != OpKind::Broadcast) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Broadcast);
  if (!inner) return nullptr;
  std::vector<int> to;
  for (int d : inner->as<BroadcastAttr>().to) to.push_back(op.as<BroadcastAttr>().to[static_cast<size_t>(d)]);
  return at.broadcast(inner->operand(0), op.result()->type.dims, to);
}

/// transpose(broadcast x) = broadcast(transpose x).
Value *transposeOfBroadcast(Op &op, Builder &at) {
  if (op.kind != OpKind::Transpose) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Broadcast);
  if (!inner) return nullptr;
  const auto &perm = op.as<DimsAttr>().dims;
  const auto &to = inner->as<BroadcastAttr>().to;
  std::vector<std::pair<int, int>> places; // where in the result, which operand dimension
  for (size_t k = 0; k < to.size(); ++k)
    places.emplace_back(static_cast<int>(std::find(perm.begin(), perm.end(), to[k]) - perm.begin()), static_cast<int>(k));
  std::sort(places.begin(), places.end());
  std::vector<int> newTo, newPerm;
  for (auto [place, dim] : places) newTo.push_back(place), newPerm.push_back(dim);
  return at.broadcast(at.transpose(inner->operand(0), newPerm), op.result()->type.dims, newTo);
}

/// Positions, constants and repeated values, and element-wise work on them: nothing that is read in order.
bool isMadeOfFree(const Value *v, int depth) {
  if (!v->def) return false;
  const Op &op = *v->def;
  if (op.kind == OpKind::Iota || op.kind == OpKind::Broadcast || splatBits(v)) return true;
  if (!isElementwise(op.kind) || depth == 0) return false;
  for (const Value *operand : op.operands)
    if (!isMadeOfFree(operand, depth - 1)) return false;
  return true;
}

Value *transposeOfPositions(Op &op, Builder &at) {
  if (op.kind != OpKind::Transpose || !op.operand(0)->def) return nullptr;
  const Op &inner = *op.operand(0)->def;
  const auto &perm = op.as<DimsAttr>().dims;
  if (auto bits = splatBits(op.operand(0))) return at.constantBits(op.result()->type, {*bits});
  if (inner.kind != OpKind::Iota) return nullptr;
  auto place = std::find(perm.begin(), perm.end(), inner.as<IotaAttr>().dim);
  return at.iota(op.result()->type, static_cast<int>(place - perm.begin()));
}

/// A transpose of work on small values: the work in the other order.
Value *transposeOfElementwise(Op &op, Builder &at) {
  constexpr int kDeepest = 8;
  if (op.kind != OpKind::Transpose || !op.operand(0)->def || !isElementwise(op.operand(0)->def->kind)) return nullptr;
  if (!isMadeOfFree(op.operand(0), kDeepest)) return nullptr;
  const Op &inner = *op.operand(0)->def;
  std::vector<Value *> operands;
  for (Value *operand : inner.operands) operands.push_back(at.transpose(operand, op.as<DimsAttr>().dims));
  return at.value(inner.kind, operands, inner.attrs);
}

Value *reshapeOfRepeatedScalar(Op &op, Builder &at) {
  if (op.kind != OpKind::Reshape) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Broadcast);
  return inner && inner->operand(0)->type.isScalar() ? at.splat(inner->operand(0), op.result()->type.dims) : nullptr;
}

/// slice(broadcast x) = broadcast(slice x): repeated dimensions only change their extent.
Value *sliceOfBroadcast(Op &op, Builder &at) {
  if (op.kind != OpKind::Slice) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Broadcast);
  if (!inner) return nullptr;
  const auto &slice = op.as<SliceAttr>();
  const auto &to = inner->as<BroadcastAttr>().to;
  SliceAttr part;
  for (int d : to) {
    part.start.push_back(slice.start[static_cast<size_t>(d)]);
    part.extent.push_back(slice.extent[static_cast<size_t>(d)]);
    part.step.push_back(slice.step[static_cast<size_t>(d)]);
  }
  Value *x = inner->operand(0);
  if (!to.empty()) x = at.value(OpKind::Slice, {x}, part);
  return at.broadcast(x, op.result()->type.dims, to);
}

/// Element-wise on values that repeat alike: once on the small values.
Value *elementwiseOfBroadcast(Op &op, Builder &at) {
  if (!isElementwise(op.kind) || op.result()->type.isScalar()) return nullptr;
  const BroadcastAttr *how = nullptr;
  Type small;
  for (const Value *operand : op.operands) {
    if (Op *inner = definedBy(operand, OpKind::Broadcast)) {
      const auto &attr = inner->as<BroadcastAttr>();
      if (how && !(how->to == attr.to && how->dims == attr.dims)) return nullptr;
      how = &attr, small = inner->operand(0)->type;
    } else if (!splatBits(operand)) {
      return nullptr;
    }
  }
  if (!how) return nullptr;
  std::vector<Value *> operands;
  for (const Value *operand : op.operands) {
    Op *inner = definedBy(operand, OpKind::Broadcast);
    operands.push_back(inner ? inner->operand(0)
                             : at.constantBits(Type(operand->type.elem, small.dims), {*splatBits(operand)}));
  }
  return at.broadcast(at.value(op.kind, operands, op.attrs), how->dims, how->to);
}

/// The largest of equal values, if there is at least one.
Value *reduceOfBroadcast(Op &op, Builder &at) {
  if (op.kind != OpKind::Reduce) return nullptr;
  const auto &attr = op.as<ReduceAttr>();
  Op *inner = definedBy(op.operand(0), OpKind::Broadcast);
  if (!inner || attr.kind == ReduceKind::Sum || attr.kind == ReduceKind::Prod) return nullptr;
  const auto &to = inner->as<BroadcastAttr>().to;
  std::vector<int> newTo;
  for (int d : attr.dims)
    if (std::find(to.begin(), to.end(), d) != to.end() || op.operand(0)->type.dims[static_cast<size_t>(d)].lowest() < 1) return nullptr;
  for (int d : to)
    newTo.push_back(d - static_cast<int>(std::count_if(attr.dims.begin(), attr.dims.end(), [&](int r) { return r < d; })));
  return at.broadcast(inner->operand(0), op.result()->type.dims, newTo);
}

} // namespace

std::vector<Rule> broadcastRules() {
  return {{"broadcast_twice", RuleClass::Exact, broadcastTwice},
          {"transpose_of_broadcast", RuleClass::Exact, transposeOfBroadcast},
          {"transpose_of_positions", RuleClass::Exact, transposeOfPositions},
          {"transpose_of_elementwise", RuleClass::Exact, transposeOfElementwise},
          {"reshape_of_repeated_scalar", RuleClass::Exact, reshapeOfRepeatedScalar},
          {"slice_of_broadcast", RuleClass::Exact, sliceOfBroadcast},
          {"elementwise_of_broadcast", RuleClass::Exact, elementwiseOfBroadcast},
          {"reduce_of_broadcast", RuleClass::Numeric, reduceOfBroadcast}};
}

} // namespace dl::passes

#include "passes/batching/variance.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

bool Variance::dimensionsVary(const Op &op) const {
  for (const DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner && (*this)(static_cast<const Value *>(atom->owner))) return true;
  for (const Value *result : op.results)
    for (const Value *dim : dimValues(result->type))
      if ((*this)(dim)) return true;
  return false;
}

bool Variance::readsVarying(const Op &op) const {
  auto varies = [this](const Value *v) { return (*this)(v); };
  return std::any_of(op.operands.begin(), op.operands.end(), varies) || dimensionsVary(op);
}

bool Variance::pass(const Value *from, const Value *to) { return (*this)(from) && varying_.insert(to).second; }

void Variance::follow(const std::vector<Op *> &ops, bool masked) {
  for (const Op *op : ops) step(*op, masked);
}

void Variance::step(const Op &op, bool masked) {
  if (op.kind == OpKind::If) branch(op, masked);
  else if (op.kind == OpKind::For) counted(op, masked);
  else if (op.kind == OpKind::While) conditional(op, masked);
  else if (!op.regions.empty()) once(op, masked);
  else if (readsVarying(op) || op.kind == OpKind::Check) {
    touched_.insert(&op);
    for (const Value *result : op.results) mark(result);
  }
  for (const Region *region : op.regions)
    for (const Op *inner : region->ops)
      if (touches(*inner)) touched_.insert(&op);
}

void Variance::branch(const Op &op, bool masked) {
  bool decides = (*this)(op.operand(0));
  for (const Region *region : op.regions) follow(region->ops, masked || decides);
  if (decides) touched_.insert(&op);
  for (size_t i = 0; i < op.results.size(); ++i)
    for (const Region *region : op.regions)
      if (decides || (*this)(region->terminator()->operand(i))) mark(op.results[i]);
}

/// Carried values vary once their beginning does or what a turn of the loop makes of them.
void Variance::carry(const Op &op, size_t firstOperand, size_t firstArg, size_t count, bool all, bool masked) {
  const Op *yield = op.regions.back()->terminator();
  size_t firstResult = op.kind == OpKind::While && op.as<WhileAttr>().bound > 0;
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < count; ++i)
      for (const Region *region : op.regions) {
        if (all) mark(region->args[firstArg + i]);
        pass(op.operand(firstOperand + i), region->args[firstArg + i]);
      }
    for (const Region *region : op.regions) follow(region->ops, masked || all);
    for (size_t i = 0; i < count; ++i)
      for (const Region *region : op.regions) again |= pass(yield->operand(i), region->args[firstArg + i]);
  }
  for (size_t i = 0; i < count; ++i) pass(op.regions.back()->args[firstArg + i], op.results[firstResult + i]);
  for (size_t i = count; firstResult + i < op.results.size(); ++i) pass(yield->operand(i), op.results[firstResult + i]);
}

void Variance::counted(const Op &op, bool masked) {
  const auto &attr = op.as<ForAttr>();
  size_t counts = attr.tripIsDim ? 0 : 1, scans = attr.scanDims.size();
  for (size_t i = 0; i < scans; ++i) pass(op.operand(counts + i), op.regions[0]->args[1 + i]);
  bool ownCount = counts && (*this)(op.operand(0));
  if (readsVarying(op)) touched_.insert(&op);
  carry(op, counts + scans, 1 + scans, static_cast<size_t>(attr.carries), ownCount, masked);
}

void Variance::conditional(const Op &op, bool masked) {
  const auto &attr = op.as<WhileAttr>();
  size_t count = static_cast<size_t>(attr.carries);
  bool own = attr.bound == 0 && (masked || mayBeEmpty_);
  if (!own) {
    carry(op, 0, 0, count, false, masked);
    own = (*this)(op.regions[0]->terminator()->operand(0));
  }
  if (own) {
    ownEnd_.insert(&op);
    carry(op, 0, 0, count, true, masked);
    for (const Value *result : op.results) mark(result);
  }
  if (own || readsVarying(op)) touched_.insert(&op);
}

/// checkpoint, custom_grad (both sides together: a gradient is asked for as a whole), and kernels.
void Variance::once(const Op &op, bool masked) {
  bool some = readsVarying(op);
  for (const Value *v : freeValues(op)) some |= (*this)(v);
  bool whole = op.kind == OpKind::CustomGrad;
  if (some) touched_.insert(&op);
  for (const Region *region : op.regions) {
    for (size_t i = 0; i < region->args.size(); ++i)
      if (some && region->args[i]->type.elem != Elem::Dim && (whole || (*this)(op.operand(i)))) mark(region->args[i]);
    follow(region->ops, masked);
  }
  const Op *yield = op.regions[0]->terminator();
  for (size_t i = 0; i < op.results.size(); ++i)
    if (some && (whole || (*this)(yield->operand(i)))) mark(op.results[i]);
}

} // namespace dl::passes

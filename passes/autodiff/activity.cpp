#include "passes/autodiff/activity.h"
#include "passes/rewriting.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

bool passesDerivative(const Op &op) {
  return info(op.kind).derivative != Derivative::Zero && !info(op.kind).effect && !isTerminator(op.kind);
}

CarryLayout carriesOf(const Op &loop) {
  if (loop.kind == OpKind::For) {
    size_t count = static_cast<size_t>(loop.as<ForAttr>().carries);
    return {count, loop.operands.size() - count, bodyOf(loop).args.size() - count, 0};
  }
  const auto &attr = loop.as<WhileAttr>();
  return {static_cast<size_t>(attr.carries), 0, 0, attr.bound > 0 ? size_t{1} : 0};
}

Activity::Activity(Function &function, const Op &grad, const std::vector<Value *> &inputs)
    : function_(function), varied_(function.valueCount()), reachesBack_(function.valueCount()) {
  for (const Op *op = grad.parent->parent; op; op = op->parent->parent) around_.push_back(op);
  for (size_t inner = around_.size(); inner-- > 0;) { // outermost loop first
    const Op &loop = *around_[inner];
    if (loop.kind != OpKind::For && loop.kind != OpKind::While) continue;
    closed_.assign(around_.begin() + static_cast<long>(inner) + 1, around_.end());
    std::fill(varied_.begin(), varied_.end(), false);
    bool any = false;
    for (const Value *x : inputs)
      if (!isDefinedInside(x, loop)) mark(x), any = true;
    if (!any) continue;
    forward(*function_.body);
    CarryLayout carry = carriesOf(loop);
    for (size_t i = 0; i < carry.count; ++i) {
      const Value *arg = bodyOf(loop).args[carry.argument + i];
      if (varied_[arg->id]) reachesBack_[arg->id] = true;
    }
  }
  varied_ = reachesBack_;
  closed_ = around_;
  for (const Value *x : inputs) mark(x);
  forward(*function_.body);
}

Activity::Activity(Function &function, const std::vector<const Op *> &ops, const std::vector<Value *> &inputs)
    : function_(function), varied_(function.valueCount()), reachesBack_(function.valueCount()) {
  for (const Value *x : inputs) mark(x);
  for (const Op *op : ops) through(*op);
}

void Activity::forward(const Region &region) {
  for (const Op *op : region.ops) through(*op);
}

void Activity::through(const Op &op) {
  if (op.kind == OpKind::For || op.kind == OpKind::While) return throughLoop(op);
  if (op.kind == OpKind::CustomGrad) return throughCustom(op);
  if (!op.regions.empty()) {
    for (const Region *region : op.regions) {
      for (size_t i = 0; i < region->args.size(); ++i)
        if (varied_[op.operand(i)->id]) mark(region->args[i]);
      forward(*region);
      for (size_t i = 0; i < op.results.size(); ++i)
        if (varied_[region->terminator()->operand(i)->id]) mark(op.result(i));
    }
    return;
  }
  bool any = false;
  for (const Value *operand : op.operands) any |= varied_[operand->id];
  if (any && passesDerivative(op))
    for (const Value *result : op.results) mark(result);
}

/// Its rule speaks for its operands; the inside counts only for a grad that stands there.
void Activity::throughCustom(const Op &op) {
  bool any = false;
  for (const Value *operand : op.operands) any |= varied_[operand->id];
  for (const Value *v : freeValues(*op.regions[0])) any |= varied_[v->id];
  if (std::find(around_.begin(), around_.end(), &op) != around_.end())
    for (const Region *region : op.regions) { // values and cotangents are given to the rule: constants there
      for (size_t i = 0; i < op.operands.size(); ++i)
        if (varied_[op.operand(i)->id]) mark(region->args[i]);
      forward(*region);
    }
  if (any)
    for (const Value *result : op.results) mark(result);
}

void Activity::throughLoop(const Op &op) {
  Region &body = bodyOf(op);
  CarryLayout carry = carriesOf(op);
  if (op.kind == OpKind::For) {
    size_t first = op.as<ForAttr>().tripIsDim ? 0 : 1;
    for (size_t i = 1; i < carry.argument; ++i)
      if (varied_[op.operand(first + i - 1)->id]) mark(body.args[i]);
  }
  for (size_t i = 0; i < carry.count; ++i)
    if (varied_[op.operand(carry.operand + i)->id]) mark(body.args[carry.argument + i]);
  bool closed = std::find(closed_.begin(), closed_.end(), &op) != closed_.end();
  for (bool again = true; again;) {
    forward(body);
    again = false;
    for (size_t i = 0; i < carry.count && !closed; ++i) {
      const Value *arg = body.args[carry.argument + i];
      if (!varied_[body.terminator()->operand(i)->id] || varied_[arg->id]) continue;
      mark(arg);
      again = varied_[arg->id];
    }
  }
  for (size_t i = 0; i < carry.count; ++i)
    if (varied_[body.args[carry.argument + i]->id] || varied_[body.terminator()->operand(i)->id])
      mark(op.result(carry.result + i));
  for (size_t i = carry.count; i < body.terminator()->operands.size(); ++i)
    if (varied_[body.terminator()->operand(i)->id]) mark(op.result(carry.result + i));
}

} // namespace dl::passes

#include "passes/autodiff/forward.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

std::vector<std::pair<Region *, size_t>> regionsAround(const Op &op) {
  std::vector<std::pair<Region *, size_t>> around;
  for (const Op *at = &op; at; at = at->parent->parent) {
    const auto &ops = at->parent->ops;
    around.emplace_back(at->parent, static_cast<size_t>(std::find(ops.begin(), ops.end(), at) - ops.begin()));
    if (!at->parent->parent) break;
  }
  std::reverse(around.begin(), around.end());
  return around;
}

void Reach::mark(const Value *v) {
  if (v->id >= marks_.size() || marks_[v->id]) return;
  marks_[v->id] = grew_ = true;
}

void Reach::through(const Region &region, size_t count) {
  for (size_t i = count; i-- > 0;)
    if (!isTerminator(region.ops[i]->kind)) through(*region.ops[i]);
}

void Reach::through(const Op &op) {
  bool reached = false;
  for (const Value *result : op.results) reached |= (*this)(result);
  if (!reached) return;
  if (op.kind == OpKind::For || op.kind == OpKind::While) return throughLoop(op);
  if (op.regions.empty() || op.kind == OpKind::CustomGrad) {
    for (const Value *operand : op.operands) mark(operand);
    return;
  }
  for (const Region *region : op.regions) {
    for (size_t i = 0; i < op.results.size(); ++i)
      if ((*this)(op.result(i))) mark(region->terminator()->operand(i));
    through(*region, region->ops.size());
    for (const Value *arg : region->args)
      if ((*this)(arg)) mark(op.operand(arg->index));
  }
}

void Reach::throughLoop(const Op &op) {
  const Region &body = bodyOf(op);
  CarryLayout carry = carriesOf(op);
  const std::vector<Value *> &yielded = body.terminator()->operands;
  for (size_t i = 0; i < carry.count; ++i)
    if ((*this)(op.result(carry.result + i))) mark(body.args[carry.argument + i]);
  for (size_t i = carry.count; i < yielded.size(); ++i)
    if ((*this)(op.result(carry.result + i))) mark(yielded[i]);
  bool before = grew_;
  do {
    grew_ = false;
    for (size_t i = 0; i < carry.count; ++i)
      if ((*this)(body.args[carry.argument + i])) mark(yielded[i]);
    through(body, body.ops.size());
  } while (grew_);
  grew_ = before;
  for (size_t i = 0; i < carry.count; ++i)
    if ((*this)(body.args[carry.argument + i])) mark(op.operand(carry.operand + i));
  leave(body);
}

/// Scanned slices, and the arguments of regions that run once. Carried values of a loop around the place are not
/// followed: they are other values in each turn.
void Reach::leave(const Region &region) {
  const Op &op = *region.parent;
  bool loop = op.kind == OpKind::For || op.kind == OpKind::While;
  for (const Value *arg : region.args) {
    if (!(*this)(arg)) continue;
    if (!loop) {
      if (arg->index < op.operands.size()) mark(op.operand(arg->index));
      continue;
    }
    CarryLayout carry = carriesOf(op);
    if (op.kind == OpKind::For && arg->index > 0 && arg->index < carry.argument) {
      size_t scans = op.as<ForAttr>().scanDims.size();
      mark(op.operand(carry.operand - scans + arg->index - 1));
    }
  }
}

} // namespace dl::passes

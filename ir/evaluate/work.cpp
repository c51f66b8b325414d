#include "ir/evaluate/work.h"
#include "ir/work.h"
#include <algorithm>

namespace dl::ir::eval {
namespace {

bool isUpdate(OpKind kind) { return kind == OpKind::UpdateAt || kind == OpKind::Scatter; }

bool reads(const Op &op, const Value *v) {
  if (std::find(op.operands.begin(), op.operands.end(), v) != op.operands.end()) return true;
  if (op.regions.empty()) return false;
  std::vector<Value *> free = freeValues(op);
  return std::find(free.begin(), free.end(), v) != free.end();
}

/// The base of an update may be overwritten: it is made or carried in the update's own region (or around the branch
/// that the update stands in), and nobody reads it afterwards.
bool baseDies(const Op &update) {
  const Value *base = update.operand(0);
  if (std::count(update.operands.begin(), update.operands.end(), base) != 1) return false;
  for (const Op *at = &update;;) {
    const Region &region = *at->parent;
    for (size_t i = region.ops.size(); i-- > 0 && region.ops[i] != at;)
      if (reads(*region.ops[i], base)) return false;
    if (base->def ? base->def->parent == &region : base->region == &region) {
      if (base->def) return true;
      if (!region.parent) return region.function->params[base->index].inout;
      // Slices of scanned operands are parts of other values.
      return region.parent->kind != OpKind::For || base->index > region.parent->as<ForAttr>().scanDims.size();
    }
    at = region.parent;
    if (!at || at->kind == OpKind::For || at->kind == OpKind::While) return false;
  }
}

} // namespace

WorkCounter::WorkCounter(const Module &module, Work &work) : work_(work) {
  for (const auto &function : module.functions)
    walk(*function->body, [&](const Op *op) {
      if (isUpdate(op->kind) && baseDies(*op)) inPlace_.insert(op);
    });
}

void WorkCounter::executed(const Op &op) {
  ++work_.ops;
  ++work_.kinds[op.kind].ops;
}

void WorkCounter::add(const OpContext &context) {
  if (context.out.empty()) return;
  OpSizes sizes;
  for (const Tensor *tensor : context.in) sizes.in.push_back(tensor->shape);
  for (const Tensor &tensor : context.out) sizes.out.push_back(tensor.shape);
  sizes.extent = [&](const dl::Dim &d) { return context.extent(d); };
  int64_t flops = flopsOf(context.op, sizes), bytes = trafficOf(context.op, sizes, inPlace_.count(&context.op) != 0).total();
  work_.flops += flops, work_.bytes += bytes;
  WorkCount &kind = work_.kinds[context.op.kind];
  kind.flops += flops, kind.bytes += bytes;
}

} // namespace dl::ir::eval

/// strip_markers. Before: no `grad`. After: no `leaf`, `stop_gradient`, `checkpoint`, `custom_grad`: each is what it
/// computes. Needs NoGrad (they mean something to it), gives NoMarkers; before simplify, which may then look through.
/// Test: test/passes/autodiff/strip_markers.dlir.
#include "passes/pass.h"
#include "passes/rewriting.h"

namespace dl::passes {

namespace {

using namespace ir;

void strip(Region &at, const std::vector<Op *> &list, Rewriter &rewriter) {
  for (Op *op : list) {
    rewriter.operands(*op);
    if (op->kind == OpKind::Leaf || op->kind == OpKind::StopGradient) {
      rewriter.replace(op->result(), op->operand(0));
      continue;
    }
    if (op->kind == OpKind::Checkpoint || op->kind == OpKind::CustomGrad) {
      Region &inner = *op->regions[0];
      for (size_t i = 0; i < inner.args.size(); ++i) rewriter.replace(inner.args[i], op->operand(i));
      Op *last = inner.terminator();
      strip(at, {inner.ops.begin(), inner.ops.end() - 1}, rewriter);
      rewriter.operands(*last);
      for (size_t i = 0; i < op->results.size(); ++i) rewriter.replace(op->result(i), last->operand(i));
      continue;
    }
    Rewriter::keep(op, at);
    for (Region *region : op->regions) {
      std::vector<Op *> inside = std::move(region->ops);
      region->ops.clear();
      strip(*region, inside, rewriter);
    }
  }
}

} // namespace

Status strip_markers(Module &module, PassContext &) {
  for (const auto &function : module.functions) {
    Rewriter rewriter;
    std::vector<Op *> ops = std::move(function->body->ops);
    function->body->ops.clear();
    strip(*function->body, ops, rewriter);
  }
  return Done{};
}

} // namespace dl::passes

/// fuse: groups the tensor operations of every region of an entry into `fused` ops, one kernel each.
/// before: a flat list of ops.   after: host ops (rank 0, control, effects, views) and `fused` ops, in execution order.
/// needs: Ordered.  gives: Fused, Scheduled.  Why here: orders are fixed, so no grouping can change a bit.
/// test: test/passes/fusion/*.dlir
#include "passes/fusion/candidates.h"
#include "passes/fusion/grouping.h"
#include "passes/fusion/rows_domain.h"
#include "ir/clone.h"
#include "passes/pass.h"

namespace dl::passes {

namespace {

/// Repeats free ops of outer regions inside `region`, so that no kernel reads a constant or a broadcast from memory.
void sinkFree(ir::Module &module, ir::Region &region) {
  std::vector<ir::Op *> old = std::move(region.ops);
  region.ops.clear();
  ir::Builder builder(module, &region);
  std::unordered_map<const ir::Value *, ir::Value *> copies;
  auto sunk = [&](auto &&self, ir::Value *v) -> ir::Value * {
    if (!v->def || v->def->parent == &region || v->type.isScalar() || !isFree(*v->def)) return v;
    if (auto found = copies.find(v); found != copies.end()) return found->second;
    ir::ValueMap map;
    for (ir::Value *operand : v->def->operands)
      if (ir::Value *inner = self(self, operand); inner != operand) map.map(operand, inner);
    return copies[v] = ir::cloneOp(*v->def, map, builder)->result();
  };
  for (ir::Op *op : old) {
    if (op->kind != ir::OpKind::Fused && !ir::isTerminator(op->kind) && op->regions.empty())
      for (ir::Value *&operand : op->operands) operand = sunk(sunk, operand);
    region.ops.push_back(op);
  }
}

void fuseRegion(ir::Module &module, ir::Region &region, PassContext &context) {
  for (ir::Op *op : region.ops)
    if (op->kind != ir::OpKind::Fused)
      for (ir::Region *inner : op->regions) {
        sinkFree(module, *inner);
        fuseRegion(module, *inner, context);
      }
  Grouping grouping(region, context);
  grouping.merge();
  grouping.rewrite(module);
}

} // namespace

Status fuse(ir::Module &module, PassContext &context) {
  for (const auto &function : module.functions)
    if (function->isEntry) fuseRegion(module, *function->body, context);
  return Done{};
}

/// isolate_kernels: every tensor operation becomes a kernel of its own; what `fuse` does without merging. Runs in place
/// of `fuse` when that is disabled. test: test/passes/fusion/isolate_kernels.dlir
Status isolate_kernels(ir::Module &module, PassContext &context) {
  for (const auto &function : module.functions) {
    if (!function->isEntry) continue;
    std::vector<ir::Region *> regions{function->body};
    ir::walk(*function->body, [&](ir::Op *op) {
      if (op->kind != ir::OpKind::Fused && !isInsideFused(*op))
        for (ir::Region *inner : op->regions) regions.push_back(inner);
    });
    for (ir::Region *region : regions) Grouping(*region, context).rewrite(module);
  }
  return Done{};
}

} // namespace dl::passes

/// batch_maps. Before: any module. After: a `for` whose turns carry nothing is batched ops, whatever its body holds but
/// effects of single turns, `grad`, and lengths that differ from turn to turn; so is one that carries sums made by
/// differentiation (`accumulate`), which become sums over the turns (from -O1 on: another order). A body whose batched
/// values would take too much memory is batched in strips. Inner loops first. Needs and gives nothing; before a
/// gradient is expanded, so that what is differentiated is batched, and after it, for gradients of every turn.
/// Test: test/passes/batching, test/unit/passes/batching_test.cpp.
#include "passes/batching/map_loop.h"
#include "passes/pass.h"

namespace dl::passes {

using namespace ir;

namespace {

class Maps {
public:
  Maps(Module &module, PassContext &context) : module_(module), context_(context) {}

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    for (Op *op : old) {
      rewriter_.operands(*op);
      for (Region *inner : op->regions) region(*inner);
      if (op->kind == OpKind::For && batched(*op, at)) continue;
      Rewriter::keep(op, at);
    }
  }

private:
  bool batched(Op &loop, Region &at) {
    MapLoop map(loop, context_.level >= 1);
    if (!map.isMap()) return false;
    std::vector<Value *> results;
    std::vector<Op *> ops = map.batch(module_, results);
    if (!map.refusal().empty()) {
      context_.remark("batch_maps: the loop stays a loop: " + map.refusal());
      return false;
    }
    for (Op *op : ops) Rewriter::keep(op, at);
    for (size_t i = 0; i < results.size(); ++i) rewriter_.replace(loop.results[i], results[i]);
    return true;
  }

  Module &module_;
  PassContext &context_;
  Rewriter rewriter_;
};

} // namespace

Status batch_maps(Module &module, PassContext &context) {
  for (const auto &function : module.functions) Maps(module, context).region(*function->body);
  return Done{};
}

} // namespace dl::passes

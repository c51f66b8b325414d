/// place_snapshots: resume points at the heads of loops, and the prologue before them.
/// before: a fused entry.   after: (1) pure operations on tables, options and the seed stand first, closed by
/// `snapshot "prologue"`: they run again on resume; (2) every host loop, two levels deep, begins with a `snapshot`;
/// the loops inside of a step of training do not: the next step is near, and what a layer keeps for its gradient is large.
/// needs: Fused.  gives: nothing.  Why here: after fusion (snapshots are effects that nothing may cross) and before
/// memory planning (which computes what is live at each).  test: test/passes/memory/place_snapshots.dlir
#include "passes/pass.h"
#include <unordered_set>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Value;

namespace {

bool isLoop(const Op &op) { return op.kind == OpKind::For || op.kind == OpKind::While; }

/// Everything an op reads: operands, and dimensions in its attributes and types (of its inside too).
std::vector<const Value *> readBy(const Op &op) {
  std::vector<const Value *> read(op.operands.begin(), op.operands.end());
  auto dims = [&](const Op &one) {
    for (DimAtom *atom : ir::atomsOf(one.attrs))
      if (atom->owner) read.push_back(static_cast<const Value *>(atom->owner));
    for (const Value *r : one.results)
      for (const Value *d : ir::dimValues(r->type))
        if (d->def != &op) read.push_back(d);
  };
  dims(op);
  for (const ir::Region *inner : op.regions) ir::walk(*inner, [&](const Op *one) { dims(*one); });
  return read;
}

/// Values that a resumed run can compute again from what it is given: everything but slots and what loops made.
void markRepeatable(const ir::Function &entry, std::unordered_set<const Value *> &repeatable) {
  for (size_t i = 0; i < entry.params.size(); ++i)
    if (entry.params[i].role != ir::ParamRole::Slot && entry.params[i].role != ir::ParamRole::Fresh)
      repeatable.insert(entry.body->args[i]);
  for (const Op *op : entry.body->ops) {
    bool simple = op->regions.empty() || op->kind == OpKind::Fused;
    if (!simple || ir::info(op->kind).effect || ir::isTerminator(op->kind)) continue;
    bool all = true;
    std::unordered_set<const Value *> inside;
    for (const ir::Region *r : op->regions) inside.insert(r->args.begin(), r->args.end());
    for (const Value *v : readBy(*op)) all &= repeatable.count(v) != 0 || inside.count(v) != 0;
    if (all) repeatable.insert(op->results.begin(), op->results.end());
  }
}

void formPrologue(ir::Function &entry) {
  std::unordered_set<const Value *> repeatable, fromTable;
  markRepeatable(entry, repeatable);
  std::vector<Op *> &ops = entry.body->ops;
  // Tables and what is made of them, ...
  std::unordered_set<const Op *> chosen;
  for (Op *op : ops) {
    bool pure = !op->results.empty() && repeatable.count(op->result()) != 0;
    bool reads = op->kind == OpKind::LoadTable;
    for (const Value *v : readBy(*op)) reads |= fromTable.count(v) != 0;
    if (!pure || !reads) continue;
    chosen.insert(op);
    fromTable.insert(op->results.begin(), op->results.end());
  }
  if (chosen.empty()) return;
  // ... and what those need.
  for (size_t i = ops.size(); i-- > 0;) {
    if (chosen.count(ops[i]) == 0) continue;
    auto need = [&](const Value *v) {
      if (v->def && v->def->parent == entry.body) chosen.insert(v->def);
    };
    for (const Value *v : readBy(*ops[i])) need(v);
  }
  std::vector<Op *> first, rest;
  for (Op *op : ops) (chosen.count(op) != 0 ? first : rest).push_back(op);
  Op *end = entry.newOp(OpKind::Snapshot, first.back()->where);
  end->attrs = ir::SnapshotAttr{"prologue"};
  end->parent = entry.body;
  first.push_back(end);
  first.insert(first.end(), rest.begin(), rest.end());
  ops = std::move(first);
}

bool isTrainingStep(const ir::Region &turn) {
  return std::any_of(turn.ops.begin(), turn.ops.end(), [](const Op *op) { return op->kind == OpKind::Progress && !op->operands.empty(); });
}

void placeIn(ir::Function &entry, ir::Region &region, int depth, int &count) {
  if (isTrainingStep(region)) return;
  for (Op *op : region.ops) {
    if (op->kind == OpKind::Fused) continue;
    int inner = depth + (isLoop(*op) ? 1 : 0);
    for (ir::Region *body : op->regions)
      if (inner <= 2) placeIn(entry, *body, inner, count);
    if (!isLoop(*op) || depth >= 2) continue;
    ir::Region *body = op->regions.back();
    Op *point = entry.newOp(OpKind::Snapshot, op->where);
    point->attrs = ir::SnapshotAttr{"loop" + std::to_string(count++)};
    point->parent = body;
    body->ops.insert(body->ops.begin(), point);
  }
}

} // namespace

Status place_snapshots(ir::Module &module, PassContext &) {
  for (const auto &function : module.functions) {
    if (!function->isEntry) continue;
    formPrologue(*function);
    int count = 0;
    placeIn(*function, *function->body, 0, count);
  }
  return Done{};
}

} // namespace dl::passes

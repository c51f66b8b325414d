/// `checkpoint { }`: a block whose inside is computed again for its gradient. What it gives, and what it rebinds, are the
/// results of one region.
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// Tensors and what is known when built; functions and models may hold values of the inside.
static bool canLeave(const Val &v) {
  if (v.is(ValKind::Tuple) || v.is(ValKind::Record) || v.is(ValKind::List) || v.is(ValKind::Table)) {
    for (const Val &item : v.bundle().items)
      if (!canLeave(item)) return false;
    return true;
  }
  return !v.is(ValKind::Function) && !v.is(ValKind::Instance) && !v.is(ValKind::Batches) && !v.is(ValKind::Model);
}

Val Elaborator::evalCheckpoint(const ast::Checkpoint &e) {
  naming_.clear();
  Snapshot before = snapshot();
  std::vector<Val> yields, *outer = frame_->yields;
  if (outer) frame_->yields = &yields;
  size_t errors = c_.diags.errorCount();
  ir::Region *region = newRegion({});
  std::vector<Val> gives;
  std::vector<Changed> changed;
  {
    RegionGuard guard(*this, region, nullptr);
    gives.push_back(read(evalBlock(e.body)));
    changed = changes(before, region);
    for (const Changed &c : changed) gives.push_back(valueOf(c));
    gives.insert(gives.end(), yields.begin(), yields.end());
  }
  frame_->yields = outer;
  restore(before);
  if (c_.diags.errorCount() != errors) return Val::error();
  const auto &text = e.body.statements;
  if (!canLeave(gives[0])) {
    if (text.back()->kind == ast::StmtKind::Expr)
      return fail(text.back()->where, Diag::WrongType, {"the value of `checkpoint`", "a tensor or a bundle of tensors", describe(gives[0])});
    gives[0] = Val::none(); // a definition that only the inside uses
  }
  for (size_t i = 1; i < gives.size(); ++i)
    if (!canLeave(gives[i])) {
      std::string name = i <= changed.size() ? "`" + nameOf(changed[i - 1]) + "`" : "what is yielded";
      return fail(e.where, Diag::WrongType, {name + " behind `checkpoint`", "a tensor or a bundle of tensors", describe(gives[i])});
    }
  std::vector<Val> flat;
  for (const Val &v : gives) leaves(v, flat);
  std::vector<ir::Value *> results;
  for (const Val &leaf : flat)
    if (leaf.isTensor()) results.push_back(leaf.value);
  {
    RegionGuard guard(*this, region, nullptr);
    builder_.yield(results);
  }
  builder_.where = e.where;
  ir::Op *op = emitOp(ir::OpKind::Checkpoint, {}, ir::NoAttr{}, {region});
  if (!op) return Val::error();
  size_t at = 0, next = 0;
  for (Val &leaf : flat)
    if (leaf.isTensor()) leaf.value = op->result(at++);
  for (Val &v : gives) v = rebuild(v, flat, next);
  for (size_t i = 0; i < changed.size(); ++i) setValue(changed[i], gives[1 + i]);
  if (outer) outer->insert(outer->end(), gives.begin() + 1 + static_cast<ptrdiff_t>(changed.size()), gives.end());
  return gives[0];
}

} // namespace dl::frontend

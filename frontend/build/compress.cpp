/// Rows that a condition chooses: equal conditions choose equally many, so that `x[keep]` and `y[keep]` fit each other.
#include "frontend/build/builtin.h"

namespace dl::frontend {
using ir::OpKind;

/// The same operations on the same values, looked at no deeper than `depth`.
static bool sameComputation(const ir::Value *a, const ir::Value *b, int depth) {
  if (a == b) return true;
  if (depth == 0 || !a->def || !b->def || a->index != b->index || a->type != b->type) return false;
  const ir::Op &x = *a->def, &y = *b->def;
  if (x.kind != y.kind || x.attrs != y.attrs || !x.regions.empty() || ir::hasEffect(x) || x.operands.size() != y.operands.size()) return false;
  for (size_t i = 0; i < x.operands.size(); ++i)
    if (!sameComputation(x.operand(i), y.operand(i), depth - 1)) return false;
  return true;
}

ir::Op *compress(Elaborator &e, ir::Value *mask) {
  constexpr int kDepth = 12;
  ir::Op *made = e.emitOp(OpKind::Compress, {mask});
  if (!made) return nullptr;
  for (ir::Op *op : made->parent->ops)
    if (op->kind == OpKind::Compress && sameComputation(op->operand(0), mask, kDepth)) return op; // `made` at the latest
  return made;
}

} // namespace dl::frontend

// Random numbers are functions of keys: a key for every turn, and of each the bits that its turn would draw.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

void batchRandom(const Op &op, Batch &batch) {
  Builder &b = batch.b;
  Value *keys = batch.turns(op.operand(0));
  if (op.kind == OpKind::KeyFold)
    return batch.give(op.result(), b.value(OpKind::KeyFold, {keys, batch.turns(op.operand(1))}));
  DL_CHECK(op.kind == OpKind::RandomBits);
  batch.give(op.result(), b.value(OpKind::RandomBits, {keys}, RandomAttr{batch.withTurn(batch.place(op.result()->type))}));
}

} // namespace dl::passes

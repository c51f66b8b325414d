// Every turn has its elements: the same op over one dimension more.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

void batchElementwise(const Op &op, Batch &batch) {
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(batch.turns(operand));
  batch.give(op.result(), batch.b.value(op.kind, operands, op.attrs));
}

/// A dimension is a fact of the whole batch.
void batchConstant(const Op &op, Batch &batch) { batch.refuse(op, "makes a length of its own in every turn"); }

} // namespace dl::passes

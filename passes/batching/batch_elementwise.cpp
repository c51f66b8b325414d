// Every turn has its elements: the same op over one dimension more. Holds for every op whose leading dimensions are a
// batch already, whatever it does with the others.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

void batchElementwise(const Op &op, Batch &batch) {
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(batch.turns(operand));
  Op *made = batch.b.create(op.kind, operands, op.attrs);
  for (size_t i = 0; i < op.results.size(); ++i) batch.give(op.results[i], made->results[i]);
}

/// A dimension is a fact of the whole batch.
void batchConstant(const Op &op, Batch &batch) { batch.refuse(op, "makes a length of its own in every turn"); }

} // namespace dl::passes

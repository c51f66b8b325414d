// fft names its dimension; the other ops of linear algebra act on the last ones, as element-wise ops do on none.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

void batchFft(const Op &op, Batch &batch) {
  FftAttr attr = op.as<FftAttr>();
  ++attr.dim;
  Op *all = batch.b.create(OpKind::Fft, {batch.turns(op.operand(0)), batch.turns(op.operand(1))}, attr);
  for (size_t i = 0; i < op.results.size(); ++i) batch.give(op.results[i], all->results[i]);
}

} // namespace dl::passes

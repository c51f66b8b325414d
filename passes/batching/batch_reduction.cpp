// Reductions: the turn is one more dimension that stays. The order of a sum looks at what is summed alone.
#include "ir/orders.h"
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

void batchReduction(const Op &op, Batch &batch) {
  Value *x = batch.turns(op.operand(0));
  Attrs attrs = op.attrs;
  if (op.kind == OpKind::Reduce) {
    auto &attr = std::get<ReduceAttr>(attrs);
    for (int &dim : attr.dims) ++dim;
    Order order = attr.order.chunk ? attr.order : defaultOrder(op);
    if (order != defaultOrder(attr, x->type)) attr.order = order;
  } else if (op.kind == OpKind::ArgReduce) {
    ++std::get<ArgReduceAttr>(attrs).dim;
  } else {
    DL_CHECK(op.kind == OpKind::Cumulate);
    ++std::get<CumulateAttr>(attrs).dim;
  }
  batch.give(op.result(), batch.b.value(op.kind, {x}, attrs));
}

} // namespace dl::passes

// Contractions: the turn is the first name of the result; factors that vary are read there, the others at all turns.
#include "ir/orders.h"
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

IndexedAttr withTurnName(const Op &op, const Batch &batch) {
  IndexedAttr attr = batch.attrs<IndexedAttr>(op);
  std::string name = "b";
  for (size_t i = 0; i < attr.names.size(); ++i)
    if (attr.names[i].name == name) name += "_", i = static_cast<size_t>(-1);
  std::vector<int> to;
  for (size_t i = 0; i < attr.names.size(); ++i) to.push_back(static_cast<int>(i) + 1);
  attr.names.insert(attr.names.begin(), {name, batch.extent()});
  ++attr.outCount;
  for (Factor &factor : attr.factors)
    for (Index &index : factor.index) index = renamed(index, to);
  return attr;
}

Index turnIndex() {
  Index index;
  index.affine = nameAffine(0);
  return index;
}

void batchContraction(const Op &op, Batch &batch) {
  IndexedAttr attr = withTurnName(op, batch);
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(batch.varies(operand) ? batch.turns(operand) : batch.image(operand));
  for (Factor &factor : attr.factors)
    if (factor.operand >= 0 && batch.varies(op.operand(static_cast<size_t>(factor.operand))))
      factor.index.insert(factor.index.begin(), turnIndex());
  if (attr.order.chunk == 0)
    if (Order order = defaultOrder(op); order != defaultOrder(attr)) attr.order = order; // each turn keeps its bits
  batch.give(op.result(), batch.b.value(op.kind, operands, attr));
}

} // namespace dl::passes

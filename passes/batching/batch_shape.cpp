// Shapes: dimension d of a turn is dimension d + 1 of the batch.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

namespace {

void shift(std::vector<int> &dims) {
  for (int &dim : dims) ++dim;
}

template <class T> void prepend(std::vector<T> &list, T first) { list.insert(list.begin(), std::move(first)); }

/// A filling that differs from turn to turn: zeros, and where they are the filling.
Value *padPerTurn(Value *x, const PadAttr &attr, Value *filling, Batch &batch) {
  Builder &b = batch.b;
  Value *inside = b.value(OpKind::Pad, {b.constant(x->type.withElem(Elem::Bool), 1), b.constant(Type(Elem::Bool), 0)}, attr);
  Value *padded = b.value(OpKind::Pad, {x, b.constantBits(Type(x->type.elem), {0})}, attr);
  return b.select(inside, padded, batch.spread(filling, padded->type));
}

} // namespace

void batchShape(const Op &op, Batch &batch) {
  Builder &b = batch.b;
  std::vector<Value *> xs;
  for (Value *operand : op.operands) {
    bool filling = op.kind == OpKind::Pad && !xs.empty();
    xs.push_back(filling && !batch.varies(operand) ? batch.image(operand) : batch.turns(operand));
  }
  auto make = [&](Attrs attrs) { batch.give(op.result(), b.value(op.kind, xs, std::move(attrs))); };
  if (op.kind == OpKind::Reshape) {
    auto attr = batch.attrs<ShapeAttr>(op);
    prepend(attr.dims, batch.extent());
    return make(attr);
  }
  if (op.kind == OpKind::Transpose || op.kind == OpKind::Reverse) {
    auto attr = op.as<DimsAttr>();
    shift(attr.dims);
    if (op.kind == OpKind::Transpose) prepend(attr.dims, 0);
    return make(attr);
  }
  if (op.kind == OpKind::Broadcast) {
    auto attr = batch.attrs<BroadcastAttr>(op);
    shift(attr.to);
    prepend(attr.to, 0);
    prepend(attr.dims, batch.extent());
    return make(attr);
  }
  if (op.kind == OpKind::Slice) {
    auto attr = batch.attrs<SliceAttr>(op);
    prepend(attr.start, Dim(0)), prepend(attr.extent, batch.extent()), prepend(attr.step, int64_t{1});
    return make(attr);
  }
  if (op.kind == OpKind::Pad) {
    auto attr = batch.attrs<PadAttr>(op);
    prepend(attr.low, Dim(0)), prepend(attr.extent, batch.extent()), prepend(attr.step, int64_t{1});
    if (xs[1]->type.isScalar()) return make(attr);
    return batch.give(op.result(), padPerTurn(xs[0], attr, xs[1], batch));
  }
  if (op.kind == OpKind::Concat) return make(ConcatAttr{op.as<ConcatAttr>().dim + 1});
  DL_CHECK(op.kind == OpKind::Interleave);
  auto attr = batch.attrs<InterleaveAttr>(op);
  shift(attr.over);
  prepend(attr.dims, batch.extent());
  make(attr);
}

} // namespace dl::passes

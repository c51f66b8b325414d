#include "ir/builder.h"
#include "ir/evaluate/op_context.h"
#include "support/numerics/random.h"
#include <algorithm>

namespace dl::ir::eval {

static Status literal(OpContext &c) {
  const auto &attr = c.op.as<ConstAttr>();
  DL_TRY(made, c.result());
  Tensor &out = *made;
  bool splat = attr.bits.size() == 1;
  if (!splat && static_cast<int64_t>(attr.bits.size()) != out.count()) return failure("a constant has not one value for each element");
  for (int64_t i = 0, n = out.count(); i < n; ++i) out.setBits(i, attr.bits[splat ? 0 : static_cast<size_t>(i)]);
  return Done{};
}

static Status iota(OpContext &c) {
  const auto &attr = c.op.as<IotaAttr>();
  DL_TRY(made, c.result());
  Tensor &out = *made;
  auto dim = static_cast<size_t>(attr.dim);
  int64_t inner = stridesOf(out.shape)[dim], extent = std::max<int64_t>(out.shape[dim], 1);
  for (int64_t i = 0, n = out.count(); i < n; ++i) {
    int64_t index = i / inner % extent;
    out.setBits(i, isFloat(out.elem) ? encodeNumber(out.elem, static_cast<double>(index)) : static_cast<uint64_t>(index));
  }
  return Done{};
}

Status constant(OpContext &c) {
  if (c.op.kind == OpKind::Const) return literal(c);
  if (c.op.kind == OpKind::Iota) return iota(c);
  int64_t value;
  if (c.op.kind == OpKind::Extent) value = c.op.as<ExtentAttr>().extent.evaluate(c.dims);
  else value = std::clamp<int64_t>(*c.in[0]->data<int64_t>(), 0, c.op.as<ToDimAttr>().bound);
  c.out.push_back(Tensor::scalar(Elem::I64, static_cast<uint64_t>(value)));
  return Done{};
}

/// Elements are numbered with the strides of the bounds, so an extent below its bound changes no number.
static Status randomBits(OpContext &c) {
  DL_TRY(made, c.result());
  Tensor &out = *made;
  const Tensor &keys = *c.in[0];
  const Type &type = c.op.as<RandomAttr>().type;
  size_t outer = keys.shape.size(), rank = out.shape.size();
  std::vector<int64_t> bounds, index(rank, 0);
  for (const dl::Dim &d : type.dims) bounds.push_back(d.bound());
  std::vector<int64_t> strides = stridesOf(bounds), keyStrides = stridesOf(keys.shape);
  for (int64_t i = 0, n = out.count(); i < n; ++i) {
    int64_t element = 0, keyAt = 0;
    for (size_t d = 0; d < rank; ++d) (d < outer ? keyAt : element) += index[d] * (d < outer ? keyStrides[d] : strides[d]);
    num::Key key = num::unpackKey(keys.data<uint64_t>()[keyAt]);
    auto e = static_cast<uint64_t>(element);
    out.setBits(i, out.elem == Elem::I64 ? num::randomBits64(key, e) : num::randomBits32(key, e));
    for (size_t d = rank; d-- > 0 && ++index[d] == out.shape[d];) index[d] = 0;
  }
  return Done{};
}

Status random(OpContext &c) {
  if (c.op.kind == OpKind::RandomBits) return randomBits(c);
  DL_TRY(made, c.result());
  const auto *keys = c.in[0]->data<uint64_t>();
  const auto *numbers = c.in[1]->data<int64_t>();
  for (int64_t i = 0, n = made->count(); i < n; ++i)
    made->data<uint64_t>()[i] = num::packKey(num::foldKey(num::unpackKey(keys[i]), numbers[i]));
  return Done{};
}

} // namespace dl::ir::eval

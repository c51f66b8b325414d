// Ops that only move elements.
#include "ir/evaluate/elements.h"
#include "ir/evaluate/op_context.h"
#include "ir/evaluate/strided.h"

namespace dl::ir::eval {

void copyBlock(const Tensor &from, const Place &source, Tensor &to, const Place &target, const std::vector<int64_t> &extents) {
  int64_t count = 1;
  for (int64_t extent : extents) count *= extent;
  withWidth(byteSize(to.elem), [&]<class T> {
    const T *x = from.data<T>();
    T *y = to.data<T>();
    int64_t i = source.offset, j = target.offset;
    std::vector<int64_t> index(extents.size(), 0);
    for (int64_t n = 0; n < count; ++n) {
      y[j] = x[i];
      for (size_t d = extents.size(); d-- > 0;) {
        i += source.strides[d];
        j += target.strides[d];
        if (++index[d] < extents[d]) break;
        i -= source.strides[d] * extents[d];
        j -= target.strides[d] * extents[d];
        index[d] = 0;
      }
    }
  });
}

namespace {

Place whole(const Tensor &tensor) { return {0, stridesOf(tensor.shape)}; }

Status pad(OpContext &c, Tensor &out) {
  const auto &attr = c.op.as<PadAttr>();
  uint64_t fill = c.in[1]->bits(0);
  for (int64_t i = 0, n = out.count(); fill && i < n; ++i) out.setBits(i, fill);
  Place target = whole(out);
  for (size_t d = 0; d < out.shape.size(); ++d) {
    target.offset += attr.low[d].evaluate(c.dims) * target.strides[d];
    target.strides[d] *= attr.step[d];
  }
  copyBlock(*c.in[0], whole(*c.in[0]), out, target, c.in[0]->shape);
  return Done{};
}

Status concat(OpContext &c, Tensor &out) {
  auto dim = static_cast<size_t>(c.op.as<ConcatAttr>().dim);
  Place target = whole(out);
  for (const Tensor *part : c.in) {
    copyBlock(*part, whole(*part), out, target, part->shape);
    target.offset += part->shape[dim] * target.strides[dim];
  }
  return Done{};
}

Status interleave(OpContext &c, Tensor &out) {
  const auto &attr = c.op.as<InterleaveAttr>();
  for (size_t i = 0; i < c.in.size(); ++i) {
    Place target = whole(out);
    auto rest = static_cast<int64_t>(i);
    for (size_t k = attr.over.size(); k-- > 0; rest /= attr.step[k]) {
      int64_t &stride = target.strides[static_cast<size_t>(attr.over[k])];
      target.offset += rest % attr.step[k] * stride;
      stride *= attr.step[k];
    }
    copyBlock(*c.in[i], whole(*c.in[i]), out, target, c.in[i]->shape);
  }
  return Done{};
}

/// Where each element of the result is read.
Place sourceOf(OpContext &c, const Tensor &in, const Tensor &out) {
  Place from = whole(in);
  if (auto *slice = std::get_if<SliceAttr>(&c.op.attrs))
    for (size_t d = 0; d < from.strides.size(); ++d) {
      from.offset += slice->start[d].evaluate(c.dims) * from.strides[d];
      from.strides[d] *= slice->step[d];
    }
  if (auto *dims = std::get_if<DimsAttr>(&c.op.attrs); dims && c.op.kind == OpKind::Transpose) {
    Place permuted{0, {}};
    for (int d : dims->dims) permuted.strides.push_back(from.strides[static_cast<size_t>(d)]);
    from = permuted;
  } else if (dims) {
    for (int d : dims->dims) {
      auto k = static_cast<size_t>(d);
      from.offset += (in.shape[k] - 1) * from.strides[k];
      from.strides[k] = -from.strides[k];
    }
  }
  if (auto *broadcast = std::get_if<BroadcastAttr>(&c.op.attrs)) {
    Place spread{0, std::vector<int64_t>(out.shape.size(), 0)};
    for (size_t d = 0; d < broadcast->to.size(); ++d) spread.strides[static_cast<size_t>(broadcast->to[d])] = from.strides[d];
    from = spread;
  }
  return from;
}

} // namespace

Status shape(OpContext &c) {
  DL_TRY(made, c.result());
  Tensor &out = *made;
  if (c.op.kind == OpKind::Pad) return pad(c, out);
  if (c.op.kind == OpKind::Concat) return concat(c, out);
  if (c.op.kind == OpKind::Interleave) return interleave(c, out);
  const Tensor &in = *c.in[0];
  if (c.op.kind == OpKind::Reshape || c.op.kind == OpKind::Copy) {
    if (in.count() != out.count()) return failure("`reshape` meets another number of elements");
    out.bytes = in.bytes;
    return Done{};
  }
  copyBlock(in, sourceOf(c, in, out), out, whole(out), out.shape);
  return Done{};
}

} // namespace dl::ir::eval

/// Transposes of the ops that only move elements.
#include "passes/autodiff/reverse.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

SliceAttr whole(const Type &type) {
  return {std::vector<Dim>(type.rank(), Dim(0)), type.dims, std::vector<int64_t>(type.rank(), 1)};
}

std::vector<int> inverse(const std::vector<int> &perm) {
  std::vector<int> result(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) result[static_cast<size_t>(perm[i])] = static_cast<int>(i);
  return result;
}

void gradientBroadcast(Op &op, Reverse &r, Value *g) {
  const auto &to = op.as<BroadcastAttr>().to;
  std::vector<int> repeated;
  for (int d = 0; d < static_cast<int>(g->type.rank()); ++d)
    if (std::find(to.begin(), to.end(), d) == to.end()) repeated.push_back(d);
  r.contribute(op.operand(0), r.b.reduce(ReduceKind::Sum, g, repeated));
}

/// `scatter add` of g at start + step * index.
Value *addStrided(Value *base, Value *g, const SliceAttr &at, Builder &b) {
  IndexedAttr attr;
  attr.factors = {Factor{0, {}, {}}, Factor{1, {}, {}}};
  for (size_t d = 0; d < g->type.rank(); ++d) {
    int name = static_cast<int>(d);
    attr.names.push_back({"i" + std::to_string(d), g->type.dims[d]});
    attr.factors[0].index.push_back({{{{name, at.step[d]}}, at.start[d]}, 1, false, -1, {}});
    attr.factors[1].index.push_back({{{{name, 1}}, 0}, 1, false, -1, {}});
  }
  attr.outCount = static_cast<int>(g->type.rank()), attr.mode = ScatterMode::Add;
  return b.value(OpKind::Scatter, {base, g}, attr);
}

/// A slice alone is a pad; several go one by one onto the running sum.
void gradientSlice(Op &op, Reverse &r, Value *g) {
  const SliceAttr attr = op.as<SliceAttr>();
  Type type = op.operand(0)->type;
  Builder &b = r.b;
  bool dense = std::all_of(attr.step.begin(), attr.step.end(), [](int64_t s) { return s == 1; });
  r.contributeOnto(op.operand(0), [&b, g, attr, type, dense](Value *base) {
    if (!base) {
      Value *zero = b.constant(Type(type.elem), 0);
      return b.value(OpKind::Pad, {g, zero}, PadAttr{attr.start, type.dims, attr.step});
    }
    if (!dense) return addStrided(base, g, attr, b);
    std::vector<Value *> operands{base, g};
    for (const Dim &start : attr.start) operands.push_back(b.extent(start));
    return b.value(OpKind::UpdateAt, operands, UpdateAtAttr{ScatterMode::Add});
  });
}

void gradientPad(Op &op, Reverse &r, Value *g) {
  const auto &attr = op.as<PadAttr>();
  Builder &b = r.b;
  const Type &inner = op.operand(0)->type;
  if (r.wants(op.operand(0)))
    r.contribute(op.operand(0), b.value(OpKind::Slice, {g}, SliceAttr{attr.low, inner.dims, attr.step}));
  if (r.wants(op.operand(1))) {
    Value *no = b.constantInt(inner.withElem(Elem::Bool), 0), *yes = b.constantInt(Type(Elem::Bool), 1);
    Value *filled = b.value(OpKind::Pad, {no, yes}, attr);
    std::vector<int> all;
    for (size_t d = 0; d < g->type.rank(); ++d) all.push_back(static_cast<int>(d));
    r.contribute(op.operand(1), b.reduce(ReduceKind::Sum, b.select(filled, g, r.zeros(g->type)), all));
  }
}

void gradientConcat(Op &op, Reverse &r, Value *g) {
  size_t d = static_cast<size_t>(op.as<ConcatAttr>().dim);
  Dim start = 0;
  for (Value *operand : op.operands) {
    SliceAttr attr = whole(g->type);
    attr.start[d] = start, attr.extent[d] = operand->type.dims[d];
    if (r.wants(operand)) r.contribute(operand, r.b.value(OpKind::Slice, {g}, attr));
    start = start + operand->type.dims[d];
  }
}

void gradientInterleave(Op &op, Reverse &r, Value *g) {
  const auto &attr = op.as<InterleaveAttr>();
  for (size_t i = 0; i < op.operands.size(); ++i) {
    Value *operand = op.operand(i);
    if (!r.wants(operand)) continue;
    SliceAttr slice = whole(g->type);
    int64_t rest = static_cast<int64_t>(i);
    for (size_t k = attr.over.size(); k-- > 0; rest /= attr.step[k]) {
      size_t d = static_cast<size_t>(attr.over[k]);
      slice.start[d] = Dim(rest % attr.step[k]), slice.extent[d] = operand->type.dims[d], slice.step[d] = attr.step[k];
    }
    r.contribute(operand, r.b.value(OpKind::Slice, {g}, slice));
  }
}

} // namespace

void gradientShape(Op &op, Reverse &r) {
  Value *g = r.take(op.result()), *x = op.operand(0);
  Builder &b = r.b;
  if (op.kind == OpKind::Reshape) return r.contribute(x, b.reshape(g, x->type.dims));
  if (op.kind == OpKind::Transpose) return r.contribute(x, b.transpose(g, inverse(op.as<DimsAttr>().dims)));
  if (op.kind == OpKind::Reverse) return r.contribute(x, b.value(OpKind::Reverse, {g}, op.as<DimsAttr>()));
  if (op.kind == OpKind::Copy) return r.contribute(x, g);
  if (op.kind == OpKind::Broadcast) return gradientBroadcast(op, r, g);
  if (op.kind == OpKind::Slice) return gradientSlice(op, r, g);
  if (op.kind == OpKind::Pad) return gradientPad(op, r, g);
  if (op.kind == OpKind::Concat) return gradientConcat(op, r, g);
  if (op.kind == OpKind::Interleave) return gradientInterleave(op, r, g);
  DL_CHECK(op.kind == OpKind::Remap);
  r.contribute(x, transposeFactor(op, 0, g, r));
}

} // namespace dl::passes

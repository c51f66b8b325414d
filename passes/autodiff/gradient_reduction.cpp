/// Gradients of reductions and running reductions: sums repeat, products multiply the two exclusive scans (no
/// division, so zeros are right), extrema give to the first position that attains them.
#include "passes/autodiff/reverse.h"
#include <algorithm>
#include <limits>

namespace dl::passes {

using namespace ir;

namespace {

/// The dimensions of `type` that are not in `dims`, in order: where a reduced value's dimensions lie.
std::vector<int> keptDims(const Type &type, const std::vector<int> &dims) {
  std::vector<int> kept;
  for (int d = 0; d < static_cast<int>(type.rank()); ++d)
    if (std::find(dims.begin(), dims.end(), d) == dims.end()) kept.push_back(d);
  return kept;
}

Value *repeat(Value *reduced, const Type &whole, const std::vector<int> &dims, Builder &b) {
  return b.broadcast(reduced, whole.dims, keptDims(whole, dims));
}

/// The operand with its reduced dimensions last and flattened to one; a single one stays where it is.
struct Flattened {
  std::vector<int> perm;
  std::vector<Dim> permuted;
  Value *value;
  int dim;
};
Flattened flatten(Value *x, const std::vector<int> &dims, Builder &b) {
  if (dims.size() == 1) {
    std::vector<int> same(x->type.rank());
    for (size_t i = 0; i < same.size(); ++i) same[i] = static_cast<int>(i);
    return {same, x->type.dims, x, dims[0]};
  }
  Flattened f;
  f.perm = keptDims(x->type, dims);
  f.dim = static_cast<int>(f.perm.size());
  f.perm.insert(f.perm.end(), dims.begin(), dims.end());
  for (int d : f.perm) f.permuted.push_back(x->type.dims[static_cast<size_t>(d)]);
  std::vector<Dim> flat(f.permuted.begin(), f.permuted.begin() + f.dim);
  Dim count = 1;
  for (int d : dims) count = count * x->type.dims[static_cast<size_t>(d)];
  flat.push_back(count);
  f.value = b.reshape(b.transpose(x, f.perm), flat);
  return f;
}
Value *unflatten(Value *flat, const Flattened &f, Builder &b) {
  std::vector<int> inverse(f.perm.size());
  for (size_t i = 0; i < f.perm.size(); ++i) inverse[static_cast<size_t>(f.perm[i])] = static_cast<int>(i);
  return b.transpose(b.reshape(flat, f.permuted), inverse);
}

Value *cumulate(ReduceKind kind, Value *x, int dim, bool reverse, bool exclusive, Builder &b) {
  return b.value(OpKind::Cumulate, {x}, CumulateAttr{kind, dim, reverse, exclusive});
}

bool isStatic(const Type &type, const std::vector<int> &dims) {
  for (int d : dims)
    if (!type.dims[static_cast<size_t>(d)].isConstant()) return false;
  return true;
}

/// The row-major number of each element among the reduced ones; nothing unless their extents are constants.
Value *positions(const Type &type, const std::vector<int> &dims, Builder &b) {
  if (!isStatic(type, dims)) return nullptr;
  Type places = type.withElem(Elem::I32);
  Value *sum = nullptr;
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    Value *along = b.iota(places, dims[i]);
    if (stride != 1) along = b.mul(along, b.constantInt(places, stride));
    sum = sum ? b.add(sum, along) : along;
    stride *= type.dims[static_cast<size_t>(dims[i])].value();
  }
  return sum;
}

/// The first place that nothing beats, without leaving the layout. (Beside a NaN that is the first place of all.)
void gradientOfExtremum(Op &op, Value *here, Value *g, Reverse &r) {
  const auto &dims = op.as<ReduceAttr>().dims;
  const Type &type = op.operand(0)->type;
  Builder &b = r.b;
  Value *x = r.primal(op.operand(0)), *best = repeat(r.primal(op.result()), type, dims, b);
  Value *isBeaten = b.binary(op.as<ReduceAttr>().kind == ReduceKind::Max ? OpKind::Lt : OpKind::Gt, x, best);
  Value *nowhere = b.constantInt(here->type, std::numeric_limits<int32_t>::max());
  Value *place = b.reduce(ReduceKind::Min, b.select(isBeaten, nowhere, here), dims);
  Value *isPlace = b.binary(OpKind::Eq, here, repeat(place, type, dims, b));
  r.contribute(op.operand(0), b.select(isPlace, repeat(g, type, dims, b), r.zeros(type)));
}

void gradientReduce(Op &op, Reverse &r) {
  const auto &attr = op.as<ReduceAttr>();
  Builder &b = r.b;
  Value *g = r.take(op.result());
  const Type &type = op.operand(0)->type;
  if (attr.dims.empty()) return r.contribute(op.operand(0), g);
  if (attr.kind == ReduceKind::Sum) return r.contribute(op.operand(0), repeat(g, type, attr.dims, b));
  if (attr.kind != ReduceKind::Prod)
    if (Value *here = positions(type, attr.dims, b)) return gradientOfExtremum(op, here, g, r);
  Flattened f = flatten(r.primal(op.operand(0)), attr.dims, b);
  Type flat = f.value->type;
  Value *repeated = repeat(g, flat, {f.dim}, b);
  Value *result;
  if (attr.kind == ReduceKind::Prod) {
    Value *before = cumulate(ReduceKind::Prod, f.value, f.dim, false, true, b);
    Value *behind = cumulate(ReduceKind::Prod, f.value, f.dim, true, true, b);
    result = b.mul(repeated, b.mul(before, behind));
  } else {
    Value *place = b.value(OpKind::ArgReduce, {f.value}, ArgReduceAttr{attr.kind == ReduceKind::Max, f.dim});
    Value *here = b.iota(flat.withElem(Elem::I32), f.dim);
    Value *isPlace = b.binary(OpKind::Eq, here, repeat(place, flat, {f.dim}, b));
    result = b.select(isPlace, repeated, r.zeros(flat));
  }
  r.contribute(op.operand(0), unflatten(result, f, b));
}

/// Element i is element i + 1 along `dim`; the last one is 0.
Value *next(Value *x, int dim, Builder &b) {
  const Type &type = x->type;
  IndexedAttr attr;
  Factor factor;
  factor.operand = 0;
  for (int i = 0; i < static_cast<int>(type.rank()); ++i) {
    attr.names.push_back({"i" + std::to_string(i), type.dims[static_cast<size_t>(i)]});
    Index index;
    index.affine.terms = {{i, 1}};
    if (i == dim) index.affine.offset = 1, index.guarded = true;
    factor.index.push_back(index);
  }
  attr.outCount = static_cast<int>(type.rank()), attr.factors = {factor};
  return b.value(OpKind::Remap, {x}, attr);
}

/// For y_j = x_0 ... x_j: dx_i = P_(i-1) r_i with r_i = g_i + x_(i+1) r_(i+1), a loop from the end.
Value *runningProduct(Value *x, Value *g, int dim, Builder &b) {
  Value *before = cumulate(ReduceKind::Prod, x, dim, false, true, b);
  Value *factors = next(x, dim, b);
  Type slice = x->type;
  slice.dims.erase(slice.dims.begin() + dim);
  Region *body = b.newRegion({Type(Elem::I64), slice, slice, slice});
  Builder in(b.module(), body);
  in.where = b.where;
  Value *r = in.value(OpKind::Accumulate, {body->args[1], in.mul(body->args[2], body->args[3])});
  in.yield({r, r});
  ForAttr attr;
  attr.trip = x->type.dims[static_cast<size_t>(dim)], attr.reverse = true, attr.scanDims = {dim, dim}, attr.carries = 1;
  Op *loop = b.create(OpKind::For, {g, factors, b.constant(slice, 0)}, attr, {body});
  std::vector<int> perm; // the stack has the scanned dimension first
  for (int d = 1; d < static_cast<int>(x->type.rank()); ++d) perm.push_back(d);
  perm.insert(perm.begin() + dim, 0);
  return b.mul(before, b.transpose(loop->result(1), perm));
}

/// y_j is the value at the last position where the running extremum rose: the cotangents are added up there.
Value *runningExtremum(Value *x, Value *g, int dim, bool max, Builder &b) {
  const Type &type = x->type;
  Value *best = cumulate(max ? ReduceKind::Max : ReduceKind::Min, x, dim, false, true, b);
  Type places = type.withElem(Elem::I32);
  Value *here = b.iota(places, dim);
  // The first of all counts as a rise whatever it is.
  Value *rises = b.binary(OpKind::Or, b.binary(max ? OpKind::Gt : OpKind::Lt, x, best),
                          b.binary(OpKind::Eq, here, b.constantInt(places, 0)));
  Value *place = cumulate(ReduceKind::Max, b.select(rises, here, b.constantInt(places, 0)), dim, false, false, b);
  IndexedAttr attr;
  Factor base, update;
  base.operand = 0, update.operand = 1;
  std::vector<Affine> plain;
  for (size_t i = 0; i < type.rank(); ++i) {
    attr.names.push_back({"i" + std::to_string(i), type.dims[i]});
    plain.push_back({{{static_cast<int>(i), 1}}, 0});
  }
  attr.outCount = static_cast<int>(type.rank());
  for (size_t i = 0; i < type.rank(); ++i) {
    Index index;
    index.affine = plain[i];
    update.index.push_back(index);
    if (static_cast<int>(i) == dim) index = Index{{}, 1, false, 2, plain};
    base.index.push_back(index);
  }
  attr.factors = {base, update}, attr.mode = ScatterMode::Add;
  return b.value(OpKind::Scatter, {b.constant(type, 0), g, place}, attr);
}

void gradientCumulate(Op &op, Reverse &r) {
  const auto &attr = op.as<CumulateAttr>();
  Builder &b = r.b;
  Value *g = r.take(op.result());
  if (attr.kind == ReduceKind::Sum)
    return r.contribute(op.operand(0), cumulate(ReduceKind::Sum, g, attr.dim, !attr.reverse, attr.exclusive, b));
  auto turned = [&](Value *v) { return attr.reverse ? b.value(OpKind::Reverse, {v}, DimsAttr{{attr.dim}}) : v; };
  Value *x = turned(r.primal(op.operand(0)));
  g = turned(g);
  if (attr.exclusive) g = next(g, attr.dim, b);
  Value *dx = attr.kind == ReduceKind::Prod ? runningProduct(x, g, attr.dim, b)
                                            : runningExtremum(x, g, attr.dim, attr.kind == ReduceKind::Max, b);
  r.contribute(op.operand(0), turned(dx));
}

} // namespace

void gradientReduction(Op &op, Reverse &r) {
  if (op.kind == OpKind::Reduce) return gradientReduce(op, r);
  DL_CHECK(op.kind == OpKind::Cumulate);
  gradientCumulate(op, r);
}

} // namespace dl::passes

// fft and triangular equations; the factorisations have their gradients in the prelude, which are made of the latter.
#include "passes/autodiff/reverse.h"

namespace dl::passes {

using namespace ir;

/// The transform is linear, and as a map of real and imaginary parts its transpose is the inverse transform.
static void gradientFft(Op &op, Reverse &r) {
  FftAttr attr = op.as<FftAttr>();
  attr.inverse = !attr.inverse;
  Op *back = r.b.create(OpKind::Fft, {r.takeOrZero(op.result(0)), r.takeOrZero(op.result(1))}, attr);
  for (size_t i = 0; i < 2; ++i) r.contribute(op.operand(i), back->result(i));
}

/// a[.., i, k] * b[.., j, k], summed over k.
static Value *timesTransposed(Value *a, Value *b, Builder &builder) {
  IndexedAttr attr;
  size_t batch = a->type.rank() - 2;
  auto named = [](size_t name) {
    Index index;
    index.affine.terms = {{static_cast<int>(name), 1}};
    return index;
  };
  std::vector<Dim> extents(a->type.dims.begin(), a->type.dims.end() - 1);
  extents.push_back(b->type.dims[batch]), extents.push_back(a->type.dims.back());
  for (size_t i = 0; i < extents.size(); ++i) attr.names.push_back({"i" + std::to_string(i), extents[i]});
  attr.outCount = static_cast<int>(batch) + 2;
  for (int f = 0; f < 2; ++f) {
    Factor factor;
    factor.operand = f;
    for (size_t i = 0; i < batch; ++i) factor.index.push_back(named(i));
    factor.index.push_back(named(batch + static_cast<size_t>(f))), factor.index.push_back(named(batch + 2));
    attr.factors.push_back(std::move(factor));
  }
  return builder.value(OpKind::Contract, {a, b}, std::move(attr));
}

/// x with a x = b: b' = a'^-1 x', and a' = -b' x^T in its triangle (transposed for a^T x = b).
static void gradientTriSolve(Op &op, Reverse &r) {
  TriSolveAttr attr = op.as<TriSolveAttr>(), back = attr;
  back.transposed = !attr.transposed;
  Builder &b = r.b;
  Value *db = b.value(OpKind::TriSolve, {r.primal(op.operand(0)), r.take(op.result())}, back);
  if (r.wants(op.operand(0))) {
    Value *x = r.primal(op.result());
    Value *da = b.unary(OpKind::Neg, attr.transposed ? timesTransposed(x, db, b) : timesTransposed(db, x, b));
    Type places = da->type.withElem(Elem::I32);
    int last = static_cast<int>(places.rank()) - 1;
    Value *row = b.iota(places, last - 1), *column = b.iota(places, last);
    r.contribute(op.operand(0), b.select(b.binary(attr.upper ? OpKind::Le : OpKind::Ge, row, column), da, r.zeros(da->type)));
  }
  if (r.wants(op.operand(1))) r.contribute(op.operand(1), db);
}

void gradientLinearAlgebra(Op &op, Reverse &r) {
  if (op.kind == OpKind::Fft) return gradientFft(op, r);
  if (op.kind == OpKind::TriSolve) return gradientTriSolve(op, r);
  r.refuse(op, Diag::NoDerivative, info(op.kind).mnemonic);
}

} // namespace dl::passes

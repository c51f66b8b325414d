// Linear algebra and Fourier transforms.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

namespace {
bool isPrecise(const Value *v) { return v->type.elem == Elem::F32 || v->type.elem == Elem::F64; }
} // namespace

/// A square matrix, perhaps several.
Value *Grower::square() {
  auto isSquare = [](const Value *v) { return isPrecise(v) && v->type.rank() >= 2 && v->type.dims.back() == v->type.dims[v->type.rank() - 2]; };
  if (Value *x = any(isSquare)) return x;
  Value *x = any(isPrecise);
  if (!x) return nullptr;
  Dim n = anyExtent(9);
  return fit(Type(x->type.elem, {n, n}));
}

bool Grower::triangular() {
  if (exact()) return false;
  Value *a = square();
  if (!a) return false;
  if (!free() || random_.chance(50)) { // far from singular
    int row = static_cast<int>(a->type.rank()) - 2;
    Type places = a->type.withElem(Elem::I64);
    Value *one = b_.convert(b_.binary(OpKind::Eq, b_.iota(places, row), b_.iota(places, row + 1)), a->type.elem);
    a = b_.add(b_.mul(tame(a), b_.constant(a->type, 0.125)), b_.mul(one, b_.constant(a->type, 2)));
  }
  Type type = a->type;
  type.dims.back() = anyExtent(9);
  return put(make(OpKind::TriSolve, {a, fit(type)}, TriSolveAttr{random_.chance(50), random_.chance(50)}));
}

/// What the prelude differentiates by gradients of its own.
bool Grower::factorise() {
  if (!free() || growth_.differentiates) return false;
  OpKind kind = random_.of({OpKind::Cholesky, OpKind::Lu, OpKind::Qr, OpKind::Eigh, OpKind::Svd});
  bool thin = kind == OpKind::Qr || kind == OpKind::Svd;
  Value *a = thin ? any([](const Value *v) { return isPrecise(v) && v->type.rank() >= 2; }) : square();
  if (!a) return false;
  auto made = b_.tryCreate(kind, {a});
  Op **op = std::get_if<Op *>(&made);
  return op && putAll(*op);
}

bool Grower::fourier() {
  if (exact()) return false;
  Value *re = any([](const Value *v) { return isPrecise(v) && v->type.rank() > 0; });
  if (!re) return false;
  Value *im = fit(re->type);
  return putAll(b_.create(OpKind::Fft, {re, im}, FftAttr{static_cast<int>(random_.below(re->type.rank())), random_.chance(50)}));
}

} // namespace dl::test

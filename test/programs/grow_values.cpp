// Constants, dimensions and random numbers.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

bool Grower::constant() {
  Type type = anyType(2);
  bool fixed = true;
  for (const Dim &d : type.dims) fixed &= d.isConstant();
  if (!fixed || type.boundCount() > 12 || type.boundCount() == 0 || type.elem == Elem::Key) return put(fit(type));
  std::vector<uint64_t> bits;
  for (int64_t i = 0; i < type.boundCount(); ++i)
    bits.push_back(encodeNumber(type.elem, type.elem == Elem::Bool ? static_cast<double>(random_.below(2)) : static_cast<double>(random_.between(-3, 3)) / (exact() ? 1 : 2)));
  return put(b_.constantBits(type, bits));
}

bool Grower::iota() {
  Type type = anyType().withElem(random_.of({Elem::I32, Elem::I64, anyElem()}));
  if (type.isScalar()) return false;
  return put(make(OpKind::Iota, {}, IotaAttr{type, static_cast<int>(random_.below(type.rank()))}));
}

bool Grower::extentValue() { return put(b_.extent(anyExtent() + (random_.chance(30) ? anyExtent() : Dim(0)))); }

bool Grower::randomBits() {
  Value *key = any([](const Value *v) { return v->type.elem == Elem::Key; });
  if (!key) return false;
  if (random_.chance(40)) {
    Value *number = key->type.isScalar() ? index() : fit(key->type.withElem(Elem::I64));
    return put(make(OpKind::KeyFold, {key, number}));
  }
  Type type = anyType(2);
  type.elem = random_.of({Elem::I32, Elem::I64});
  type.dims.insert(type.dims.begin(), key->type.dims.begin(), key->type.dims.end());
  if (type.boundCount() > growth_.mostElements) return false;
  Value *bits = make(OpKind::RandomBits, {key}, RandomAttr{type});
  if (!bits || random_.chance(30)) return put(bits);
  if (exact()) return put(b_.convert(b_.binary(OpKind::Rem, bits, b_.constantInt(type, 5)), anyElem()));
  Elem elem = smooth() ? Elem::F64 : random_.of({Elem::F32, Elem::F64});
  Value *number = b_.convert(bits, elem);
  return put(b_.mul(number, b_.constant(number->type, type.elem == Elem::I32 ? 0x1p-31 : 0x1p-63)));
}

/// A new run-time dimension: of a number, or of how many elements of a mask hold.
bool Grower::dimension() {
  if (growth_.nesting > 1) return false;
  Value *mask = any([](const Value *v) { return v->type.elem == Elem::Bool && v->type.rank() == 1; });
  if (mask && random_.chance(60)) {
    Op *op = b_.create(OpKind::Compress, {mask});
    extents_.push_back(op->results[0]->dim);
    return put(op->results[1]);
  }
  Value *n = b_.toDim(index(), random_.between(1, 9), "m" + std::to_string(extents_.size()));
  if (n->type.elem != Elem::Dim) return false;
  extents_.push_back(n->dim);
  return put(fit(Type(anyElem(), {n->dim})));
}

} // namespace dl::test

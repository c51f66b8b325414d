// Operations that move elements.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

bool Grower::reshape() {
  Value *x = any();
  std::vector<Dim> dims = x->type.dims;
  if (random_.chance(25)) dims.insert(dims.begin() + static_cast<long>(random_.below(dims.size() + 1)), Dim(1));
  if (dims.size() > 1 && random_.chance(60)) { // two become one
    size_t d = random_.below(dims.size() - 1);
    dims[d] = dims[d] * dims[d + 1];
    dims.erase(dims.begin() + static_cast<long>(d) + 1);
  } else {
    for (size_t d = 0; d < dims.size(); ++d)
      for (int64_t part : {2, 3, 5})
        if (dims[d].isConstant() && dims[d].value() % part == 0 && dims[d].value() > 0) { // one becomes two
          dims[d] = Dim(dims[d].value() / part);
          dims.insert(dims.begin() + static_cast<long>(d + random_.below(2)), Dim(part));
          return put(make(OpKind::Reshape, {x}, ShapeAttr{dims}));
        }
  }
  return dims != x->type.dims && put(make(OpKind::Reshape, {x}, ShapeAttr{dims}));
}

bool Grower::transpose() {
  Value *x = any([](const Value *v) { return v->type.rank() > 1; });
  if (!x) return false;
  std::vector<int> perm;
  for (size_t d = 0; d < x->type.rank(); ++d) perm.insert(perm.begin() + static_cast<long>(random_.below(perm.size() + 1)), static_cast<int>(d));
  return put(make(OpKind::Transpose, {x}, DimsAttr{perm}));
}

bool Grower::reverse() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  std::vector<int> dims;
  for (size_t d = 0; d < x->type.rank(); ++d)
    if (random_.chance(60)) dims.push_back(static_cast<int>(d));
  return put(make(OpKind::Reverse, {x}, DimsAttr{dims}));
}

bool Grower::broadcast() {
  Value *x = any([](const Value *v) { return v->type.rank() < 3; });
  if (!x) return false;
  std::vector<Dim> dims = x->type.dims;
  std::vector<bool> own(dims.size(), true);
  for (size_t more = 1 + random_.below(2); more > 0; --more) {
    auto at = static_cast<long>(random_.below(dims.size() + 1));
    dims.insert(dims.begin() + at, anyExtent());
    own.insert(own.begin() + at, false);
  }
  std::vector<int> to;
  for (size_t d = 0; d < dims.size(); ++d)
    if (own[d]) to.push_back(static_cast<int>(d));
  return put(make(OpKind::Broadcast, {x}, BroadcastAttr{dims, to}));
}

bool Grower::slice() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  SliceAttr attr;
  for (const Dim &d : x->type.dims) {
    int64_t most = d.isConstant() ? d.value() : d.lowest();
    int64_t start = random_.between(0, std::min<int64_t>(most, 3)), step = random_.between(1, 3);
    Dim rest = d - Dim(start);
    attr.start.push_back(Dim(start)), attr.step.push_back(step);
    Dim extent = random_.chance(40) ? rest : floorDiv(rest + Dim(step - 1), Dim(step));
    if (extent == rest) attr.step.back() = 1;
    if (extent.isConstant() && extent.value() > 0 && random_.chance(30)) extent = extent - Dim(1);
    attr.extent.push_back(extent);
  }
  return put(make(OpKind::Slice, {x}, attr));
}

bool Grower::pad() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0 && v->type.elem != Elem::Key; });
  if (!x) return false;
  PadAttr attr;
  for (const Dim &d : x->type.dims) {
    int64_t low = random_.between(0, 2), step = random_.chance(70) ? 1 : random_.between(2, 3), high = random_.between(0, 2);
    attr.low.push_back(Dim(low)), attr.step.push_back(step);
    attr.extent.push_back(d * Dim(step) + Dim(low + high));
  }
  Value *fill = random_.chance(50) ? b_.constant(Type(x->type.elem), 0) : fit(Type(x->type.elem));
  return put(make(OpKind::Pad, {x, fill}, attr));
}

bool Grower::concat() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  size_t dim = random_.below(x->type.rank());
  std::vector<Value *> parts = {x};
  for (size_t more = 1 + random_.below(2); more > 0; --more) {
    Value *other = any([&](const Value *v) {
      if (v->type.elem != x->type.elem || v->type.rank() != x->type.rank()) return false;
      for (size_t d = 0; d < x->type.rank(); ++d)
        if (d != dim && v->type.dims[d] != x->type.dims[d]) return false;
      return true;
    });
    parts.insert(parts.begin() + static_cast<long>(random_.below(parts.size() + 1)), other ? other : x);
  }
  return put(make(OpKind::Concat, parts, ConcatAttr{static_cast<int>(dim)}));
}

bool Grower::interleave() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  size_t dim = random_.below(x->type.rank());
  int64_t step = random_.between(2, 3);
  InterleaveAttr attr{{static_cast<int>(dim)}, {step}, x->type.dims};
  attr.dims[dim] = x->type.dims[dim] * Dim(step);
  std::vector<Value *> parts = {x};
  while (static_cast<int64_t>(parts.size()) < step) parts.push_back(fit(x->type));
  return put(make(OpKind::Interleave, parts, attr));
}

} // namespace dl::test

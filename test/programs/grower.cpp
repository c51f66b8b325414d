#include "test/programs/grower.h"
#include <cmath>

namespace dl::test {

using namespace ir;

const std::vector<Grower::Choice> &Grower::choices() {
  static const std::vector<Choice> all = {
      {12, &Grower::unary},     {16, &Grower::binary},     {4, &Grower::compare},   {5, &Grower::select},     {3, &Grower::fma},
      {5, &Grower::convert},    {1, &Grower::bitcast},     {3, &Grower::bits},      {2, &Grower::constant},   {2, &Grower::iota},
      {1, &Grower::extentValue}, {2, &Grower::randomBits}, {2, &Grower::dimension}, {4, &Grower::reshape},    {4, &Grower::transpose},
      {2, &Grower::reverse},    {6, &Grower::broadcast},   {4, &Grower::slice},     {4, &Grower::pad},        {4, &Grower::concat},
      {2, &Grower::interleave}, {8, &Grower::reduce},      {2, &Grower::argReduce}, {4, &Grower::cumulate},   {2, &Grower::sort},
      {1, &Grower::search},     {5, &Grower::contract},    {6, &Grower::product},   {5, &Grower::remap},      {5, &Grower::gather},
      {5, &Grower::scatter},    {3, &Grower::sliceAt},     {3, &Grower::updateAt},  {3, &Grower::branch},     {6, &Grower::forLoop},
      {3, &Grower::whileLoop},  {1, &Grower::checkpoint},  {1, &Grower::customGrad}, {3, &Grower::gradient},  {1, &Grower::tangent},
      {1, &Grower::stopGradient}, {2, &Grower::sizedLoop}, {1, &Grower::triangular}, {1, &Grower::factorise}, {1, &Grower::fourier}};
  return all;
}

void Grower::grow(int count) {
  int total = 0;
  for (const Choice &choice : choices()) total += choice.weight;
  for (int tries = 0; count > 0 && tries < 40 * (count + 1); ++tries) {
    int64_t at = random_.between(0, total - 1);
    auto choice = choices().begin();
    while (at >= choice->weight) at -= choice++->weight;
    if ((this->*choice->step)()) --count;
  }
}

bool Grower::put(Value *v) {
  if (!v || v->type.elem == Elem::Dim || v->type.rank() > 4 || v->type.boundCount() > growth_.mostElements) return false;
  if (exact() && isFloat(v->type.elem) && growth_.magnitude(v) > (v->type.elem == Elem::F64 ? 0x1p30 : 0x1p18)) return false;
  pool_.push_back(v);
  return true;
}

bool Grower::putAll(Op *op, size_t first) {
  bool some = false;
  for (size_t i = first; i < op->results.size(); ++i) some |= put(op->results[i]);
  return some;
}

Value *Grower::make(OpKind kind, std::vector<Value *> operands, Attrs attrs) {
  auto made = b_.tryCreate(kind, std::move(operands), std::move(attrs));
  Op **op = std::get_if<Op *>(&made);
  return op ? (*op)->result() : nullptr;
}

Value *Grower::any(const std::function<bool(const Value *)> &good) {
  for (int tries = 0; tries < 12; ++tries)
    if (Value *v = any(); good(v)) return v;
  for (size_t i = 0, n = pool_.size(), first = random_.below(n); i < n; ++i)
    if (Value *v = pool_[(first + i) % n]; good(v)) return v;
  return nullptr;
}

Value *Grower::anyFloat() { return any([](const Value *v) { return isFloat(v->type.elem); }); }
Value *Grower::anyNumber() { return any([](const Value *v) { return isFloat(v->type.elem) || isInteger(v->type.elem); }); }

Dim Grower::anyExtent(int64_t most) {
  for (int tries = 0; tries < 8; ++tries)
    if (const Dim &d = random_.of(extents_); d.bound() <= most) return d;
  return Dim(static_cast<int64_t>(1 + random_.below(3)));
}

Type Grower::anyType(size_t mostRank) {
  Type type(anyElem());
  for (size_t rank = random_.below(mostRank + 1); type.dims.size() < rank;) {
    type.dims.push_back(anyExtent());
    if (type.boundCount() > growth_.mostElements) type.dims.back() = Dim(1);
  }
  return type;
}

Value *Grower::fit(const Type &type) {
  if (random_.chance(95))
    if (Value *v = any([&](const Value *x) { return x->type == type; })) return v;
  if (type.elem == Elem::Key) {
    Value *key = any([](const Value *v) { return v->type.elem == Elem::Key; });
    if (key && key->type.isScalar()) return type.isScalar() ? key : b_.splat(key, type.dims);
    return b_.constantBits(type, {random_.next()});
  }
  if (random_.chance(50)) { // another shape
    Value *x = any([&](const Value *v) {
      if (v->type.elem != type.elem || v->type.rank() >= type.rank()) return false;
      size_t next = 0;
      for (const Dim &d : type.dims) next += next < v->type.rank() && v->type.dims[next] == d;
      return next == v->type.rank();
    });
    if (x) {
      std::vector<int> to;
      for (size_t d = 0; d < type.rank(); ++d)
        if (to.size() < x->type.rank() && x->type.dims[to.size()] == type.dims[d]) to.push_back(static_cast<int>(d));
      return b_.broadcast(x, type.dims, to);
    }
  }
  if (random_.chance(50) && type.elem != Elem::Bool) { // another element type
    Value *x = any([&](const Value *v) {
      return v->type.dims == type.dims && v->type.elem != Elem::Key && !(exact() && isInteger(v->type.elem)) && !(smooth() && isFloat(v->type.elem));
    });
    if (x && x->type.elem != type.elem)
      if (Value *v = b_.convert(x, type.elem); !exact() || growth_.magnitude(v) < 0x1p18) return v;
  }
  if (!type.isScalar() && type.elem != Elem::Bool && random_.chance(40)) {
    Value *v = b_.iota(type.withElem(Elem::I64), static_cast<int>(random_.below(type.rank())));
    return b_.convert(v, type.elem);
  }
  double number = type.elem == Elem::Bool ? static_cast<double>(random_.below(2)) : static_cast<double>(random_.between(-2, 3));
  if (isFloat(type.elem) && !exact()) number = random_.of({0.5, -0.75, 1.0, 2.0, 0.1, -1.5});
  if (isFloat(type.elem) && free() && random_.chance(15)) number = random_.of({0.0, -0.0, 1.0, -1.0, HUGE_VAL, -HUGE_VAL});
  return b_.constant(type, number);
}

Value *Grower::tame(Value *x) {
  if (exact()) {
    Value *high = b_.constant(x->type, 16), *low = b_.constant(x->type, -16);
    return b_.binary(OpKind::Max, b_.binary(OpKind::Min, x, high), low);
  }
  return b_.unary(random_.of({OpKind::Tanh, OpKind::Sin}), x);
}

Value *Grower::positive(Value *x) { return b_.add(b_.mul(x, x), b_.constant(x->type, 0.75)); }

Value *Grower::clampEmpty(Value *x, ReduceKind kind) {
  bool extremum = kind == ReduceKind::Max || kind == ReduceKind::Min;
  if (free() || !extremum || !isFloat(x->type.elem)) return x;
  Value *limit = b_.constant(x->type, kind == ReduceKind::Max ? -100 : 100);
  return b_.binary(kind == ReduceKind::Max ? OpKind::Max : OpKind::Min, x, limit);
}

Value *Grower::index() {
  if (random_.chance(30)) return b_.i64(random_.between(-1, 5));
  Value *v = any([](const Value *x) { return x->type.elem == Elem::I64 && x->type.isScalar(); });
  return v ? v : b_.i64(random_.between(0, 3));
}

Value *Grower::summary(Value *x) {
  if (x->type.elem == Elem::Bool || isInteger(x->type.elem)) x = b_.convert(exact() && x->type.elem != Elem::Bool ? b_.binary(OpKind::Rem, x, b_.constantInt(x->type, 7)) : x, smooth() ? Elem::F64 : growth_.elems[0]);
  if (growth_.profile != Profile::Bits || random_.chance(50)) x = tame(x);
  if (random_.chance(40)) x = b_.mul(x, x);
  std::vector<int> all;
  for (size_t d = 0; d < x->type.rank(); ++d) all.push_back(static_cast<int>(d));
  return all.empty() ? x : b_.reduce(ReduceKind::Sum, x, all);
}

} // namespace dl::test

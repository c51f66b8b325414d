// Element-wise operations.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

namespace {

/// Operations of `operands` operands that stay exact on whole numbers.
const std::vector<OpKind> kExactUnary = {OpKind::Neg, OpKind::Abs, OpKind::Sign, OpKind::Floor, OpKind::Ceil, OpKind::Round};
const std::vector<OpKind> kExactBinary = {OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Max, OpKind::Min};

bool belongs(OpKind kind, int operands) {
  if (!isElementwise(kind) || info(kind).operands != operands || (kind >= OpKind::Eq && kind <= OpKind::Ge)) return false;
  return kind != OpKind::Convert && kind != OpKind::Bitcast && kind != OpKind::Not && kind != OpKind::IsFinite;
}

std::vector<OpKind> elementwise(int operands) {
  std::vector<OpKind> kinds;
  for (int k = 0; k < opKindCount(); ++k)
    if (belongs(static_cast<OpKind>(k), operands)) kinds.push_back(static_cast<OpKind>(k));
  return kinds;
}

} // namespace

bool Grower::unary() {
  static const std::vector<OpKind> kinds = elementwise(1);
  Value *x = anyNumber();
  if (!x) return false;
  if (exact()) return put(make(random_.of(kExactUnary), {x}));
  if (free()) {
    OpKind kind = random_.of(kinds);
    if (growth_.differentiates && (kind == OpKind::Digamma || kind == OpKind::Lgamma)) return false;
    return put(make(kind, {x}));
  }
  if (!isFloat(x->type.elem)) return put(make(random_.of({OpKind::Neg, OpKind::Abs, OpKind::Sign}), {x}));
  switch (random_.below(4)) {
  case 0: return put(make(random_.of({OpKind::Neg, OpKind::Sin, OpKind::Cos, OpKind::Tanh, OpKind::Sigmoid, OpKind::Erf, OpKind::Abs}), {x}));
  case 1: return put(make(random_.of({OpKind::Exp, OpKind::Expm1, OpKind::Tan, OpKind::Lgamma}), {b_.unary(OpKind::Sigmoid, x)}));
  case 2: return put(make(random_.of({OpKind::Log, OpKind::Log1p, OpKind::Sqrt}), {positive(x)}));
  default: return put(make(OpKind::ErfInv, {b_.mul(tame(x), b_.constant(x->type, 0.75))}));
  }
}

bool Grower::binary() {
  static const std::vector<OpKind> kinds = elementwise(2);
  Value *x = any();
  if (x->type.elem == Elem::Key) return false;
  Value *y = fit(x->type);
  if (random_.chance(30)) std::swap(x, y);
  if (exact()) return put(make(random_.of(isFloat(x->type.elem) ? kExactBinary : kinds), {x, y}));
  if (free() && random_.chance(60)) return put(make(random_.of(kinds), {x, y}));
  OpKind simple = random_.of({OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Max, OpKind::Min});
  if (free() || !isFloat(x->type.elem)) return put(make(simple, {x, y}));
  switch (random_.below(4)) {
  case 0: return put(make(OpKind::Div, {x, positive(y)}));
  case 1: return put(make(OpKind::Pow, {positive(x), b_.constant(x->type, random_.of({0.5, 2.0, -1.0, 1.5, 3.0}))}));
  case 2: return put(make(OpKind::Atan2, {x, positive(y)}));
  default: return put(make(simple, {x, y}));
  }
}

bool Grower::compare() {
  Value *x = any();
  if (smooth() && isFloat(x->type.elem)) return false;
  return put(make(random_.of({OpKind::Eq, OpKind::Ne, OpKind::Lt, OpKind::Le, OpKind::Gt, OpKind::Ge}), {x, fit(x->type)}));
}

bool Grower::select() {
  Value *x = any();
  return put(make(OpKind::Select, {fit(x->type.withElem(Elem::Bool)), x, fit(x->type)}));
}

bool Grower::fma() {
  Value *x = anyFloat();
  return x && put(make(OpKind::Fma, {x, fit(x->type), fit(x->type)}));
}

bool Grower::convert() {
  Value *x = any();
  Elem to = random_.chance(20) ? Elem::Bool : anyElem();
  if (random_.chance(25) && !smooth()) to = random_.of({Elem::I32, Elem::I64});
  if (x->type.elem == to || x->type.elem == Elem::Key) return false;
  if (smooth() && isFloat(x->type.elem)) return false;
  if (exact() && isInteger(x->type.elem) && isFloat(to)) x = b_.binary(OpKind::Rem, x, b_.constantInt(x->type, 9));
  return put(make(OpKind::Convert, {x}, ConvertAttr{to}));
}

/// Bits of NaN are not specified: they become 0 before anything looks at them.
bool Grower::bitcast() {
  Value *x = any();
  if (!free() || byteSize(x->type.elem) < 2) return false;
  Elem to = byteSize(x->type.elem) == 8 ? random_.of({Elem::I64, Elem::F64}) : byteSize(x->type.elem) == 4 ? random_.of({Elem::I32, Elem::F32}) : random_.of({Elem::F16, Elem::BF16});
  if (isFloat(x->type.elem)) x = b_.select(b_.binary(OpKind::Eq, x, x), x, b_.constant(x->type, 0));
  return put(make(OpKind::Bitcast, {x}, ConvertAttr{to}));
}

bool Grower::bits() {
  Value *x = any([](const Value *v) { return isInteger(v->type.elem) || v->type.elem == Elem::Bool; });
  if (!x || random_.chance(20)) return !smooth() && put(make(OpKind::IsFinite, {any()}));
  if (random_.chance(25)) return put(make(OpKind::Not, {x}));
  return put(make(random_.of({OpKind::And, OpKind::Or, OpKind::Xor, OpKind::Shl, OpKind::Shr}), {x, fit(x->type)}));
}

} // namespace dl::test

/// Element-wise partials, by operands and results, for both modes; a partial that needs the result uses it.
#include "passes/autodiff/forward.h"
#include <cmath>
#include <numbers>

namespace dl::passes {

using namespace ir;

namespace {

class Partials {
public:
  Partials(const Op &op, size_t operand, Value *g, Builder &b, const std::function<Value *(Value *)> &primal)
      : op_(op), i_(operand), g_(g), b_(b), primal_(primal) {}

  Value *along();

private:
  Value *x(size_t i = 0) { return primal_(op_.operand(i)); }
  Value *y() { return primal_(op_.result()); }
  Value *number(double n) { return b_.constant(g_->type, n); }
  Value *neg(Value *v) { return b_.unary(OpKind::Neg, v); }
  Value *unary(OpKind k, Value *v) { return b_.unary(k, v); }
  Value *compare(OpKind k, Value *a, Value *b) { return b_.binary(k, a, b); }

  Value *product() { return b_.mul(g_, x(1 - i_)); }
  Value *power();
  Value *angle();
  Value *trigamma();
  Value *extremum(OpKind beats);

  const Op &op_;
  size_t i_; ///< of the operand
  Value *g_;
  Builder &b_;
  const std::function<Value *(Value *)> &primal_;
};

/// d a^b = b a^(b-1) da + a^b log(a) db; where b is 0 the first, where a is 0 the second is 0.
Value *Partials::power() {
  if (i_ == 0) {
    Value *slope = b_.mul(x(1), b_.binary(OpKind::Pow, x(0), b_.sub(x(1), number(1))));
    return b_.mul(g_, b_.select(compare(OpKind::Eq, x(1), number(0)), number(0), slope));
  }
  Value *log = b_.select(compare(OpKind::Eq, x(0), number(0)), number(0), unary(OpKind::Log, x(0)));
  return b_.mul(g_, b_.mul(y(), log));
}

Value *Partials::angle() {
  Value *square = b_.add(b_.mul(x(0), x(0)), b_.mul(x(1), x(1)));
  Value *q = b_.div(g_, square);
  return i_ == 0 ? b_.mul(q, x(1)) : neg(b_.mul(q, x(0)));
}

/// The result beats a only where it is b: a tie gives its derivative to a.
Value *Partials::extremum(OpKind beats) {
  Value *isB = compare(beats, y(), x(0));
  return i_ == 0 ? b_.select(isB, number(0), g_) : b_.select(isB, g_, number(0));
}

/// The derivative of digamma, out of operations that have derivatives: the recurrence up to 8 and the asymptotic series with Bernoulli's
/// numbers; below 0 the reflection.
Value *Partials::trigamma() {
  constexpr double kBernoulli[] = {7.0 / 6, -691.0 / 2730, 5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6};
  auto inverse = [&](Value *v) { return b_.div(number(1), v); };
  auto square = [&](Value *v) { return b_.mul(v, v); };
  Value *below = compare(OpKind::Lt, x(), number(0));
  Value *z = b_.select(below, b_.sub(number(1), x()), x()), *sum = square(inverse(z));
  for (int i = 1; i < 8; ++i) sum = b_.add(sum, square(inverse(b_.add(z, number(i)))));
  Value *r = inverse(b_.add(z, number(8))), *r2 = square(r), *series = number(0);
  for (double coefficient : kBernoulli) series = b_.add(b_.mul(series, r2), number(coefficient));
  sum = b_.add(sum, b_.add(r, b_.add(b_.mul(number(0.5), r2), b_.mul(b_.mul(r, r2), series))));
  Value *off = b_.sub(x(), unary(OpKind::Round, x())); // from the nearest pole
  Value *sine = unary(OpKind::Sin, b_.mul(number(std::numbers::pi), b_.select(below, off, number(0.5))));
  return b_.select(below, b_.sub(square(b_.div(number(std::numbers::pi), sine)), sum), sum);
}

Value *Partials::along() {
  constexpr double kTwoByRootPi = 2 * std::numbers::inv_sqrtpi;
  const double halfRootPi = std::sqrt(std::numbers::pi) / 2;
  switch (op_.kind) {
  case OpKind::Neg: return neg(g_);
  case OpKind::Abs: return b_.mul(g_, unary(OpKind::Sign, x()));
  case OpKind::Exp: return b_.mul(g_, y());
  case OpKind::Expm1: return b_.mul(g_, b_.add(y(), number(1)));
  case OpKind::Log: return b_.div(g_, x());
  case OpKind::Log1p: return b_.div(g_, b_.add(x(), number(1)));
  case OpKind::Sqrt: return b_.mul(g_, b_.div(number(0.5), y()));
  case OpKind::Sin: return b_.mul(g_, unary(OpKind::Cos, x()));
  case OpKind::Cos: return neg(b_.mul(g_, unary(OpKind::Sin, x())));
  case OpKind::Tan: return b_.mul(g_, b_.add(number(1), b_.mul(y(), y())));
  case OpKind::Tanh: return b_.mul(g_, b_.sub(number(1), b_.mul(y(), y())));
  case OpKind::Sigmoid: return b_.mul(g_, b_.mul(y(), b_.sub(number(1), y())));
  case OpKind::Erf: return b_.mul(g_, b_.mul(number(kTwoByRootPi), unary(OpKind::Exp, neg(b_.mul(x(), x())))));
  case OpKind::ErfInv: return b_.mul(g_, b_.mul(number(halfRootPi), unary(OpKind::Exp, b_.mul(y(), y()))));
  case OpKind::Lgamma: return b_.mul(g_, unary(OpKind::Digamma, x()));
  case OpKind::Digamma: return b_.mul(g_, trigamma());
  case OpKind::Convert: return b_.convert(g_, op_.operand(0)->type.elem);
  case OpKind::Add: return g_;
  case OpKind::Sub: return i_ == 0 ? g_ : neg(g_);
  case OpKind::Mul: return product();
  case OpKind::Div: {
    Value *q = b_.div(g_, x(1));
    return i_ == 0 ? q : neg(b_.mul(q, y()));
  }
  case OpKind::Rem: return i_ == 0 ? g_ : neg(b_.mul(g_, unary(OpKind::Floor, b_.div(x(0), x(1)))));
  case OpKind::Pow: return power();
  case OpKind::Atan2: return angle();
  case OpKind::Max: return extremum(OpKind::Gt);
  case OpKind::Min: return extremum(OpKind::Lt);
  case OpKind::Select:
    if (i_ == 1) return b_.select(x(0), g_, number(0));
    return i_ == 2 ? b_.select(x(0), number(0), g_) : nullptr;
  case OpKind::Fma: return i_ == 2 ? g_ : product();
  case OpKind::Sign:
  case OpKind::Floor:
  case OpKind::Ceil:
  case OpKind::Round:
  case OpKind::IsFinite:
  case OpKind::Not:
  case OpKind::Bitcast:
  case OpKind::And:
  case OpKind::Or:
  case OpKind::Xor:
  case OpKind::Shl:
  case OpKind::Shr:
  case OpKind::Eq:
  case OpKind::Ne:
  case OpKind::Lt:
  case OpKind::Le:
  case OpKind::Gt:
  case OpKind::Ge: return nullptr; // derivative 0
#define DL_OTHER_Elementwise(Name)
#define DL_OTHER_Constant(Name) case OpKind::Name:
#define DL_OTHER_Reduction(Name) case OpKind::Name:
#define DL_OTHER_Contraction(Name) case OpKind::Name:
#define DL_OTHER_Shape(Name) case OpKind::Name:
#define DL_OTHER_Indexing(Name) case OpKind::Name:
#define DL_OTHER_LinearAlgebra(Name) case OpKind::Name:
#define DL_OTHER_Random(Name) case OpKind::Name:
#define DL_OTHER_Control(Name) case OpKind::Name:
#define DL_OTHER_Differentiation(Name) case OpKind::Name:
#define DL_OTHER_Effect(Name) case OpKind::Name:
#define DL_OTHER_Data(Name) case OpKind::Name:
#define DL_OP(Name, mnemonic, family, operands, results, effect, derivative, domain, help) DL_OTHER_##family(Name)
#include "ir/op_table.def"
#undef DL_OP
    DL_UNREACHABLE();
  }
}

} // namespace

Value *partialAlong(const Op &op, size_t operand, Value *g, Builder &b, const std::function<Value *(Value *)> &primal) {
  return Partials(op, operand, g, b, primal).along();
}

void gradientElementwise(Op &op, Reverse &r) {
  Value *g = r.take(op.result());
  for (size_t i = 0; i < op.operands.size(); ++i)
    if (r.wants(op.operand(i)))
      if (Value *c = partialAlong(op, i, g, r.b, [&](Value *v) { return r.primal(v); })) r.contribute(op.operand(i), c);
}

} // namespace dl::passes

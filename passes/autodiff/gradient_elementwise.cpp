/// Element-wise partials, by operands and results; a partial that needs the result uses it.
#include "passes/autodiff/reverse.h"
#include <cmath>
#include <numbers>

namespace dl::passes {

using namespace ir;

namespace {

class Partials {
public:
  Partials(Op &op, Reverse &r) : op_(op), r_(r), b_(r.b), g_(r.take(op.result())) {}

  void run();

private:
  Value *x(size_t i = 0) { return r_.primal(op_.operand(i)); }
  Value *y() { return r_.primal(op_.result()); }
  Value *number(double n) { return b_.constant(op_.result()->type, n); }
  bool wants(size_t i) const { return r_.wants(op_.operand(i)); }
  void give(size_t i, Value *cotangent) { r_.contribute(op_.operand(i), cotangent); }
  Value *neg(Value *v) { return b_.unary(OpKind::Neg, v); }
  Value *unary(OpKind k, Value *v) { return b_.unary(k, v); }
  Value *compare(OpKind k, Value *a, Value *b) { return b_.binary(k, a, b); }

  void product();
  void quotient();
  void power();
  void angle();
  void extremum(OpKind beats);

  Op &op_;
  Reverse &r_;
  Builder &b_;
  Value *g_;
};

void Partials::product() {
  if (wants(0)) give(0, b_.mul(g_, x(1)));
  if (wants(1)) give(1, b_.mul(g_, x(0)));
}

void Partials::quotient() {
  Value *q = b_.div(g_, x(1));
  if (wants(0)) give(0, q);
  if (wants(1)) give(1, neg(b_.mul(q, y())));
}

/// d a^b = b a^(b-1) da + a^b log(a) db; where b is 0 the first, where a is 0 the second is 0.
void Partials::power() {
  if (wants(0)) {
    Value *slope = b_.mul(x(1), b_.binary(OpKind::Pow, x(0), b_.sub(x(1), number(1))));
    give(0, b_.mul(g_, b_.select(compare(OpKind::Eq, x(1), number(0)), number(0), slope)));
  }
  if (wants(1)) {
    Value *log = b_.select(compare(OpKind::Eq, x(0), number(0)), number(0), unary(OpKind::Log, x(0)));
    give(1, b_.mul(g_, b_.mul(y(), log)));
  }
}

void Partials::angle() {
  Value *square = b_.add(b_.mul(x(0), x(0)), b_.mul(x(1), x(1)));
  Value *q = b_.div(g_, square);
  if (wants(0)) give(0, b_.mul(q, x(1)));
  if (wants(1)) give(1, neg(b_.mul(q, x(0))));
}

/// The result beats a only where it is b: a tie gives its derivative to a.
void Partials::extremum(OpKind beats) {
  Value *isB = compare(beats, y(), x(0));
  if (wants(0)) give(0, b_.select(isB, number(0), g_));
  if (wants(1)) give(1, b_.select(isB, g_, number(0)));
}

void Partials::run() {
  constexpr double kTwoByRootPi = 2 * std::numbers::inv_sqrtpi;
  const double halfRootPi = std::sqrt(std::numbers::pi) / 2;
  switch (op_.kind) {
  case OpKind::Neg: return give(0, neg(g_));
  case OpKind::Abs: return give(0, b_.mul(g_, unary(OpKind::Sign, x())));
  case OpKind::Exp: return give(0, b_.mul(g_, y()));
  case OpKind::Expm1: return give(0, b_.mul(g_, b_.add(y(), number(1))));
  case OpKind::Log: return give(0, b_.div(g_, x()));
  case OpKind::Log1p: return give(0, b_.div(g_, b_.add(x(), number(1))));
  case OpKind::Sqrt: return give(0, b_.mul(g_, b_.div(number(0.5), y())));
  case OpKind::Sin: return give(0, b_.mul(g_, unary(OpKind::Cos, x())));
  case OpKind::Cos: return give(0, neg(b_.mul(g_, unary(OpKind::Sin, x()))));
  case OpKind::Tan: return give(0, b_.mul(g_, b_.add(number(1), b_.mul(y(), y()))));
  case OpKind::Tanh: return give(0, b_.mul(g_, b_.sub(number(1), b_.mul(y(), y()))));
  case OpKind::Sigmoid: return give(0, b_.mul(g_, b_.mul(y(), b_.sub(number(1), y()))));
  case OpKind::Erf: return give(0, b_.mul(g_, b_.mul(number(kTwoByRootPi), unary(OpKind::Exp, neg(b_.mul(x(), x()))))));
  case OpKind::ErfInv: return give(0, b_.mul(g_, b_.mul(number(halfRootPi), unary(OpKind::Exp, b_.mul(y(), y())))));
  case OpKind::Lgamma: return give(0, b_.mul(g_, unary(OpKind::Digamma, x())));
  case OpKind::Convert: return give(0, b_.convert(g_, op_.operand(0)->type.elem));
  case OpKind::Add: return give(0, g_), give(1, g_);
  case OpKind::Sub:
    give(0, g_);
    if (wants(1)) give(1, neg(g_));
    return;
  case OpKind::Mul: return product();
  case OpKind::Div: return quotient();
  case OpKind::Rem:
    give(0, g_);
    if (wants(1)) give(1, neg(b_.mul(g_, unary(OpKind::Floor, b_.div(x(0), x(1))))));
    return;
  case OpKind::Pow: return power();
  case OpKind::Atan2: return angle();
  case OpKind::Max: return extremum(OpKind::Gt);
  case OpKind::Min: return extremum(OpKind::Lt);
  case OpKind::Select:
    if (wants(1)) give(1, b_.select(x(0), g_, number(0)));
    if (wants(2)) give(2, b_.select(x(0), number(0), g_));
    return;
  case OpKind::Fma: return product(), give(2, g_);
  case OpKind::Digamma: return r_.refuse(op_, Diag::NoDerivative, info(op_.kind).mnemonic);
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
  case OpKind::Ge: return; // derivative 0: never reached
#define DL_OTHER_Elementwise(Name)
#define DL_OTHER_Constant(Name) case OpKind::Name:
#define DL_OTHER_Reduction(Name) case OpKind::Name:
#define DL_OTHER_Contraction(Name) case OpKind::Name:
#define DL_OTHER_Shape(Name) case OpKind::Name:
#define DL_OTHER_Indexing(Name) case OpKind::Name:
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

void gradientElementwise(Op &op, Reverse &r) { Partials(op, r).run(); }

} // namespace dl::passes

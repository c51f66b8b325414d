// Element-wise arithmetic. The bit-moving operations (neg, abs, select) change no subnormal; all others are the
// processor's arithmetic in the mode of the module.
#include "ir/evaluate/elements.h"
#include "ir/evaluate/op_context.h"
#include "support/numerics/convert.h"
#include "support/numerics/scalar_functions.h"

// Each function below handles the operations of its element types; inference has refused the rest.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::ir::eval {
namespace {

template <class L, class F> void map(OpContext &c, Tensor &out, F f) {
  const auto *x = c.in[0]->data<typename L::Stored>();
  auto *y = out.data<typename L::Stored>();
  for (int64_t i = 0, n = out.count(); i < n; ++i) y[i] = L::store(f(L::load(x[i])));
}
template <class L, class F> void zip(OpContext &c, Tensor &out, F f) {
  const auto *a = c.in[0]->data<typename L::Stored>(), *b = c.in[1]->data<typename L::Stored>();
  auto *y = out.data<typename L::Stored>();
  for (int64_t i = 0, n = out.count(); i < n; ++i) y[i] = L::store(static_cast<typename L::Compute>(f(L::load(a[i]), L::load(b[i]))));
}
template <class L, class F> void test(OpContext &c, Tensor &out, F f) {
  const auto *a = c.in[0]->data<typename L::Stored>(), *b = c.in.back()->data<typename L::Stored>();
  auto *y = out.data<uint8_t>();
  for (int64_t i = 0, n = out.count(); i < n; ++i) y[i] = f(L::load(a[i]), L::load(b[i]));
}

template <class L> bool floatOp(OpContext &c, Tensor &out) {
  using T = typename L::Compute;
  switch (c.op.kind) {
  case OpKind::Neg: map<L>(c, out, [](T x) { return -x; }); return true;
  case OpKind::Abs: map<L>(c, out, [](T x) { return std::fabs(x); }); return true;
  case OpKind::Sign: map<L>(c, out, [](T x) { return num::signOf(x); }); return true;
  case OpKind::Floor: map<L>(c, out, [](T x) { return std::floor(x); }); return true;
  case OpKind::Ceil: map<L>(c, out, [](T x) { return std::ceil(x); }); return true;
  case OpKind::Round: map<L>(c, out, [](T x) { return num::roundEven(x); }); return true;
  case OpKind::Sqrt: map<L>(c, out, [](T x) { return std::sqrt(x); }); return true;
  case OpKind::Exp: map<L>(c, out, [](T x) { return num::exp(x); }); return true;
  case OpKind::Expm1: map<L>(c, out, [](T x) { return num::expm1(x); }); return true;
  case OpKind::Log: map<L>(c, out, [](T x) { return num::log(x); }); return true;
  case OpKind::Log1p: map<L>(c, out, [](T x) { return num::log1p(x); }); return true;
  case OpKind::Sin: map<L>(c, out, [](T x) { return num::sin(x); }); return true;
  case OpKind::Cos: map<L>(c, out, [](T x) { return num::cos(x); }); return true;
  case OpKind::Tan: map<L>(c, out, [](T x) { return num::tan(x); }); return true;
  case OpKind::Tanh: map<L>(c, out, [](T x) { return num::tanh(x); }); return true;
  case OpKind::Sigmoid: map<L>(c, out, [](T x) { return num::sigmoid(x); }); return true;
  case OpKind::Erf: map<L>(c, out, [](T x) { return num::erf(x); }); return true;
  case OpKind::ErfInv: map<L>(c, out, [](T x) { return num::erfInv(x); }); return true;
  case OpKind::Lgamma: map<L>(c, out, [](T x) { return num::lgamma(x); }); return true;
  case OpKind::Digamma: map<L>(c, out, [](T x) { return num::digamma(x); }); return true;
  case OpKind::IsFinite: test<L>(c, out, [](T x, T) { return std::isfinite(x); }); return true;
  case OpKind::Add:
  case OpKind::Accumulate: zip<L>(c, out, [](T a, T b) { return a + b; }); return true;
  case OpKind::Sub: zip<L>(c, out, [](T a, T b) { return a - b; }); return true;
  case OpKind::Mul: zip<L>(c, out, [](T a, T b) { return a * b; }); return true;
  case OpKind::Div: zip<L>(c, out, [](T a, T b) { return a / b; }); return true;
  case OpKind::Rem: zip<L>(c, out, [](T a, T b) { return num::rem(a, b); }); return true;
  case OpKind::Pow: zip<L>(c, out, [](T a, T b) { return num::pow(a, b); }); return true;
  case OpKind::Atan2: zip<L>(c, out, [](T a, T b) { return num::atan2(a, b); }); return true;
  case OpKind::Fma: {
    const auto *a = c.in[0]->data<typename L::Stored>(), *b = c.in[1]->data<typename L::Stored>(),
               *d = c.in[2]->data<typename L::Stored>();
    auto *y = out.data<typename L::Stored>();
    for (int64_t i = 0, n = out.count(); i < n; ++i) y[i] = L::store(std::fma(L::load(a[i]), L::load(b[i]), L::load(d[i])));
    return true;
  }
  default: return false;
  }
}

template <class L> bool integerOp(OpContext &c, Tensor &out) {
  using T = typename L::Compute;
  switch (c.op.kind) {
  case OpKind::Neg: map<L>(c, out, [](T x) { return num::wrapNeg(x); }); return true;
  case OpKind::Abs: map<L>(c, out, [](T x) { return num::wrapAbs(x); }); return true;
  case OpKind::Sign: map<L>(c, out, [](T x) { return num::signOf(x); }); return true;
  case OpKind::Add:
  case OpKind::Accumulate: zip<L>(c, out, [](T a, T b) { return num::wrapAdd(a, b); }); return true;
  case OpKind::Sub: zip<L>(c, out, [](T a, T b) { return num::wrapSub(a, b); }); return true;
  case OpKind::Mul: zip<L>(c, out, [](T a, T b) { return num::wrapMul(a, b); }); return true;
  case OpKind::Div: zip<L>(c, out, [](T a, T b) { return num::floorDiv(a, b); }); return true;
  case OpKind::Rem: zip<L>(c, out, [](T a, T b) { return num::floorRem(a, b); }); return true;
  case OpKind::Not: map<L>(c, out, [](T x) { return static_cast<T>(~x); }); return true;
  case OpKind::Shl: zip<L>(c, out, [](T a, T b) { return num::shiftLeft(a, b); }); return true;
  case OpKind::Shr: zip<L>(c, out, [](T a, T b) { return num::shiftRight(a, b); }); return true;
  default: return false;
  }
}

/// What numbers of both kinds have in common.
template <class L> bool numberOp(OpContext &c, Tensor &out) {
  using T = typename L::Compute;
  switch (c.op.kind) {
  case OpKind::Max: zip<L>(c, out, [](T a, T b) { return num::maxOf(a, b); }); return true;
  case OpKind::Min: zip<L>(c, out, [](T a, T b) { return num::minOf(a, b); }); return true;
  case OpKind::Eq: test<L>(c, out, [](T a, T b) { return a == b; }); return true;
  case OpKind::Ne: test<L>(c, out, [](T a, T b) { return a != b; }); return true;
  case OpKind::Lt: test<L>(c, out, [](T a, T b) { return a < b; }); return true;
  case OpKind::Le: test<L>(c, out, [](T a, T b) { return a <= b; }); return true;
  case OpKind::Gt: test<L>(c, out, [](T a, T b) { return a > b; }); return true;
  case OpKind::Ge: test<L>(c, out, [](T a, T b) { return a >= b; }); return true;
  default: return false;
  }
}

/// Bitwise on integers, logical on bools (which are 0 or 1).
template <class L> bool bitOp(OpContext &c, Tensor &out) {
  using T = typename L::Compute;
  switch (c.op.kind) {
  case OpKind::And: zip<L>(c, out, [](T a, T b) { return a & b; }); return true;
  case OpKind::Or: zip<L>(c, out, [](T a, T b) { return a | b; }); return true;
  case OpKind::Xor: zip<L>(c, out, [](T a, T b) { return a ^ b; }); return true;
  default: return false;
  }
}

bool boolOp(OpContext &c, Tensor &out) {
  if (c.op.kind == OpKind::Not) return map<BoolLane>(c, out, [](uint8_t x) { return uint8_t(x ^ 1); }), true;
  return bitOp<BoolLane>(c, out) || numberOp<BoolLane>(c, out);
}

void select(OpContext &c, Tensor &out) {
  const auto *choice = c.in[0]->data<uint8_t>();
  withWidth(byteSize(out.elem), [&]<class T> {
    const T *a = c.in[1]->data<T>(), *b = c.in[2]->data<T>();
    T *y = out.data<T>();
    for (int64_t i = 0, n = out.count(); i < n; ++i) y[i] = choice[i] ? a[i] : b[i];
  });
}

} // namespace

Status elementwise(OpContext &c) {
  DL_TRY(made, c.result());
  Tensor &out = *made;
  if (c.op.kind == OpKind::Select) return select(c, out), Done{};
  Elem elem = c.in[0]->elem;
  bool known;
  if (elem == Elem::Bool) known = boolOp(c, out);
  else if (isFloat(elem)) known = withFloat(elem, [&]<class L> { return floatOp<L>(c, out) || numberOp<L>(c, out); });
  else known = withInteger(elem, [&]<class L> { return integerOp<L>(c, out) || bitOp<L>(c, out) || numberOp<L>(c, out); });
  if (!known) return failure(std::string("`") + info(c.op.kind).mnemonic + "` has no meaning for " + name(elem));
  return Done{};
}

/// Not zero. Halves by their bits: their subnormals count in every mode.
template <class L>
bool isTrue(typename L::Stored x) {
  if constexpr (L::kElem == Elem::BF16 || L::kElem == Elem::F16) return (x & 0x7fff) != 0;
  else return L::load(x) != 0;
}

Status convert(OpContext &c) {
  DL_TRY(made, c.result());
  Tensor &out = *made;
  const Tensor &in = *c.in[0];
  if (c.op.kind == OpKind::Bitcast || in.elem == out.elem) {
    out.bytes = in.bytes;
    return Done{};
  }
  withNumberOrBool(in.elem, [&]<class From> {
    withNumberOrBool(out.elem, [&]<class To> {
      const auto *x = in.data<typename From::Stored>();
      auto *y = out.data<typename To::Stored>();
      using T = typename To::Compute;
      for (int64_t i = 0, n = out.count(); i < n; ++i) {
        auto value = From::load(x[i]);
        if constexpr (To::kElem == Elem::Bool) y[i] = isTrue<From>(x[i]);
        else if constexpr (To::kFloat) y[i] = To::store(static_cast<T>(value));
        else y[i] = num::toInteger<T>(value);
      }
    });
  });
  return Done{};
}

} // namespace dl::ir::eval

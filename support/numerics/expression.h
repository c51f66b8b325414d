/// Operators over the handles of an algebra, so that a function reads like its formula.
#pragma once
#include "support/numerics/algebra.h"
#include <cstddef>

namespace dl::num {

/// A real number of algebra A; a double beside one is a constant of the element type.
template <Algebra A> struct R {
  A *a;
  typename A::Real v;

  R constant(double c) const { return {a, a->real(c)}; }
  friend R operator+(R x, R y) { return {x.a, x.a->add(x.v, y.v)}; }
  friend R operator-(R x, R y) { return {x.a, x.a->sub(x.v, y.v)}; }
  friend R operator*(R x, R y) { return {x.a, x.a->mul(x.v, y.v)}; }
  friend R operator/(R x, R y) { return {x.a, x.a->div(x.v, y.v)}; }
  friend R operator+(R x, double c) { return x + x.constant(c); }
  friend R operator-(R x, double c) { return x - x.constant(c); }
  friend R operator*(R x, double c) { return x * x.constant(c); }
  friend R operator+(double c, R x) { return x.constant(c) + x; }
  friend R operator-(double c, R x) { return x.constant(c) - x; }
  friend R operator*(double c, R x) { return x.constant(c) * x; }
  friend R operator/(double c, R x) { return x.constant(c) / x; }
  friend R operator-(R x) { return {x.a, x.a->neg(x.v)}; }
  friend R abs(R x) { return {x.a, x.a->abs(x.v)}; }
  friend R sqrt(R x) { return {x.a, x.a->sqrt(x.v)}; }
  friend R roundEven(R x) { return {x.a, x.a->roundEven(x.v)}; }
  friend R fma(R x, R y, R z) { return {x.a, x.a->fma(x.v, y.v, z.v)}; }
  friend R fma(R x, double y, R z) { return fma(x, x.constant(y), z); }
  friend R fma(R x, R y, double z) { return fma(x, y, x.constant(z)); }
  friend R fma(R x, double y, double z) { return fma(x, x.constant(y), x.constant(z)); }
};

/// The bits of a number as an integer.
template <Algebra A> struct B {
  A *a;
  typename A::Bits v;

  B constant(int64_t c) const { return {a, a->bits(c)}; }
  friend B operator+(B x, B y) { return {x.a, x.a->addBits(x.v, y.v)}; }
  friend B operator-(B x, B y) { return {x.a, x.a->subBits(x.v, y.v)}; }
  friend B operator&(B x, B y) { return {x.a, x.a->andBits(x.v, y.v)}; }
  friend B operator|(B x, B y) { return {x.a, x.a->orBits(x.v, y.v)}; }
  friend B operator^(B x, B y) { return {x.a, x.a->xorBits(x.v, y.v)}; }
  friend B operator+(B x, int64_t c) { return x + x.constant(c); }
  friend B operator-(B x, int64_t c) { return x - x.constant(c); }
  friend B operator&(B x, int64_t c) { return x & x.constant(c); }
  friend B operator|(B x, int64_t c) { return x | x.constant(c); }
  friend B operator<<(B x, int n) { return {x.a, x.a->shl(x.v, n)}; }
  friend B operator>>(B x, int n) { return {x.a, x.a->shr(x.v, n)}; }
};

/// A truth value for each element.
template <Algebra A> struct M {
  A *a;
  typename A::Mask v;

  friend M operator&(M x, M y) { return {x.a, x.a->andMask(x.v, y.v)}; }
  friend M operator|(M x, M y) { return {x.a, x.a->orMask(x.v, y.v)}; }
  friend M operator!(M x) { return {x.a, x.a->notMask(x.v)}; }
};

template <Algebra A> M<A> operator<(R<A> x, R<A> y) { return {x.a, x.a->less(x.v, y.v)}; }
template <Algebra A> M<A> operator<=(R<A> x, R<A> y) { return {x.a, x.a->lessEqual(x.v, y.v)}; }
template <Algebra A> M<A> operator>(R<A> x, R<A> y) { return y < x; }
template <Algebra A> M<A> operator>=(R<A> x, R<A> y) { return y <= x; }
template <Algebra A> M<A> operator==(R<A> x, R<A> y) { return {x.a, x.a->equal(x.v, y.v)}; }
template <Algebra A> M<A> operator<(R<A> x, double c) { return x < x.constant(c); }
template <Algebra A> M<A> operator<=(R<A> x, double c) { return x <= x.constant(c); }
template <Algebra A> M<A> operator>(R<A> x, double c) { return x > x.constant(c); }
template <Algebra A> M<A> operator>=(R<A> x, double c) { return x >= x.constant(c); }
template <Algebra A> M<A> operator==(R<A> x, double c) { return x == x.constant(c); }
template <Algebra A> M<A> operator==(B<A> x, B<A> y) { return {x.a, x.a->equalBits(x.v, y.v)}; }
template <Algebra A> M<A> operator==(B<A> x, int64_t c) { return x == x.constant(c); }
template <Algebra A> M<A> isNan(R<A> x) { return !(x == x); }

template <Algebra A> R<A> select(M<A> m, R<A> x, R<A> y) { return {m.a, m.a->select(m.v, x.v, y.v)}; }
template <Algebra A> R<A> select(M<A> m, R<A> x, double y) { return select(m, x, x.constant(y)); }
template <Algebra A> R<A> select(M<A> m, double x, R<A> y) { return select(m, y.constant(x), y); }
template <Algebra A> B<A> select(M<A> m, B<A> x, B<A> y) { return {m.a, m.a->selectBits(m.v, x.v, y.v)}; }
template <Algebra A> B<A> bitsOf(R<A> x) { return {x.a, x.a->toBits(x.v)}; }
template <Algebra A> R<A> realOf(B<A> x) { return {x.a, x.a->fromBits(x.v)}; }

/// The facts of the element type that the functions need.
template <Algebra A> struct Format {
  static constexpr bool kSingle = A::kWidth == 32;
  static constexpr int kMantissa = kSingle ? 23 : 52;
  static constexpr int kBias = kSingle ? 127 : 1023;
  static constexpr int64_t kSign = kSingle ? INT64_C(0x80000000) : INT64_MIN;
  static constexpr int64_t kOne = static_cast<int64_t>(kBias) << kMantissa;
  static constexpr double kLeastNormal = kSingle ? 0x1p-126 : 0x1p-1022;
  /// Adding it rounds to an integer, which then stands in the low bits.
  static constexpr double kMagic = kSingle ? 0x1.8p23 : 0x1.8p52;
  static constexpr int64_t kMagicBits = kSingle ? INT64_C(0x4B400000) : INT64_C(0x4338000000000000);
};

/// Coefficients from the constant term upwards; Horner's scheme, one fma a step.
template <Algebra A, size_t N> R<A> polynomial(R<A> x, const double (&coefficients)[N]) {
  R<A> sum = x.constant(coefficients[N - 1]);
  for (size_t i = N - 1; i-- > 0;) sum = fma(sum, x, coefficients[i]);
  return sum;
}

/// The magnitude of the first with the sign of the second.
template <Algebra A> R<A> copySign(R<A> magnitude, R<A> sign) {
  B<A> bits = bitsOf(sign);
  return realOf(bitsOf(abs(magnitude)) | (bits & Format<A>::kSign));
}

/// 2^n for n within the exponents of normal numbers.
template <Algebra A> R<A> powerOfTwo(B<A> n) { return realOf((n + Format<A>::kBias) << Format<A>::kMantissa); }

/// The nearest integer of a small number, both as a real and as bits.
template <Algebra A> struct Nearest {
  R<A> real;
  B<A> bits;
};
/// Rounds `scaled + kMagic`, the way in which a product can enter with one rounding: nearest(fma(x, c, magic)).
template <Algebra A> Nearest<A> nearestFromMagic(R<A> scaled) {
  return {scaled - Format<A>::kMagic, bitsOf(scaled) - Format<A>::kMagicBits};
}

/// Unevaluated sum of two numbers, the second far smaller: about twice the precision.
template <Algebra A> struct Pair {
  R<A> high, low;
};
/// a + b exactly, where |a| >= |b|.
template <Algebra A> Pair<A> fastTwoSum(R<A> a, R<A> b) {
  R<A> sum = a + b;
  return {sum, (a - sum) + b};
}
/// a + b exactly.
template <Algebra A> Pair<A> twoSum(R<A> a, R<A> b) {
  R<A> sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
/// a * b exactly.
template <Algebra A> Pair<A> twoProduct(R<A> a, R<A> b) {
  R<A> product = a * b;
  return {product, fma(a, b, -product)};
}

} // namespace dl::num

/// sin, cos and tan. Reduction by multiples of pi/2 in three parts (Cody and Waite): full accuracy up to |x| of about
/// 3e6 in f32 and 1e15 in f64; beyond that the results stay in range but mean little; infinities give NaN.
#pragma once
#include "support/numerics/coefficients.h"
#include "support/numerics/expression.h"

namespace dl::num {

/// x = n pi/2 + r + low for x >= 0; r lies in about -pi/4..pi/4 and is clamped to -1..1 where digits are lost.
template <Algebra A> struct Quadrant {
  R<A> r, low;
  B<A> n;
};
template <Algebra A> Quadrant<A> reduceTrigonometric(R<A> x) {
  constexpr bool single = Format<A>::kSingle;
  Nearest<A> n = nearestFromMagic(fma(x, 0.6366197723675814, Format<A>::kMagic));
  const double middle = single ? 4.371138828673793e-08 : -0x1.1a62633145c07p-54;
  const double last = single ? 1.7151245100058819e-15 : 0x1.f1976b7ed8fbcp-110;
  R<A> first = fma(n.real, single ? -1.5707963705062866 : -0x1.921fb54442d18p+0, x); // exact
  R<A> second = fma(n.real, middle, first);
  R<A> r = fma(n.real, last, second);
  // What rounding `second` lost, exactly: first + product - second. Only tan uses it.
  Pair<A> product = twoProduct(n.real, x.constant(middle)), step = twoSum(first, -second);
  R<A> error = ((step.high + product.high) + step.low) + product.low;
  R<A> low = (second - r) + fma(n.real, last, error);
  M<A> lost = abs(r) > 1.0;
  return {select(lost, copySign(r.constant(1.0), r), r), select(lost, 0.0, low), n.bits};
}

/// sin and cos of |r| <= pi/4.
template <Algebra A> R<A> sinKernel(R<A> r) {
  R<A> z = r * r;
  if constexpr (Format<A>::kSingle)
    return fma(r * z, polynomial(z, fit::kSin32), r);
  else
    return fma(r * z, polynomial(z, fit::kSin64), r);
}
template <Algebra A> R<A> cosKernel(R<A> r) {
  R<A> z = r * r;
  if constexpr (Format<A>::kSingle)
    return fma(z, fma(z, polynomial(z, fit::kCos32), -0.5), 1.0);
  else {
    R<A> half = z * 0.5, high = 1.0 - half;
    return high + fma(z * z, polynomial(z, fit::kCos64), (1.0 - high) - half);
  }
}

template <Algebra A> R<A> sinOrCos(Quadrant<A> q) {
  R<A> magnitude = select((q.n & 1) == 0, sinKernel(q.r), cosKernel(q.r));
  return realOf(bitsOf(magnitude) ^ ((q.n & 2) << (A::kWidth - 2)));
}

template <Algebra A> R<A> sin(R<A> x) {
  R<A> y = sinOrCos(reduceTrigonometric(abs(x)));
  return realOf(bitsOf(y) ^ (bitsOf(x) & Format<A>::kSign));
}

template <Algebra A> R<A> cos(R<A> x) {
  Quadrant<A> q = reduceTrigonometric(abs(x));
  return sinOrCos(Quadrant<A>{q.r, q.low, q.n + 1});
}

template <Algebra A> R<A> tan(R<A> x) {
  Quadrant<A> q = reduceTrigonometric(abs(x));
  R<A> z = q.r * q.r, p = z;
  if constexpr (Format<A>::kSingle)
    p = polynomial(z, fit::kTan32);
  else
    p = polynomial(z, fit::kTan64);
  R<A> t = q.r + fma(q.r * z, p, q.low);
  R<A> y = select((q.n & 1) == 0, t, -1.0 / t);
  return realOf(bitsOf(y) ^ (bitsOf(x) & Format<A>::kSign));
}

} // namespace dl::num

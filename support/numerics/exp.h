/// exp and expm1, and the parts of exp that other functions use.
#pragma once
#include "support/numerics/coefficients.h"
#include "support/numerics/expression.h"

namespace dl::num {

/// x = n log 2 + r, |r| <= log(2)/2. For |x| below 1e4.
template <Algebra A> struct ExpArgument {
  R<A> r;
  Nearest<A> n;
};
template <Algebra A> ExpArgument<A> reduceExp(R<A> x) {
  constexpr bool single = Format<A>::kSingle;
  Nearest<A> n = nearestFromMagic(fma(x, 1.4426950408889634, Format<A>::kMagic));
  R<A> r = fma(n.real, single ? -0.693145751953125 : -0x1.62e42feep-1, x);
  return {fma(n.real, single ? -1.4286068203094173e-06 : -0x1.a39ef35793c76p-33, r), n};
}

/// q of exp(r) = 1 + r + r^2 q.
template <Algebra A> R<A> expTail(R<A> r) {
  if constexpr (Format<A>::kSingle)
    return polynomial(r, fit::kExp32);
  else
    return polynomial(r, fit::kExp64);
}

/// p 2^n in two steps, so that a subnormal result is rounded once; n within twice the exponents.
template <Algebra A> R<A> scaleByPowerOfTwo(R<A> p, B<A> n) {
  B<A> half = ((n + 2 * (Format<A>::kBias + 1)) >> 1) - (Format<A>::kBias + 1);
  return p * powerOfTwo(half) * powerOfTwo(n - half);
}

/// Beyond these exp is 0 or infinity.
template <Algebra A> R<A> clampExp(R<A> x) {
  constexpr bool single = Format<A>::kSingle;
  x = select(x < (single ? -104.0 : -746.0), single ? -104.0 : -746.0, x);
  return select(x > (single ? 89.0 : 710.0), single ? 89.0 : 710.0, x);
}

template <Algebra A> R<A> exp(R<A> x) {
  ExpArgument<A> e = reduceExp(clampExp(x));
  R<A> p = fma(e.r * e.r, expTail(e.r), e.r) + 1.0;
  return scaleByPowerOfTwo(p, e.n.bits);
}

/// exp(n log 2 + r + low), |low| below an ulp of r: by a compensated sum, the error is little above half an ulp.
template <Algebra A> R<A> expCompensated(R<A> r, R<A> low, B<A> n) {
  R<A> tail = fma(r * r, expTail(r), low);
  R<A> sum = r + 1.0;
  return scaleByPowerOfTwo(sum + (((1.0 - sum) + r) + tail), n);
}

/// exp of a pair.
template <Algebra A> R<A> expOfPair(Pair<A> x) {
  ExpArgument<A> e = reduceExp(clampExp(x.high));
  Pair<A> r = fastTwoSum(e.r, x.low);
  return expCompensated(r.high, r.low, e.n.bits);
}

template <Algebra A> R<A> expm1(R<A> x) {
  constexpr bool single = Format<A>::kSingle;
  R<A> y = select(x < (single ? -20.0 : -40.0), single ? -20.0 : -40.0, x);
  y = select(y > (single ? 89.0 : 710.0), single ? 89.0 : 710.0, y);
  ExpArgument<A> e = reduceExp(y);
  R<A> p = fma(e.r * e.r, expTail(e.r), e.r);
  R<A> half = powerOfTwo(e.n.bits - 1);
  R<A> result = fma(p, half, half - 0.5);
  return select(abs(x) < (single ? 0x1p-26 : 0x1p-55), x, result + result);
}

} // namespace dl::num

/// log and log1p, and the logarithm to twice the precision.
#pragma once
#include "support/numerics/coefficients.h"
#include "support/numerics/expression.h"
#include <limits>

namespace dl::num {

/// x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for positive finite x.
template <Algebra A> struct LogArgument {
  R<A> f, k;
};
template <Algebra A> LogArgument<A> splitLog(R<A> x) {
  using F = Format<A>;
  constexpr int64_t kRootHalf = F::kSingle ? INT64_C(0x3f3504f3) : INT64_C(0x3fe6a09e667f3bcd);
  constexpr double kLift = F::kSingle ? 0x1p25 : 0x1p54;
  M<A> subnormal = x < F::kLeastNormal;
  B<A> bits = bitsOf(select(subnormal, x * kLift, x)) - bitsOf(x).constant(kRootHalf);
  B<A> exponent = (bits + F::kOne) >> F::kMantissa;
  R<A> k = realOf(exponent + (F::kMagicBits - F::kBias)) - F::kMagic;
  R<A> m = realOf((bits & ((int64_t{1} << F::kMantissa) - 1)) + kRootHalf);
  return {m - 1.0, k - select(subnormal, x.constant(F::kSingle ? 25 : 54), x.constant(0))};
}

/// log of a positive finite x, plus `extra` (small beside the first digit lost).
template <Algebra A> R<A> logFinite(R<A> x, R<A> extra) {
  auto [f, k] = splitLog(x);
  if constexpr (Format<A>::kSingle) {
    R<A> z = f * f;
    R<A> low = fma(z, -0.5, (z * f) * polynomial(f, fit::kLog32));
    low = fma(k, 1.4286068203094173e-06, low) + extra;
    return fma(k, 0.693145751953125, f + low);
  } else {
    R<A> s = f / (f + 2.0), z = s * s;
    R<A> half = f * f * 0.5;
    R<A> low = fma(s, fma(z, polynomial(z, fit::kLog64), half), fma(k, 0x1.a39ef35793c76p-33, extra));
    return fma(k, 0x1.62e42feep-1, f - (half - low));
  }
}

/// The answers outside the positive finite numbers: infinity and NaN stay, 0 gives -infinity, below it NaN.
template <Algebra A> R<A> logSpecial(R<A> x, R<A> finite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  R<A> outside = select(x == 0.0, x.constant(-kInfinity), x.constant(std::numeric_limits<double>::quiet_NaN()));
  return select(x > 0.0, select(x < kInfinity, finite, x), outside);
}

template <Algebra A> R<A> log(R<A> x) { return logSpecial(x, logFinite(x, x.constant(0.0))); }

template <Algebra A> R<A> log1p(R<A> x) {
  Pair<A> u = twoSum(x.constant(1.0), x);
  R<A> result = logSpecial(u.high, logFinite(u.high, u.low / u.high));
  return select(abs(x) < (Format<A>::kSingle ? 0x1p-26 : 0x1p-55), x, result);
}

/// log of a positive finite x as a pair; the error is 2^-9 and less of an ulp of the high part.
template <Algebra A> Pair<A> logPair(R<A> x) {
  constexpr bool single = Format<A>::kSingle;
  auto [f, k] = splitLog(x);
  R<A> divisor = f + 2.0, divisorLow = f - (divisor - 2.0);
  R<A> s = f / divisor;
  R<A> sLow = fma(-s, divisorLow, fma(-s, divisor, f)) / divisor;
  Pair<A> z = twoProduct(s, s);
  z.low = fma(s + s, sLow, z.low);
  Pair<A> cube = twoProduct(s, z.high);
  cube.low = cube.low + fma(s, z.low, sLow * z.high);
  R<A> tail = z.high;
  if constexpr (single)
    tail = tail * polynomial(z.high, fit::kLogPair32);
  else
    tail = tail * polynomial(z.high, fit::kLogPair64);
  Pair<A> factor = fastTwoSum(x.constant(single ? 0.6666666865348816 : 0x1.5555555555555p-1), tail);
  factor.low = factor.low + (single ? -1.9868214925130207e-08 : 3.700743415417188e-17);
  Pair<A> term = twoProduct(cube.high, factor.high);
  term.low = term.low + fma(cube.high, factor.low, cube.low * factor.high);
  Pair<A> sum = fastTwoSum(s + s, term.high);
  sum.low = sum.low + (term.low + (sLow + sLow));
  Pair<A> whole = fastTwoSum(k * (single ? 0.693145751953125 : 0x1.62e42feep-1), sum.high);
  whole.low = whole.low + fma(k, single ? 1.4286068203094173e-06 : 0x1.a39ef35793c76p-33, sum.low);
  return fastTwoSum(whole.high, whole.low);
}

} // namespace dl::num

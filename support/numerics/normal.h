/// Random bits to distributions: uniform on [0, 1) and the standard normal by its inverse distribution function.
#pragma once
#include "support/numerics/log.h"

namespace dl::num {

/// Of one random word: as many bits as the significand has, so 1 is never reached.
template <Algebra A> R<A> uniform(B<A> word) {
  constexpr int kBits = Format<A>::kMantissa + 1;
  R<A> integer = {word.a, word.a->toReal((word >> (A::kWidth - kBits)).v)};
  return integer * (Format<A>::kSingle ? 0x1p-24 : 0x1p-53);
}

/// -quantile(p) / x for x = 1 - 2p, from product = 4p(1 - p) = (1 - x)(1 + x).
template <Algebra A> R<A> quantileSlope(R<A> product) {
  R<A> w = -logFinite(product, product.constant(0.0));
  if constexpr (Format<A>::kSingle)
    return select(w < 5.0, polynomial(w - 2.5, fit::kNormalLow32), polynomial(sqrt(w) - 3.5, fit::kNormalHigh32));
  else
    return select(w < 6.0, polynomial(w - 3.0, fit::kNormalLow64),
                  select(w < 16.0, polynomial(sqrt(w) - 3.25, fit::kNormalMiddle64),
                         polynomial(sqrt(w) - 5.0, fit::kNormalHigh64)));
}

/// The normal quantile of p: -infinity at 0, infinity at 1, NaN outside.
template <Algebra A> R<A> normalQuantile(R<A> p) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  R<A> inside = fma(p, 2.0, -1.0) * quantileSlope(p * (1.0 - p) * 4.0);
  R<A> ends = select(p == 0.0, p.constant(-kInfinity), p.constant(std::numeric_limits<double>::quiet_NaN()));
  ends = select(p == 1.0, kInfinity, ends);
  return select((p > 0.0) & (p < 1.0), inside, ends);
}

/// The inverse of erf on -1..1: infinite at the ends, NaN outside.
template <Algebra A> R<A> erfInv(R<A> x) {
  R<A> magnitude = abs(x);
  R<A> inside = x * (quantileSlope((1.0 - magnitude) * (1.0 + magnitude)) * 0.70710678118654752);
  R<A> ends = select(magnitude == 1.0, copySign(x.constant(std::numeric_limits<double>::infinity()), x),
                     x.constant(std::numeric_limits<double>::quiet_NaN()));
  return select(magnitude < 1.0, inside, ends);
}

/// Of one random word: the highest bit is the sign, the others choose the point of the half.
template <Algebra A> R<A> standardNormal(B<A> word) {
  constexpr bool single = Format<A>::kSingle;
  R<A> p{word.a, {}};
  if constexpr (single) {
    R<A> integer = {word.a, word.a->toReal((word & INT64_C(0x7FFFFFFF)).v)};
    p = fma(integer, 0x1p-32, 0x1p-33);
  } else {
    // 52 bits become the significand of a number in 2^52..2^53.
    R<A> lifted = realOf(((word >> 11) & ((INT64_C(1) << 52) - 1)) | INT64_C(0x4330000000000000));
    p = fma(lifted - 0x1p52, 0x1p-53, 0x1p-54);
  }
  R<A> magnitude = -normalQuantile(p);
  return realOf(bitsOf(magnitude) ^ (word & Format<A>::kSign));
}

} // namespace dl::num

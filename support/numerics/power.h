/// pow: exp(y log x) with the logarithm and the product as pairs.
#pragma once
#include "support/numerics/exp.h"
#include "support/numerics/log.h"

namespace dl::num {

/// As in C, except that a negative x, -infinity included, gives NaN where y is not integral.
template <Algebra A> R<A> pow(R<A> x, R<A> y) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kFar = Format<A>::kSingle ? 256.0 : 2048.0;
  R<A> magnitude = abs(x), zero = x.constant(0.0), infinity = x.constant(kInfinity);
  Pair<A> logarithm = logPair(magnitude);
  Pair<A> product = twoProduct(logarithm.high, y);
  R<A> low = fma(logarithm.low, y, product.low);
  R<A> exponent = select(product.high > kFar, kFar, product.high);
  exponent = select(exponent < -kFar, -kFar, exponent);
  R<A> result = expOfPair(Pair<A>{exponent, select(abs(product.high) < kFar, low, zero)});

  M<A> negativePower = y < 0.0;
  result = select(magnitude == 0.0, select(negativePower, infinity, zero), result);
  result = select(magnitude == kInfinity, select(negativePower, zero, infinity), result);
  result = select(magnitude == 1.0, 1.0, result);

  M<A> integral = roundEven(y) == y;
  R<A> halfPower = y * 0.5;
  M<A> odd = integral & !(roundEven(halfPower) == halfPower);
  M<A> negativeBase = x < 0.0;
  B<A> sign = bitsOf(x) & Format<A>::kSign;
  result = realOf(bitsOf(result) | select(odd, sign, sign.constant(0)));
  result = select(negativeBase & !integral, std::numeric_limits<double>::quiet_NaN(), result);
  result = select(isNan(x) | isNan(y), std::numeric_limits<double>::quiet_NaN(), result);
  return select((y == 0.0) | (x == 1.0), 1.0, result);
}

/// The remainder with the sign of b: a - floor(a/b) b. Exact while |a/b| < 2^24 (f64: 2^53); beyond, within 0..b.
template <Algebra A> R<A> rem(R<A> a, R<A> b) {
  R<A> quotient = a / b;
  R<A> whole = roundEven(quotient);
  whole = select(whole > quotient, whole - 1.0, whole);
  R<A> rest = fma(-whole, b, a);
  // The rounded quotient may be one off; an infinite divisor leaves a as it is.
  rest = select(abs(b) == std::numeric_limits<double>::infinity(), select(abs(a) < abs(b), a, a - a), rest);
  M<A> positive = b > 0.0;
  M<A> below = select(positive, rest, -rest) < 0.0;
  rest = select(below, rest + b, rest);
  R<A> zero = copySign(rest.constant(0.0), b);
  M<A> outside = (abs(rest) >= abs(b)) & (abs(b) < std::numeric_limits<double>::infinity());
  rest = select(outside, rest - b, rest);
  // Past the digits of the quotient nothing is left of the remainder.
  outside = (abs(rest) >= abs(b)) & (abs(b) < std::numeric_limits<double>::infinity());
  return select((rest == 0.0) | outside, select(b == 0.0, b / b, zero), rest);
}

} // namespace dl::num

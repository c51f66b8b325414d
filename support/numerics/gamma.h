/// lgamma (the logarithm of |gamma|) and its derivative digamma.
///
/// Above 0 the relative error is small everywhere, the zeros at 1 and 2 included. Below 0 the functions have zeros
/// between all their poles, near which only the absolute error is small.
#pragma once
#include "support/numerics/log.h"
#include "support/numerics/trigonometry.h"
#include <iterator>

namespace dl::num {

/// x times a polynomial whose constant term is given in two parts and exceeds the rest.
template <Algebra A, size_t N> R<A> timesPolynomial(R<A> x, const double (&coefficients)[N], double low) {
  R<A> sum = x.constant(coefficients[N - 1]);
  for (size_t i = N - 1; i-- > 1;) sum = fma(sum, x, coefficients[i]);
  Pair<A> whole = fastTwoSum(x.constant(coefficients[0]), fma(sum, x, low));
  return fma(x, whole.high, x * whole.low);
}

/// lgamma(a) for a > 0.
template <Algebra A> R<A> lgammaPositive(R<A> a) {
  constexpr bool single = Format<A>::kSingle;
  M<A> tiny = a < 0.5, belowTwo = a < 1.5, lowest = (a > 1.21) & (a < 1.74), aroundTwo = a < 2.5, belowFour = a < 3.5;
  // Around 1 and 2: z P(z); around the minimum a polynomial of its own, which loses nothing there. Below 1/2 and above
  // 5/2 one step of the recurrence leads there.
  R<A> one = select(tiny, a, a - 1.0), two = select(aroundTwo, a - 2.0, a - 3.0);
  R<A> logarithmOf = select(tiny, a, select(belowFour, a - 1.0, a));
  Pair<A> logarithm = logPair(logarithmOf);
  R<A> inverse = 1.0 / a, u = inverse * inverse;
  R<A> w = a - 1.46163213253021240234375;
  R<A> nearOne = one, nearTwo = two, minimum = w, tail = inverse;
  if constexpr (single) {
    nearOne = timesPolynomial(one, fit::kGammaOne32, fit::kGammaOne32Low);
    nearTwo = timesPolynomial(two, fit::kGammaTwo32, fit::kGammaTwo32Low);
    R<A> sum = w.constant(0.0);
    for (size_t i = std::size(fit::kGammaMinimum32) - 1; i > 0; --i) sum = fma(sum, w, fit::kGammaMinimum32[i]);
    minimum = fma(sum, w, fit::kGammaMinimum32Low) + fit::kGammaMinimum32[0];
    tail = inverse * polynomial(u, fit::kStirling32);
  } else {
    nearOne = fma(one, polynomial(one, fit::kGammaOne64), 0.0);
    nearTwo = fma(two, polynomial(two, fit::kGammaTwo64), 0.0);
    minimum = polynomial(w, fit::kGammaMinimum64);
    tail = inverse * polynomial(u, fit::kStirling64);
  }
  R<A> small = select(tiny, nearOne - logarithm.low - logarithm.high, nearOne);
  R<A> middle = select(aroundTwo, nearTwo, (nearTwo + logarithm.low) + logarithm.high);
  // Stirling, as (a - 1/2)(log a - 1) + (log(2 pi) - 1)/2 + tail, where nothing cancels.
  R<A> factor = a - 0.5;
  Pair<A> product = twoProduct(factor, logarithm.high - 1.0);
  R<A> large = product.high + (fma(factor, logarithm.low, product.low) + (tail + 0.4189385332046727));
  large = select(product.high < std::numeric_limits<double>::infinity(), large, product.high);
  return select(lowest, minimum, select(belowTwo, small, select(belowFour, middle, large)));
}

/// sin(pi d) for |d| <= 1/2.
template <Algebra A> R<A> sinPi(R<A> d) {
  R<A> t = abs(d);
  M<A> upper = t > 0.25;
  R<A> r = select(upper, 0.5 - t, t) * 3.141592653589793;
  return copySign(select(upper, cosKernel(r), sinKernel(r)), d);
}

template <Algebra A> R<A> lgamma(R<A> x) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kTiny = Format<A>::kSingle ? 0x1p-30 : 0x1p-60;
  R<A> a = abs(x);
  R<A> positive = lgammaPositive(a);
  // gamma(x) gamma(-x) = -pi / (x sin(pi x)); at the poles the sine is 0 and the result infinite.
  R<A> sine = abs(sinPi(a - roundEven(a)));
  R<A> product = a * sine;
  R<A> reflected = (1.1447298858494002 - logFinite(product, x.constant(0.0))) - positive;
  reflected = select(product == 0.0, kInfinity, reflected);
  R<A> result = select((x < 0.0) & (a >= kTiny), reflected, positive);
  result = select((a == 0.0) | (a == kInfinity), kInfinity, result);
  return select(isNan(x), x, result);
}

/// The derivative of lgamma; NaN at the poles.
template <Algebra A> R<A> digamma(R<A> x) {
  constexpr int kSteps = Format<A>::kSingle ? 6 : 10;
  // psi(x) = psi(1 - x) - pi / tan(pi x).
  M<A> negative = x <= 0.0;
  R<A> d = x - roundEven(x);
  R<A> sine = sinPi(d), cosine = sinPi(0.5 - abs(d));
  R<A> y = select(negative, 1.0 - x, x);
  R<A> sum = x.constant(0.0);
  for (int i = 0; i < kSteps; ++i) {
    M<A> step = y < double(kSteps);
    sum = sum + select(step, 1.0 / y, 0.0);
    y = select(step, y + 1.0, y);
  }
  static constexpr double kSeries[] = {-1.0 / 12,  1.0 / 120,     -1.0 / 252, 1.0 / 240,
                                       -1.0 / 132, 691.0 / 32760, -1.0 / 12};
  R<A> inverse = 1.0 / y, u = inverse * inverse;
  R<A> result = log(y) - (inverse * 0.5 - u * polynomial(u, kSeries)) - sum;
  result = select(negative, result - cosine * 3.141592653589793 / sine, result);
  result = select(negative & (d == 0.0), std::numeric_limits<double>::quiet_NaN(), result);
  return select(x == -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), result);
}

} // namespace dl::num

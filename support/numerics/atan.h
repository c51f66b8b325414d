/// atan2.
#pragma once
#include "support/numerics/coefficients.h"
#include "support/numerics/expression.h"
#include <limits>

namespace dl::num {

/// The angle of the point (x, y), with the signs of C's atan2.
template <Algebra A> R<A> atan2(R<A> y, R<A> x) {
  using F = Format<A>;
  constexpr double kHalfPi = F::kSingle ? 1.5707963705062866 : 0x1.921fb54442d18p+0;
  constexpr double kHalfPiLow = F::kSingle ? -4.371138828673793e-08 : 0x1.1a62633145c07p-54;
  R<A> across = abs(x), up = abs(y);
  M<A> steep = up > across;
  R<A> low = select(steep, across, up), high = select(steep, up, across);
  R<A> q = low / high;
  q = select(high == 0.0, 0.0, q);
  q = select(low == std::numeric_limits<double>::infinity(), 1.0, q);
  R<A> z = q * q, p = z;
  if constexpr (F::kSingle)
    p = polynomial(z, fit::kAtan32);
  else
    p = polynomial(z, fit::kAtan64);
  R<A> tail = (q * z) * p;
  // The angle from the nearest axis: 0 + a, pi/2 - a, pi/2 + a or pi - a, with both parts of the constant.
  M<A> left = (bitsOf(x) & F::kSign) == F::kSign;
  R<A> axis = select(steep, x.constant(kHalfPi), select(left, x.constant(2 * kHalfPi), x.constant(0.0)));
  R<A> axisLow = select(steep, x.constant(kHalfPiLow), select(left, x.constant(2 * kHalfPiLow), x.constant(0.0)));
  M<A> backwards = (steep & !left) | (left & !steep);
  R<A> angle = axis + (select(backwards, -q, q) + (select(backwards, -tail, tail) + axisLow));
  angle = select(isNan(x) | isNan(y), std::numeric_limits<double>::quiet_NaN(), angle);
  return copySign(angle, y);
}

} // namespace dl::num

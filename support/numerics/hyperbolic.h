/// tanh and sigmoid.
#pragma once
#include "support/numerics/exp.h"

namespace dl::num {

template <Algebra A> R<A> tanh(R<A> x) {
  R<A> magnitude = abs(x);
  if constexpr (Format<A>::kSingle) {
    R<A> z = magnitude * magnitude;
    R<A> low = fma(magnitude * z, polynomial(z, fit::kTanh32), magnitude);
    R<A> high = 1.0 - 2.0 / (exp(magnitude + magnitude) + 1.0);
    return copySign(select(magnitude > 0.625, high, low), x);
  } else {
    R<A> e = expm1(magnitude + magnitude);
    M<A> far = magnitude > 0.5;
    R<A> quotient = select(far, 2.0, e) / (e + 2.0);
    return copySign(select(far, 1.0 - quotient, quotient), x);
  }
}

/// 1 / (1 + exp(-x)), from e = exp(-|x|) so that nothing overflows: 1/d or e/d where d = 1 + e.
template <Algebra A> R<A> sigmoid(R<A> x) {
  ExpArgument<A> argument = reduceExp(clampExp(-abs(x)));
  R<A> e = expCompensated(argument.r, x.constant(0.0), argument.n.bits), one = x.constant(1.0);
  M<A> negative = x < 0.0;
  R<A> numerator = select(negative, e, one);
  Pair<A> d = fastTwoSum(one, e);
  R<A> quotient = numerator / d.high;
  // One step of correction for what rounding d and the quotient lost; 1/d is the quotient or its complement.
  R<A> rest = fma(-quotient, d.low, fma(-quotient, d.high, numerator));
  R<A> inverse = select(negative, 1.0 - quotient, quotient);
  return fma(rest, inverse, quotient);
}

} // namespace dl::num

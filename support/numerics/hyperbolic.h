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

/// 1 / (1 + exp(-x)), from exp(-|x|) so that nothing overflows.
template <Algebra A> R<A> sigmoid(R<A> x) {
  ExpArgument<A> argument = reduceExp(clampExp(-abs(x)));
  R<A> e = expCompensated(argument.r, x.constant(0.0), argument.n.bits);
  return select(x < 0.0, e, x.constant(1.0)) / (e + 1.0);
}

} // namespace dl::num

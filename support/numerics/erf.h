/// The error function.
#pragma once
#include "support/numerics/exp.h"

namespace dl::num {

template <Algebra A> R<A> erf(R<A> x) {
  constexpr bool single = Format<A>::kSingle;
  R<A> t = abs(x), z = t * t, low = z, exponent = z;
  R<A> capped = select(t > (single ? 4.0 : 6.0), single ? 4.0 : 6.0, t);
  if constexpr (single) {
    low = polynomial(z, fit::kErfLow32);
    exponent = polynomial(capped - 2.0, fit::kErfHigh32);
  } else {
    low = polynomial(z, fit::kErfLow64);
    exponent = polynomial(capped - 2.5, fit::kErfHigh64);
  }
  R<A> high = 1.0 - exp(-exponent);
  return copySign(select(t > (single ? 0.921875 : 1.0), high, fma(t, low, t)), x);
}

} // namespace dl::num

/// The algebra of plain numbers: ScalarAlgebra<float> and ScalarAlgebra<double>.
#pragma once
#include "support/numerics/expression.h"
#include <bit>
#include <cmath>
#include <type_traits>

namespace dl::num {

template <class T> struct ScalarAlgebra {
  using Real = T;
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  using Mask = bool;
  static constexpr int kWidth = sizeof(T) * 8;

  Real real(double c) { return static_cast<T>(c); }
  Bits bits(int64_t c) { return static_cast<Bits>(c); }
  Real add(Real x, Real y) { return x + y; }
  Real sub(Real x, Real y) { return x - y; }
  Real mul(Real x, Real y) { return x * y; }
  Real div(Real x, Real y) { return x / y; }
  Real fma(Real x, Real y, Real z) { return std::fma(x, y, z); }
  Real sqrt(Real x) { return std::sqrt(x); }
  Real roundEven(Real x) { return std::nearbyint(x); }
  Real neg(Real x) { return -x; }
  Real abs(Real x) { return std::fabs(x); }
  Bits addBits(Bits x, Bits y) { return x + y; }
  Bits subBits(Bits x, Bits y) { return x - y; }
  Bits andBits(Bits x, Bits y) { return x & y; }
  Bits orBits(Bits x, Bits y) { return x | y; }
  Bits xorBits(Bits x, Bits y) { return x ^ y; }
  Bits shl(Bits x, int n) { return x << n; }
  Bits shr(Bits x, int n) { return x >> n; }
  Bits toBits(Real x) { return std::bit_cast<Bits>(x); }
  Real fromBits(Bits x) { return std::bit_cast<T>(x); }
  Real toReal(Bits x) { return static_cast<T>(static_cast<std::make_signed_t<Bits>>(x)); }
  Mask less(Real x, Real y) { return x < y; }
  Mask lessEqual(Real x, Real y) { return x <= y; }
  Mask equal(Real x, Real y) { return x == y; }
  Mask equalBits(Bits x, Bits y) { return x == y; }
  Mask andMask(Mask x, Mask y) { return x && y; }
  Mask orMask(Mask x, Mask y) { return x || y; }
  Mask notMask(Mask x) { return !x; }
  Real select(Mask m, Real x, Real y) { return m ? x : y; }
  Bits selectBits(Mask m, Bits x, Bits y) { return m ? x : y; }
};

static_assert(Algebra<ScalarAlgebra<float>> && Algebra<ScalarAlgebra<double>>);

} // namespace dl::num

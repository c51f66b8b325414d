// Values at zeros, infinities, NaN, poles and the ends of the range.
#include "support/numerics/convert.h"
#include "support/numerics/denormals.h"
#include "support/numerics/scalar_functions.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace num = dl::num;

namespace {

template <class T> struct SpecialValues : testing::Test {};
using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(SpecialValues, Elements);

template <class T> constexpr T kInf = std::numeric_limits<T>::infinity();
template <class T> constexpr T kNan = std::numeric_limits<T>::quiet_NaN();

/// Equal as numbers, zeros with their sign; NaN equals NaN.
template <class T> void same(T value, T expected, const char *what) {
  bool equal =
      std::isnan(expected) ? std::isnan(value) : value == expected && std::signbit(value) == std::signbit(expected);
  EXPECT_TRUE(equal) << what << " = " << value << ", expected " << expected;
}
/// The same, but other numbers than 0 and the infinities may differ by two units of the last place.
template <class T> void close(T value, T expected, const std::string &what) {
  bool number = std::isfinite(expected) && expected != 0;
  if (!number) return same(value, expected, what.c_str());
  EXPECT_NEAR(value / expected, 1, 4 * std::numeric_limits<T>::epsilon()) << what;
}
#define SAME(value, expected) same<T>(value, expected, #value)

TYPED_TEST(SpecialValues, ExponentialsAndLogarithms) {
  using T = TypeParam;
  SAME(num::exp(kInf<T>), kInf<T>);
  SAME(num::exp(-kInf<T>), T(0));
  SAME(num::exp(T(0)), T(1));
  SAME(num::exp(T(-2000)), T(0));
  SAME(num::exp(T(2000)), kInf<T>);
  SAME(num::exp(kNan<T>), kNan<T>);
  SAME(num::expm1(T(-0.0)), T(-0.0));
  SAME(num::expm1(-kInf<T>), T(-1));
  SAME(num::expm1(kInf<T>), kInf<T>);
  SAME(num::expm1(std::numeric_limits<T>::denorm_min()), std::numeric_limits<T>::denorm_min());
  SAME(num::log(T(1)), T(0));
  SAME(num::log(T(0)), -kInf<T>);
  SAME(num::log(T(-0.0)), -kInf<T>);
  SAME(num::log(T(-1)), kNan<T>);
  SAME(num::log(kInf<T>), kInf<T>);
  SAME(num::log(-kInf<T>), kNan<T>);
  SAME(num::log1p(T(-0.0)), T(-0.0));
  SAME(num::log1p(T(-1)), -kInf<T>);
  SAME(num::log1p(T(-2)), kNan<T>);
  SAME(num::log1p(kInf<T>), kInf<T>);
  close<T>(num::exp(T(1)), std::exp(1.0L), "exp(1)");
  close<T>(num::log(std::numeric_limits<T>::denorm_min()), std::log(std::numeric_limits<T>::denorm_min()),
           "log of the least subnormal");
}

TYPED_TEST(SpecialValues, OddFunctionsKeepTheSignOfZero) {
  using T = TypeParam;
  for (T zero : {T(0), T(-0.0)}) {
    SAME(num::sin(zero), zero);
    SAME(num::tan(zero), zero);
    SAME(num::tanh(zero), zero);
    SAME(num::erf(zero), zero);
  }
  SAME(num::cos(T(-0.0)), T(1));
  SAME(num::sin(kInf<T>), kNan<T>);
  SAME(num::cos(-kInf<T>), kNan<T>);
  SAME(num::tan(kNan<T>), kNan<T>);
  SAME(num::tanh(kInf<T>), T(1));
  SAME(num::tanh(-kInf<T>), T(-1));
  SAME(num::tanh(kNan<T>), kNan<T>);
  SAME(num::erf(-kInf<T>), T(-1));
  SAME(num::erf(kNan<T>), kNan<T>);
  SAME(num::sigmoid(kInf<T>), T(1));
  SAME(num::sigmoid(-kInf<T>), T(0));
  SAME(num::sigmoid(T(0)), T(0.5));
  SAME(num::sigmoid(kNan<T>), kNan<T>);
  for (T x : {T(0.1), T(0.7), T(2), T(30)}) {
    SAME(num::sin(-x), -num::sin(x));
    SAME(num::tanh(-x), -num::tanh(x));
    SAME(num::erf(-x), -num::erf(x));
  }
}

TYPED_TEST(SpecialValues, GammaHasPolesAndZeros) {
  using T = TypeParam;
  SAME(num::lgamma(T(1)), T(0));
  SAME(num::lgamma(T(2)), T(0));
  for (T pole : {T(0), T(-1), T(-2), T(-100)}) SAME(num::lgamma(pole), kInf<T>);
  SAME(num::lgamma(kInf<T>), kInf<T>);
  SAME(num::lgamma(-kInf<T>), kInf<T>);
  SAME(num::lgamma(kNan<T>), kNan<T>);
  SAME(num::lgamma(std::numeric_limits<T>::max()), kInf<T>);
  EXPECT_NEAR(num::lgamma(T(11)), std::log(3628800.0), 1e-6);
  EXPECT_NEAR(num::lgamma(T(-0.5)), std::log(2 * std::sqrt(M_PI)), 1e-6);
  EXPECT_NEAR(num::lgamma(T(-1e-20)), 20 * std::log(10.0), 1e-5);
  SAME(num::digamma(T(-3)), kNan<T>);
  SAME(num::digamma(kInf<T>), kInf<T>);
}

TYPED_TEST(SpecialValues, PowersFollowC) {
  using T = TypeParam;
  T values[] = {-kInf<T>, T(-3), T(-2),  T(-1.5), T(-1), T(-0.5), T(-0.0), T(0),
                T(0.5),   T(1),  T(1.5), T(2),    T(3),  T(1e30), kInf<T>, kNan<T>};
  for (T x : values)
    for (T y : values) {
      T expected = std::pow(x, y);
      if (std::isinf(x) && x < 0 && std::isfinite(y) && std::nearbyint(y) != y) expected = kNan<T>;
      close<T>(num::pow(x, y), expected, "pow(" + std::to_string(x) + ", " + std::to_string(y) + ")");
    }
  SAME(num::pow(T(2), T(-1000000)), T(0));
  SAME(num::pow(T(10), T(2)), T(100));
}

TYPED_TEST(SpecialValues, AnglesFollowC) {
  using T = TypeParam;
  T values[] = {-kInf<T>, T(-2), T(-0.0), T(0), T(2), kInf<T>, kNan<T>};
  for (T y : values)
    for (T x : values)
      close<T>(num::atan2(y, x), std::atan2(y, x), "atan2(" + std::to_string(y) + ", " + std::to_string(x) + ")");
}

TYPED_TEST(SpecialValues, RemainderHasTheSignOfTheDivisor) {
  using T = TypeParam;
  for (T a : {T(-7.5), T(-6), T(-1), T(0), T(1), T(5.25), T(1e6)})
    for (T b : {T(-3), T(-0.75), T(0.75), T(2), T(3)}) {
      T rest = num::rem(a, b), exact = std::fmod(a, b);
      if (exact != 0 && (exact < 0) != (b < 0)) exact += b;
      EXPECT_EQ(rest, exact) << a << " rem " << b;
    }
  SAME(num::rem(T(6), T(3)), T(0));
  SAME(num::rem(T(6), T(-3)), T(-0.0));
  SAME(num::rem(T(1), T(0)), kNan<T>);
  SAME(num::rem(T(1), kInf<T>), T(1));
  SAME(num::rem(T(-1), kInf<T>), kInf<T>);
  SAME(num::rem(kInf<T>, T(2)), kNan<T>);
  SAME(num::rem(kInf<T>, kInf<T>), kNan<T>);
  SAME(num::rem(kNan<T>, T(2)), kNan<T>);
  for (T a : {T(3.1e9), T(-7.7e17), T(1e30)}) {
    T rest = num::rem(a, T(7));
    EXPECT_TRUE(rest >= 0 && rest < 7) << a << ": " << rest;
  }
}

TYPED_TEST(SpecialValues, QuantileEnds) {
  using T = TypeParam;
  SAME(num::normalQuantile(T(0)), -kInf<T>);
  SAME(num::normalQuantile(T(1)), kInf<T>);
  SAME(num::normalQuantile(T(-0.5)), kNan<T>);
  SAME(num::normalQuantile(kNan<T>), kNan<T>);
  EXPECT_EQ(num::normalQuantile(T(0.5)), 0);
  SAME(num::erfInv(T(1)), kInf<T>);
  SAME(num::erfInv(T(-1)), -kInf<T>);
  SAME(num::erfInv(T(-0.0)), T(-0.0));
  SAME(num::erfInv(T(1.5)), kNan<T>);
  SAME(num::erfInv(kNan<T>), kNan<T>);
}

TYPED_TEST(SpecialValues, FlushingFollowsTheProcessor) {
  using T = TypeParam;
  volatile T small = std::numeric_limits<T>::min() / 4;
  EXPECT_GT(num::log(T(small)), -kInf<T>);
  {
    num::DenormalScope scope(num::Denormals::Flush);
    SAME(num::log(T(small)), -kInf<T>);
    volatile T sum = small + small;
    SAME(T(sum), T(0));
    SAME(num::exp(T(sizeof(T) == 4 ? -88 : -709)), T(0));
    SAME(num::maxOf(T(small), T(-1)), T(0));
    SAME(num::minOf(T(1), -T(small)), T(-0.0));
    SAME(num::maxOf(T(small), kInf<T>), kInf<T>);
  }
  volatile T sum = small + small;
  EXPECT_GT(sum, 0);
  EXPECT_GT(num::maxOf(T(small), T(-1)), 0);
  SAME(num::flush(-T(small)), T(-0.0));
  SAME(num::flush(std::numeric_limits<T>::min()), std::numeric_limits<T>::min());
  SAME(num::flush(-kInf<T>), -kInf<T>);
}

} // namespace

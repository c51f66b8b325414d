// Errors in units of the last place against the C library in more precision. f32: every n-th bit pattern, where the
// environment variable DLC_EXHAUSTIVE gives n (1: all of them); f64: numbers drawn over all exponents.
#include "support/numerics/scalar_functions.h"
#include <bit>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace num = dl::num;

namespace {

/// |value - exact| in spacings of T at `exact`. Results that both overflow or are both NaN are right.
template <class T> double ulps(T value, long double exact) {
  T rounded = static_cast<T>(exact);
  constexpr double kWrong = 1e30;
  if (std::isnan(value) || std::isnan(rounded)) return std::isnan(value) && std::isnan(rounded) ? 0 : kWrong;
  if (std::isinf(value) || std::isinf(rounded)) {
    // At the edge of the range one may have rounded to infinity and the other not.
    bool edge = std::fabs(exact) > std::numeric_limits<T>::max() * 0.9999999L && std::signbit(value) == (exact < 0);
    return value == rounded ? 0 : edge ? 1 : kWrong;
  }
  int exponent;
  std::frexp(static_cast<T>(std::fabs(exact)), &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  return static_cast<double>(std::fabs((static_cast<long double>(value) - exact)) *
                             std::ldexp(1.0L, std::numeric_limits<T>::digits - exponent));
}

struct Worst {
  double error = 0, at = 0, at2 = 0;
  void see(double candidate, double x, double y = 0) {
    if (candidate > error) error = candidate, at = x, at2 = y;
  }
};

constexpr double kAll = std::numeric_limits<double>::infinity();

template <class F, class G> Worst sweepSingle(F function, G exact, double low, double high) {
  Worst worst;
  const char *exhaustive = std::getenv("DLC_EXHAUSTIVE");
  uint64_t step = exhaustive ? std::max(1, std::atoi(exhaustive)) : 6427;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += step) {
    float x = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (!(x >= low && x <= high) && !(std::isnan(x) && low == -kAll)) continue;
    worst.see(ulps<float>(function(x), exact(static_cast<double>(x))), x);
  }
  return worst;
}

template <class F, class G> Worst sweepDouble(F function, G exact, double low, double high) {
  Worst worst;
  std::mt19937_64 random(7);
  int count = std::getenv("DLC_EXHAUSTIVE") ? 4000000 : 200000;
  std::uniform_real_distribution<double> even(std::max(low, -800.0), std::min(high, 800.0)), near(-4, 4);
  for (int i = 0; i < count; ++i) {
    double x = i % 4 == 0 ? std::bit_cast<double>(random()) : i % 4 == 1 ? even(random) : near(random);
    if (i % 8 == 7) x = std::ldexp(x, -static_cast<int>(random() % 60));
    if (!(x >= low && x <= high)) continue;
    worst.see(ulps<double>(function(x), exact(static_cast<long double>(x))), x);
  }
  return worst;
}

#define ACCURATE(name, reference, low, high, singleLimit, doubleLimit)                                                 \
  TEST(Accuracy, name) {                                                                                               \
    Worst single =                                                                                                     \
        sweepSingle([](float x) { return num::name(x); }, [](double x) -> double { return reference; }, low, high);    \
    Worst twice = sweepDouble([](double x) { return num::name(x); },                                                   \
                              [](long double x) -> long double { return reference; }, low, high);                      \
    RecordProperty("single", std::to_string(single.error));                                                            \
    RecordProperty("double", std::to_string(twice.error));                                                             \
    std::printf("%-10s f32 %.3f ulp at %a   f64 %.3f ulp at %a\n", #name, single.error, single.at, twice.error,        \
                twice.at);                                                                                             \
    EXPECT_LE(single.error, singleLimit);                                                                              \
    EXPECT_LE(twice.error, doubleLimit);                                                                               \
  }

ACCURATE(exp, std::exp(x), -kAll, kAll, 2, 4)
ACCURATE(expm1, std::expm1(x), -kAll, kAll, 2, 4)
ACCURATE(log, std::log(x), -kAll, kAll, 2, 4)
ACCURATE(log1p, std::log1p(x), -kAll, kAll, 2, 4)
ACCURATE(sin, std::sin(x), -1e5, 1e5, 2, 4)
ACCURATE(cos, std::cos(x), -1e5, 1e5, 2, 4)
ACCURATE(tan, std::tan(x), -1e5, 1e5, 2, 4)
ACCURATE(tanh, std::tanh(x), -kAll, kAll, 2, 4)
ACCURATE(sigmoid, 1 / (1 + std::exp(-x)), -kAll, kAll, 2, 4)
ACCURATE(erf, std::erf(x), -kAll, kAll, 2, 4)
ACCURATE(lgamma, std::lgamma(x), 0, kAll, 2, 4)

/// Beyond the accurate range the results are defined: within -1..1, and NaN for infinities only.
TEST(Accuracy, SinesOfHugeNumbersStayInRange) {
  for (double x = 1e5; x < 3e38; x *= 1.37) {
    float narrow = num::sin(static_cast<float>(x)), cosine = num::cos(static_cast<float>(x));
    EXPECT_LE(std::fabs(narrow), 1) << x;
    EXPECT_LE(std::fabs(cosine), 1) << x;
    EXPECT_LE(std::fabs(num::sin(x * x)), 1) << x;
    EXPECT_FALSE(std::isnan(num::tan(static_cast<float>(x)))) << x;
  }
}

/// Below 0 lgamma has zeros between its poles: there only the absolute error is bounded.
TEST(Accuracy, LogGammaBelowZero) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> even(-30, 0);
  for (int i = 0; i < 100000; ++i) {
    double x = even(random);
    float narrow = static_cast<float>(x);
    double exact = std::lgamma(x), exactNarrow = std::lgamma(static_cast<double>(narrow));
    ASSERT_LE(std::fabs(num::lgamma(x) - exact), 4e-15 * std::max(1 + std::fabs(x), std::fabs(exact))) << x;
    ASSERT_LE(std::fabs(num::lgamma(narrow) - exactNarrow), 1.5e-6 * std::max(1 + std::fabs(x), std::fabs(exactNarrow)))
        << x;
  }
}

/// digamma against the recurrence psi(x + 1) = psi(x) + 1/x, the reflection, and known values.
TEST(Accuracy, Digamma) {
  constexpr double kEuler = 0.57721566490153286;
  EXPECT_NEAR(num::digamma(1.0), -kEuler, 1e-15);
  EXPECT_NEAR(num::digamma(0.5), -kEuler - 2 * std::log(2.0), 4e-15);
  EXPECT_NEAR(num::digamma(1.0f), -kEuler, 3e-7);
  EXPECT_NEAR(num::digamma(0.25), -kEuler - M_PI / 2 - 3 * std::log(2.0), 5e-15);
  EXPECT_NEAR(num::digamma(-0.5), 0.03648997397857652, 1e-14);
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> even(-20, 60);
  for (int i = 0; i < 100000; ++i) {
    double x = even(random), psi = num::digamma(x);
    double scale = std::max({1.0, std::fabs(psi), std::fabs(1 / x)});
    ASSERT_NEAR(num::digamma(x + 1), psi + 1 / x, 2e-13 * scale * std::max(1.0, scale / 50)) << x;
    float narrow = static_cast<float>(x);
    if (narrow > 0) ASSERT_NEAR(num::digamma(narrow), num::digamma(static_cast<double>(narrow)), 6e-7 * scale) << x;
  }
}

template <class T> Worst sweepPow(T (*function)(T, T), double limit, int count) {
  using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
  Worst worst;
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> exponent(-limit, limit), near(-1, 1);
  for (int i = 0; i < count; ++i) {
    T x = static_cast<T>(std::exp2(exponent(random)));
    if (i % 3 == 0) x = static_cast<T>(1 + near(random) / 64);
    // Aim at a result somewhere among the representable numbers.
    T y = static_cast<T>(exponent(random) * 1.05 / std::log2(static_cast<double>(x)));
    if (i % 5 == 0) y = static_cast<T>(near(random) * 4);
    if (!std::isfinite(y)) continue;
    worst.see(ulps<T>(function(x, y), std::pow(static_cast<Wide>(x), static_cast<Wide>(y))), x, y);
  }
  return worst;
}

TEST(Accuracy, pow) {
  Worst single = sweepPow<float>(num::pow, 148, 1000000), twice = sweepPow<double>(num::pow, 1070, 300000);
  std::printf("pow        f32 %.3f ulp at %a %a   f64 %.3f ulp at %a %a\n", single.error, single.at, single.at2,
              twice.error, twice.at, twice.at2);
  EXPECT_LE(single.error, 2);
  EXPECT_LE(twice.error, 4);
}

TEST(Accuracy, atan2) {
  Worst single, twice;
  std::mt19937_64 random(13);
  std::uniform_real_distribution<double> exponent(-30, 30), near(-1, 1);
  for (int i = 0; i < 1000000; ++i) {
    double y = near(random) * std::exp2(exponent(random)), x = near(random) * std::exp2(exponent(random));
    if (i % 2) y = near(random), x = near(random);
    float yf = static_cast<float>(y), xf = static_cast<float>(x);
    single.see(ulps<float>(num::atan2(yf, xf), std::atan2(static_cast<double>(yf), static_cast<double>(xf))), y, x);
    if (i % 4 == 0)
      twice.see(ulps<double>(num::atan2(y, x), std::atan2(static_cast<long double>(y), static_cast<long double>(x))), y,
                x);
  }
  std::printf("atan2      f32 %.3f ulp at %a %a   f64 %.3f ulp at %a %a\n", single.error, single.at, single.at2,
              twice.error, twice.at, twice.at2);
  EXPECT_LE(single.error, 2);
  EXPECT_LE(twice.error, 4);
}

/// The quantile is checked by its inverse: the distribution function of the result is p.
TEST(Accuracy, normalQuantile) {
  double worstSingle = 0, worstDouble = 0;
  std::mt19937_64 random(17);
  std::uniform_real_distribution<double> even(0, 1), exponent(-52, -1);
  for (int i = 0; i < 300000; ++i) {
    double p = i % 2 ? even(random) : std::exp2(exponent(random));
    if (!(p > 0 && p < 1)) continue;
    auto check = [](double probability, double x) {
      // One Newton step from x gives the exact quantile up to second order.
      long double tail = std::erfc(-static_cast<long double>(x) / std::sqrt(2.0L)) / 2;
      long double density = std::exp(-static_cast<long double>(x) * x / 2) / std::sqrt(2 * std::acos(-1.0L));
      return std::fabs(static_cast<double>((tail - probability) / density / std::max(std::fabs(x), 1e-3)));
    };
    worstDouble = std::max(worstDouble, check(p, num::normalQuantile(p)));
    float narrow = static_cast<float>(p);
    if (narrow > 0x1p-33f && narrow < 1)
      worstSingle = std::max(worstSingle, check(narrow, num::normalQuantile(narrow)));
  }
  std::printf("quantile   f32 %.2e relative   f64 %.2e relative\n", worstSingle, worstDouble);
  EXPECT_LE(worstSingle, 5e-7);
  EXPECT_LE(worstDouble, 2e-15);
}

/// By one Newton step in more precision, which is exact up to second order.
template <class T> Worst sweepErfInv(T (*function)(T)) {
  Worst worst;
  std::mt19937_64 random(23);
  std::uniform_real_distribution<double> even(-1, 1), exponent(-24, 0);
  for (int i = 0; i < 300000; ++i) {
    T x = static_cast<T>(i % 2 ? even(random) : std::copysign(1 - std::exp2(exponent(random)), even(random)));
    if (i % 5 == 0) x = static_cast<T>(std::exp2(exponent(random)));
    if (!(std::fabs(x) < 1) || x == 0) continue;
    T y = function(x);
    long double rest = x > 0.5 ? (1 - static_cast<long double>(x)) - std::erfc(static_cast<long double>(y))
                               : std::erf(static_cast<long double>(y)) - x;
    long double slope = 2 / std::sqrt(std::acos(-1.0L)) * std::exp(-static_cast<long double>(y) * y);
    worst.see(ulps<T>(y, y - rest / slope), x);
  }
  return worst;
}

TEST(Accuracy, erfInv) {
  Worst single = sweepErfInv<float>(num::erfInv), twice = sweepErfInv<double>(num::erfInv);
  std::printf("erfInv     f32 %.3f ulp at %a   f64 %.3f ulp at %a\n", single.error, single.at, twice.error, twice.at);
  EXPECT_LE(single.error, 4);
  EXPECT_LE(twice.error, 8);
}

} // namespace

// The functions over vectors of eight and of sixteen lanes have the same bits as over numbers. Built for AVX2 and FMA;
// passes over processors without them.
#include "support/numerics/functions.h"
#include "support/numerics/scalar_functions.h"
#include <bit>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

namespace num = dl::num;

namespace {

/// An algebra whose numbers are vectors of the compiler.
template <class T, int kLanes> struct VectorAlgebra {
  using Word = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  using Signed = std::make_signed_t<Word>;
  typedef T Real __attribute__((vector_size(kLanes * sizeof(T))));
  typedef Word Bits __attribute__((vector_size(kLanes * sizeof(T))));
  typedef Signed Mask __attribute__((vector_size(kLanes * sizeof(T))));
  static constexpr int kWidth = sizeof(T) * 8;

  Real real(double c) { return Real{} + static_cast<T>(c); }
  Bits bits(int64_t c) { return Bits{} + static_cast<Word>(c); }
  Real add(Real x, Real y) { return x + y; }
  Real sub(Real x, Real y) { return x - y; }
  Real mul(Real x, Real y) { return x * y; }
  Real div(Real x, Real y) { return x / y; }
  Real fma(Real x, Real y, Real z) { return __builtin_elementwise_fma(x, y, z); }
  Real sqrt(Real x) { return __builtin_elementwise_sqrt(x); }
  Real roundEven(Real x) { return __builtin_elementwise_roundeven(x); }
  Real neg(Real x) { return -x; }
  Real abs(Real x) { return __builtin_elementwise_abs(x); }
  Bits addBits(Bits x, Bits y) { return x + y; }
  Bits subBits(Bits x, Bits y) { return x - y; }
  Bits andBits(Bits x, Bits y) { return x & y; }
  Bits orBits(Bits x, Bits y) { return x | y; }
  Bits xorBits(Bits x, Bits y) { return x ^ y; }
  Bits shl(Bits x, int n) { return x << static_cast<Word>(n); }
  Bits shr(Bits x, int n) { return x >> static_cast<Word>(n); }
  Bits toBits(Real x) { return std::bit_cast<Bits>(x); }
  Real fromBits(Bits x) { return std::bit_cast<Real>(x); }
  Real toReal(Bits x) { return __builtin_convertvector(std::bit_cast<Mask>(x), Real); }
  Mask less(Real x, Real y) { return x < y; }
  Mask lessEqual(Real x, Real y) { return x <= y; }
  Mask equal(Real x, Real y) { return x == y; }
  Mask equalBits(Bits x, Bits y) { return x == y; }
  Mask andMask(Mask x, Mask y) { return x & y; }
  Mask orMask(Mask x, Mask y) { return x | y; }
  Mask notMask(Mask x) { return ~x; }
  Real select(Mask m, Real x, Real y) { return m ? x : y; }
  Bits selectBits(Mask m, Bits x, Bits y) { return m ? x : y; }
};
static_assert(num::Algebra<VectorAlgebra<float, 8>>);

bool supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

template <class T> T draw(std::mt19937_64 &random) {
  std::uniform_real_distribution<double> near(-5, 5);
  if (random() % 2) return static_cast<T>(near(random));
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<float>(static_cast<uint32_t>(random()));
  else
    return std::bit_cast<double>(random());
}

/// One vector function against one scalar function on random vectors; NaN matches NaN.
template <class T, int kLanes, class V, class S> void compare(const char *name, V vector, S scalar) {
  using A = VectorAlgebra<T, kLanes>;
  std::mt19937_64 random(19);
  A algebra;
  for (int trial = 0; trial < 3000; ++trial) {
    typename A::Real x{}, y{};
    for (int i = 0; i < kLanes; ++i) x[i] = draw<T>(random), y[i] = draw<T>(random);
    typename A::Real result = vector(num::R<A>{&algebra, x}, num::R<A>{&algebra, y}).v;
    for (int i = 0; i < kLanes; ++i) {
      T expected = scalar(x[i], y[i]), value = result[i];
      ASSERT_TRUE((expected != expected && value != value) || std::memcmp(&value, &expected, sizeof(T)) == 0)
          << name << "(" << x[i] << ", " << y[i] << ") = " << value << " in vectors, " << expected << " in numbers";
    }
  }
}

template <class T, int kLanes> void compareAll() {
#define DL_MATH_UNARY(name)                                                                                            \
  compare<T, kLanes>(#name, [](auto x, auto) { return num::name(x); }, [](T x, T) { return num::name(x); });
#define DL_MATH_BINARY(name)                                                                                           \
  compare<T, kLanes>(#name, [](auto x, auto y) { return num::name(x, y); }, [](T x, T y) { return num::name(x, y); });
#include "support/numerics/functions.def"
  using Word = typename VectorAlgebra<T, kLanes>::Word;
  auto vectorNormal = [](auto x, auto) { return num::standardNormal(num::bitsOf(x)); };
  compare<T, kLanes>("standardNormal", vectorNormal,
                     [](T x, T) { return num::standardNormal(std::bit_cast<Word>(x)); });
  auto vectorUniform = [](auto x, auto) { return num::uniform(num::bitsOf(x)); };
  compare<T, kLanes>("uniform", vectorUniform, [](T x, T) { return num::uniform(std::bit_cast<Word>(x)); });
}

TEST(Vectors, SingleEightLanes) {
  if (!supported()) GTEST_SKIP() << "this processor lacks AVX2 or FMA";
  compareAll<float, 8>();
}
TEST(Vectors, SingleSixteenLanes) {
  if (!supported()) GTEST_SKIP() << "this processor lacks AVX2 or FMA";
  compareAll<float, 16>();
}
TEST(Vectors, DoubleFourLanes) {
  if (!supported()) GTEST_SKIP() << "this processor lacks AVX2 or FMA";
  compareAll<double, 4>();
}

} // namespace

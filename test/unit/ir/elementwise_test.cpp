// Totality and the corners that a formula leaves open; accuracy of the functions is tested with support/numerics.
#include "support/numerics/scalar_functions.h"
#include "test/unit/ir/run_text.h"
#include <cmath>

using namespace dl::ir;
using namespace dl::ir::test;
using Numbers = std::vector<double>;

namespace {

Numbers unary(const char *op, Elem from, Elem to, const Numbers &x, const char *denormals = "flush") {
  std::string n = "[" + std::to_string(x.size()) + "]", in = name(from) + n, out = name(to) + n;
  return numbers(run("module denormals = " + std::string(denormals) + "\nfunc @f(%x: " + in + ") -> (" + out + ") {\n %y: " + out + " = " + op + " %x\n return %y }",
                     {tensor(from, {static_cast<int64_t>(x.size())}, x)}).at(0));
}
Numbers binary(const char *op, Elem elem, Elem to, const Numbers &a, const Numbers &b) {
  std::string n = "[" + std::to_string(a.size()) + "]", in = name(elem) + n, out = name(to) + n;
  auto shape = std::vector<int64_t>{static_cast<int64_t>(a.size())};
  return numbers(run("func @f(%a: " + in + ", %b: " + in + ") -> (" + out + ") {\n %y: " + out + " = " + op + " %a, %b\n return %y }",
                     {tensor(elem, shape, a), tensor(elem, shape, b)}).at(0));
}

constexpr double kInf = INFINITY;

} // namespace

TEST(Elementwise, IntegersFloorAndSurviveZero) {
  EXPECT_EQ(binary("div", Elem::I32, Elem::I32, {7, -7, 7, -7, 5}, {2, 2, -2, -2, 0}), (Numbers{3, -4, -4, 3, 0}));
  EXPECT_EQ(binary("rem", Elem::I32, Elem::I32, {7, -7, 7, -7, 5}, {2, 2, -2, -2, 0}), (Numbers{1, 1, -1, -1, 0}));
  EXPECT_EQ(binary("div", Elem::I32, Elem::I32, {-2147483648.0}, {-1}), (Numbers{-2147483648.0}));
  EXPECT_EQ(binary("add", Elem::U8, Elem::U8, {250}, {10}), (Numbers{4}));
}

TEST(Elementwise, ShiftsUseTheCountModuloTheWidth) {
  EXPECT_EQ(binary("shl", Elem::I32, Elem::I32, {1, 1, 3}, {4, 33, 31}), (Numbers{16, 2, -2147483648.0}));
  EXPECT_EQ(binary("shr", Elem::I32, Elem::I32, {-1, -1}, {31, 32}), (Numbers{1, -1}));
}

TEST(Elementwise, ConversionsSaturate) {
  EXPECT_EQ(unary("convert", Elem::F32, Elem::I32, {2.9, -2.9, 1e20, -kInf, NAN}), (Numbers{2, -2, 2147483647, -2147483648.0, 0}));
  EXPECT_EQ(unary("convert", Elem::F32, Elem::U8, {-1, 256, 7.5}), (Numbers{0, 255, 7}));
  EXPECT_EQ(unary("convert", Elem::I32, Elem::U8, {-1, 256, 7}), (Numbers{0, 255, 7}));
  EXPECT_EQ(unary("convert", Elem::F32, Elem::Bool, {0, -0.0, 0.5}), (Numbers{0, 0, 1}));
  EXPECT_EQ(unary("convert", Elem::F32, Elem::BF16, {1.00390625, 1.01171875}), (Numbers{1, 1.015625})); // ties to even
}

TEST(Elementwise, MaxKeepsNaN) {
  auto y = binary("max", Elem::F32, Elem::F32, {NAN, 1, 2, -kInf}, {1, NAN, 3, -kInf});
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]));
  EXPECT_EQ(y[2], 3);
  EXPECT_EQ(y[3], -kInf);
}

TEST(Elementwise, RoundsHalfToEven) {
  EXPECT_EQ(unary("round", Elem::F32, Elem::F32, {0.5, 1.5, 2.5, -0.5, -1.5}), (Numbers{0, 2, 2, -0.0, -2}));
}

TEST(Elementwise, PowersOfNegativeNumbers) {
  auto y = binary("pow", Elem::F32, Elem::F32, {-2, -2, -8, 0}, {3, 0.5, 2, 0});
  EXPECT_EQ(y[0], -8);
  EXPECT_TRUE(std::isnan(y[1]));
  EXPECT_EQ(y[2], 64);
  EXPECT_EQ(y[3], 1);
}

TEST(Elementwise, FlushesSubnormalsInArithmeticOnly) {
  double tiny = 0x1p-140, two = 0x1p-126;
  EXPECT_EQ(unary("neg", Elem::F32, Elem::F32, {tiny}), (Numbers{-tiny})); // moves bits
  EXPECT_EQ(binary("add", Elem::F32, Elem::F32, {tiny}, {0}), (Numbers{0}));
  EXPECT_EQ(binary("mul", Elem::F32, Elem::F32, {two}, {0.5}), (Numbers{0}));
  EXPECT_EQ(binary("gt", Elem::F32, Elem::Bool, {tiny}, {0}), (Numbers{0}));
  EXPECT_EQ(unary("sqrt", Elem::F32, Elem::F32, {tiny}, "flush"), (Numbers{0}));
  EXPECT_EQ(unary("sqrt", Elem::F32, Elem::F32, {tiny}, "keep"), (Numbers{0x1p-70}));
}

TEST(Elementwise, FmaRoundsOnce) {
  auto y = run("func @f(%a: f32, %b: f32) -> (f32, f32) {\n %p: f32 = fma %a, %a, %b\n %m: f32 = mul %a, %a\n %q: f32 = add %m, %b\n return %p, %q }",
               {Tensor::fromNumber(Elem::F32, 1 + 0x1p-12), Tensor::fromNumber(Elem::F32, -1)});
  EXPECT_EQ(y[0].number(0), 0x1p-11 + 0x1p-24);
  EXPECT_EQ(y[1].number(0), 0x1p-11);
}

TEST(Elementwise, BoolsAreLogical) {
  EXPECT_EQ(unary("not", Elem::Bool, Elem::Bool, {0, 1}), (Numbers{1, 0}));
  EXPECT_EQ(unary("not", Elem::U8, Elem::U8, {0, 1}), (Numbers{255, 254}));
  EXPECT_EQ(binary("xor", Elem::Bool, Elem::Bool, {0, 1, 1}, {1, 1, 0}), (Numbers{1, 0, 1}));
}

TEST(Elementwise, FunctionsAreThoseOfTheNumerics) {
  EXPECT_EQ(unary("exp", Elem::F32, Elem::F32, {1})[0], dl::num::exp(1.0f));
  EXPECT_EQ(unary("tanh", Elem::F32, Elem::F32, {0.5})[0], dl::num::tanh(0.5f));
  EXPECT_EQ(unary("erf", Elem::F32, Elem::F32, {0.5})[0], dl::num::erf(0.5f));
  EXPECT_EQ(unary("erf_inv", Elem::F32, Elem::F32, {0.25})[0], dl::num::erfInv(0.25f));
  EXPECT_EQ(unary("lgamma", Elem::F32, Elem::F32, {5})[0], dl::num::lgamma(5.0f));
  EXPECT_EQ(unary("digamma", Elem::F32, Elem::F32, {1})[0], dl::num::digamma(1.0f));
}

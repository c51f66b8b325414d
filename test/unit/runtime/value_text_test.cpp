// The text of values; tensors are laid out by the rules of NumPy (1.24).
#include "support/numerics/value_text.h"
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

using namespace dl::num;

namespace {

Scalar real(double x) {
  Scalar s;
  s.kind = Scalar::Kind::Float32;
  s.real = x;
  return s;
}
Scalar integer(int64_t x) {
  Scalar s;
  s.integer = x;
  return s;
}
std::string text(const Scalar &value, const char *spec) {
  auto parsed = parseSpec(spec);
  return parsed ? scalarText(value, *parsed) : "refused";
}
std::string tensor(std::vector<int64_t> extents, std::vector<double> values, const char *spec = "") {
  auto at = [&](const int64_t *index) {
    int64_t offset = 0;
    for (size_t d = 0; d < extents.size(); ++d) offset = offset * extents[d] + index[d];
    return real(values[size_t(offset)]);
  };
  return tensorText(extents, at, *parseSpec(spec));
}

TEST(ValueText, Scalars) {
  EXPECT_EQ(text(real(0.1f), ""), "0.1");
  EXPECT_EQ(text(real(-0.5), ""), "-0.5");
  EXPECT_EQ(text(real(7), ""), "7.0");
  EXPECT_EQ(text(real(1e-5f), ""), "1e-05");
  EXPECT_EQ(text(real(INFINITY), ""), "inf");
  EXPECT_EQ(text(real(-0.0), ""), "-0.0");
  EXPECT_EQ(text(integer(-12), ""), "-12");
  Scalar yes = integer(1);
  yes.kind = Scalar::Kind::Bool;
  EXPECT_EQ(text(yes, ""), "true");
}

TEST(ValueText, Specs) {
  EXPECT_EQ(text(real(3.14159f), ".3f"), "3.142");
  EXPECT_EQ(text(real(3.14159f), "8.2f"), "    3.14");
  EXPECT_EQ(text(real(3.14159f), "<8.2f"), "3.14    ");
  EXPECT_EQ(text(real(-3.14159f), "08.2f"), "-0003.14");
  EXPECT_EQ(text(real(0.256), ".1%"), "25.6%");
  EXPECT_EQ(text(real(12345.678f), ",.1f"), "12,345.7");
  EXPECT_EQ(text(real(12345.678f), ".2e"), "1.23e+04");
  EXPECT_EQ(text(real(2), "+.1f"), "+2.0");
  EXPECT_EQ(text(integer(1234567), ","), "1,234,567");
  EXPECT_EQ(text(integer(42), "6d"), "    42");
  EXPECT_EQ(text(integer(3), ".2f"), "3.00");
  EXPECT_EQ(text(real(NAN), ".2f"), "nan");
  EXPECT_EQ(text(real(1), "q"), "refused");
  EXPECT_EQ(text(real(1), ".f"), "refused");
}

TEST(ValueText, Tensors) {
  EXPECT_EQ(tensor({3}, {1, 2.5, 3.25}), "[1.   2.5  3.25]");
  EXPECT_EQ(tensor({2, 2}, {-0.5, 0.5, 0.5, -0.5}), "[[-0.5  0.5]\n [ 0.5 -0.5]]");
  EXPECT_EQ(tensor({2}, {0.0001, 1}), "[1.e-04 1.e+00]");
  EXPECT_EQ(tensor({2}, {1, NAN}), "[ 1. nan]");
  EXPECT_EQ(tensor({3}, {1, -INFINITY, 2}), "[  1. -inf   2.]");
  EXPECT_EQ(tensor({0}, {}), "[]");
  EXPECT_EQ(tensor({2, 1, 2}, {1, 2, 3, 4}), "[[[1. 2.]]\n\n [[3. 4.]]]");
  EXPECT_EQ(tensor({2}, {1.23456, 10}, ".2f"), "[ 1.23 10.00]");
}

TEST(ValueText, LongTensorsAreShortenedAndWrapped) {
  std::vector<double> many(2000);
  for (size_t i = 0; i < many.size(); ++i) many[i] = double(i);
  EXPECT_EQ(tensor({2000}, many), "[0.000e+00 1.000e+00 2.000e+00 ... 1.997e+03 1.998e+03 1.999e+03]");
  std::vector<double> some(30, 0.125);
  std::string out = tensor({30}, some);
  EXPECT_EQ(out.substr(0, out.find('\n')), "[0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125 0.125");
}

} // namespace

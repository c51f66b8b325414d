#include "support/numerics/convert.h"
#include "support/numerics/half.h"
#include <cstdint>
#include <gtest/gtest.h>

namespace num = dl::num;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

TEST(Convert, FloatsToIntegersSaturate) {
  EXPECT_EQ(num::toInteger<int32_t>(-1.9f), -1);
  EXPECT_EQ(num::toInteger<int32_t>(3e9f), INT32_MAX);
  EXPECT_EQ(num::toInteger<int32_t>(2147483648.0f), INT32_MAX);
  EXPECT_EQ(num::toInteger<int32_t>(2147483583.0f), 2147483520);
  EXPECT_EQ(num::toInteger<int32_t>(-kInf), INT32_MIN);
  EXPECT_EQ(num::toInteger<int32_t>(kNan), 0);
  EXPECT_EQ(num::toInteger<int64_t>(9.3e18), INT64_MAX);
  EXPECT_EQ(num::toInteger<int64_t>(-9.3e18), INT64_MIN);
  EXPECT_EQ(num::toInteger<uint8_t>(255.9f), 255);
  EXPECT_EQ(num::toInteger<uint8_t>(256.0f), 255);
  EXPECT_EQ(num::toInteger<uint8_t>(-0.5f), 0);
  EXPECT_EQ(num::toInteger<uint8_t>(-7.0f), 0);
}

TEST(Convert, IntegersToIntegersSaturate) {
  EXPECT_EQ((num::toInteger<uint8_t>(int32_t{-1})), 0);
  EXPECT_EQ((num::toInteger<uint8_t>(int64_t{300})), 255);
  EXPECT_EQ((num::toInteger<int32_t>(int64_t{1} << 40)), INT32_MAX);
  EXPECT_EQ((num::toInteger<int32_t>(INT64_MIN)), INT32_MIN);
  EXPECT_EQ((num::toInteger<int64_t>(int32_t{-5})), -5);
  EXPECT_EQ((num::toInteger<int32_t>(uint8_t{200})), 200);
}

TEST(Convert, IntegerArithmeticIsTotal) {
  EXPECT_EQ(num::floorDiv(-7, 2), -4);
  EXPECT_EQ(num::floorDiv(7, -2), -4);
  EXPECT_EQ(num::floorDiv(-8, 2), -4);
  EXPECT_EQ(num::floorDiv(5, 0), 0);
  EXPECT_EQ(num::floorDiv(INT32_MIN, -1), INT32_MIN);
  EXPECT_EQ(num::floorRem(-7, 3), 2);
  EXPECT_EQ(num::floorRem(7, -3), -2);
  EXPECT_EQ(num::floorRem(-6, 3), 0);
  EXPECT_EQ(num::floorRem(5, 0), 0);
  EXPECT_EQ(num::floorRem(INT64_MIN, int64_t{-1}), 0);
  for (int a = -20; a <= 20; ++a)
    for (int b = -5; b <= 5; ++b)
      if (b != 0) EXPECT_EQ(num::floorDiv(a, b) * b + num::floorRem(a, b), a);
  EXPECT_EQ((num::floorDiv<uint8_t>(200, 3)), 66);
  EXPECT_EQ(num::wrapAdd(INT32_MAX, 1), INT32_MIN);
  EXPECT_EQ(num::wrapMul(INT32_MAX, 2), -2);
  EXPECT_EQ((num::wrapSub<uint8_t>(3, 5)), 254);
  EXPECT_EQ(num::wrapAbs(INT32_MIN), INT32_MIN);
  EXPECT_EQ(num::shiftLeft(1, 33), 2);
  EXPECT_EQ(num::shiftRight(-1, 28), 15);
  EXPECT_EQ(num::shiftRight(INT64_MIN, int64_t{127}), 1);
  EXPECT_EQ((num::shiftLeft<uint8_t>(0x81, 1)), 2);
}

TEST(Convert, MaximumAndMinimum) {
  EXPECT_TRUE(std::isnan(num::maxOf(kNan, 1.0f)) && std::isnan(num::maxOf(1.0f, kNan)));
  EXPECT_TRUE(std::isnan(num::minOf(kNan, 1.0f)) && std::isnan(num::minOf(1.0f, kNan)));
  EXPECT_EQ(num::maxOf(0.0f, -3.0f), 0.0f);
  EXPECT_EQ(num::minOf(2, 1), 1);
  EXPECT_TRUE(std::signbit(num::maxOf(0.0f, -0.0f))) << "a tie gives the second";
  EXPECT_EQ(num::roundEven(2.5f), 2.0f);
  EXPECT_EQ(num::roundEven(-3.5), -4.0);
  EXPECT_EQ(num::signOf(-2.5f), -1.0f);
  EXPECT_TRUE(std::isnan(num::signOf(kNan)));
  EXPECT_TRUE(std::signbit(num::signOf(-0.0f)));
}

TEST(Half, Bf16RoundsToNearestEven) {
  EXPECT_EQ(num::toBf16(1.0f), 0x3f80);
  EXPECT_EQ(num::toBf16(1.00390625f), 0x3f80) << "a tie goes to the even";
  EXPECT_EQ(num::toBf16(1.01171875f), 0x3f82);
  EXPECT_EQ(num::toBf16(3.4e38f), 0x7f80);
  EXPECT_EQ(num::toBf16(-kInf), 0xff80);
  EXPECT_TRUE(std::isnan(num::fromBf16(num::toBf16(kNan))));
  EXPECT_TRUE(std::isnan(num::fromBf16(num::toBf16(std::bit_cast<float>(0x7f800001)))));
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float value = num::fromBf16(bits);
    if (!std::isnan(value)) ASSERT_EQ(num::toBf16(value), bits);
  }
}

/// Every f16 survives, and between two neighbours rounding goes to the nearer, ties to the even pattern.
TEST(Half, F16RoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    float value = num::fromF16(bits), next = bits == 0x7bff ? 65536.0f : num::fromF16(bits + 1);
    ASSERT_EQ(num::toF16(value), bits);
    ASSERT_EQ(num::toF16(-value), bits | 0x8000);
    float middle = value + (next - value) / 2;
    ASSERT_EQ(num::toF16(middle), bits % 2 ? bits + 1 : bits) << bits;
    ASSERT_EQ(num::toF16(std::nextafter(middle, kInf)), bits + 1) << bits;
    ASSERT_EQ(num::toF16(std::nextafter(middle, 0.0f)), bits) << bits;
  }
  EXPECT_EQ(num::fromF16(0x3c00), 1.0f);
  EXPECT_EQ(num::fromF16(0x0001), 0x1p-24f);
  EXPECT_EQ(num::fromF16(0x7bff), 65504.0f);
  EXPECT_EQ(num::fromF16(0xfc00), -kInf);
  EXPECT_EQ(num::toF16(kInf), 0x7c00);
  EXPECT_EQ(num::toF16(1e-10f), 0);
  EXPECT_TRUE(std::isnan(num::fromF16(num::toF16(kNan))));
}

} // namespace

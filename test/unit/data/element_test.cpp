#include "data/element.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

namespace dl::data {
namespace {

constexpr Element kAll[] = {Element::F64, Element::F32, Element::BF16, Element::F16,
                            Element::I64, Element::I32, Element::U8,   Element::Bool};

TEST(Element, SmallNumbersSurviveEveryElement) {
  for (Element element : kAll)
    for (int64_t value : {0, 1}) {
      uint8_t memory[9] = {};
      ASSERT_TRUE(storeNumber(element, memory + 1, {true, value, 0})) << elementName(element);
      EXPECT_EQ(loadNumber(element, memory + 1).value(), value) << elementName(element);
      EXPECT_TRUE(storeNumber(element, memory, {false, 0, static_cast<double>(value)}));
    }
}

TEST(Element, IntegersRefuseWhatDoesNotFit) {
  uint8_t memory[8];
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(storeNumber(Element::U8, memory, {true, 256, 0}));
  EXPECT_FALSE(storeNumber(Element::U8, memory, {true, -1, 0}));
  EXPECT_FALSE(storeNumber(Element::Bool, memory, {true, 2, 0}));
  EXPECT_FALSE(storeNumber(Element::I32, memory, {true, int64_t{1} << 31, 0}));
  EXPECT_FALSE(storeNumber(Element::I32, memory, {false, 0, 2.5}));
  EXPECT_FALSE(storeNumber(Element::I64, memory, {false, 0, 0x1p63}));
  EXPECT_FALSE(storeNumber(Element::I64, memory, {false, 0, nan}));
  EXPECT_TRUE(storeNumber(Element::I64, memory, {true, std::numeric_limits<int64_t>::min(), 0}));
  EXPECT_EQ(loadNumber(Element::I64, memory).integer, std::numeric_limits<int64_t>::min());
  EXPECT_TRUE(storeNumber(Element::F32, memory, {false, 0, nan}));
}

TEST(Element, CountsRefuseOverflow) {
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(countOf(Shape{}), 1);
  EXPECT_EQ(countOf(Shape{3, 4}), 12);
  EXPECT_EQ(countOf(Shape{int64_t{1} << 40, 0}), 0);
  EXPECT_EQ(countOf(Shape{int64_t{1} << 40, int64_t{1} << 40}), -1);
  EXPECT_EQ(countOf(Shape{-1}), -1);
  EXPECT_EQ(countOf(Shape{0, -1}), -1);
}

} // namespace
} // namespace dl::data

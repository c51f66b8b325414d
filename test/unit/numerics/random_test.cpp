#include "support/numerics/random.h"
#include "support/numerics/scalar_functions.h"
#include <cmath>
#include <gtest/gtest.h>

namespace num = dl::num;
using num::Key;

namespace {

/// The known answers published with the generator (Random123).
TEST(Random, ThreefryKnownAnswers) {
  EXPECT_EQ(num::threefry({0, 0}, 0), (Key{0x6b200159, 0x99ba4efe}));
  EXPECT_EQ(num::threefry({0xffffffff, 0xffffffff}, ~uint64_t{0}), (Key{0x1cb996fc, 0xbb002be7}));
  EXPECT_EQ(num::threefry({0x13198a2e, 0x03707344}, 0x85a308d3243f6a88), (Key{0xc4923a9c, 0x483df7a0}));
}

TEST(Random, ElementsTakeWordsOfBlocks) {
  Key key = num::seedKey(0x123456789abcdef0);
  EXPECT_EQ(key, (Key{0x9abcdef0, 0x12345678}));
  EXPECT_EQ(num::unpackKey(num::packKey(key)), key);
  for (uint64_t element : {0, 1, 15, 16, 31, 32, 47, 48, 1000003}) {
    Key block = num::threefry(key, 16 * (element / 32) + element % 16);
    EXPECT_EQ(num::randomBits32(key, element), element / 16 % 2 ? block.second : block.first) << element;
    EXPECT_EQ(num::randomBits64(key, element), num::packKey(num::threefry(key, element)));
  }
  EXPECT_EQ(num::foldKey(key, -1), num::threefry(key, ~uint64_t{0}));
}

TEST(Random, UniformStaysBelowOne) {
  EXPECT_EQ(num::uniform(uint32_t{0}), 0.0f);
  EXPECT_EQ(num::uniform(~uint32_t{0}), 1 - 0x1p-24f);
  EXPECT_EQ(num::uniform(uint32_t{0x80000000}), 0.5f);
  EXPECT_EQ(num::uniform(~uint64_t{0}), 1 - 0x1p-53);
  EXPECT_EQ(num::uniform(uint64_t{1} << 63), 0.5);
}

TEST(Random, StandardNormalIsOddInTheHighestBit) {
  for (uint32_t word : {0u, 1u, 77u, 0x12345678u, 0x7fffffffu}) {
    EXPECT_EQ(num::standardNormal(word), -num::standardNormal(word | 0x80000000u));
    EXPECT_GE(num::standardNormal(word), 0);
  }
  EXPECT_NEAR(num::standardNormal(uint32_t{0}), 6.3385, 1e-3) << "the largest draw";
  EXPECT_NEAR(num::standardNormal(uint64_t{0}), 8.2924, 1e-3);
  EXPECT_NEAR(num::standardNormal(uint64_t{1} << 62), num::standardNormal(uint32_t{1} << 30), 1e-6);
}

template <class Draw> void checkMoments(Draw draw, int count) {
  double sum = 0, square = 0, fourth = 0;
  int beyond = 0;
  for (int i = 0; i < count; ++i) {
    double x = draw(i);
    sum += x, square += x * x, fourth += x * x * x * x;
    beyond += std::fabs(x) > 2;
  }
  // Bounds of five standard deviations.
  EXPECT_NEAR(sum / count, 0, 5 / std::sqrt(count));
  EXPECT_NEAR(square / count, 1, 5 * std::sqrt(2.0 / count));
  EXPECT_NEAR(fourth / count, 3, 5 * std::sqrt(96.0 / count));
  EXPECT_NEAR(static_cast<double>(beyond) / count, 0.0455003, 5 * std::sqrt(0.0455 / count));
}

TEST(Random, StandardNormalMoments) {
  Key key = num::seedKey(42);
  checkMoments([&](int i) { return num::standardNormal(num::randomBits32(key, i)); }, 400000);
  checkMoments([&](int i) { return num::standardNormal(num::randomBits64(key, i)); }, 400000);
}

} // namespace

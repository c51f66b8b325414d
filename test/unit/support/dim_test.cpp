#include "support/dim.h"
#include <gtest/gtest.h>
#include <limits>
#include <random>

using dl::Dim;
using dl::DimAtom;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

struct DimTest : testing::Test {
  Dim n = Dim::variable("n", 64), m = Dim::variable("m", 10, 1), k = Dim::variable("k", dl::kUnbounded);
  int64_t at(const Dim &dim, int64_t nValue, int64_t mValue = 1) {
    return dim.evaluate([&](DimAtom *atom) { return atom == n.asAtom() ? nValue : mValue; });
  }
};

TEST_F(DimTest, ConstantsAreFolded) {
  EXPECT_EQ(Dim(6) * Dim(7) - Dim(2), Dim(40));
  EXPECT_EQ(floorDiv(Dim(-7), Dim(2)).value(), -4);
  EXPECT_EQ(floorDiv(Dim(7), Dim(-2)).value(), -4);
  EXPECT_EQ(remainder(Dim(-7), Dim(3)).value(), 2);
  EXPECT_TRUE(Dim(5).isConstant(5));
  EXPECT_FALSE(n.isConstant());
}

TEST_F(DimTest, NormalFormDecidesEquality) {
  EXPECT_EQ((n + m) * (n - m), n * n - m * m);
  EXPECT_EQ(n + m, m + n);
  EXPECT_TRUE((n - n).isConstant(0));
  EXPECT_NE(n, m);
  EXPECT_NE(n, Dim::variable("n", 64)) << "an atom is its object, not its name";
  EXPECT_EQ(((n + 1) * (m + 2)).hash(), (n * m + 2 * n + m + 2).hash());
}

TEST_F(DimTest, AtomIsFoundOnlyWhenAlone) {
  EXPECT_NE(n.asAtom(), nullptr);
  EXPECT_EQ((n + m - m).asAtom(), n.asAtom());
  EXPECT_EQ((n + 1).asAtom(), nullptr);
  EXPECT_EQ((2 * n).asAtom(), nullptr);
  EXPECT_EQ((n * n).asAtom(), nullptr);
  EXPECT_EQ(floorDiv(n, 2).asAtom(), nullptr);
  EXPECT_EQ(Dim(3).asAtom(), nullptr);
}

TEST_F(DimTest, FloorDivisionSimplifies) {
  EXPECT_EQ(floorDiv(6 * n + 4, 2), 3 * n + 2);
  EXPECT_EQ(floorDiv(2 * n + 1, 2), n);
  EXPECT_EQ(floorDiv(n - 1, 2) + 1, floorDiv(n + 1, 2));
  EXPECT_EQ(floorDiv(floorDiv(n, 2), 3), floorDiv(n, 6));
  EXPECT_EQ(floorDiv(4 * n, 6), floorDiv(2 * n, 3));
  EXPECT_EQ(floorDiv(n * m, m), n);
  EXPECT_EQ(floorDiv(n * n - m * m, n + m), n - m);
  EXPECT_EQ(floorDiv(n, -1), -n);
  EXPECT_TRUE(floorDiv(n, 65).isConstant(0)) << "64 at most";
  EXPECT_EQ(floorDiv(n, 1), n);
  EXPECT_NE(floorDiv(n, 2), floorDiv(m, 2));
}

TEST_F(DimTest, BoundsComeFromIntervals) {
  EXPECT_EQ(n.bound(), 64);
  EXPECT_EQ((2 * n + 1).highest(), 129);
  EXPECT_EQ((3 - n).lowest(), -61);
  EXPECT_EQ((3 - n).highest(), 3);
  EXPECT_EQ((m - 11).bound(), 0) << "an extent is never negative";
  EXPECT_EQ(floorDiv(n + 1, 2).bound(), 32);
  EXPECT_EQ((-floorDiv(-n, 2)).bound(), 32) << "rounding up";
  EXPECT_EQ(floorDiv(100, m).highest(), 100);
  EXPECT_EQ(floorDiv(100, m).lowest(), 10);
  EXPECT_EQ(((n - 32) * (n - 32) - n * n + 64 * n).value(), 1024);
  EXPECT_GE(k.bound(), dl::kUnbounded);
}

TEST_F(DimTest, HugeNumbersSaturate) {
  EXPECT_EQ((Dim(kMost) + Dim(1)).value(), kMost);
  EXPECT_EQ((Dim(int64_t{1} << 40) * Dim(int64_t{1} << 40)).value(), kMost);
  EXPECT_EQ((k * k * k).highest(), kMost);
  EXPECT_LT((Dim(0) - k * k * k).lowest(), -(kMost - 2));
  EXPECT_EQ(floorDiv(Dim(std::numeric_limits<int64_t>::min()), Dim(-1)).value(), kMost);
  EXPECT_EQ(floorDiv(n, 0).value(), 0);
}

TEST_F(DimTest, SubstitutionRebuilds) {
  Dim extent = floorDiv(n - 3, 2) * m + n;
  Dim result = extent.substitute([&](DimAtom *atom) -> std::optional<Dim> {
    if (atom == n.asAtom()) return Dim(28);
    return std::nullopt;
  });
  EXPECT_EQ(result, 12 * m + 28);
  EXPECT_EQ(extent.substitute([](DimAtom *) { return std::nullopt; }), extent);
  EXPECT_EQ(extent.atoms(), (std::vector<DimAtom *>{n.asAtom(), m.asAtom()}));
}

TEST_F(DimTest, EquationsAreSolved) {
  Dim x = Dim::variable("x", 1000);
  EXPECT_EQ(dl::solveFor(x, x.asAtom(), n + 1), n + 1);
  EXPECT_EQ(dl::solveFor(2 * x + 1, x.asAtom(), Dim(7)), Dim(3));
  EXPECT_EQ(dl::solveFor(2 * x + 1, x.asAtom(), Dim(8)), std::nullopt);
  EXPECT_EQ(dl::solveFor(n * x, x.asAtom(), n * m * 3), 3 * m);
  EXPECT_EQ(dl::solveFor(n * x + m, x.asAtom(), n * m * 3), std::nullopt);
  EXPECT_EQ(dl::solveFor(x * x, x.asAtom(), Dim(9)), Dim(3));
  EXPECT_EQ(dl::solveFor(x * x, x.asAtom(), Dim(8)), std::nullopt);
  EXPECT_EQ(dl::solveFor(2 * x * x * x + x + 1, x.asAtom(), Dim(58)), Dim(3));
  EXPECT_EQ(dl::solveFor(x * x - x, x.asAtom(), Dim(6)), std::nullopt);
  EXPECT_EQ(dl::solveFor(n * x * x, x.asAtom(), Dim(9)), std::nullopt);
  EXPECT_EQ(dl::solveFor(floorDiv(x, 2), x.asAtom(), Dim(9)), std::nullopt);
  EXPECT_EQ(dl::solveFor(n, x.asAtom(), Dim(9)), std::nullopt);
}

TEST_F(DimTest, TextIsReadable) {
  EXPECT_EQ(Dim(64).str(), "64");
  EXPECT_EQ((2 * n + 1).str(), "2*n + 1");
  EXPECT_EQ((3 - n).str(), "3 - n");
  EXPECT_EQ((-n - 3).str(), "-n - 3");
  EXPECT_EQ((m + n * n - 2 * n * m).str(), "n*n - 2*n*m + m");
  EXPECT_EQ(floorDiv(n + 1, 2).str(), "floor((n + 1)/2)");
  EXPECT_EQ((3 * floorDiv(n * m, 7)).str(), "3*floor(n*m/7)");
  EXPECT_EQ(floorDiv(n, 2 * m).str(), "floor(n/(2*m))");
  EXPECT_EQ(n.str([](DimAtom *atom) { return "%" + atom->name; }), "%n");
  EXPECT_EQ(dl::str(std::vector<Dim>{n, 28, 28}), "[n, 28, 28]");
}

/// Every simplification keeps the value: random expressions against plain arithmetic.
TEST_F(DimTest, RandomExpressionsKeepTheirValue) {
  std::mt19937 random(1);
  auto pick = [&](int count) { return static_cast<int>(random() % count); };
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<Dim> dims{n, m, Dim(pick(9) - 4)};
    int64_t nValue = pick(65), mValue = 1 + pick(10);
    std::vector<int64_t> values{nValue, mValue, dims[2].value()};
    for (int step = 0; step < 6; ++step) {
      size_t i = pick(dims.size()), j = pick(dims.size());
      int64_t divisor = 1 + pick(6);
      switch (pick(4)) {
      case 0: dims.push_back(dims[i] + dims[j]), values.push_back(values[i] + values[j]); break;
      case 1: dims.push_back(dims[i] - dims[j]), values.push_back(values[i] - values[j]); break;
      case 2: dims.push_back(dims[i] * dims[j]), values.push_back(values[i] * values[j]); break;
      default: dims.push_back(floorDiv(dims[i], divisor)); values.push_back(floorDiv(Dim(values[i]), divisor).value());
      }
      if (std::abs(values.back()) > (int64_t{1} << 40)) break;
      ASSERT_EQ(at(dims.back(), nValue, mValue), values.back()) << dims.back().str();
      ASSERT_LE(dims.back().lowest(), values.back()) << dims.back().str();
      ASSERT_GE(dims.back().highest(), values.back()) << dims.back().str();
    }
  }
}

} // namespace

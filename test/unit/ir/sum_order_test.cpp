// Sums in their written order, against the definition written out here for one long vector.
#include "test/unit/ir/run_text.h"
#include <cmath>

using namespace dl::ir;
using namespace dl::ir::test;

namespace {

std::vector<double> unevenNumbers(int64_t n) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < n; ++i) numbers.push_back(static_cast<float>(std::sin(static_cast<double>(i) * 1.7) * std::pow(2.0, static_cast<double>(i % 23))));
  return numbers;
}

/// Chunks of c terms; in each, lane r mod L adds in order; lanes fold by halves; chunks fold left to right.
float reference(const std::vector<double> &x, int64_t c, int64_t lanes) {
  float total = 0;
  for (size_t begin = 0; begin < x.size(); begin += static_cast<size_t>(c)) {
    std::vector<float> lane(static_cast<size_t>(lanes), 0.0f);
    size_t end = std::min(x.size(), begin + static_cast<size_t>(c));
    for (size_t r = begin; r < end; ++r) lane[(r - begin) % lane.size()] += static_cast<float>(x[r]);
    for (size_t half = lane.size() / 2; half > 0; half /= 2)
      for (size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
    total = begin ? total + lane[0] : lane[0];
  }
  return total;
}

float sumOf(const std::string &order, const std::vector<double> &x) {
  std::string n = std::to_string(x.size());
  auto y = run("func @f(%x: f32[" + n + "]) -> (f32) {\n %y: f32 = reduce sum %x dims [0] " + order + "\n return %y }",
               {f32({static_cast<int64_t>(x.size())}, x)});
  return static_cast<float>(y.at(0).number(0));
}

} // namespace

TEST(SumOrder, FollowsChunksAndLanes) {
  auto x = unevenNumbers(1000);
  EXPECT_EQ(sumOf("{order chunk 128 lanes 1}", x), reference(x, 128, 1));
  EXPECT_EQ(sumOf("{order chunk 128 lanes 64}", x), reference(x, 128, 64));
  EXPECT_EQ(sumOf("{order chunk 1024 lanes 1}", x), reference(x, 1024, 1));
  EXPECT_NE(reference(x, 128, 1), reference(x, 128, 64)); // the numbers tell the orders apart
  EXPECT_NE(reference(x, 128, 1), reference(x, 1024, 1));
}

TEST(SumOrder, HasADefault) {
  auto x = unevenNumbers(5000);
  EXPECT_EQ(sumOf("", x), reference(x, 4096, 64));
}

TEST(SumOrder, IsTheSameForContractions) {
  auto x = unevenNumbers(1000);
  for (const char *lanes : {"1", "64"}) {
    auto y = run(std::string("func @f(%x: f32[1000]) -> (f32) {\n %y: f32 = contract [] sum [i:1000] %x[i] {order chunk 192 lanes ") + lanes + "}\n return %y }",
                 {f32({1000}, x)});
    EXPECT_EQ(static_cast<float>(y.at(0).number(0)), reference(x, 192, std::atoi(lanes)));
  }
}

TEST(SumOrder, ReducesOuterDimensionsRowByRow) {
  auto y = run(R"(func @f(%x: f32[3,2,2]) -> (f32[2]) {
      %y: f32[2] = reduce sum %x dims [0,2]
      return %y })", {f32({3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})});
  EXPECT_EQ(numbers(y[0]), (std::vector<double>{1 + 2 + 5 + 6 + 9 + 10, 3 + 4 + 7 + 8 + 11 + 12}));
}

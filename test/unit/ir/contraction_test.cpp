#include "test/unit/ir/run_text.h"

using namespace dl::ir;
using namespace dl::ir::test;
using Numbers = std::vector<double>;

TEST(Contraction, MultipliesMatrices) {
  auto y = run(R"(func @f(%a: f32[2,3], %b: f32[3,2]) -> (f32[2,2]) {
      %y: f32[2,2] = contract [i,j] sum [k:3] %a[i,k] * %b[k,j]
      return %y
    })", {f32({2, 3}, {1, 2, 3, 4, 5, 6}), f32({3, 2}, {1, 0, 0, 1, 1, 1})});
  EXPECT_EQ(numbers(y[0]), (Numbers{4, 5, 10, 11}));
}

TEST(Contraction, ReadsOnlyTheRowsThatExist) {
  const char *text = R"(func @f(%b: dim<=64, %x: f32[%b,2], %w: f32[2,1]) -> (f32[%b,1]) {
      %y: f32[%b,1] = contract [i,j] sum [k:2] %x[i,k] * %w[k,j]
      return %y
    })";
  EXPECT_EQ(numbers(run(text, {i64(2), f32({2, 2}, {1, 2, 3, 4}), f32({2, 1}, {10, 1})})[0]), (Numbers{12, 34}));
  EXPECT_EQ(run(text, {i64(0), f32({0, 2}, {}), f32({2, 1}, {10, 1})})[0].shape, (std::vector<int64_t>{0, 1}));
}

// x = 1 2 3 4, padding 1, kernel (1, 10, 100), stride 2: windows 0 1 2 and 2 3 4.
TEST(Contraction, LeavesOutAbsentTerms) {
  auto y = run(R"(func @f(%x: f32[4], %w: f32[3]) -> (f32[2]) {
      %y: f32[2] = contract [i] sum [u:3] %x[(2*i + u - 1)?] * %w[u]
      return %y
    })", {f32({4}, {1, 2, 3, 4}), f32({3}, {1, 10, 100})});
  EXPECT_EQ(numbers(y[0]), (Numbers{210, 432}));
}

// The transpose of the above: dx[a] = sum over u with a + 1 - u even of g[(a + 1 - u)/2] w[u].
TEST(Contraction, ReadsDividedIndicesWhereExact) {
  auto y = run(R"(func @f(%g: f32[2], %w: f32[3]) -> (f32[4]) {
      %y: f32[4] = contract [a] sum [u:3] %g[(a + 1 - u)/2 ?] * %w[u]
      return %y
    })", {f32({2}, {1, 2}), f32({3}, {1, 10, 100})});
  EXPECT_EQ(numbers(y[0]), (Numbers{10, 102, 20, 200}));
}

TEST(Contraction, KeepsRangeConditions) {
  auto y = run(R"(func @f(%x: f32[3]) -> (f32[3]) {
      %y: f32[3] = contract [i] sum [u:2] %x[i] * one(3)[(i + u)?]
      return %y
    })", {f32({3}, {5, 6, 7})});
  EXPECT_EQ(numbers(y[0]), (Numbers{10, 12, 7}));
}

TEST(Contraction, AccumulatesHalvesInSingle) {
  // 256 + 1 + 1: in bf16 each 1 would be lost, in f32 the sum is 258.
  auto y = run(R"(func @f(%x: bf16[3]) -> (bf16) {
      %y: bf16 = contract [] sum [i:3] %x[i]
      return %y
    })", {tensor(Elem::BF16, {3}, {256, 1, 1})});
  EXPECT_EQ(numbers(y[0]), (Numbers{258}));
}

TEST(Contraction, EntersTheLastFactorByFma) {
  // (1 + e)^2 - 1 with e = 2^-12: rounded products lose e^2 = 2^-24, the fma keeps it.
  double e = 0x1p-12;
  auto y = run(R"(func @f(%x: f32[2], %y: f32[2]) -> (f32) {
      %z: f32 = contract [] sum [i:2] %x[i] * %y[i] {order chunk 64 lanes 1}
      return %z
    })", {f32({2}, {-1, 1 + e}), f32({2}, {1, 1 + e})});
  EXPECT_EQ(numbers(y[0]), (Numbers{2 * e + e * e}));
}

TEST(Contraction, SumsOfNothingAreZero) {
  auto y = run(R"(func @f(%n: dim<=4, %x: f32[%n,2]) -> (f32[2]) {
      %y: f32[2] = contract [j] sum [i:%n] %x[i,j]
      return %y
    })", {i64(0), f32({0, 2}, {})});
  EXPECT_EQ(numbers(y[0]), (Numbers{0, 0}));
}

TEST(Contraction, CountsItsWork) {
  Work work;
  EvaluateOptions options;
  options.work = &work;
  run(R"(func @f(%a: f32[2,3], %b: f32[3,4]) -> (f32[2,4]) {
      %y: f32[2,4] = contract [i,j] sum [k:3] %a[i,k] * %b[k,j]
      return %y
    })", {f32({2, 3}, Numbers(6, 1)), f32({3, 4}, Numbers(12, 1))}, options);
  EXPECT_EQ(work.flops, 2 * 2 * 3 * 4);
}

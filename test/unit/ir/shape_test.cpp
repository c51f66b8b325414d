#include "test/unit/ir/run_text.h"

using namespace dl::ir;
using namespace dl::ir::test;
using Numbers = std::vector<double>;

namespace {

Numbers apply(const std::string &in, const std::string &out, const std::string &op, const Tensor &x) {
  return numbers(run("func @f(%x: " + in + ") -> (" + out + ") {\n %zero: f32 = const 9\n %y: " + out + " = " + op + "\n return %y }", {x}).at(0));
}
const Tensor kSix = f32({2, 3}, {1, 2, 3, 4, 5, 6});

} // namespace

TEST(Shape, MovesElements) {
  EXPECT_EQ(apply("f32[2,3]", "f32[3,2]", "transpose %x perm [1,0]", kSix), (Numbers{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(apply("f32[2,3]", "f32[3,2]", "reshape %x", kSix), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(apply("f32[2,3]", "f32[2,3]", "reverse %x dims [1]", kSix), (Numbers{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(apply("f32[2,3]", "f32[2,2,3]", "broadcast %x to [0,2]", kSix), (Numbers{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(apply("f32[2,3]", "f32[1,2]", "slice %x start [1,0] step [1,2]", kSix), (Numbers{4, 6}));
  EXPECT_EQ(apply("f32[2,3]", "f32[2,6]", "concat %x, %x dim 1", kSix), (Numbers{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(apply("f32[3]", "f32[6]", "pad %x, %zero low [1] step [2]", f32({3}, {1, 2, 3})), (Numbers{9, 1, 9, 2, 9, 3}));
  EXPECT_EQ(apply("f32[4]", "f32[2,3]", "remap [i,j] %x[(i + j - 1)?]", f32({4}, {1, 2, 3, 4})), (Numbers{0, 1, 2, 1, 2, 3}));
}

TEST(Shape, InterleavesResidues) {
  auto y = run(R"(func @f(%a: f32[3], %b: f32[2]) -> (f32[5]) {
      %y: f32[5] = interleave %a, %b dims [0] step [2]
      return %y })", {f32({3}, {1, 3, 5}), f32({2}, {2, 4})});
  EXPECT_EQ(numbers(y[0]), (Numbers{1, 2, 3, 4, 5}));
}

TEST(Shape, FollowsDimensions) {
  const char *text = R"(func @f(%n: dim<=10, %x: f32[%n + 1]) -> (f32[%n], i64) {
      %y: f32[%n] = slice %x start [1]
      %m: i64 = extent [2*%n + 1]
      return %y, %m })";
  auto y = run(text, {i64(2), f32({3}, {1, 2, 3})});
  EXPECT_EQ(numbers(y[0]), (Numbers{2, 3}));
  EXPECT_EQ(y[1].number(0), 5);
  EXPECT_EQ(run(text, {i64(0), f32({1}, {1})})[0].count(), 0);
}

TEST(Shape, RandomBitsDependOnElementNotOnExtent) {
  const char *text = R"(func @f(%k: key, %n: dim<=40) -> (i32[%n,3]) {
      %y: i32[%n,3] = random_bits %k
      return %y })";
  auto key = Tensor::scalar(Elem::Key, 0x0123456789abcdefULL);
  auto few = numbers(run(text, {key, i64(2)})[0]), many = numbers(run(text, {key, i64(40)})[0]);
  EXPECT_EQ(Numbers(many.begin(), many.begin() + 6), few);
  EXPECT_NE(many[0], many[1]);
}

TEST(Shape, IotaAndConstants) {
  auto y = run(R"(func @f() -> (i32[2,3], f32[2], f64) {
      %a: i32[2,3] = iota dim 1
      %b: f32[2] = const [[1.5], [-2]]
      %c: f64 = const -inf
      return %a, %b, %c })", {});
  EXPECT_EQ(numbers(y[0]), (Numbers{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(numbers(y[1]), (Numbers{1.5, -2}));
  EXPECT_EQ(y[2].bits(0), 0xfff0000000000000u);
}

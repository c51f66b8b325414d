/// Reductions, shape and indexing ops.
#include "gradient_check.h"

namespace dl::test {
namespace {

void check(std::vector<Input> inputs, const std::string &body, const std::string &zType) {
  SCOPED_TRACE(body);
  checkGradient({std::move(inputs), "  " + body, zType});
}
const Input kX{"x", "f64[3, 4]"}, kRow{"x", "f64[5]"}, kCube{"x", "f64[2, 3, 4]"};
Input whole(const std::string &name, const std::string &type, std::vector<double> values) { return {name, type, 0, 0, std::move(values), false}; }

TEST(Gradients, Reduce) {
  for (std::string kind : {"sum", "prod", "max", "min"}) {
    check({kX}, "%z: f64[3] = reduce " + kind + " %x dims [1]", "f64[3]");
    check({kX}, "%z: f64[4] = reduce " + kind + " %x dims [0]", "f64[4]");
    check({kCube}, "%z: f64[3] = reduce " + kind + " %x dims [0, 2]", "f64[3]");
    check({whole("b", "dim<=4", {3}), {"x", "f64[2, %b]"}}, "%z: f64[2] = reduce " + kind + " %x dims [1]", "f64[2]");
  }
}

TEST(Gradients, ProductWithZeros) {
  Input x{"x", "f64[2, 3]", 0, 0, {0, 2, 3, 0, 0, 5}};
  check({x}, "%z: f64[2] = reduce prod %x dims [1]", "f64[2]");
  check({x}, "%z: f64[2, 3] = cumulate prod %x dim 1", "f64[2, 3]");
}

TEST(Gradients, FirstOfEqualExtrema) {
  ir::Tensor x(ir::Elem::F64, {3});
  for (int64_t i = 0; i < 3; ++i) x.data<double>()[i] = 2;
  auto d = evaluateText("func @f(%x: f64[3]) -> (f64[3]) {\n  %y: f64 = reduce max %x dims [0]\n  %d: f64[3] = grad %y wrt %x\n  return %d\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), 1);
  EXPECT_EQ(d[0].number(1) + d[0].number(2), 0);
}

TEST(Gradients, Cumulate) {
  for (std::string kind : {"sum", "prod", "max", "min"})
    for (std::string way : {"", " reverse", " exclusive", " reverse exclusive"}) {
      if (way.find("exclusive") != std::string::npos && kind[0] == 'm') continue; // an infinite first element
      check({kX}, "%z: f64[3, 4] = cumulate " + kind + " %x dim 1" + way, "f64[3, 4]");
      check({kX}, "%z: f64[3, 4] = cumulate " + kind + " %x dim 0" + way, "f64[3, 4]");
    }
}

TEST(Gradients, Shape) {
  check({kX}, "%z: f64[2, 6] = reshape %x", "f64[2, 6]");
  check({kCube}, "%z: f64[4, 2, 3] = transpose %x perm [2, 0, 1]", "f64[4, 2, 3]");
  check({kX}, "%z: f64[3, 4] = reverse %x dims [1]", "f64[3, 4]");
  check({kX}, "%z: f64[3, 2, 4] = broadcast %x to [0, 2]", "f64[3, 2, 4]");
  check({kX}, "%z: f64[2, 2] = slice %x start [1, 0] step [1, 2]", "f64[2, 2]");
  check({kX, {"v", "f64"}}, "%z: f64[8, 6] = pad %x, %v low [1, 2] step [3, 1]", "f64[8, 6]");
  check({kX, {"y", "f64[3, 2]"}}, "%z: f64[3, 10] = concat %x, %y, %x dim 1", "f64[3, 10]");
  check({{"x", "f64[2, 3]"}, {"y", "f64[2, 2]"}}, "%z: f64[2, 5] = interleave %x, %y dims [1] step [2]", "f64[2, 5]");
  check({kX}, "%z: f64[3, 4] = copy %x", "f64[3, 4]");
  check({kRow}, "%z: f64[4, 3] = remap [i, j] %x[(i + 2*j - 1)?]", "f64[4, 3]");
  check({kX}, "%z: f64[3] = remap [i] %x[i, i]", "f64[3]");
}

TEST(Gradients, EmptyAndSingleExtents) {
  Input none{"x", "f64[0, 4]"}, narrow{"x", "f64[3, 0]"}, one{"x", "f64[1, 4]"};
  for (std::string kind : {"sum", "prod"}) {
    check({none}, "%z: f64[4] = reduce " + kind + " %x dims [0]", "f64[4]");
    check({narrow}, "%z: f64[0] = reduce " + kind + " %x dims [0]", "f64[0]");
    check({none}, "%z: f64[0, 4] = cumulate " + kind + " %x dim 0", "f64[0, 4]");
    check({narrow}, "%z: f64[3, 0] = cumulate " + kind + " %x dim 0", "f64[3, 0]");
  }
  for (std::string kind : {"sum", "prod", "max", "min"}) {
    check({one}, "%z: f64[4] = reduce " + kind + " %x dims [0]", "f64[4]");
    check({one}, "%z: f64[1] = reduce " + kind + " %x dims [1]", "f64[1]");
    check({one}, "%z: f64[1, 4] = cumulate " + kind + " %x dim 0", "f64[1, 4]");
  }
  check({none}, "%z: f64[4, 0] = transpose %x perm [1, 0]", "f64[4, 0]");
  check({none, {"y", "f64[2, 4]"}}, "%z: f64[2, 4] = concat %x, %y dim 0", "f64[2, 4]");
  check({none, {"v", "f64"}}, "%z: f64[2, 4] = pad %x, %v low [1, 0] step [1, 1]", "f64[2, 4]");
  check({{"x", "f64[0]"}}, "%z: f64[0] = sort %x dim 0", "f64[0]");
  check({{"x", "f64[1]"}}, "%z: f64[1] = sort %x dim 0", "f64[1]");
  check({{"x", "f64[3, 0]"}, {"y", "f64[0, 2]"}}, "%z: f64[3, 2] = contract [i, j] sum [k:0] %x[i, k] * %y[k, j]", "f64[3, 2]");
  check({{"x", "f64[3, 1]"}, {"y", "f64[1, 2]"}}, "%z: f64[3, 2] = contract [i, j] sum [k:1] %x[i, k] * %y[k, j]", "f64[3, 2]");
}

TEST(Gradients, SlicesOfOneValueAddUp) {
  check({kRow}, "%a: f64[3] = slice %x start [0] step [1]\n  %b: f64[3] = slice %x start [2] step [1]\n  %c: f64[3] = slice %x start [0] step [2]\n"
                "  %m: f64[3] = mul %a, %b\n  %z: f64[3] = mul %m, %c", "f64[3]");
}

TEST(Gradients, Gather) {
  check({kX, whole("t", "i32[3]", {2, 0, 7})}, "%z: f64[3] = gather [i] %x[i, %t[i]]", "f64[3]");
  check({kX, whole("t", "i32[5]", {2, 0, 2, 9, 1})}, "%z: f64[5, 4] = gather [i, k] %x[%t[i], k]", "f64[5, 4]");
  check({kX, whole("t", "i32[3]", {2, 0, 1})}, "%a: f64[3] = gather [i] %x[i, %t[i]]\n  %b: f64[3] = gather [i] %x[%t[i], i]\n  %z: f64[3] = mul %a, %b",
        "f64[3]");
}

TEST(Gradients, Scatter) {
  std::vector<Input> inputs{{"x", "f64[5]"}, {"u", "f64[4]"}, whole("t", "i32[4]", {1, 3, 1, 9})};
  for (std::string mode : {"add", "set"})
    check(inputs, "%z: f64[5] = scatter " + mode + " %x[%t[i]] over [i:4] of %u[i]", "f64[5]");
  check({{"x", "f64[3, 4]"}, {"u", "f64[3]"}, whole("t", "i32[3]", {3, 0, 1})},
        "%z: f64[3, 4] = scatter add %x[i, %t[i]] over [i:3] of %u[i]", "f64[3, 4]");
}

TEST(Gradients, SliceAtAndUpdateAt) {
  std::vector<Input> starts{whole("i", "i64", {1}), whole("j", "i64", {9})};
  std::vector<Input> inputs{kX, starts[0], starts[1]};
  check(inputs, "%a: f64[2, 2] = slice_at %x, %i, %j\n  %b: f64[2, 2] = slice_at %x, %j, %i\n  %z: f64[2, 2] = mul %a, %b", "f64[2, 2]");
  inputs.push_back({"u", "f64[2, 2]"});
  for (std::string mode : {"set", "add"}) check(inputs, "%z: f64[3, 4] = update_at " + mode + " %x, %u, %i, %j", "f64[3, 4]");
}

TEST(Gradients, Sort) {
  check({kX, {"p", "f64[3, 4]"}}, "%k: f64[3, 4], %q: f64[3, 4] = sort %x, %p dim 1\n  %z: f64[3, 4] = mul %k, %q", "f64[3, 4]");
  check({kX}, "%z: f64[3, 4] = sort %x dim 0 descending", "f64[3, 4]");
}

TEST(Gradients, Fft) {
  for (std::string direction : {"", " inverse"})
    check({kX, {"p", "f64[3, 4]"}}, "%k: f64[3, 4], %q: f64[3, 4] = fft %x, %p dim 1" + direction + "\n  %z: f64[3, 4] = mul %k, %q", "f64[3, 4]");
  check({kX}, "%k: f64[3, 4], %q: f64[3, 4] = fft %x, %x dim 0\n  %z: f64[3, 4] = mul %k, %k", "f64[3, 4]");
}

TEST(Gradients, Markers) {
  check({kRow}, "%l: f64[5] = leaf %x\n  %a: f64[5] = accumulate %l, %x\n  %z: f64[5] = mul %a, %a", "f64[5]");
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 3);
  auto d = evaluateText("func @f(%x: f64) -> (f64) {\n  %s: f64 = stop_gradient %x\n  %y: f64 = mul %x, %s\n  %d: f64 = grad %y wrt %x\n  return %d\n}\n",
                        {"expand_grad"}, {x});
  EXPECT_EQ(d[0].number(0), 3);
}

} // namespace
} // namespace dl::test

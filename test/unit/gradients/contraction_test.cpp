/// Index notation: products, convolutions over strides, dilations, paddings and groups, and random maps.
#include "gradient_check.h"

namespace dl::test {
namespace {

void check(std::vector<Input> inputs, const std::string &body, const std::string &zType, bool second = true) {
  SCOPED_TRACE(body);
  checkGradient({std::move(inputs), "  %z: " + zType + " = contract " + body, zType, second});
}
std::string num(int64_t n) { return std::to_string(n); }

TEST(Gradients, Products) {
  check({{"a", "f64[2, 3]"}, {"b", "f64[3, 4]"}}, "[i, j] sum [k:3] %a[i, k] * %b[k, j]", "f64[2, 4]");
  check({{"a", "f64[2, 3]"}}, "[i, j] sum [k:3] %a[i, k] * %a[j, k]", "f64[2, 2]");
  check({{"a", "f64[3]"}, {"b", "f64[3]"}, {"c", "f64"}}, "[] sum [k:3] %a[k] * %b[k] * %c[]", "f64");
  check({{"n", "dim<=5", 0, 0, {3}}, {"a", "f64[%n, 2]"}, {"b", "f64[%n, 2]"}}, "[i] sum [k:%n] %a[k, i] * %b[k, i]", "f64[2]");
  check({{"a", "f64[4, 4]"}, {"b", "f64[4]"}}, "[i] sum [k:4] %a[i, i] * %b[k]", "f64[4]");
  check({{"a", "f64[5]"}, {"b", "f64[3]"}}, "[i] sum [k:2] %a[3] * %b[i + k]", "f64[2]");
}

TEST(Gradients, Convolutions) {
  for (int64_t stride = 1; stride <= 3; ++stride)
    for (int64_t dilation = 1; dilation <= 2; ++dilation)
      for (int64_t padding = 0; padding <= 2; ++padding)
        for (int64_t kernel = 1; kernel <= 3; ++kernel) {
          int64_t in = 7, out = (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
          std::string at = num(stride) + "*i + " + num(dilation) + "*u - " + num(padding);
          check({{"x", "f64[2, 7]"}, {"w", "f64[2, 2, " + num(kernel) + "]"}},
                "[o, i] sum [c:2, u:" + num(kernel) + "] %x[c, (" + at + ")?] * %w[o, c, u]", "f64[2, " + num(out) + "]",
                stride == 2 && kernel == 3);
        }
}

TEST(Gradients, GroupedConvolution) {
  check({{"x", "f64[4, 6]"}, {"w", "f64[2, 3, 2, 3]"}},
        "[g, o, i] sum [c:2, u:3] %x[2*g + c, (2*i + u - 1)?] * %w[g, o, c, u]", "f64[2, 3, 3]");
}

TEST(Gradients, TwoDimensionalConvolution) {
  check({{"n", "dim<=3", 0, 0, {2}}, {"x", "f64[%n, 2, 5, 4]"}, {"w", "f64[2, 2, 3, 2]"}},
        "[n, o, i, j] sum [c:2, u:3, v:2] %x[n, c, (2*i + u - 1)?, (j + v)?] * %w[o, c, u, v]", "f64[%n, 2, 3, 4]", false);
}

/// Maps with any coefficients: every index guarded, operands shared.
TEST(Gradients, RandomMaps) {
  uint64_t state = 99;
  auto draw = [&](int64_t low, int64_t high) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(high - low + 1));
  };
  auto index = [&] {
    std::string text = "(" + num(draw(0, 3));
    for (std::string name : {"i", "j", "k"})
      if (int64_t c = draw(-2, 2)) text += (c < 0 ? " - " : " + ") + num(c < 0 ? -c : c) + "*" + name;
    text += ")";
    int64_t divisor = draw(1, 5);
    return text + (divisor <= 3 && divisor > 1 ? "/" + num(divisor) : "") + "?";
  };
  for (int round = 0; round < 60; ++round)
    check({{"x", "f64[4, 5]"}, {"y", "f64[6]"}},
          "[i, j] sum [k:3] %x[" + index() + ", " + index() + "] * %y[" + index() + "] * %x[i, " + index() + "]", "f64[3, 2]", round % 6 == 0);
}

} // namespace
} // namespace dl::test

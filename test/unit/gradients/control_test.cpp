/// Regions: loops with carried, scanned, stacked and captured values, branches, recomputed and custom regions.
#include "gradient_check.h"
#include "ir/text.h"
#include "passes/pipeline.h"

namespace dl::test {
namespace {

const Input kN{"n", "dim<=6", 0, 0, {4}, false};

TEST(Gradients, Recurrence) {
  for (std::string way : {"", " reverse"})
    checkGradient({{kN, {"x", "f64[2, %n]"}, {"w", "f64"}, {"h0", "f64[2]"}},
                   "  %hN: f64[2], %z: f64[%n, 2] = for %i in 0..%n" + way + " scan (%xt: f64[2] = %x dim 1) carry (%h: f64[2] = %h0) {\n"
                   "    %wb: f64[2] = broadcast %w to []\n    %u: f64[2] = mul %h, %wb\n    %s: f64[2] = add %u, %xt\n"
                   "    %hn: f64[2] = tanh %s\n    yield %hn stack %hn\n  }",
                   "f64[%n, 2]"});
}

TEST(Gradients, CarriedOnly) {
  checkGradient({{{"x", "f64[3]"}, {"w", "f64[3, 3]", -0.5, 0.5}},
                 "  %z: f64[3], %c: f64[3] = for %i in 0..3 carry (%a: f64[3] = %x, %b: f64[3] = %x) {\n"
                 "    %p: f64[3] = contract [j] sum [k:3] %w[j, k] * %a[k]\n    %q: f64[3] = mul %p, %b\n    yield %q, %a\n  }",
                 "f64[3]"});
}

TEST(Gradients, ReadsInsideLoops) {
  checkGradient({{{"x", "f64[4, 2]"}, {"v", "f64[5]"}},
                 "  %o: i64 = const 0\n  %e: f64[2] = const 0.5\n  %z: f64[2] = for %i in 0..4 carry (%s: f64[2] = %e) {\n"
                 "    %r: f64[1, 2] = slice_at %x, %i, %o\n    %t: f64[2] = reshape %r\n    %m: f64[2] = mul %s, %t\n"
                 "    %one: i64 = const 1\n    %j: i64 = add %i, %one\n    %q: f64[1] = slice_at %v, %j\n    %p: f64 = reshape %q\n"
                 "    %b: f64[2] = broadcast %p to []\n    %y: f64[2] = add %m, %b\n    yield %y\n  }",
                 "f64[2]"});
}

TEST(Gradients, NestedLoops) {
  checkGradient({{{"x", "f64[3, 2]"}, {"w", "f64"}},
                 "  %e: f64 = const 0.7\n  %z: f64 = for %i in 0..3 scan (%r: f64[2] = %x dim 0) carry (%s: f64 = %e) {\n"
                 "    %t: f64 = for %j in 0..2 scan (%a: f64 = %r dim 0) carry (%u: f64 = %s) {\n"
                 "      %p: f64 = mul %u, %w\n      %q: f64 = sin %p\n      %y: f64 = add %q, %a\n      yield %y\n    }\n"
                 "    %f: f64 = mul %t, %s\n    yield %f\n  }",
                 "f64"});
}

TEST(Gradients, NoIterations) {
  Input none{"n", "dim<=6", 0, 0, {0}, false};
  checkGradient({{none, {"w", "f64"}, {"h0", "f64"}},
                 "  %z: f64 = for %i in 0..%n carry (%h: f64 = %h0) {\n    %u: f64 = mul %h, %w\n    yield %u\n  }", "f64"});
}

TEST(Gradients, BoundedWhile) {
  checkGradient({{{"x", "f64", 0.4, 0.5}, {"w", "f64", 1.4, 1.5}},
                 "  %c: dim<=20, %z: f64 = while bound 20 carry (%a: f64 = %x) {\n    %l: f64 = const 3.0\n    %t: bool = lt %a, %l\n    yield %t\n  } do {\n"
                 "    %s: f64 = mul %a, %w\n    yield %s\n  }",
                 "f64"});
}

TEST(Gradients, Branches) {
  for (double taken : {0.0, 1.0})
    checkGradient({{{"c", "bool", 0, 0, {taken}}, {"x", "f64[2]"}, {"y", "f64[2]"}},
                   "  %z: f64[2] = if %c {\n    %a: f64[2] = exp %x\n    %b: f64[2] = mul %a, %y\n    yield %b\n  } else {\n"
                   "    %d: f64[2] = sin %x\n    %e: f64[2] = mul %d, %d\n    yield %e\n  }",
                   "f64[2]"});
}

TEST(Gradients, BranchInLoop) {
  checkGradient({{{"x", "f64[4]"}, {"w", "f64"}},
                 "  %e: f64 = const 0.7\n  %z: f64 = for %i in 0..4 scan (%a: f64 = %x dim 0) carry (%s: f64 = %e) {\n"
                 "    %two: i64 = const 2\n    %c: bool = lt %i, %two\n"
                 "    %r: f64 = if %c {\n      %t: f64 = tanh %s\n      %p: f64 = mul %t, %w\n      yield %p\n    } else {\n"
                 "      %q: f64 = mul %s, %a\n      %v: f64 = cos %q\n      yield %v\n    }\n    yield %r\n  }",
                 "f64"});
}

TEST(Gradients, Checkpoint) {
  checkGradient({{{"x", "f64[3]"}, {"y", "f64[3]"}},
                 "  %z: f64[3] = checkpoint (%a: f64[3] = %x) {\n    %b: f64[3] = exp %a\n    %c: f64[3] = mul %b, %y\n    %d: f64[3] = sin %c\n    yield %d\n  }",
                 "f64[3]"});
}

TEST(Gradients, CustomGradIsTheRuleThatIsGiven) {
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 3);
  auto d = evaluateText("func @f(%x: f64) -> (f64) {\n  %y: f64 = custom_grad (%a: f64 = %x) {\n    %b: f64 = mul %a, %a\n    yield %b\n"
                        "  } vjp (%p: f64, %r: f64, %g: f64) {\n    %m: f64 = mul %g, %r\n    yield %m\n  }\n"
                        "  %d: f64 = grad %y wrt %x\n  return %d\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), 9);
}

/// Forward mode transposes the rule, also where it reads the value and inside a loop.
TEST(Gradients, CustomGradInBothModes) {
  std::string rule = "    %d: f64[3] = exp %c\n    yield %d\n  } vjp (%p: f64[3], %q: f64[3], %r: f64[3], %g: f64[3]) {\n"
                     "    %m: f64[3] = mul %g, %r\n    %u: f64[3] = mul %m, %q\n    %v: f64[3] = mul %m, %p\n    yield %u, %v\n  }";
  checkGradient({{{"x", "f64[3]", -1, 1}, {"y", "f64[3]", -1, 1}},
                 "  %z: f64[3] = custom_grad (%a: f64[3] = %x, %b: f64[3] = %y) {\n    %c: f64[3] = mul %a, %b\n" + rule, "f64[3]"});
  checkGradient({{{"x", "f64[3]", -0.5, 0.5}, {"y", "f64[3]", -0.5, 0.5}},
                 "  %z: f64[3] = for %i in 0..3 carry (%h: f64[3] = %x) {\n"
                 "  %s: f64[3] = custom_grad (%a: f64[3] = %h, %b: f64[3] = %y) {\n    %c: f64[3] = mul %a, %b\n" + rule + "\n    yield %s\n  }",
                 "f64[3]"});
}

/// Several values under their seeds: the sum of their gradients.
TEST(Gradients, SeveralSeededValues) {
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 3);
  auto d = evaluateText("func @f(%x: f64) -> (f64) {\n  %y: f64 = mul %x, %x\n  %z: f64 = mul %y, %x\n  %s: f64 = const 2.0\n  %t: f64 = const 10.0\n"
                        "  %d: f64 = grad %y, %z seeded %s, %t wrt %x\n  return %d\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), 2 * 6 + 10 * 27);
}

/// A direction that is itself computed from the values: the ops before it are followed behind it.
TEST(Gradients, DirectionFromTheValues) {
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 3);
  auto d = evaluateText("func @f(%x: f64) -> (f64) {\n  %y: f64 = for %i in 0..2 carry (%h: f64 = %x) {\n    %s: f64 = mul %h, %h\n    yield %s\n  }\n"
                        "  %z: f64 = add %y, %x\n  %d: f64 = jvp %z wrt %x along %y\n  return %d\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), (4 * 27 + 1) * 81.0);
}

/// A loop without a largest number of turns has forward derivatives.
TEST(Gradients, ForwardThroughUnboundedWhile) {
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 2);
  auto d = evaluateText("func @f(%x: f64) -> (f64, f64) {\n  %l: f64 = const 20.0\n  %z: f64 = while carry (%a: f64 = %x) {\n    %t: bool = lt %a, %l\n    yield %t\n  } do {\n"
                        "    %s: f64 = mul %a, %a\n    yield %s\n  }\n  %one: f64 = const 1.0\n  %d: f64 = jvp %z wrt %x along %one\n  return %z, %d\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 2u);
  EXPECT_EQ(d[0].number(0), 256);
  EXPECT_EQ(d[1].number(0), 8 * 128.0);
}

/// Inside a loop, of values from outside: a slice that the loop scans.
TEST(Gradients, ForwardInsideLoop) {
  ir::Tensor x(ir::Elem::F64, {3});
  for (int64_t i = 0; i < 3; ++i) x.data<double>()[i] = static_cast<double>(i + 1);
  auto d = evaluateText("func @f(%x: f64[3]) -> (f64[3]) {\n  %v: f64[3] = const [1, 10, 100]\n  %q: f64[3] = mul %x, %x\n"
                        "  %z: f64[3] = for %i in 0..3 scan (%e: f64 = %q dim 0) {\n    %c: f64 = mul %e, %e\n"
                        "    %d: f64 = jvp %c wrt %x along %v\n    yield stack %d\n  }\n  return %z\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), 4);
  EXPECT_EQ(d[0].number(1), 4 * 8 * 10);
  EXPECT_EQ(d[0].number(2), 4 * 27 * 100);
}

TEST(Gradients, UnusedInputsGetZeros) {
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 3);
  auto d = evaluateText("func @f(%x: f64, %u: f64) -> (f64, f64) {\n  %y: f64 = exp %x\n  %d: f64, %e: f64 = grad %y wrt %x, %u\n  return %d, %e\n}\n",
                        {"expand_grad"}, {x, x});
  ASSERT_EQ(d.size(), 2u);
  EXPECT_EQ(d[1].number(0), 0);
}

/// A leaf is an identity of its own: other uses of the value behind it do not count.
TEST(Gradients, LeafHygiene) {
  ir::Tensor x = ir::Tensor::fromNumber(ir::Elem::F64, 3);
  std::string text = "func @f(%x: f64) -> (f64) {\n  %a: f64 = leaf %x\n  %b: f64 = leaf %x\n  %y: f64 = mul %a, %b\n"
                     "  %d: f64 = grad %y wrt %b\n  return %d\n}\n";
  auto d = evaluateText(text, {"merge_equal_ops", "fold_constants", "expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), 3);
}

/// A grad inside a loop, of a leaf made there: plain gradient descent on (w - 2)^2.
TEST(Gradients, GradientInsideLoop) {
  ir::Tensor w = ir::Tensor::fromNumber(ir::Elem::F64, 0);
  auto d = evaluateText("func @f(%w0: f64) -> (f64) {\n  %two: f64 = const 2.0\n  %r: f64 = const 0.25\n  %z: f64 = for %i in 0..3 carry (%w: f64 = %w0) {\n"
                        "    %l: f64 = leaf %w\n    %e: f64 = sub %l, %two\n    %y: f64 = mul %e, %e\n    %g: f64 = grad %y wrt %l\n"
                        "    %s: f64 = mul %r, %g\n    %n: f64 = sub %w, %s\n    yield %n\n  }\n  return %z\n}\n",
                        {"expand_grad", "strip_markers"}, {w});
  ASSERT_EQ(d.size(), 1u);
  EXPECT_EQ(d[0].number(0), 1.75);
}

} // namespace
} // namespace dl::test

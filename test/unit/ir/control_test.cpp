#include "test/unit/ir/run_text.h"

using namespace dl::ir;
using namespace dl::ir::test;
using Numbers = std::vector<double>;

TEST(Control, ForCarriesScansAndStacks) {
  const char *text = R"(func @f(%n: dim<=8, %x: f32[2,%n]) -> (f32[2], f32[%n,2]) {
      %z: f32[2] = const 0
      %s: f32[2], %all: f32[%n,2] = for %i in 0..%n ORDER scan (%c: f32[2] = %x dim 1) carry (%a: f32[2] = %z) {
        %b: f32[2] = add %a, %c
        yield %b stack %b
      }
      return %s, %all })";
  std::string forward = text, backward = text;
  forward.replace(forward.find("ORDER"), 5, "");
  backward.replace(backward.find("ORDER"), 5, "reverse");
  Tensor x = f32({2, 3}, {1, 2, 3, 10, 20, 30});
  auto f = run(forward, {i64(3), x}), b = run(backward, {i64(3), x});
  EXPECT_EQ(numbers(f[0]), (Numbers{6, 60}));
  EXPECT_EQ(numbers(f[1]), (Numbers{1, 10, 3, 30, 6, 60}));
  EXPECT_EQ(numbers(b[1]), (Numbers{6, 60, 5, 50, 3, 30})); // indexed by the iteration, not by the step
  EXPECT_EQ(run(forward, {i64(0), f32({2, 0}, {})})[1].shape, (std::vector<int64_t>{0, 2}));
}

TEST(Control, ForCountsToANumber) {
  auto y = run(R"(func @f(%n: i64) -> (i64) {
      %z: i64 = const 0
      %s: i64 = for %i in 0..%n carry (%a: i64 = %z) {
        %b: i64 = add %a, %i
        yield %b
      }
      return %s })", {i64(5)});
  EXPECT_EQ(y[0].number(0), 10);
}

TEST(Control, LoopsMayCarryDimensions) {
  // Halves the survivors until one is left: 8 -> 4 -> 2 -> 1.
  auto y = run(R"(func @f(%x: f32[8]) -> (i64, f32) {
      %ten: i64 = const 8
      %n0: dim<=8 = to_dim %ten
      %x0: f32[%n0] = remap [i] %x[i ?]
      %m: dim<=8, %s: f32[%m] = for %i in 0..3 carry (%n: dim<=8 = %n0, %v: f32[%n] = %x0) {
        %j: i32[%n] = iota dim 0
        %one: i32[%n] = const 1
        %bit: i32[%n] = and %j, %one
        %zero: i32[%n] = const 0
        %even: bool[%n] = eq %bit, %zero
        %k0: dim<=8, %where: i32[%k0] = compress %even
        %kept: f32[%k0] = gather [a] %v[%where[a]]
        yield %k0, %kept
      }
      %count: i64 = extent [%m]
      %sum: f32 = reduce sum %s dims [0]
      return %count, %sum })", {f32({8}, {1, 2, 3, 4, 5, 6, 7, 8})});
  EXPECT_EQ(y[0].number(0), 1);
  EXPECT_EQ(y[1].number(0), 1);
}

TEST(Control, WhileCountsUpToItsBound) {
  const char *text = R"(func @f(%x: f32) -> (i64, f32, f32) {
      %n: dim<=4, %y: f32, %all: f32[%n] = while bound 4 carry (%v: f32 = %x) {
        %limit: f32 = const 10
        %go: bool = lt %v, %limit
        yield %go
      } do {
        %w: f32 = add %v, %v
        yield %w stack %v
      }
      %c: i64 = extent [%n]
      %s: f32 = reduce sum %all dims [0]
      return %c, %y, %s })";
  auto reached = run(text, {Tensor::fromNumber(Elem::F32, 3)});
  EXPECT_EQ(reached[0].number(0), 2);
  EXPECT_EQ(reached[1].number(0), 12);
  EXPECT_EQ(reached[2].number(0), 9);
  auto bounded = run(text, {Tensor::fromNumber(Elem::F32, 0)});
  EXPECT_EQ(bounded[0].number(0), 4);
}

TEST(Control, IfRunsOneBranch) {
  const char *text = R"(func @f(%c: bool) -> (f32) {
      %y: f32 = if %c {
        %a: f32 = const 1
        yield %a
      } else {
        %no: bool = const false
        check %no else "the other branch"
        %b: f32 = const 2
        yield %b
      }
      return %y })";
  EXPECT_EQ(run(text, {tensor(Elem::Bool, {}, {1})})[0].number(0), 1);
  EXPECT_EQ(failing(text, {tensor(Elem::Bool, {}, {0})}), "the other branch");
}

TEST(Control, CallsFusedRegionsAndMarkers) {
  auto y = run(R"(func @g(%n: dim<=4, %x: f32[%n]) -> (f32[%n]) {
      %y: f32[%n] = add %x, %x
      return %y }
    func @f(%x: f32[2]) -> (f32[2]) {
      %k: i64 = const 2
      %a: f32[2] = fused rows @twice (%x) {
        %y: f32[2] = add %x, %x
        yield %y
      } {grain 64}
      %b: f32[2] = checkpoint (%c: f32[2] = %a) {
        %l: f32[2] = leaf %c
        yield %l
      }
      %d: f32[2] = custom_grad (%v: f32[2] = %b) {
        %w: f32[2] = neg %v
        yield %w
      } vjp (%v: f32[2], %w: f32[2], %dw: f32[2]) {
        yield %dw
      }
      return %d })", {f32({2}, {1, 2})});
  EXPECT_EQ(numbers(y[0]), (Numbers{-2, -4}));
}

TEST(Control, CallsPassDimensions) {
  auto y = run(R"(func @g(%n: dim<=4, %x: f32[%n]) -> (f32[%n]) {
      %y: f32[%n] = add %x, %x
      return %y }
    func @f(%b: dim<=4, %x: f32[%b]) -> (f32[%b]) {
      %y: f32[%b] = call @g %b, %x
      return %y })", {i64(2), f32({2}, {1, 2})});
  EXPECT_EQ(numbers(y[0]), (Numbers{2, 4}));
}

TEST(Control, PrintsAndReports) {
  std::string printed;
  double reported = 0;
  EvaluateOptions options;
  options.print = [&](const std::string &text) { printed += text; };
  options.report = [&](const std::string &, double value) { reported = value; };
  run(R"(entry @f(%x: f32, %k: i32) -> () {
      print "x is ", %x ".2f", ", a ", %k names ("cat", "dog")
      report "loss" %x scope "epoch"
      snapshot @epoch
      return })", {Tensor::fromNumber(Elem::F32, 1.5), i32({}, {1})}, options);
  EXPECT_EQ(printed, "x is 1.50, a dog");
  EXPECT_EQ(reported, 1.5);
}

TEST(Control, RefusesWhatItCannotDo) {
  EXPECT_EQ(failing("func @f(%x: f32) -> (f32) {\n %y: f32 = mul %x, %x\n %d: f32 = grad %y wrt %x\n return %d }", {Tensor::fromNumber(Elem::F32, 1)}),
            "`grad` cannot be evaluated: run expand_grad first");
  EvaluateOptions limited;
  limited.maxOps = 100;
  EXPECT_EQ(failing(R"(func @f(%x: f32) -> (f32) {
      %y: f32 = while carry (%v: f32 = %x) {
        %go: bool = const true
        yield %go
      } do {
        yield %v
      }
      return %y })", {Tensor::fromNumber(Elem::F32, 1)}, limited), "the limit of executed operations is reached");
}

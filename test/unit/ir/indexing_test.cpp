#include "test/unit/ir/run_text.h"
#include <cmath>

using namespace dl::ir;
using namespace dl::ir::test;
using Numbers = std::vector<double>;

TEST(Indexing, GatherReadsZeroOutside) {
  auto y = run(R"(func @f(%x: f32[3,2], %i: i32[4]) -> (f32[4,2]) {
      %y: f32[4,2] = gather [a,b] %x[%i[a], b]
      return %y })", {f32({3, 2}, {1, 2, 3, 4, 5, 6}), i32({4}, {2, 0, -1, 3})});
  EXPECT_EQ(numbers(y[0]), (Numbers{5, 6, 1, 2, 0, 0, 0, 0}));
}

TEST(Indexing, ScatterInIndexOrder) {
  auto go = [](const char *mode) {
    return numbers(run(std::string("func @f(%x: f32[3], %i: i32[4], %u: f32[4]) -> (f32[3]) {\n %y: f32[3] = scatter ") + mode +
                           " %x[%i[a]] over [a:4] of %u[a]\n return %y }",
                       {f32({3}, {1, 2, 3}), i32({4}, {1, 1, 7, 0}), f32({4}, {10, 20, 30, 40})}).at(0));
  };
  EXPECT_EQ(go("set"), (Numbers{40, 20, 3}));
  EXPECT_EQ(go("add"), (Numbers{41, 32, 3}));
  EXPECT_EQ(go("max"), (Numbers{40, 20, 3}));
  EXPECT_EQ(go("min"), (Numbers{1, 2, 3}));
}

TEST(Indexing, StartsAreClamped) {
  const char *text = R"(func @f(%x: f32[5], %s: i64, %u: f32[2]) -> (f32[2], f32[5], f32[5]) {
      %a: f32[2] = slice_at %x, %s
      %b: f32[5] = update_at set %x, %u, %s
      %c: f32[5] = update_at add %x, %u, %s
      return %a, %b, %c })";
  auto inside = run(text, {f32({5}, {1, 2, 3, 4, 5}), i64(1), f32({2}, {10, 20})});
  EXPECT_EQ(numbers(inside[0]), (Numbers{2, 3}));
  EXPECT_EQ(numbers(inside[1]), (Numbers{1, 10, 20, 4, 5}));
  EXPECT_EQ(numbers(inside[2]), (Numbers{1, 12, 23, 4, 5}));
  auto above = run(text, {f32({5}, {1, 2, 3, 4, 5}), i64(100), f32({2}, {10, 20})});
  EXPECT_EQ(numbers(above[0]), (Numbers{4, 5}));
  auto below = run(text, {f32({5}, {1, 2, 3, 4, 5}), i64(-1), f32({2}, {10, 20})});
  EXPECT_EQ(numbers(below[0]), (Numbers{1, 2}));
}

TEST(Indexing, SortIsStableAndPutsNaNLast) {
  auto go = [](const char *direction) {
    return run(std::string("func @f(%k: f32[5], %p: i32[5]) -> (f32[5], i32[5]) {\n %a: f32[5], %b: i32[5] = sort %k, %p dim 0 ") + direction + "\n return %a, %b }",
               {f32({5}, {2, NAN, 1, 2, 0}), i32({5}, {0, 1, 2, 3, 4})});
  };
  EXPECT_EQ(numbers(go("")[1]), (Numbers{4, 2, 0, 3, 1}));
  EXPECT_EQ(numbers(go("descending")[1]), (Numbers{0, 3, 2, 4, 1}));
}

TEST(Indexing, CompressCountsAndLists) {
  auto y = run(R"(func @f(%m: bool[5], %x: f32[5]) -> (i64, f32) {
      %n: dim<=5, %i: i32[%n] = compress %m
      %c: i64 = extent [%n]
      %g: f32[%n] = gather [a] %x[%i[a]]
      %s: f32 = reduce sum %g dims [0]
      return %c, %s })", {tensor(Elem::Bool, {5}, {1, 0, 1, 0, 1}), f32({5}, {1, 2, 4, 8, 16})});
  EXPECT_EQ(y[0].number(0), 3);
  EXPECT_EQ(y[1].number(0), 21);
}

TEST(Indexing, SearchFindsBothSides) {
  auto y = run(R"(func @f(%s: f32[4], %q: f32[4]) -> (i32[4], i32[4]) {
      %l: i32[4] = search left %s, %q
      %r: i32[4] = search right %s, %q
      return %l, %r })", {f32({4}, {1, 2, 2, 5}), f32({4}, {0, 2, 3, 9})});
  EXPECT_EQ(numbers(y[0]), (Numbers{0, 1, 3, 4}));
  EXPECT_EQ(numbers(y[1]), (Numbers{0, 3, 3, 4}));
}

TEST(Indexing, ArgreduceTakesTheFirstAndNaN) {
  const char *text = R"(func @f(%x: f32[2,3]) -> (i32[2], i32[2]) {
      %a: i32[2] = argreduce max %x dim 1
      %b: i32[2] = argreduce min %x dim 1
      return %a, %b })";
  auto y = run(text, {f32({2, 3}, {1, 3, 3, 5, NAN, 7})});
  EXPECT_EQ(numbers(y[0]), (Numbers{1, 1}));
  EXPECT_EQ(numbers(y[1]), (Numbers{0, 1}));
}

TEST(Indexing, CumulatesBothWays) {
  auto go = [](const char *how) {
    return numbers(run(std::string("func @f(%x: f32[4]) -> (f32[4]) {\n %y: f32[4] = cumulate ") + how + "\n return %y }", {f32({4}, {1, 2, 3, 4})}).at(0));
  };
  EXPECT_EQ(go("sum %x dim 0"), (Numbers{1, 3, 6, 10}));
  EXPECT_EQ(go("sum %x dim 0 exclusive"), (Numbers{0, 1, 3, 6}));
  EXPECT_EQ(go("prod %x dim 0 reverse"), (Numbers{24, 24, 12, 4}));
  EXPECT_EQ(go("sum %x dim 0 reverse exclusive"), (Numbers{9, 7, 4, 0}));
}

TEST(Indexing, ReductionsOfNothing) {
  auto y = run(R"(func @f(%n: dim<=3, %x: f32[%n], %b: bool[%n]) -> (f32, f32, f32, f32, bool, bool) {
      %s: f32 = reduce sum %x dims [0]
      %p: f32 = reduce prod %x dims [0]
      %h: f32 = reduce max %x dims [0]
      %l: f32 = reduce min %x dims [0]
      %a: bool = reduce and %b dims [0]
      %o: bool = reduce or %b dims [0]
      return %s, %p, %h, %l, %a, %o })", {i64(0), f32({0}, {}), tensor(Elem::Bool, {0}, {})});
  Numbers all;
  for (const Tensor &t : y) all.push_back(t.number(0));
  EXPECT_EQ(all, (Numbers{0, 1, -INFINITY, INFINITY, 1, 0}));
}

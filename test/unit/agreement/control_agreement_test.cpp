// Entries: branches, loops with carries, scans and stacks, growing extents, updates in place.
#include "test/unit/agreement/compiled.h"

namespace dl::test {

TEST(Control, Branches) {
  agree(R"(entry @f(%n: dim<=65, %x: f32[%n], %c: bool, %s: f32) -> (f32[%n], f32) {
    %a: f32[%n], %b: f32 = if %c {
      %y: f32[%n] = neg %x
      yield %y, %s
    } else {
      %t: f32 = exp %s
      yield %x, %t
    }
    return %a, %b })");
}
TEST(Control, Scalars) {
  agree(R"(entry @f(%n: dim<=65, %s: f32, %t: f32, %k: key, %small: i64, %x: f32[%n]) -> (f32, f32, i32, f32, i32, f32) {
    %a: f32 = contract [] %s[] * %t[]
    %b: f32 = contract [] sum [i:5] %s[] * %t[]
    %c: i32 = random_bits %k
    %e: f32 = update_at add %s, %t
    %q: i32 = search left %x, %s
    %m: i64 = extent [2*%n + 1]
    %g: f32 = convert %m
    return %a, %b, %c, %e, %q, %g })");
}
TEST(Control, NestedLoops) {
  agree(R"(entry @f(%n: dim<=65, %x: f32[%n,4,3], %small: i64, %plainw: f32[3]) -> (f32[3], f32[%n,4,3], f32[%n,4]) {
    %w: f32[3], %all: f32[%n,4,3], %sums: f32[%n,4] = for %i in 0..%n scan (%row: f32[4,3] = %x dim 0) carry (%a: f32[3] = %plainw) {
      %b: f32[3], %inner: f32[4,3], %s: f32[4] = for %j in 0..4 reverse scan (%v: f32[3] = %row dim 0) carry (%c: f32[3] = %a) {
        %d: f32[3] = max %c, %v
        %big: bool[3] = gt %d, %c
        %m: f32 = reduce max %v dims [0]
        %zero: f32 = const 0
        %pos: bool = gt %m, %zero
        %next: f32[3] = if %pos {
          yield %d
        } else {
          %neg: f32[3] = neg %c
          yield %neg
        }
        yield %next stack %next, %m
      }
      yield %b stack %inner, %s
    }
    return %w, %all, %sums })");
}
TEST(Control, Loops) {
  agree(R"(entry @f(%n: dim<=65, %x: f32[%n,9], %plain: f32[9,9], %h0: f32[9], %small: i64) -> (f32[9], f32[%n,9], f32[%n], i64, f32[%n,9]) {
    %zero: i64 = const 0
    %hN: f32[9], %i: i64, %hs: f32[%n,9], %ss: f32[%n] = for %t in 0..%n scan (%xt: f32[9] = %x dim 0) carry (%h: f32[9] = %h0, %k: i64 = %zero) {
      %v: f32[9] = contract [j] sum [k:9] %h[k] * %plain[k,j]
      %a: f32[9] = add %v, %xt
      %hn: f32[9] = tanh %a
      %sum: f32 = reduce sum %hn dims [0]
      %k2: i64 = add %k, %t
      yield %hn, %k2 stack %hn, %sum
    }
    %z: f32[9] = const 0
    %back: f32[9], %bs: f32[%n,9] = for %t in 0..%n reverse scan (%g: f32[9] = %hs dim 0) carry (%d: f32[9] = %z) {
      %e: f32[9] = sub %g, %d
      yield %e stack %d
    }
    return %back, %hs, %ss, %i, %bs })");
}
TEST(Control, TripsAndSwaps) {
  agree(R"(entry @f(%n: dim<=65, %x: f32[%n], %y: f32[%n], %small: i64, %a: f32, %b: f32) -> (f32[%n], f32[%n], f32, f32) {
    %p: f32[%n], %q: f32[%n], %s: f32, %t: f32 = for %i in 0..%small carry (%u: f32[%n] = %x, %v: f32[%n] = %y, %c: f32 = %a, %d: f32 = %b) {
      %w: f32[%n] = sub %v, %u
      yield %v, %w, %d, %c
    }
    return %p, %q, %s, %t })");
}
TEST(Control, While) {
  agree(R"(entry @f(%n: dim<=65, %x: f32[%n], %plain: f32) -> (i64, f32, f32[%n], f32) {
    %m: dim<=9, %y: f32, %z: f32[%n], %all: f32[%m] = while bound 9 carry (%v: f32 = %plain, %w: f32[%n] = %x) {
      %limit: f32 = const 3
      %size: f32 = abs %v
      %go: bool = lt %size, %limit
      yield %go
    } do {
      %two: f32 = const 1.5
      %v2: f32 = mul %v, %two
      %w2: f32[%n] = neg %w
      yield %v2, %w2 stack %v
    }
    %count: i64 = extent [%m]
    %sum: f32 = reduce sum %all dims [0]
    return %count, %y, %z, %sum })");
}
TEST(Control, InPlace) {
  agree(R"(entry @f(%n: dim<=65, %plain: f32[%n,5], %small: i64, inout %w: f32[5], inout %m: f32[5]) -> () {
    %a: f32[5], %b: f32[5] = for %i in 0..%small carry (%u: f32[5] = %w, %v: f32[5] = %m) {
      %g: f32[5] = reduce sum %plain dims [0]
      %half: f32[5] = const 0.5
      %v1: f32[5] = mul %half, %v
      %v2: f32[5] = add %v1, %g
      %u2: f32[5] = sub %u, %v2
      yield %u2, %v2
    }
    return %a, %b })");
}
/// What leaves beside a parameter that gets a new value: itself, views of it, and other finals made of it.
TEST(Control, FinalsOfParametersThatAreResults) {
  agree(R"(entry @f(inout %a: f32[8], inout %b: f32[2,4]) -> (f32[8], f32[4], f32[2,4]) {
    %zero: f32[8] = const 0
    %part: f32[4] = slice %a start [4] step [1]
    %from: f32[2,4] = reshape %a
    %other: f32[8] = reshape %b
    %next: f32[8] = max %other, %zero
    return %a, %part, %b, %next, %from })");
  agree(R"(entry @f(%n: dim<=65, inout %a: f32[8], inout %b: f32[2,4]) -> () {
    %c: f32[8], %d: f32[2,4] = for %i in 0..%n carry (%x: f32[8] = %a, %y: f32[2,4] = %b) {
      %to: f32[2,4] = reshape %x
      %from: f32[8] = reshape %y
      yield %from, %to
    }
    return %c, %d })");
}

/// A kernel writes over a parameter only what it makes behind its last read of it.
TEST(Control, FinalsThatKernelsMakeBesideReads) {
  agree(R"(entry @f(inout %plaina: f32[9], %plainb: f32[9,9], %key: key) -> (f32[9], f32[9,9]) {
    %s: f32[9] = contract [b] sum [a:9] %plainb[a,a] * %plainb[a,b]
    %t: f32[9] = add %s, %plaina
    %bits: i32[9,9] = random_bits %key
    %x: f32[9,9] = convert %bits
    %wide: f32[1,9,5,9] = broadcast %x to [1,3]
    %at: i32[9,9] = const 0
    %y: f32[9,9] = scatter add %x[e, %at[b,e]] over [b:9, a:1, c:5, e:9, d:9] of %wide[a,b,c,d]
    return %t, %y, %s })");
}

} // namespace dl::test

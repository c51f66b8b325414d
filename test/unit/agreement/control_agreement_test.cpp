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

} // namespace dl::test

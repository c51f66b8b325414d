#include "batching_programs.h"

namespace dl::test {

const std::vector<MapProgram> &mapPrograms() {
  static const std::vector<MapProgram> kPrograms = {
      {"elementwise", R"(
func @f(%n: dim<=9, %x: f32[%n, 4], %c: f32[4], %s: f32) -> (f32[%n, 4], i32[%n, 4], f32[%n]) {
  %r: f32[%n, 4], %q: i32[%n, 4], %z: f32[%n] = for %i in 0..%n scan (%xi: f32[4] = %x dim 0) {
    %sb: f32[4] = broadcast %s to []
    %u: f32[4] = mul %xi, %sb
    %v: f32[4] = fma %u, %c, %xi
    %p: bool[4] = lt %v, %c
    %w: f32[4] = select %p, %v, %c
    %k: i32[4] = convert %w
    %f: f32 = convert %i
    %g: f32 = add %f, %s
    yield stack %w, %k, %g
  }
  return %r, %q, %z
}
)"},
      {"reduction", R"(
func @f(%n: dim<=9, %x: f32[4, %n, 70]) -> (f32[%n, 4], f32[%n], i32[%n, 70], f32[%n, 4, 70]) {
  %r: f32[%n, 4], %q: f32[%n], %a: i32[%n, 70], %c: f32[%n, 4, 70] = for %i in 0..%n scan (%xi: f32[4, 70] = %x dim 1) {
    %s: f32[4] = reduce sum %xi dims [1]
    %m: f32 = reduce max %xi dims [0, 1]
    %g: i32[70] = argreduce min %xi dim 0
    %u: f32[4, 70] = cumulate sum %xi dim 0 exclusive
    yield stack %s, %m, %g, %u
  }
  return %r, %q, %a, %c
}
)"},
      {"contraction", R"(
func @f(%n: dim<=9, %x: f32[%n, 7], %v: f32[%n, 7, 3], %w: f32[5, 7]) -> (f32[%n, 5], f32[%n, 3], f32[%n, 7, 5], f32[%n, 5]) {
  %a: f32[%n, 5], %b: f32[%n, 3], %c: f32[%n, 7, 5], %d: f32[%n, 5] = for %i in 0..%n scan (%xi: f32[7] = %x dim 0, %vi: f32[7, 3] = %v dim 0) {
    %p: f32[5] = contract [j] sum [k:7] %xi[k] * %w[j, k]
    %q: f32[3] = contract [j] sum [k:7] %xi[k] * %vi[k, j]
    %o: f32[7, 5] = contract [b, j] %xi[b] * %p[j]
    %s: f32[5] = contract [j] sum [k:7] %w[j, k] * one(4)[(k - 2)?]
    yield stack %p, %q, %o, %s
  }
  return %a, %b, %c, %d
}
)"},
      {"linear algebra", R"(
func @f(%n: dim<=5, %x: f64[%n, 3, 3], %b: f64[3, 2]) -> (f64[%n, 3, 2], f64[%n], f64[%n, 3], f64[%n, 3, 3]) {
  %y: f64[%n, 3, 2], %s: f64[%n], %w: f64[%n, 3], %f: f64[%n, 3, 3] = for %i in 0..%n scan (%xi: f64[3, 3] = %x dim 0) {
    %t: f64[3, 2] = trisolve lower %xi, %b
    %p: f64[3, 3], %rows: i32[3], %sign: f64 = lu %xi
    %v: f64[3], %q: f64[3, 3] = eigh %xi
    %re: f64[3, 3], %im: f64[3, 3] = fft %xi, %p dim 1
    yield stack %t, %sign, %v, %im
  }
  return %y, %s, %w, %f
}
)"},
      {"shape", R"(
func @f(%n: dim<=5, %x: f32[%n, 4, 6], %s: f32[%n]) -> (f32[%n, 24], f32[%n, 6, 4], f32[%n, 9, 6], f32[%n, 2, 3], f32[%n, 8, 6], f32[%n, 4, 12], f32[%n, 3, 2], f32[%n, 4, 2, 6]) {
  %a: f32[%n, 24], %b: f32[%n, 6, 4], %c: f32[%n, 9, 6], %d: f32[%n, 2, 3], %e: f32[%n, 8, 6], %g: f32[%n, 4, 12], %h: f32[%n, 3, 2], %k: f32[%n, 4, 2, 6] = for %i in 0..%n scan (%xi: f32[4, 6] = %x dim 0, %si: f32 = %s dim 0) {
    %r: f32[24] = reshape %xi
    %t: f32[6, 4] = transpose %xi perm [1, 0]
    %v: f32[4, 6] = reverse %xi dims [1]
    %p: f32[9, 6] = pad %v, %si low [1, 0] step [2, 1]
    %l: f32[2, 3] = slice %xi start [1, 0] step [2, 2]
    %o: f32[8, 6] = concat %xi, %v dim 0
    %m: f32[4, 12] = interleave %xi, %v dims [1] step [2]
    %q: f32[3, 2] = remap [u, w] %xi[(u - 1)?, 2*w]
    %y: f32[4, 2, 6] = broadcast %xi to [0, 2]
    yield stack %r, %t, %p, %l, %o, %m, %q, %y
  }
  return %a, %b, %c, %d, %e, %g, %h, %k
}
)"},
      {"indexing", R"(
func @f(%n: dim<=5, %x: f32[%n, 6], %t: i32[%n, 3], %w: f32[6, 2], %h0: i32[6], %x0: f32[6]) -> (f32[%n, 3], f32[%n, 3, 2], f32[%n, 6], f32[%n, 2], f32[%n, 6], f32[%n, 6], f32[%n, 6, 2], i32[%n, 6], i32[%n, 3], i32[%n, 3]) {
  %a: f32[%n, 3], %b: f32[%n, 3, 2], %c: f32[%n, 6], %d: f32[%n, 2], %e: f32[%n, 6], %g: f32[%n, 6], %gw: f32[%n, 6, 2], %h: i32[%n, 6], %o: i32[%n, 3], %p: i32[%n, 3] = for %i in 0..%n scan (%xi: f32[6] = %x dim 0, %ti: i32[3] = %t dim 0) {
    %z0: i64 = const 0
    %z1: i64 = const 1
    %u: f32[3] = gather [j] %xi[%ti[j]]
    %v: f32[3, 2] = gather [j, k] %w[%ti[j], k]
    %s: f32[6] = scatter add %xi[%ti[j]] over [j:3] of %u[j]
    %sl: f32[2] = slice_at %xi, %i
    %su: f32[6] = update_at add %xi, %sl, %i
    %srt: f32[6], %num: i32[6] = sort %xi, %h0 dim 0 descending
    %one: f32[1, 2] = slice_at %w, %i, %z0
    %ws: f32[6, 2] = update_at set %w, %one, %z1, %i
    %f: i32[3] = search left %x0, %u
    %ff: i32[3] = search right %xi, %u
    yield stack %u, %v, %s, %sl, %su, %srt, %ws, %num, %f, %ff
  }
  return %a, %b, %c, %d, %e, %g, %gw, %h, %o, %p
}
)"},
      {"random", R"(
func @f(%n: dim<=7, %k: key) -> (i32[%n, 5, 3], i64[%n, 2], i32[%n], key[%n]) {
  %a: i32[%n, 5, 3], %b: i64[%n, 2], %c: i32[%n], %d: key[%n] = for %i in 0..%n {
    %ki: key = key_fold %k, %i
    %x: i32[5, 3] = random_bits %ki
    %kj: key = key_fold %ki, %i
    %y: i64[2] = random_bits %kj
    %z: i32 = random_bits %kj
    yield stack %x, %y, %z, %kj
  }
  return %a, %b, %c, %d
}
)"},
      {"branches", R"(
func @f(%n: dim<=7, %x: f32[%n, 3], %y: f32, %on: bool) -> (f32[%n, 3], f32[%n, 3]) {
  %a: f32[%n, 3], %b: f32[%n, 3] = for %i in 0..%n scan (%xi: f32[3] = %x dim 0) {
    %s: f32 = reduce sum %xi dims [0]
    %p: bool = gt %s, %y
    %u: f32[3] = if %p {
      %e: f32[3] = exp %xi
      %q: bool = lt %s, %s
      %v: f32[3] = if %q {
        yield %xi
      } else {
        %g: f32[3] = neg %e
        yield %g
      }
      yield %v
    } else {
      %yb: f32[3] = broadcast %y to []
      yield %yb
    }
    %w: f32[3] = if %on {
      %d: f32[3] = add %u, %xi
      yield %d
    } else {
      %yb: f32[3] = broadcast %y to []
      yield %yb
    }
    yield stack %u, %w
  }
  return %a, %b
}
)"},
      {"loops", R"(
func @f(%n: dim<=6, %m: dim<=4, %x: f32[%n, %m, 3], %w: f32[%m, 3]) -> (f32[%n, 3], f32[%n, %m, 3], f32[%n], f32[%n]) {
  %a: f32[%n, 3], %b: f32[%n, %m, 3], %c: f32[%n], %d: f32[%n] = for %i in 0..%n scan (%xi: f32[%m, 3] = %x dim 0) {
    %z: f32[3] = const 0.25
    %s: f32[3], %t: f32[%m, 3] = for %j in 0..%m reverse scan (%xj: f32[3] = %xi dim 0, %wj: f32[3] = %w dim 0) carry (%h: f32[3] = %z) {
      %u: f32[3] = mul %h, %wj
      %v: f32[3] = add %u, %xj
      %g: f32[3] = tanh %v
      yield %g stack %v
    }
    %zero: f32 = const 0.5
    %e: f32 = for %j in 0..%i carry (%h: f32 = %zero) {
      %jf: f32 = convert %j
      %v: f32 = add %h, %jf
      %g: f32 = mul %v, %zero
      yield %g
    }
    %q: f32 = for %j in 0..%i reverse carry (%h: f32 = %zero) {
      %jf: f32 = convert %j
      %v: f32 = add %h, %jf
      %g: f32 = mul %v, %zero
      yield %g
    }
    yield stack %s, %t, %e, %q
  }
  return %a, %b, %c, %d
}
)"},
      {"while", R"(
func @f(%n: dim<=6, %x: f32[%n], %y: f32) -> (f32[%n], i64[%n], f32[%n], f32[%n]) {
  %a: f32[%n], %b: i64[%n], %c: f32[%n], %d: f32[%n] = for %i in 0..%n scan (%xi: f32 = %x dim 0) {
    %z: i64 = const 0
    %s: f32, %k: i64 = while carry (%u: f32 = %xi, %t: i64 = %z) {
      %one: f32 = const 0.3
      %g: bool = gt %u, %one
      %ten: i64 = const 10
      %l: bool = lt %t, %ten
      %both: bool = and %g, %l
      yield %both
    } do {
      %half: f32 = const 0.5
      %v: f32 = mul %u, %half
      %one: i64 = const 1
      %p: i64 = add %t, %one
      yield %v, %p
    }
    %count: dim<=5, %e: f32 = while bound 5 carry (%u: f32 = %xi) {
      %two: f32 = const 2.0
      %g: bool = lt %u, %two
      yield %g
    } do {
      %o: f32 = const 0.75
      %v: f32 = add %u, %o
      yield %v
    }
    %more: bool = gt %xi, %y
    %q: f32 = if %more {
      %r: f32 = while carry (%u: f32 = %y) {
        %two: f32 = const 2.0
        %g: bool = lt %u, %two
        yield %g
      } do {
        %o: f32 = const 0.75
        %zero: f32 = const 0.0
        %m: f32 = max %u, %zero
        %v: f32 = add %m, %o
        yield %v
      }
      yield %r
    } else {
      yield %xi
    }
    yield stack %s, %k, %e, %q
  }
  return %a, %b, %c, %d
}
)"},
      {"regions", R"(
func @f(%n: dim<=6, %x: f32[%n, 3], %w: f32[3]) -> (f32[%n, 3], f32[%n, 3]) {
  %a: f32[%n, 3], %b: f32[%n, 3] = for %i in 0..%n scan (%xi: f32[3] = %x dim 0) {
    %u: f32[3] = checkpoint (%p: f32[3] = %xi, %q: f32[3] = %w) {
      %m: f32[3] = mul %p, %q
      %e: f32[3] = exp %m
      yield %e
    }
    %v: f32[3] = custom_grad (%p: f32[3] = %u, %q: f32[3] = %w) {
      %m: f32[3] = mul %p, %q
      yield %m
    } vjp (%p: f32[3], %q: f32[3], %y: f32[3], %dy: f32[3]) {
      %dp: f32[3] = mul %dy, %q
      yield %dp, %dy
    }
    %l: f32[3] = leaf %v
    %s: f32[3] = stop_gradient %l
    yield stack %u, %s
  }
  return %a, %b
}
)"},
      {"nested", R"(
func @f(%n: dim<=5, %x: f32[%n, 3]) -> (f32[%n, %n, 3]) {
  %a: f32[%n, %n, 3] = for %i in 0..%n scan (%xi: f32[3] = %x dim 0) {
    %b: f32[%n, 3] = for %j in 0..%n scan (%xj: f32[3] = %x dim 0) {
      %d: f32[3] = sub %xi, %xj
      yield stack %d
    }
    yield stack %b
  }
  return %a
}
)"},
      {"places", R"(
func @f(%n: dim<=5, %x: f32[%n, 3], %t: i32[%n, 3]) -> (f32[4, 3], f32[6]) {
  %z: f32[4, 3] = const 0.0
  %y: f32[6] = const 1.0
  %a: f32[4, 3], %b: f32[6] = for %i in 0..%n reverse scan (%xi: f32[3] = %x dim 0, %ti: i32[3] = %t dim 0) carry (%s: f32[4, 3] = %z, %u: f32[6] = %y) {
    %d: f32[3] = exp %xi
    %r: f32[4, 3] = scatter add %s[%ti[j], j] over [j:3] of %d[j]
    %v: f32[6] = update_at add %u, %d, %i
    yield %r, %v
  }
  return %a, %b
}
)"},
  };
  return kPrograms;
}

} // namespace dl::test

// Everything that moves, sums or indexes elements, over run-time extents and constant ones.
#include "test/unit/agreement/compiled.h"

namespace dl::test {

namespace {
/// One entry on %n <= 65; `params` beside it.
void body(const std::string &params, const std::string &results, const std::string &ops) {
  agree("entry @f(%n: dim<=65, " + params + ") -> (" + results + ") {\n" + ops + "\n}\n");
}
} // namespace

TEST(Shape, Moves) {
  body("%x: f32[%n,7], %y: f32[5,%n]", "f32[7,%n], f32[%n*7], f32[%n,7], f32[7,5,%n], f32[%n,3], f32[%n,4,2]", R"(
    %a: f32[7,%n] = transpose %x perm [1,0]
    %b: f32[%n*7] = reshape %x
    %c: f32[%n,7] = reverse %x dims [0,1]
    %e: f32[7,5,%n] = broadcast %y to [1,2]
    %g: f32[%n,3] = slice %x start [0,1] step [1,2]
    %v: f32[%n] = reduce max %x dims [1]
    %p: f32[%n,8] = broadcast %v to [0]
    %h: f32[%n,4,2] = reshape %p
    return %a, %b, %c, %e, %g, %h)");
}
TEST(Shape, PadsAndJoins) {
  body("%x: f32[%n,7], %y: f32[%n,7], %s: f32", "f32[%n + 3,15], f32[%n,14], f32[2*%n,7], f32[%n,14], f32[2*%n,14], f32[%n,64]", R"(
    %a: f32[%n + 3,15] = pad %x, %s low [2,1] step [1,2]
    %b: f32[%n,14] = concat %x, %y dim 1
    %c: f32[2*%n,7] = concat %x, %y dim 0
    %e: f32[%n,14] = interleave %x, %y dims [1] step [2]
    %g: f32[2*%n,14] = interleave %x, %y, %y, %x dims [0,1] step [2,2]
    %z: f32[%n,64] = pad %x, %s low [0,30]
    return %a, %b, %c, %e, %g, %z)");
}
TEST(Shape, Reads) {
  body("%x: f32[%n,7], %index: i32[%n], %v: f32[65], %small: i64, %neg: i64, %indexb: i64[5,3]",
       "f32[%n,7], f32[%n], f32[%n,7], f32[5,3], f32[%n,4], f32[%n]", R"(
    %a: f32[%n,7] = remap [i,j] %x[(i + j - 3)?, (2*j - 2)?]
    %b: f32[%n] = gather [i] %v[%index[i]]
    %c: f32[%n,7] = gather [i,j] %x[%index[i], j]
    %e: f32[5,3] = gather [i,j] %v[%indexb[i,j]]
    %g: f32[%n,4] = slice_at %x, %neg, %small
    %h: f32[%n] = remap [i] %v[(i + 1)/2 ?]
    return %a, %b, %c, %e, %g, %h)");
}
TEST(Indexing, Writes) {
  body("%x: f32[%n,7], %index: i32[%n], %v: f32[65], %u: f32[%n], %plain: f32[%n,7], %small: i64, %b: f32[1,3]",
       "f32[65], f32[65], f32[65], f32[65], f32[%n,7], f32[%n + 1,7], f32[%n + 1,7]", R"(
    %s1: f32[65] = scatter set %v[%index[i]] over [i:%n] of %u[i]
    %s2: f32[65] = scatter add %v[%index[i]] over [i:%n] of %u[i]
    %s3: f32[65] = scatter max %v[%index[i]] over [i:%n] of %u[i]
    %s4: f32[65] = scatter min %v[%index[i]] over [i:%n] of %u[i]
    %s5: f32[%n,7] = scatter add %x[%index[i], j] over [i:%n, j:7] of %plain[i,j]
    %zero: f32 = const 1
    %wide: f32[%n + 1,7] = pad %x, %zero low [1,0]
    %u1: f32[%n + 1,7] = update_at set %wide, %b, %small, %small
    %u2: f32[%n + 1,7] = update_at add %wide, %b, %small, %small
    return %s1, %s2, %s3, %s4, %s5, %u1, %u2)");
}
TEST(Indexing, WritesToScalars) {
  for (const char *elem : {"f32", "f64", "bf16", "f16", "i32", "u8"}) {
    SCOPED_TRACE(elem);
    std::string t = elem;
    body("%plain: " + t + ", %u: " + t + "[%n]", t + ", " + t + ", " + t, R"(
    %a: )" + t + R"( = scatter add %plain[] over [i:%n] of %u[i]
    %b: )" + t + R"( = scatter min %plain[] over [i:%n] of %u[i]
    %c: )" + t + R"( = scatter set %plain[] over [i:%n] of %u[i]
    return %a, %b, %c)");
  }
}
TEST(Indexing, SearchesBesideNaN) { // NaN comes behind everything, where it is looked for too
  body("%v: f32[%n], %q: f32[9]", "i32[9], i32[9]", R"(
    %s: f32[%n] = sort %v dim 0
    %a: i32[9] = search left %s, %q
    %b: i32[9] = search right %s, %q
    return %a, %b)");
}
TEST(Indexing, Sorts) {
  body("%x: f32[%n,7], %v: f32[%n], %k: i64[%n], %m: bool[%n], %sorted: f32[%n], %index: f32[9]",
       "f32[%n], i64[%n], f32[%n,7], i64[%n], i32[9], i32[9]", R"(
    %a: f32[%n], %b: i64[%n] = sort %v, %k dim 0
    %c: f32[%n,7] = sort %x dim 1 descending
    %e: i64[%n] = sort %k dim 0
    %g: i32[9] = search left %sorted, %index
    %h: i32[9] = search right %sorted, %index
    return %a, %b, %c, %e, %g, %h)");
  body("%m: bool[%n], %v: f32[%n]", "f32, i32[65]", R"(
    %c: dim<=65, %at: i32[%c] = compress %m
    %g: f32[%c] = gather [i] %v[%at[i]]
    %s: f32 = reduce sum %g dims [0]
    %zero: i32 = const -5
    %p: i32[65] = iota dim 0
    %r: i32[65] = scatter set %p[%at[i]] over [i:%c] of %at[i]
    return %s, %r)");
}

// Bits agree because both call the same library; what is tested is how tensors get there and back. Square matrices are
// n x n in a batch of 2 and 3, every extent of the harness.
TEST(LinearAlgebra, Factorisations) {
  for (std::string elem : {"f32", "f64"}) {
    SCOPED_TRACE(elem);
    auto of = [&](std::string text) {
      for (size_t at; (at = text.find("T[")) != std::string::npos;) text.replace(at, 1, elem);
      return text;
    };
    body(of("%plaina: T[2,%n,%n], %plainb: T[2,%n,3]"), of("T[2,%n,%n], T[2,%n,3], T[2,%n,3], T[2,%n,%n], i32[2,%n], T[2], T[2,%n], T[2,%n,%n]"), of(R"(
      %g: T[2,%n,%n] = contract [b, i, j] sum [k:%n] %plaina[b,i,k] * %plaina[b,j,k]
      %one: T[2,%n,%n] = const 1
      %s: T[2,%n,%n] = add %g, %one
      %l: T[2,%n,%n] = cholesky %s
      %x: T[2,%n,3] = trisolve lower %plaina, %plainb
      %y: T[2,%n,3] = trisolve upper %plaina, %plainb transposed
      %p: T[2,%n,%n], %rows: i32[2,%n], %sign: T[2] = lu %plaina
      %w: T[2,%n], %v: T[2,%n,%n] = eigh %s
      return %l, %x, %y, %p, %rows, %sign, %w, %v)"));
    body(of("%plaina: T[%n,5,3], %plainb: T[%n,3,7]"), of("T[%n,5,3], T[%n,3,3], T[%n,3,3], T[%n,3,7], T[%n,5,3], T[%n,3], T[%n,3,3], T[%n,3,3], T[%n,3], T[%n,3,7]"), of(R"(
      %q: T[%n,5,3], %r: T[%n,3,3] = qr %plaina
      %q2: T[%n,3,3], %r2: T[%n,3,7] = qr %plainb
      %u: T[%n,5,3], %s: T[%n,3], %v: T[%n,3,3] = svd %plaina
      %u2: T[%n,3,3], %s2: T[%n,3], %v2: T[%n,3,7] = svd %plainb
      return %q, %r, %q2, %r2, %u, %s, %v, %u2, %s2, %v2)"));
    body(of("%plaina: T[%n+1,%n], %plainb: T[%n,%n+1]"), of("T[%n+1,%n], T[%n,%n], T[%n,%n], T[%n], T[%n,%n+1]"), of(R"(
      %q: T[%n+1,%n], %r: T[%n,%n] = qr %plaina
      %u: T[%n,%n], %s: T[%n], %v: T[%n,%n+1] = svd %plainb
      return %q, %r, %u, %s, %v)"));
  }
}
// One matrix alone: the sign of `lu` is a scalar. Numbers that are not finite, and fusion around.
TEST(LinearAlgebra, OneMatrix) {
  body("%a: f32[5,5], %plainb: f32[5,5], %plainc: f32[%n,5]", "f32, f32, f32[5], f32[%n,5], f32[%n,%n]", R"(
    %p: f32[5,5], %rows: i32[5], %sign: f32 = lu %plainb
    %t: f32 = neg %sign
    %two: f32[5,5] = add %a, %plainb
    %w: f32[5], %v: f32[5,5] = eigh %two
    %w2: f32[5] = exp %w
    %h: f32[%n,5] = contract [i,j] sum [k:5] %plainc[i,k] * %plainb[k,j]
    %m: f32[%n,5] = tanh %h
    %g: f32[%n,%n] = contract [i,j] sum [k:5] %m[i,k] * %m[j,k]
    %l: f32[%n,%n] = cholesky %g
    return %sign, %t, %w2, %m, %l)");
}
TEST(LinearAlgebra, Fourier) {
  body("%plaina: f32[%n,7], %plainb: f32[%n,7], %x: f64[%n]", "f32[%n,7], f32[%n,7], f32[%n,7], f32[%n,7], f64[%n], f64[%n]", R"(
    %a: f32[%n,7], %b: f32[%n,7] = fft %plaina, %plainb dim 0
    %c: f32[%n,7], %e: f32[%n,7] = fft %a, %b dim 1 inverse
    %g: f64[%n], %h: f64[%n] = fft %x, %x dim 0
    return %a, %b, %c, %e, %g, %h)");
}
TEST(Shape, ConstantsOfSeveralTypes) { // kernels that store the same number are not the same kernel
  body("%x: f32[%n]", "f32[%n,5], f64[%n,5], i32[%n,5]", R"(
    %a: f32[%n,5] = const 0
    %b: f64[%n,5] = const 0
    %c: i32[%n,5] = const 0
    return %a, %b, %c)");
}

TEST(Reduce, Kinds) {
  for (const char *elem : {"f32", "f64", "i32", "u8", "f16"}) {
    SCOPED_TRACE(elem);
    std::string ops, types, names;
    int k = 0;
    for (const char *kind : {"sum", "prod", "max", "min"})
      for (auto [dims, left] : {std::pair{"[0]", "[7]"}, {"[1]", "[%n]"}, {"[0,1]", ""}}) {
        std::string v = "%r" + std::to_string(k++), t = std::string(elem) + left;
        ops += "  " + v + ": " + t + " = reduce " + kind + " %x dims " + dims + "\n";
        types += (types.empty() ? "" : ", ") + t;
        names += (names.empty() ? "" : ", ") + v;
      }
    body("%x: " + std::string(elem) + "[%n,7]", types, ops + "  return " + names);
  }
  body("%b: bool[%n,9]", "bool[%n], bool[9], bool", R"(
    %p: bool[%n] = reduce and %b dims [1]
    %q: bool[9] = reduce or %b dims [0]
    %r: bool = reduce and %b dims [0,1]
    return %p, %q, %r)");
}
TEST(Reduce, LongSums) {
  body("%x: f32[%n,130], %y: f32[3,%n,70,2]", "f32, f32[%n], f32[130], f32[3,2], f32[3], f32[%n], f32[2]", R"(
    %a: f32 = reduce sum %x dims [0,1]
    %b: f32[%n] = reduce sum %x dims [1]
    %c: f32[130] = reduce sum %x dims [0]
    %e: f32[3,2] = reduce sum %y dims [1,2]
    %g: f32[3] = reduce sum %y dims [1,2,3]
    %h: f32[%n] = reduce sum %y dims [0,2,3]
    %i: f32[2] = reduce prod %y dims [0,1,2]
    return %a, %b, %c, %e, %g, %h, %i)");
}
TEST(Reduce, Orders) {
  body("%x: f32[%n,130]", "f32, f32[%n], f32[130], f32[130], f32[%n]", R"(
    %a: f32 = reduce sum %x dims [0,1] {order chunk 128 lanes 64}
    %b: f32[%n] = reduce sum %x dims [1] {order chunk 64 lanes 64}
    %c: f32[130] = reduce sum %x dims [0] {order chunk 64 lanes 1}
    %e: f32[130] = reduce sum %x dims [0] {order chunk 64 lanes 64}
    %g: f32[%n] = reduce sum %x dims [1] {order chunk 64 lanes 1}
    return %a, %b, %c, %e, %g)");
}
TEST(Reduce, Positions) {
  body("%x: f32[%n + 1,7], %k: i32[%n + 1]", "i32[%n + 1], i32[7], i32, i32", R"(
    %a: i32[%n + 1] = argreduce max %x dim 1
    %b: i32[7] = argreduce min %x dim 0
    %c: i32 = argreduce max %k dim 0
    %e: i32 = argreduce min %k dim 0
    return %a, %b, %c, %e)");
}
TEST(Reduce, SmallWindows) {
  body("%x: f32[%n,3,24,24]", "f32[%n,3,12,12], i32[%n,3,12,12], f32[%n,3,12]", R"(
    %w: f32[%n,3,12,12,2,2] = remap [n,c,i,j,u,v] %x[n, c, 2*i + u, 2*j + v]
    %a: f32[%n,3,12,12] = reduce max %w dims [4,5]
    %f: f32[%n,3,12,12,4] = reshape %w
    %b: i32[%n,3,12,12] = argreduce max %f dim 4
    %c: f32[%n,3,12] = reduce sum %a dims [3]
    return %a, %b, %c)");
}
TEST(Reduce, Running) {
  body("%x: f32[%n,7], %k: i32[%n]", "f32[%n,7], f32[%n,7], f32[%n,7], i32[%n], f32[%n,7]", R"(
    %a: f32[%n,7] = cumulate sum %x dim 0
    %b: f32[%n,7] = cumulate prod %x dim 1 exclusive
    %c: f32[%n,7] = cumulate max %x dim 0 reverse
    %e: i32[%n] = cumulate sum %k dim 0 reverse exclusive
    %g: f32[%n,7] = cumulate min %x dim 1
    return %a, %b, %c, %e, %g)");
}
TEST(Reduce, RunningInHalves) { // accumulated in f32, rounded once for each element
  for (const char *elem : {"f16", "bf16"}) {
    std::string t = elem;
    body("%plain: " + t + "[%n,7]", t + "[%n,7], " + t + "[%n,7], " + t + "[%n,7]", R"(
    %a: )" + t + R"([%n,7] = cumulate sum %plain dim 0
    %b: )" + t + R"([%n,7] = cumulate prod %plain dim 1 exclusive
    %c: )" + t + R"([%n,7] = cumulate max %plain dim 1 reverse
    return %a, %b, %c)");
  }
}
TEST(Random, Bits) {
  body("%key: key, %small: i64", "i32[%n,9], i64[%n], i32[%n*3], key, f32[%n,3]", R"(
    %a: i32[%n,9] = random_bits %key
    %b: i64[%n] = random_bits %key
    %f: key = key_fold %key, %small
    %c: i32[%n*3] = random_bits %f
    %m: i32[%n,3] = random_bits %f
    %e: f32[%n,3] = convert %m
    return %a, %b, %c, %f, %e)");
}

} // namespace dl::test

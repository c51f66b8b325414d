// Contractions of every kind of map, and groups around them.
#include "test/unit/agreement/compiled.h"

namespace dl::test {

namespace {
void body(const std::string &params, const std::string &results, const std::string &ops) {
  agree("entry @f(%n: dim<=65, " + params + ") -> (" + results + ") {\n" + ops + "\n}\n");
}
} // namespace

TEST(Contract, Products) {
  body("%x: f32[%n,33], %w: f32[33,20], %wt: f32[20,33], %v: f32[33], %g: f32[%n,20]",
       "f32[%n,20], f32[%n,20], f32[33,20], f32[%n], f32[%n,%n], f32", R"(
    %a: f32[%n,20] = contract [i,j] sum [k:33] %x[i,k] * %w[k,j]
    %b: f32[%n,20] = contract [i,j] sum [k:33] %x[i,k] * %wt[j,k]
    %c: f32[33,20] = contract [k,j] sum [i:%n] %x[i,k] * %g[i,j]
    %e: f32[%n] = contract [i] sum [k:33] %x[i,k] * %v[k]
    %h: f32[%n,%n] = contract [i,j] sum [k:33] %x[i,k] * %x[j,k]
    %s: f32 = contract [] sum [i:%n, k:33] %x[i,k] * %x[i,k]
    return %a, %b, %c, %e, %h, %s)");
}
TEST(Contract, Stacks) { // rows and sums of several names: merged where the inner extent is constant, walked where not
  body("%x: f32[%n,5,33], %w: f32[33,20], %d: f32[%n,5,20], %y: f32[7,%n,33], %wt: f32[20,33], %e: f32[7,%n,20]",
       "f32[%n,5,20], f32[7,%n,20], f32[33,20], f32[33,20], f32[%n,5,33], f32[7,%n,33]", R"(
    %a: f32[%n,5,20] = contract [t,i,j] sum [k:33] %x[t,i,k] * %w[k,j]
    %b: f32[7,%n,20] = contract [t,i,j] sum [k:33] %y[t,i,k] * %wt[j,k]
    %c: f32[33,20] = contract [k,j] sum [t:%n, i:5] %x[t,i,k] * %d[t,i,j]
    %g: f32[33,20] = contract [k,j] sum [t:7, i:%n] %y[t,i,k] * %e[t,i,j]
    %h: f32[%n,5,33] = contract [t,i,k] sum [j:20] %d[t,i,j] * %w[k,j]
    %l: f32[7,%n,33] = contract [t,i,k] sum [j:20] %e[t,i,j] * %w[k,j]
    return %a, %b, %c, %g, %h, %l)");
  body("%x: f32[%n,3,4,9], %w: f32[17,3,4,9], %y: f32[11,5,%n], %s: f32[20,5,%n], %u: f32[%n,3,64], %v: f32[3,64], %p: f32[%n,3,48], %q: f32[3,48]",
       "f32[%n,17], f32[11,20], f32[%n], f32[%n], f32[3,4,%n,17]", R"(
    %a: f32[%n,17] = contract [i,j] sum [t:3, b:4, k:9] %x[i,t,b,k] * %w[j,t,b,k] {order chunk 64 lanes 1}
    %b: f32[11,20] = contract [i,j] sum [t:5, k:%n] %y[i,t,k] * %s[j,t,k] {order chunk 64 lanes 1}
    %c: f32[%n] = contract [i] sum [t:3, k:64] %u[i,t,k] * %v[t,k]
    %d: f32[%n] = contract [i] sum [t:3, k:48] %p[i,t,k] * %q[t,k]
    %e: f32[3,4,%n,17] = contract [t,b,i,j] sum [k:9] %x[i,t,b,k] * %w[j,t,b,k]
    return %a, %b, %c, %d, %e)");
}
TEST(Contract, StacksAfterEpilogues) {
  body("%x: f32[%n,5,33], %w: f32[33,20], %y: f32[7,%n,33], %c: f32[20], %plain: f32[%n,5,20]", "f32[%n,5,20], f32[7,%n,20], f32[%n,20]", R"(
    %a0: f32[%n,5,20] = contract [t,i,j] sum [k:33] %x[t,i,k] * %w[k,j]
    %a1: f32[%n,5,20] = broadcast %c to [2]
    %a2: f32[%n,5,20] = add %a0, %a1
    %a: f32[%n,5,20] = mul %a2, %plain
    %b0: f32[7,%n,20] = contract [t,i,j] sum [k:33] %y[t,i,k] * %w[k,j]
    %b: f32[7,%n,20] = sigmoid %b0
    %s: f32[%n,20] = reduce sum %a dims [1]
    return %a, %b, %s)");
}
/// Bounds that make both operands packed; the extents stay small. Chunks end inside rows of the inner name.
TEST(Contract, PackedStacks) {
  agreeModule(
      [] {
        std::string text = R"(entry @packed(%n: dim<=65, %x: f32[%n,7,300], %w: f32[300,100], %d: f32[%n,7,100], %y: f32[13,%n,300], %e: f32[13,%n,100])
            -> (f32[%n,7,100], f32[13,%n,100], f32[300,100], f32[300,100], f32[%n,7,300]) {
          %a: f32[%n,7,100] = contract [t,i,j] sum [k:300] %x[t,i,k] * %w[k,j] {order chunk 128 lanes 1}
          %b: f32[13,%n,100] = contract [t,i,j] sum [k:300] %y[t,i,k] * %w[k,j]
          %c: f32[300,100] = contract [k,j] sum [t:%n, i:7] %x[t,i,k] * %d[t,i,j] {order chunk 64 lanes 1}
          %g: f32[300,100] = contract [k,j] sum [t:13, i:%n] %y[t,i,k] * %e[t,i,j] {order chunk 64 lanes 1}
          %h: f32[%n,7,300] = contract [t,i,k] sum [j:100] %d[t,i,j] * %w[k,j]
          return %a, %b, %c, %g, %h })";
        SourceManager sources;
        Diagnostics diags(sources);
        auto module = ir::parseModule(sources.add("test", text), sources, diags);
        EXPECT_TRUE(module) << diags.render();
        return module;
      },
      {0, 1, 5, 11});
}
TEST(Contract, LongSums) {
  body("%x: f32[%n,700], %w: f32[700,33]", "f32[%n,33], f32[%n,33]", R"(
    %a: f32[%n,33] = contract [i,j] sum [k:700] %x[i,k] * %w[k,j]
    %b: f32[%n,33] = contract [i,j] sum [k:700] %x[i,k] * %w[k,j] {order chunk 64 lanes 1}
    return %a, %b)");
}
TEST(Contract, ManyFactors) {
  body("%x: f32[%n,5], %y: f32[%n,5], %z: f32[5], %k: i32[%n,4], %d: f64[%n,3]", "f32[%n], f32[5], i32[4], f64[3,3], f32[%n,5]", R"(
    %a: f32[%n] = contract [i] sum [k:5] %x[i,k] * %y[i,k] * %z[k]
    %b: f32[5] = contract [k] sum [i:%n] %x[i,k]
    %c: i32[4] = contract [j] sum [i:%n] %k[i,j] * %k[i,j]
    %e: f64[3,3] = contract [a,b] sum [i:%n] %d[i,a] * %d[i,b]
    %g: f32[%n,5] = contract [i,k] %x[i,k] * %y[i,k]
    return %a, %b, %c, %e, %g)");
}
TEST(Contract, Windows) {
  agreeModule(
      [] {
        std::string text = R"(entry @conv(%n: dim<=3, %plainx: f32[%n,4,11,11], %plainw: f32[6,4,3,3], %plaing: f32[%n,6,6,6])
            -> (f32[%n,6,6,6], f32[6,4,3,3], f32[%n,4,11,11]) {
          %y: f32[%n,6,6,6] = contract [n,o,i,j] sum [u:3, v:3, c:4] %plainx[n, c, (2*i + u - 1)?, (2*j + v - 1)?] * %plainw[o,c,u,v]
          %dw: f32[6,4,3,3] = contract [o,c,u,v] sum [n:%n, i:6, j:6] %plaing[n,o,i,j] * %plainx[n, c, (2*i + u - 1)?, (2*j + v - 1)?]
          %dx: f32[%n,4,11,11] = contract [n,c,a,b] sum [u:3, v:3, o:6] %plaing[n, o, (a + 1 - u)/2 ?, (b + 1 - v)/2 ?] * %plainw[o,c,u,v]
          return %y, %dw, %dx })";
        SourceManager sources;
        Diagnostics diags(sources);
        auto module = ir::parseModule(sources.add("test", text), sources, diags);
        EXPECT_TRUE(module) << diags.render();
        return module;
      },
      {0, 1, 3});
  body("%plain: f32[%n,6]", "f32[%n,6], f32[%n]", R"(
    %a: f32[%n,6] = contract [i,j] sum [u:3] %plain[(i + u - 1)?, j]
    %b: f32[%n] = contract [i] sum [u:6] %plain[i,u] * one(6)[(u + 2)?]
    return %a, %b)");
}
TEST(Group, TrainingStep) {
  body("%plain1: f32[%n,40], %small: i32[%n], %plainlr: f32, inout %plainw: f32[40,33], inout %plainc: f32[33], inout %plainu: f32[33,10]", "f32", R"(
    %zero: f32[%n,33] = const 0
    %a0: f32[%n,33] = contract [i,j] sum [k:40] %plain1[i,k] * %plainw[k,j]
    %a1: f32[%n,33] = broadcast %plainc to [1]
    %a: f32[%n,33] = add %a0, %a1
    %h: f32[%n,33] = max %zero, %a
    %l: f32[%n,10] = contract [i,j] sum [k:33] %h[i,k] * %plainu[k,j]
    %m: f32[%n] = reduce max %l dims [1]
    %mb: f32[%n,10] = broadcast %m to [0]
    %s: f32[%n,10] = sub %l, %mb
    %e: f32[%n,10] = exp %s
    %q: f32[%n] = reduce sum %e dims [1]
    %lq: f32[%n] = log %q
    %st: f32[%n] = gather [i] %s[i, %small[i]]
    %nl: f32[%n] = sub %lq, %st
    %loss: f32 = reduce sum %nl dims [0]
    %qb: f32[%n,10] = broadcast %q to [0]
    %p: f32[%n,10] = div %e, %qb
    %one: f32[%n] = const -1
    %dl: f32[%n,10] = scatter add %p[i, %small[i]] over [i:%n] of %one[i]
    %du: f32[33,10] = contract [k,j] sum [i:%n] %h[i,k] * %dl[i,j]
    %dh: f32[%n,33] = contract [i,k] sum [j:10] %dl[i,j] * %plainu[k,j]
    %on: bool[%n,33] = gt %h, %zero
    %da: f32[%n,33] = select %on, %dh, %zero
    %dc: f32[33] = reduce sum %da dims [0]
    %dw: f32[40,33] = contract [k,j] sum [i:%n] %plain1[i,k] * %da[i,j]
    %r1: f32[40,33] = broadcast %plainlr to []
    %u1: f32[40,33] = mul %r1, %dw
    %wn: f32[40,33] = sub %plainw, %u1
    %r2: f32[33] = broadcast %plainlr to []
    %u2: f32[33] = mul %r2, %dc
    %cn: f32[33] = sub %plainc, %u2
    %r3: f32[33,10] = broadcast %plainlr to []
    %u3: f32[33,10] = mul %r3, %du
    %un: f32[33,10] = sub %plainu, %u3
    return %loss, %wn, %cn, %un)");
}
TEST(Group, Normalisation) {
  body("%x: f32[%n,24], %g: f32[24], inout %plain: f32[%n,24]", "f32[%n,24], f32[24]", R"(
    %s: f32[%n] = reduce sum %plain dims [1]
    %c: f32[%n] = const 24
    %mean: f32[%n] = div %s, %c
    %mb: f32[%n,24] = broadcast %mean to [0]
    %z: f32[%n,24] = sub %plain, %mb
    %z2: f32[%n,24] = mul %z, %z
    %v: f32[%n] = reduce sum %z2 dims [1]
    %sd: f32[%n] = sqrt %v
    %sb: f32[%n,24] = broadcast %sd to [0]
    %y: f32[%n,24] = div %z, %sb
    %t: f32[24] = reduce sum %y dims [0]
    %w: f32[%n,24] = add %plain, %y
    return %y, %t, %w)");
}

} // namespace dl::test

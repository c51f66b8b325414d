/// Every pass keeps what programs mean: the evaluator before and after, by bits for exact passes.
#include "passes/pipeline.h"
#include "random_arguments.h"
#include <gtest/gtest.h>

namespace dl::test {
namespace {

const char *const kMlp = R"(
func @mlp(%b: dim<=8, %x: f32[%b, 7], %t: i32[%b], %w: f32[7, 5], %c: f32[5]) -> (f32, f32[7, 5], f32[5]) {
  %zero: f32[%b, 5] = const 0.0
  %a0: f32[%b, 5] = contract [i, j] sum [k:7] %x[i, k] * %w[k, j]
  %a1: f32[%b, 5] = broadcast %c to [1]
  %a: f32[%b, 5] = add %a0, %a1
  %m: f32[%b] = reduce max %a dims [1]
  %mc: f32[%b] = stop_gradient %m
  %mb: f32[%b, 5] = broadcast %mc to [0]
  %s: f32[%b, 5] = sub %a, %mb
  %e: f32[%b, 5] = exp %s
  %q: f32[%b] = reduce sum %e dims [1]
  %lq: f32[%b] = log %q
  %st: f32[%b] = gather [i] %s[i, %t[i]]
  %nl: f32[%b] = sub %lq, %st
  %su: f32 = reduce sum %nl dims [0]
  %n0: i64 = extent [%b]
  %n: f32 = convert %n0
  %loss: f32 = div %su, %n
  %dw: f32[7, 5], %dc: f32[5] = grad %loss wrt %w, %c
  return %loss, %dw, %dc
}
)";

const char *const kLoops = R"(
func @recurrence(%n: dim<=9, %x: f32[%n, 2, 3], %w: f32[3, 3], %h0: f32[2, 3], %k: key) -> (f32, f32[3, 3], f32[%n, 2, 3]) {
  %hN: f32[2, 3], %un: f32[3, 3] = for %i in 0..%n carry (%h: f32[2, 3] = %h0, %same: f32[3, 3] = %w) {
    %s1: f32[2, 3] = gather [a, b] %x[%i[], a, b]
    %sc: f32 = const 0.5
    %sb: f32[3, 3] = broadcast %sc to []
    %ws: f32[3, 3] = mul %same, %sb
    %u: f32[2, 3] = contract [i, j] sum [k:3] %h[i, k] * %ws[k, j]
    %v: f32[2, 3] = add %u, %s1
    %key: key = key_fold %k, %i
    %bits: i32[2, 3] = random_bits %key
    %z: i32[2, 3] = const 0
    %on: bool[2, 3] = lt %bits, %z
    %off: f32[2, 3] = const 0.25
    %d: f32[2, 3] = select %on, %v, %off
    %hn: f32[2, 3] = tanh %d
    yield %hn, %same
  }
  %q: f32[2, 3] = mul %hN, %hN
  %loss: f32 = reduce sum %q dims [0, 1]
  %dw: f32[3, 3], %dx: f32[%n, 2, 3] = grad %loss wrt %w, %x
  return %loss, %dw, %dx
}
)";

const char *const kConvolution = R"(
func @convolution(%n: dim<=4, %x: f32[%n, 2, 9, 9], %w: f32[3, 2, 3, 3]) -> (f32, f32[3, 2, 3, 3], f32[%n, 2, 9, 9]) {
  %zero: f32 = const 0.0
  %p: f32[%n, 2, 11, 11] = pad %x, %zero low [0, 0, 1, 1]
  %y: f32[%n, 3, 5, 5] = contract [n, o, i, j] sum [c:2, u:3, v:3] %p[n, c, 2*i + u, 2*j + v] * %w[o, c, u, v]
  %r: f32[%n, 3, 2, 2, 2, 2] = remap [n, c, i, j, u, v] %y[n, c, 2*i + u, 2*j + v]
  %m: f32[%n, 3, 2, 2] = reduce max %r dims [4, 5]
  %q: f32[%n, 3, 2, 2] = mul %m, %m
  %loss: f32 = reduce sum %q dims [0, 1, 2, 3]
  %dw: f32[3, 2, 3, 3], %dx: f32[%n, 2, 9, 9] = grad %loss wrt %w, %x
  return %loss, %dw, %dx
}
)";

/// A program with its grad expanded, as text again.
std::string expanded(const std::string &text, std::vector<std::string> before = {}) {
  auto loaded = load(text);
  if (!loaded) return "";
  passes::PipelineOptions options;
  options.only = std::move(before);
  options.only.insert(options.only.end(), {"expand_grad", "strip_markers"});
  auto report = passes::runPipeline(*loaded->module, options, loaded->diags);
  if (!report) ADD_FAILURE() << report.message();
  return ir::printModule(*loaded->module);
}

const std::vector<std::string> kPrograms = {kMlp, kLoops, kConvolution};

TEST(Preserve, ExactPassesKeepBits) {
  for (const std::string &text : kPrograms)
    for (std::string pass : {"eliminate_dead_ops", "merge_equal_ops", "fold_constants", "canonicalise_loops"}) {
      SCOPED_TRACE(pass);
      expectPreserved(expanded(text), {pass}, false);
      expectPreserved(expanded(text), {pass, "eliminate_dead_ops", pass}, false);
    }
}

TEST(Preserve, NumericPassesKeepValues) {
  const std::vector<std::vector<std::string>> lists = {
      {"simplify"},
      {"batch_maps"},
      {"canonicalise_loops", "eliminate_dead_ops", "batch_maps", "eliminate_dead_ops", "simplify"},
      {"canonicalise_contractions"},
      {"canonicalise_contractions", "split_residues"},
      {"merge_equal_ops", "fold_constants", "simplify", "canonicalise_contractions", "split_residues", "simplify", "merge_equal_ops",
       "fold_constants", "canonicalise_loops", "eliminate_dead_ops"}};
  for (const std::string &text : kPrograms)
    for (const auto &list : lists) expectPreserved(expanded(text), list, true);
}

/// No pass relies on another one having run, but for what its needs say.
TEST(Preserve, AnyLegalOrder) {
  const std::vector<std::string> kAny = {"eliminate_dead_ops", "merge_equal_ops", "fold_constants", "canonicalise_loops",
                                         "simplify", "canonicalise_contractions", "batch_maps"};
  uint64_t state = 4711;
  auto next = [&](uint64_t n) { return (state = state * 6364136223846793005u + 1442695040888963407u, (state >> 33) % n); };
  for (int round = 0; round < 12; ++round) {
    std::vector<std::string> list;
    for (uint64_t i = 0, n = 1 + next(6); i < n; ++i) list.push_back(kAny[next(kAny.size())]);
    if (next(2) == 0) list.insert(list.end(), {"canonicalise_contractions", "split_residues", kAny[next(kAny.size())]});
    std::string names;
    for (const std::string &name : list) names += name + " ";
    SCOPED_TRACE(names);
    for (const std::string &text : kPrograms) expectPreserved(expanded(text), list, true);
  }
}

/// Scans instead of reads before differentiation: another program, the same gradient.
TEST(Preserve, GradientOfScansIsGradientOfReads) {
  std::string reads = expanded(kLoops), scans = expanded(kLoops, {"canonicalise_loops", "eliminate_dead_ops"});
  EXPECT_NE(reads.find("scatter add"), std::string::npos);
  EXPECT_EQ(scans.find("scatter"), std::string::npos);
  auto a = load(reads), b = load(scans);
  ASSERT_TRUE(a && b);
  auto args = randomArguments(*a->module->functions[0], 5, false);
  auto first = ir::evaluate(*a->module, *a->module->functions[0], args), second = ir::evaluate(*b->module, *b->module->functions[0], args);
  ASSERT_TRUE(first.ok() && second.ok());
  for (size_t i = 0; i < first->size(); ++i)
    for (int64_t k = 0; k < (*first)[i].count(); ++k) EXPECT_NEAR((*first)[i].number(k), (*second)[i].number(k), 1e-5);
}

} // namespace
} // namespace dl::test

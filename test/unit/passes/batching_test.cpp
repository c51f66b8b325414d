/// A map and its batched form are the same by bits.
#include "batching_programs.h"
#include "passes/pipeline.h"
#include "random_arguments.h"
#include <cstdlib>
#include <gtest/gtest.h>

namespace dl::test {
namespace {

std::unique_ptr<Loaded> batched(const std::string &text) {
  auto loaded = load(text);
  if (!loaded) return nullptr;
  passes::PipelineOptions options;
  options.only = {"batch_maps", "eliminate_dead_ops"};
  auto report = passes::runPipeline(*loaded->module, options, loaded->diags);
  if (report) return loaded;
  ADD_FAILURE() << report.message();
  return nullptr;
}

/// No loop over the trip count of the maps is left.
bool loopIsLeft(const ir::Module &module) {
  const ir::Function &f = *module.functions[0];
  for (const ir::Op *op : f.body->ops)
    if (op->kind == ir::OpKind::For && op->as<ir::ForAttr>().trip == f.body->args[0]->dim) return true;
  return false;
}

TEST(BatchMaps, EveryFamilyKeepsBits) {
  for (const MapProgram &program : mapPrograms()) {
    SCOPED_TRACE(program.name);
    auto after = batched(program.text);
    ASSERT_TRUE(after);
    EXPECT_FALSE(loopIsLeft(*after->module)) << ir::printModule(*after->module);
    expectPreserved(program.text, {"batch_maps"}, false);
    expectPreserved(program.text, {"batch_maps", "eliminate_dead_ops", "merge_equal_ops", "fold_constants"}, false);
  }
}

TEST(BatchMaps, RandomBodiesKeepBits) {
  unsigned count = 60;
  if (const char *more = std::getenv("DLC_RANDOM_GRAPHS")) count = static_cast<unsigned>(std::atoi(more));
  for (unsigned seed = 1; seed <= count && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::string text = randomMap(seed, 4 + static_cast<int>(seed % 9));
    auto after = batched(text);
    ASSERT_TRUE(after);
    EXPECT_FALSE(loopIsLeft(*after->module)) << text;
    expectPreserved(text, {"batch_maps"}, false);
  }
}

/// Evaluated operations do not grow with the number of turns.
TEST(BatchMaps, WorkDoesNotGrowWithTurns) {
  for (const MapProgram &program : mapPrograms()) {
    std::string name = program.name; // loops inside run on, and a branch of all turns may be the longer one
    if (name == "loops" || name == "while" || name == "branches") continue;
    SCOPED_TRACE(program.name);
    auto after = batched(program.text);
    ASSERT_TRUE(after);
    const ir::Function &f = *after->module->functions[0];
    int64_t ops[2];
    for (int64_t turns : {2, 5}) {
      std::vector<ir::Tensor> args = randomArguments(f, 1, false, turns);
      ir::Work work;
      ir::EvaluateOptions options;
      options.work = &work;
      ASSERT_TRUE(ir::evaluate(*after->module, f, args, options).ok());
      ops[turns == 5] = work.ops;
    }
    EXPECT_EQ(ops[0], ops[1]);
  }
}

/// A turn that may take 100 MB: two at a time, the last strip shorter.
const char *const kStrips = R"(
func @f(%n: dim<=8, %m: dim<=25000000, %x: f32[%n, %m], %k: key) -> (f32[%n], i64[%n]) {
  %r: f32[%n], %q: i64[%n] = for %i in 0..%n scan (%xi: f32[%m] = %x dim 0) {
    %c: f32[%m] = cumulate sum %xi dim 0
    %ki: key = key_fold %k, %i
    %b: i32[%m] = random_bits %ki
    %f: f32[%m] = convert %b
    %d: f32[%m] = mul %c, %f
    %s: f32 = reduce max %d dims [0]
    yield stack %s, %i
  }
  return %r, %q
}
)";
const char *const kSumOfStrips = R"(
func @f(%n: dim<=8, %m: dim<=25000000, %x: f32[%n, %m], %z: f32, %t: f32[9]) -> (f32, f32[9], f32[%n]) {
  %r: f32, %v: f32[9], %q: f32[%n] = for %i in 0..%n reverse scan (%xi: f32[%m] = %x dim 0) carry (%a: f32 = %z, %p: f32[9] = %t) {
    %c: f32[%m] = cumulate sum %xi dim 0
    %s: f32 = reduce sum %c dims [0]
    %b: f32 = accumulate %a, %s
    %s1: f32[1] = reshape %s
    %u: f32[9] = update_at add %p, %s1, %i
    yield %b, %u stack %s
  }
  return %r, %v, %q
}
)";

TEST(BatchMaps, StripsKeepBits) {
  auto after = batched(kStrips);
  ASSERT_TRUE(after);
  EXPECT_NE(ir::printModule(*after->module).find("to_dim"), std::string::npos);
  expectPreserved(kStrips, {"batch_maps"}, false);
  expectPreserved(kSumOfStrips, {"batch_maps"}, true);
}

/// The loss of `rows` examples and its gradient.
std::string lossOf(const std::string &rows) {
  std::string r = "[" + rows + ", ";
  return "%zero: f32" + r + "20] = const 0.0\n" +
         "%a: f32" + r + "20] = contract [i, j] sum [k:30] %x[i, k] * %w1[k, j]\n" +
         "%h: f32" + r + "20] = max %zero, %a\n" +
         "%o: f32" + r + "10] = contract [i, j] sum [k:20] %h[i, k] * %w2[k, j]\n" +
         "%m: f32[" + rows + "] = reduce max %o dims [1]\n" +
         "%mc: f32[" + rows + "] = stop_gradient %m\n" +
         "%mb: f32" + r + "10] = broadcast %mc to [0]\n" +
         "%s: f32" + r + "10] = sub %o, %mb\n" +
         "%e: f32" + r + "10] = exp %s\n" +
         "%q: f32[" + rows + "] = reduce sum %e dims [1]\n" +
         "%lq: f32[" + rows + "] = log %q\n" +
         "%loss: f32 = reduce sum %lq dims [0]\n" +
         "%d1: f32[30, 20], %d2: f32[20, 10] = grad %loss wrt %w1, %w2\n";
}

const std::string kParams = "(%xs: f32[16, 30], %w1: f32[30, 20], %w2: f32[20, 10])";

int64_t flopsAfterPasses(const std::string &text) {
  auto loaded = load(text);
  if (!loaded) return 0;
  passes::PipelineOptions options;
  options.only = passes::pipelineAt(2);
  while (options.only.back() != "choose_orders") options.only.pop_back();
  auto report = passes::runPipeline(*loaded->module, options, loaded->diags);
  if (!report.ok()) ADD_FAILURE() << report.message();
  const ir::Function &f = *loaded->module->functions[0];
  for (const ir::Op *op : f.body->ops) EXPECT_NE(op->kind, ir::OpKind::For) << ir::printModule(*loaded->module);
  ir::Work work;
  ir::EvaluateOptions evaluate;
  evaluate.work = &work;
  EXPECT_TRUE(ir::evaluate(*loaded->module, f, randomArguments(f, 1, false), evaluate).ok());
  return work.flops;
}

/// The same for a convolution of 2 channels, strided, and a layer on top.
std::string convolutionOf(const std::string &rows) {
  std::string r = "[" + rows + ", ";
  return "%zero: f32" + r + "4, 5, 5] = const 0.0\n" +
         "%a: f32" + r + "4, 5, 5] = contract [n, o, i, j] sum [c:2, u:3, v:3] %x[n, c, 2*i + u, 2*j + v] * %w1[o, c, u, v]\n" +
         "%h: f32" + r + "4, 5, 5] = max %zero, %a\n" +
         "%f: f32" + r + "100] = reshape %h\n" +
         "%o: f32" + r + "10] = contract [i, j] sum [k:100] %f[i, k] * %w2[k, j]\n" +
         "%e: f32" + r + "10] = tanh %o\n" +
         "%loss: f32 = reduce sum %e dims [0, 1]\n" +
         "%d1: f32[4, 2, 3, 3], %d2: f32[100, 10] = grad %loss wrt %w1, %w2\n";
}

TEST(BatchMaps, GradientsOfEveryImage) {
  const std::string params = "(%xs: f32[16, 2, 11, 11], %w1: f32[4, 2, 3, 3], %w2: f32[100, 10])";
  std::string together = "func @f" + params + " -> (f32[4, 2, 3, 3], f32[100, 10]) {\n%x: f32[16, 2, 11, 11] = leaf %xs\n" + convolutionOf("16") + "return %d1, %d2\n}\n";
  std::string rows = "func @f" + params + " -> (f32[16, 4, 2, 3, 3], f32[16, 100, 10]) {\n%r1: f32[16, 4, 2, 3, 3], %r2: f32[16, 100, 10] = for %i in 0..16 scan (%row: f32[2, 11, 11] = %xs dim 0) {\n"
                     "%x: f32[1, 2, 11, 11] = reshape %row\n" + convolutionOf("1") + "yield stack %d1, %d2\n}\nreturn %r1, %r2\n}\n";
  int64_t batch = flopsAfterPasses(together), each = flopsAfterPasses(rows);
  EXPECT_GT(batch, 0);
  EXPECT_LT(each, 2 * batch);
}

/// Gradients of every example cost less than twice the gradient of the batch.
TEST(BatchMaps, GradientsOfEveryExample) {
  std::string together = "func @f" + kParams + " -> (f32[30, 20], f32[20, 10]) {\n%x: f32[16, 30] = leaf %xs\n" + lossOf("16") + "return %d1, %d2\n}\n";
  std::string rows = "func @f" + kParams + " -> (f32[16, 30, 20], f32[16, 20, 10]) {\n%r1: f32[16, 30, 20], %r2: f32[16, 20, 10] = for %i in 0..16 scan (%row: f32[30] = %xs dim 0) {\n"
                     "%x: f32[1, 30] = reshape %row\n" + lossOf("1") + "yield stack %d1, %d2\n}\nreturn %r1, %r2\n}\n";
  int64_t batch = flopsAfterPasses(together), each = flopsAfterPasses(rows);
  EXPECT_GT(batch, 0);
  EXPECT_LT(each, 2 * batch);
  // Clipped by their length and summed: still no more than a few times the gradient of the batch.
  std::string clipped = rows;
  clipped.replace(clipped.find(" -> (f32[16, 30, 20], f32[16, 20, 10])"), 38, " -> (f32[30, 20])");
  clipped.replace(clipped.find("return %r1, %r2"), 15,
                  "%sq: f32[16, 30, 20] = mul %r1, %r1\n%n: f32[16] = reduce sum %sq dims [1, 2]\n%root: f32[16] = sqrt %n\n"
                  "%one: f32[16] = const 1.0\n%most: f32[16] = max %root, %one\n%c: f32[16] = div %one, %most\n"
                  "%g: f32[30, 20] = contract [i, j] sum [e:16] %r1[e, i, j] * %c[e]\nreturn %g");
  EXPECT_LT(flopsAfterPasses(clipped), 2 * batch);
}

} // namespace
} // namespace dl::test

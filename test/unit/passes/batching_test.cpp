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
    if (std::string(program.name) == "loops" || std::string(program.name) == "while") continue; // inner loops run on
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

} // namespace
} // namespace dl::test

// What batching makes, compiled: contractions, gathers and scatters with a batch name, tensors of keys, masked loops.
#include "ir/text.h"
#include "passes/pipeline.h"
#include "test/unit/agreement/compiled.h"
#include "test/unit/passes/batching_programs.h"

namespace dl::test {

namespace {

/// Batched, as an entry.
std::unique_ptr<ir::Module> batched(const std::string &text) {
  SourceManager sources;
  Diagnostics diags(sources);
  auto module = ir::parseModule(sources.add("test", text), sources, diags);
  if (!module) return nullptr;
  passes::PipelineOptions options;
  options.only = {"batch_maps", "strip_markers", "eliminate_dead_ops", "merge_equal_ops"};
  if (!passes::runPipeline(*module, options, diags)) return nullptr;
  module->functions.back()->isEntry = true;
  return module;
}

} // namespace

TEST(Batching, EveryFamily) {
  for (const MapProgram &program : mapPrograms()) {
    SCOPED_TRACE(program.name);
    agreeModule([&] { return batched(program.text); }, {0, 1, 3, 5});
  }
}

/// Sums over whole blocks of 64 and over others, one chunk and several.
TEST(Batching, SumsOfTurns) {
  agree(R"(entry @f(%n: dim<=17, %x: f32[%n,3,64], %y: f32[%n,5,128], %z: f32[%n,3,40]) -> (f32[%n], f32[%n], f32[%n], f32[%n], f32) {
    %q: f32[%n,3,64] = mul %x, %x
    %a: f32[%n] = reduce sum %q dims [1, 2]
    %b: f32[%n] = reduce sum %y dims [1, 2] {order chunk 192 lanes 64}
    %c: f32[%n] = reduce sum %x dims [1, 2] {order chunk 64 lanes 64}
    %d: f32[%n] = reduce sum %z dims [1, 2]
    %e: f32 = reduce sum %x dims [0, 1, 2] {order chunk 128 lanes 64}
    return %a, %b, %c, %d, %e })");
}

TEST(Batching, RandomBodies) {
  for (unsigned seed = 1; seed <= 6 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::string text = randomMap(seed, 4 + static_cast<int>(seed % 9));
    agreeModule([&] { return batched(text); }, {0, 1, 3, 5});
  }
}

} // namespace dl::test

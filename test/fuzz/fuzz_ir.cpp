// The reader of IR text: any bytes end in a module or a message; what is read is sound, prints, reads again as the same
// text, and evaluates within limits or is refused.
#include "ir/evaluate/diff.h"
#include "ir/text.h"

using namespace dl;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  SourceManager sources;
  Diagnostics diags(sources);
  auto module = ir::parseModule(sources.add("a", std::string(reinterpret_cast<const char *>(bytes), size)), sources, diags);
  if (!module) return 0;
  std::string text = ir::printModule(*module);
  auto again = ir::parseModule(sources.add("b", text), sources, diags);
  if (!again || ir::printModule(*again) != text) std::abort();
  std::vector<std::string> problems;
  if (!ir::verifyModule(*module, problems)) return 0;
  for (const auto &function : module->functions) {
    int64_t most = 1;
    for (const ir::Value *arg : function->body->args) most = std::max(most, arg->type.boundCount());
    ir::walk(*function->body, [&](ir::Op *op) {
      for (const ir::Value *result : op->results) most = std::max(most, result->type.boundCount());
    });
    if (most > 4096 || most < 0) continue;
    ir::EvaluateOptions options;
    options.maxOps = 1000;
    options.print = [](const std::string &) {};
    if (auto results = ir::evaluate(*module, *function, ir::randomArguments(*function, 1), options); !results) continue;
  }
  return 0;
}

#include "driver/diff.h"
#include "driver/files.h"
#include "ir/evaluate/diff.h"
#include "ir/text.h"
#include <cstdio>
#include <unistd.h>

namespace dl::driver {

int diff(const CompilerOptions &options) {
  SourceManager sources;
  Diagnostics diags(sources);
  std::unique_ptr<ir::Module> modules[2];
  for (size_t i = 0; i < 2; ++i) {
    const std::string &path = options.inputs[i];
    auto text = readText(path);
    if (!text) {
      diags.report({}, Diag::CannotReadFile, {path, text.message()});
      continue;
    }
    modules[i] = ir::parseModule(sources.add(path, std::move(*text)), sources, diags);
    std::vector<std::string> problems;
    if (modules[i] && !ir::verifyModule(*modules[i], problems))
      for (const std::string &problem : problems) diags.report({}, Diag::BrokenModule, {problem});
  }
  std::fputs(diags.render(isatty(2)).c_str(), stderr);
  if (diags.hasErrors() || !modules[0] || !modules[1]) return 1;
  ir::DiffOptions how;
  if (options.seed != 0) how.seed = options.seed;
  how.evaluation.dataDir = options.dataDir.value_or(folder(options.inputs[0]));
  auto difference = ir::diffModules(*modules[0], *modules[1], how);
  if (!difference) return std::fprintf(stderr, "dlc: %s\n", difference.message().c_str()), 2;
  if (difference->empty()) return std::puts("equal on all inputs tried"), 0;
  std::puts(difference->c_str());
  return 1;
}

} // namespace dl::driver

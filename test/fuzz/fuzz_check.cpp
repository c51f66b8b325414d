/// Any bytes are a program: parsing, checking and building it must end, in a sound module or in messages.
#include "frontend/build/build.h"
#include "frontend/parse/parse.h"
#include "ir/text.h"
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  dl::SourceManager sources;
  dl::Diagnostics diagnostics(sources);
  uint32_t file = sources.add("input.dl", std::string(reinterpret_cast<const char *>(data), size));
  auto program = dl::frontend::parseProgram(file, sources, diagnostics);
  if (diagnostics.hasErrors()) return 0; // fuzz_parse looks at those
  dl::frontend::BuildOptions options;
  options.dataDir = "/nonexistent";
  auto module = dl::frontend::buildModule(*program, sources, options, diagnostics);
  if (!module == !diagnostics.hasErrors()) std::abort();
  std::vector<std::string> problems;
  if (module && !dl::ir::verifyModule(*module, problems)) std::abort();
  for (const dl::Diagnostic &d : diagnostics.all())
    if (d.where.end < d.where.begin) std::abort();
  diagnostics.render();
  return 0;
}

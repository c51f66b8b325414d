/// Any bytes are a source: parsing and printing them must end, without crash or undefined behaviour.
#include "frontend/ast/print_ast.h"
#include "frontend/parse/parse.h"
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  dl::SourceManager sources;
  dl::Diagnostics diagnostics(sources);
  uint32_t file = sources.add("input.dl", std::string(reinterpret_cast<const char *>(data), size));
  auto program = dl::frontend::parseProgram(file, sources, diagnostics);
  if (!program || dl::ast::printAst(*program, &sources).size() > (size + 64) * 1024) std::abort();
  for (const dl::Diagnostic &d : diagnostics.all())
    if (d.where.end < d.where.begin || d.where.end > size) std::abort();
  diagnostics.render();
  return 0;
}

#include "driver/document.h"
#include "driver/files.h"
#include "driver/messages.h"
#include "frontend/document/document.h"
#include "frontend/parse/parse.h"
#include <cstdio>
#include <unistd.h>

namespace dl::driver {

static std::string documented(const CompilerOptions &options, SourceManager &sources, Diagnostics &diagnostics) {
  if (options.inputs.empty()) return frontend::documentLibrary(sources, diagnostics);
  auto text = readText(options.inputs[0]);
  if (!text) return diagnostics.report({}, Diag::CannotReadFile, {options.inputs[0], text.message()}), "";
  auto program = frontend::parseProgram(sources.add(options.inputs[0], std::move(*text)), sources, diagnostics);
  return program ? frontend::documentFile(*program, sources) : "";
}

int document(const CompilerOptions &options) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  std::string page = documented(options, sources, diagnostics);
  if (!diagnostics.hasErrors())
    if (auto written = writeText(options.output, page); !written) diagnostics.report({}, Diag::CannotWriteFile, {options.output, written.message()});
  std::fputs(options.json ? renderJson(diagnostics).c_str() : diagnostics.render(isatty(2)).c_str(), stderr);
  return diagnostics.hasErrors() ? 1 : 0;
}

} // namespace dl::driver

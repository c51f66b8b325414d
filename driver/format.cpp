#include "driver/format.h"
#include "driver/files.h"
#include "driver/messages.h"
#include "frontend/parse/format.h"
#include "support/diagnostics.h"
#include <cstdio>
#include <unistd.h>

namespace dl::driver {

/// 0: the file is, or now has been put, in its form; 1: it is not, or has mistakes.
static int formatFile(const std::string &path, const CompilerOptions &options) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  auto text = readText(path);
  if (!text) diagnostics.report({}, Diag::CannotReadFile, {path, text.message()});
  std::optional<std::string> formed;
  if (text) formed = frontend::formatSource(sources.add(path, *text), sources, diagnostics);
  if (formed && options.check) {
    if (*formed == *text) return 0;
    std::printf("%s is not in canonical form\n", path.c_str());
    return 1;
  }
  if (formed && (path == "-" || *formed != *text))
    if (auto written = writeText(path, *formed); !written) diagnostics.report({}, Diag::CannotWriteFile, {path, written.message()});
  std::fputs(options.json ? renderJson(diagnostics).c_str() : diagnostics.render(isatty(2)).c_str(), stderr);
  return diagnostics.hasErrors() ? 1 : 0;
}

int format(const CompilerOptions &options) {
  int status = 0;
  for (const std::string &path : options.inputs) status |= formatFile(path, options);
  return status;
}

} // namespace dl::driver

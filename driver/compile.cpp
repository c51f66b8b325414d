#include "driver/compile.h"
#include "driver/files.h"
#include "frontend/ast/print_ast.h"
#include "frontend/parse/parse.h"
#include "support/diagnostics.h"
#include "support/verify_diagnostics.h"
#include <cstdio>
#include <unistd.h>

namespace dl::driver {

namespace {

class Compilation {
public:
  explicit Compilation(const CompilerOptions &options) : options_(options), diags_(sources_) {}

  /// Prints the messages, or compares them with the expected ones; the exit status.
  int finish() {
    if (options_.verifyDiagnostics) {
      std::string differences = verifyDiagnostics(diags_);
      std::fputs(differences.c_str(), stderr);
      return differences.empty() ? 0 : 1;
    }
    std::fputs(diags_.render(isatty(2)).c_str(), stderr);
    return diags_.hasErrors() ? 1 : 0;
  }

  void run() {
    auto text = readText(options_.inputs[0]);
    if (!text) {
      diags_.report({}, Diag::CannotReadFile, {options_.inputs[0], text.message()});
      return;
    }
    uint32_t file = sources_.add(options_.inputs[0], std::move(*text));
    if (options_.inputs[0].ends_with(".dl")) source(file);
  }

private:
  void source(uint32_t file) {
    std::unique_ptr<ast::Program> program = frontend::parseProgram(file, sources_, diags_);
    if (options_.emit == Emit::Ast) std::fputs(ast::printAst(*program).c_str(), stdout);
  }

  const CompilerOptions &options_;
  SourceManager sources_;
  Diagnostics diags_;
};

} // namespace

int compile(const CompilerOptions &options) {
  Compilation compilation(options);
  compilation.run();
  return compilation.finish();
}

} // namespace dl::driver

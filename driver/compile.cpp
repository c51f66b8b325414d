#include "driver/compile.h"
#include "driver/backend.h"
#include "driver/describe_program.h"
#include "driver/files.h"
#include "driver/messages.h"
#include "driver/report.h"
#include "driver/stopwatch.h"
#include "driver/values.h"
#include "frontend/ast/print_ast.h"
#include "frontend/build/build.h"
#include "frontend/imports/imports.h"
#include "frontend/parse/parse.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "support/diagnostics.h"
#include "support/verify_diagnostics.h"
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace dl::driver {

namespace {

/// One compilation: every stage is a method that hands its product to the next and says whether to go on.
class Compilation {
public:
  explicit Compilation(const CompilerOptions &options) : options_(options), diags_(sources_) {}

  void run() {
    if (!read() || !parse() || !build() || !transform()) return;
    if (!options_.verifyDiagnostics) showMessages(); // before a program that runs at once
    if (!rejected()) finishCode();
  }

  /// Prints the messages, or compares them with the expected ones; the exit status.
  int finish() {
    if (options_.timePasses) std::fputs((stopwatch_.render() + passes::renderTimings(timings_)).c_str(), stderr);
    for (const std::string &line : remarks_) std::fprintf(stderr, "%s\n", line.c_str());
    if (options_.verifyDiagnostics) {
      selectMessages();
      std::string differences = verifyDiagnostics(diags_);
      std::fputs(differences.c_str(), stderr);
      return differences.empty() && failure_.empty() ? 0 : 1;
    }
    showMessages();
    if (!failure_.empty()) return std::fprintf(stderr, "dlc: %s\n", failure_.c_str()), 2;
    return rejected() ? 1 : status_;
  }

  /// Writes what the messages propose; whether anything was changed.
  bool fix() {
    selectMessages();
    auto count = applyFixes(diags_);
    if (!count) return failure_ = count.message(), false;
    if (*count) std::printf("%zu %s changed\n", *count, *count == 1 ? "place" : "places");
    return *count > 0;
  }

private:
  /// Warnings are shown where there are no errors.
  void selectMessages() {
    if (options_.noWarnings || diags_.hasErrors()) diags_.dropWarnings();
  }

  void showMessages() {
    if (std::exchange(shown_, true)) return;
    selectMessages();
    std::fputs(options_.json ? renderJson(diags_).c_str() : diags_.render(isatty(2)).c_str(), stderr);
  }

  bool rejected() const { return diags_.hasErrors() || (options_.warningsAsErrors && diags_.hasWarnings()); }

  bool read() {
    const std::string &path = options_.inputs[0];
    auto text = readText(path);
    if (!text) return diags_.report({}, Diag::CannotReadFile, {path, text.message()}), false;
    isIr_ = path.ends_with(".dlir");
    file_ = sources_.add(path, std::move(*text));
    return true;
  }

  bool parse() {
    if (isIr_) return true;
    auto lap = stopwatch_.start("parse");
    ast_ = frontend::parseProgram(file_, sources_, diags_);
    if (options_.emit == Emit::Ast && ast_) return print(ast::printAst(*ast_));
    if (ast_) frontend::resolveImports(*ast_, options_.importPath, sources_, diags_);
    return ast_ && !diags_.hasErrors();
  }

  bool build() {
    auto lap = stopwatch_.start(isIr_ ? "read IR" : "check, build");
    if (!(isIr_ ? readIr() : elaborate())) return false;
    if (options_.command == Command::Check) return true; // what cannot be differentiated is found by `transform`
    bool asBuilt = !options_.passes && options_.stopAfter.empty() && options_.printAfter.empty();
    if (evaluates() && asBuilt && isIr_) return values();
    if (options_.emit == Emit::Ir && asBuilt) return print(ir::printModule(*module_));
    if (options_.command == Command::Report && !readFacts()) return false;
    return !(options_.verifyDiagnostics && options_.emit == Emit::Executable && asBuilt);
  }

  bool readFacts() {
    auto facts = builtFacts(*module_, sources_, options_);
    if (!facts) return failure_ = facts.message(), false;
    facts_ = std::move(*facts);
    return true;
  }

  bool readIr() {
    module_ = ir::parseModule(file_, sources_, diags_);
    if (!module_) return false;
    std::vector<std::string> problems;
    if (!ir::verifyModule(*module_, problems))
      for (const std::string &problem : problems) diags_.report({}, Diag::BrokenModule, {problem});
    if (options_.denormalsGiven) module_->flushDenormals = options_.flushDenormals;
    return !diags_.hasErrors();
  }

  bool elaborate() {
    frontend::BuildOptions build;
    build.defines = options_.defines;
    build.dataDir = options_.dataDir.value_or(folder(options_.inputs[0]));
    build.flushDenormals = options_.flushDenormals;
    if (options_.emit == Emit::Checked) return print(frontend::describeChecked(*ast_, sources_, build, diags_));
    module_ = frontend::buildModule(*ast_, sources_, build, diags_);
    if (diags_.hasErrors() || !module_) return false;
    std::vector<std::string> problems;
    if (!ir::verifyModule(*module_, problems))
      return failure_ = "internal error: the graph is broken after building: " + problems[0], false;
    return true;
  }

  bool transform() {
    auto lap = stopwatch_.start("transform");
    passes::PipelineOptions pipeline;
    pipeline.level = options_.level;
    pipeline.only = options_.passes.value_or(std::vector<std::string>{});
    pipeline.disabled = options_.disabled;
    pipeline.stopAfter = options_.command == Command::Check ? "expand_grad" : options_.stopAfter;
    pipeline.printAfter = options_.printAfter;
    if (options_.explainFusion) pipeline.remarks = &remarks_;
    if (options_.checkGradients && !compareGradients()) return false;
    auto report = passes::runPipeline(*module_, pipeline, diags_);
    if (!report) return failure_ = report.message(), false;
    timings_ = report->timings;
    std::fputs(report->dumps.c_str(), stdout);
    if (diags_.hasErrors() || options_.command == Command::Check) return false;
    if (options_.emit == Emit::Ir) return print(ir::printModule(*module_));
    if (evaluates()) return values();
    return options_.stopAfter.empty() && !options_.passes;
  }

  /// The module as one that compares its gradients while it runs.
  bool compareGradients() {
    passes::PipelineOptions comparison;
    comparison.level = options_.level;
    comparison.only = {"inline_calls", "widen_floats", "check_gradients"};
    comparison.remarks = &remarks_;
    auto report = passes::runPipeline(*module_, comparison, diags_);
    if (!report) failure_ = report.message();
    return report && !diags_.hasErrors();
  }

  void finishCode() {
    if (options_.command == Command::Report) {
      auto text = reportText(*module_, sources_, facts_, options_);
      if (!text) failure_ = text.message();
      else print(*text);
      return;
    }
    codegen::ProgramInfo info = describeProgram(ast_.get(), *module_, options_);
    info.sources = &sources_;
    auto product = runBackend(*module_, std::move(info), options_, stopwatch_);
    if (!product) {
      failure_ = product.message();
      return;
    }
    status_ = product->status;
    if (!product->text.empty()) print(product->text);
  }

  bool evaluates() const { return options_.emit == Emit::Values || options_.emit == Emit::Work; }

  bool values() {
    ValuesOptions values{options_.seed, options_.dataDir.value_or(folder(options_.inputs[0])), options_.emit == Emit::Work};
    auto text = evaluateEntries(*module_, values);
    if (!text) return failure_ = text.message(), false;
    return print(*text);
  }

  /// Writes the text of a stage; the compilation ends here.
  bool print(const std::string &text) {
    if (auto written = writeText(options_.output, text); !written)
      diags_.report({}, Diag::CannotWriteFile, {options_.output, written.message()});
    return false;
  }

  const CompilerOptions &options_;
  SourceManager sources_;
  Diagnostics diags_;
  Stopwatch stopwatch_;
  uint32_t file_ = 0;
  bool isIr_ = false;
  std::unique_ptr<ast::Program> ast_;
  std::unique_ptr<ir::Module> module_;
  BuiltFacts facts_; ///< of `dlc report`
  std::vector<passes::PassTiming> timings_;
  std::vector<std::string> remarks_;
  std::string failure_; ///< why a stage could not run (not a mistake in the program)
  int status_ = 0;
  bool shown_ = false; ///< the messages
};

} // namespace

int compile(const CompilerOptions &options) {
  constexpr int kMostRounds = 20; // one repair may bring the next mistake to light
  for (int round = 0;; ++round) {
    Compilation compilation(options);
    compilation.run();
    if (!options.fix || round == kMostRounds || !compilation.fix()) return compilation.finish();
  }
}

} // namespace dl::driver

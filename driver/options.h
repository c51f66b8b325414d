/// What one call of `dlc` was asked to do: a plain struct, filled once from the command line and passed down.
#pragma once
#include "support/result.h"
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dl::driver {

enum class Command { Compile, Run, Test, Check, Format, Report, Document, Diff, Explain };

/// The stage whose product is printed; Executable links instead.
enum class Emit { Ast, Checked, Ir, Values, Work, Loops, Memory, Llvm, Asm, Object, Executable };

struct CompilerOptions {
  Command command = Command::Compile;
  std::vector<std::string> inputs;
  std::vector<std::string> programArguments; ///< what follows `--` of `dlc run`

  Emit emit = Emit::Executable;
  std::string output; ///< empty: chosen from the input and the stage
  std::optional<std::string> dataDir;
  std::vector<std::string> importPath; ///< folders where imports are looked up behind the importing file's own
  std::vector<std::pair<std::string, std::string>> defines;
  uint64_t seed = 0;

  int level = 2;
  std::string cpu = "native";
  bool flushDenormals = true;
  bool denormalsGiven = false;

  std::optional<std::vector<std::string>> passes; ///< run exactly these instead of the pipeline
  std::vector<std::string> printAfter;
  std::vector<std::string> disabled;
  std::string stopAfter;
  bool timePasses = false, explainFusion = false, verifyDiagnostics = false;
  bool checkGradients = false; ///< of `dlc test`
  bool check = false;          ///< of `dlc fmt`: change nothing
  bool json = false;           ///< messages as JSON, and what `dlc report` says
  std::string svg;             ///< of `dlc report`: where the graph goes
  bool noWarnings = false, warningsAsErrors = false;
  bool fix = false;            ///< of `dlc check`: write what the messages propose

  bool help = false, helpPasses = false, version = false;
};

/// The file that a compilation writes: -o, else the input's name without ending for executables (.o for objects); "" is the terminal.
std::string resultName(const CompilerOptions &options);

/// Reads the command line (without the program's name); the error says what is wrong and names the nearest flag.
Result<CompilerOptions> parseOptions(const std::vector<std::string> &arguments);

/// The text of `dlc --help`.
std::string helpText();

} // namespace dl::driver

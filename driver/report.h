/// `dlc report`: what the commands of a program cost, and the graph as a picture, before anything runs.
#pragma once
#include "driver/options.h"
#include "report/costs.h"

namespace dl::driver {

/// What is read off the graph as it was built.
struct BuiltFacts {
  std::map<std::string, report::Lines> lines; ///< by command
  std::string svg;                            ///< of the first command that calls a model, else of the first
};
/// Fails where there is no command.
Result<BuiltFacts> builtFacts(const ir::Module &module, const SourceManager &sources, const CompilerOptions &options);

/// Plans the memory of the transformed module; the text to print. Writes the picture if one is asked for.
Result<std::string> reportText(ir::Module &module, const SourceManager &sources, const BuiltFacts &facts, const CompilerOptions &options);

} // namespace dl::driver

/// From the syntax tree to IR: one function per entry (programs, trainings, tests), every name and shape checked.
#pragma once
#include "frontend/ast/ast.h"
#include "ir/module.h"
#include "support/diagnostics.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dl::frontend {

struct BuildOptions {
  std::vector<std::pair<std::string, std::string>> defines; ///< `-D name=value`: replaces plain top-level numbers
  std::string dataDir = ".";                                ///< where relative paths of data resolve while building
  bool flushDenormals = true;
};

/// Null if errors were reported.
std::unique_ptr<ir::Module> buildModule(const ast::Program &program, SourceManager &sources, const BuildOptions &options,
                                        Diagnostics &diags);

/// The declarations with their inferred signatures (`--emit=checked`); empty if errors were reported.
std::string describeChecked(const ast::Program &program, SourceManager &sources, const BuildOptions &options,
                            Diagnostics &diags);

} // namespace dl::frontend

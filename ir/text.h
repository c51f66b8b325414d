/// The text form of modules (.dlir): parse(print(m)) is m. Grammar: ir/README.md.
#pragma once
#include "ir/module.h"
#include "support/diagnostics.h"
#include <memory>

namespace dl::ir {

struct PrintOptions {
  bool locations = false; ///< `loc file:line:col` behind every op (needs sources)
  const SourceManager *sources = nullptr;
};
std::string printModule(const Module &module, const PrintOptions &options = {});
std::string printFunction(const Function &function, const PrintOptions &options = {});
/// One op on one line (regions abridged), for messages.
std::string printOp(const Op &op);

/// Reads a module; reports to `diags` (codes DL20xx) and returns nullptr if there are errors.
std::unique_ptr<Module> parseModule(uint32_t file, const SourceManager &sources, Diagnostics &diags);

/// Checks the laws of ir/README.md: structure, dominance (of dimensions in types too), inferred types, bounds of
/// unguarded indices, closed fused regions. Violations go to `problems`, one sentence each.
bool verifyModule(const Module &module, std::vector<std::string> &problems);

/// The default of a text parameter, in bytes.
std::string presetText(const Param &param);

} // namespace dl::ir

/// The second half of the way: from a module behind the pipeline to loops, LLVM, an object, an executable, or a run in
/// this process.
#pragma once
#include "codegen/program/lower_program.h"
#include "driver/options.h"
#include "driver/stopwatch.h"
#include "ir/module.h"
#include "support/diagnostics.h"

namespace dl::driver {

/// What came out: a text or object to write, or nothing (an executable was written, or a command was run).
struct BackendProduct {
  std::string text;
  int status = 0; ///< of the command that ran
};

/// Plans memory, lowers, and does what `options` ask for. The error is a limitation or a failure of a tool.
Result<BackendProduct> runBackend(ir::Module &module, codegen::ProgramInfo info, const CompilerOptions &options,
                                  Stopwatch &stopwatch);

} // namespace dl::driver

/// `dlc run` and `dlc test`: a program loaded into this process, its commands run by the runtime.
#pragma once
#include "codegen/llvm/backend.h"
#include "driver/options.h"
#include "driver/stopwatch.h"

namespace dl::driver {

/// The exit status of the command, or of the tests: 0 when all hold.
Result<int> execute(const codegen::Program &program, const codegen::Target &target, const CompilerOptions &options,
                    Stopwatch &stopwatch);

} // namespace dl::driver

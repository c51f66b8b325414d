/// The command line of a compiled program: which command, which flags, as text. The only place that meets
/// Boost.Program_options; its exceptions end here.
#pragma once
#include "runtime/settings.h"
#include "support/result.h"

namespace dl::rt {

/// Values are not read yet, except those every command has (seed, threads, ...). The error is complete, with the
/// nearest flag or the command that rebuilds the program.
Result<Invocation> parseCommandLine(const dl_program &program, int argc, const char *const *argv);

} // namespace dl::rt

/// The stages from top to bottom, with an exit behind each one that `--emit` can name.
#pragma once
#include "driver/options.h"

namespace dl::driver {

/// Compiles `options.inputs`, prints or writes what was asked for and all messages; returns the exit status of `dlc`.
int compile(const CompilerOptions &options);

} // namespace dl::driver

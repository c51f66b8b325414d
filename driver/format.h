/// `dlc fmt FILE...`: source files in their canonical form.
#pragma once
#include "driver/options.h"

namespace dl::driver {

/// The exit status: with `--check` 1 if a file is not in that form.
int format(const CompilerOptions &options);

} // namespace dl::driver

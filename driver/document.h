/// `dlc doc`: the documentation of a file, or of the library, as Markdown.
#pragma once
#include "driver/options.h"

namespace dl::driver {

/// Writes it; the exit status.
int document(const CompilerOptions &options);

} // namespace dl::driver

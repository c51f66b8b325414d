/// `dlc diff A.dlir B.dlir`: both modules evaluated on the same random inputs, the first difference printed.
#pragma once
#include "driver/options.h"

namespace dl::driver {

/// The exit status: 0 equal, 1 different (or a file that is no module), 2 not comparable.
int diff(const CompilerOptions &options);

} // namespace dl::driver

/// Objects and the runtime to one executable, by the C++ compiler driver that is installed.
#pragma once
#include "support/result.h"
#include <string>
#include <vector>

namespace dl::codegen {

struct LinkOptions {
  std::string output;
  std::string runtime; ///< libdlrt.link: the arguments that link the runtime, one a line
};

/// `objects`: the bytes of object files that belong together. The error holds what the linker said, or names the tools
/// that were looked for.
Status linkExecutable(const std::vector<std::string> &objects, const LinkOptions &options);

} // namespace dl::codegen

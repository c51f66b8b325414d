/// `dlc explain CODE`: the paragraph of docs/errors.md about one message.
#pragma once
#include "support/result.h"
#include <string>

namespace dl::driver {

/// The section under "## CODE"; the error names the nearest code.
Result<std::string> explain(const std::string &code);

} // namespace dl::driver

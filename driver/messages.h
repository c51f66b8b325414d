/// Messages for programs, and what they propose.
#pragma once
#include "support/diagnostics.h"
#include "support/result.h"

namespace dl::driver {

/// One JSON object a line for each message, in the order of their places (`--json`).
std::string renderJson(const Diagnostics &diagnostics);

/// Writes what the messages propose into the files (`dlc check --fix`); how many places it changed. Of proposals that overlap
/// the first is taken.
Result<size_t> applyFixes(const Diagnostics &diagnostics);

} // namespace dl::driver

/// One command from its settings to its exit code.
#pragma once
#include "runtime/settings.h"

namespace dl::rt {

enum ExitCode { kExitOk = 0, kExitFailed = 1, kExitUsage = 2, kExitFiles = 3 };

/// Fills the parameters, runs the entry, leaves weights and messages behind.
int runCommand(const dl_program &program, const dl_entry &entry, const Settings &settings);

/// `info`: layers, shapes, parameter counts, operations.
int showInfo(const dl_program &program);

} // namespace dl::rt

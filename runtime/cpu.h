/// What the code of a program needs of the processor.
#pragma once
#include <cstdint>
#include <string>

namespace dl::rt {

/// Names of the features among `needed` (DL_CPU_* bits) that this processor lacks, separated by commas.
std::string lackingCpuFeatures(uint64_t needed);

} // namespace dl::rt

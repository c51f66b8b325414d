/// Gradients against central differences.
#pragma once
#include "ir/module.h"
#include <string>

namespace dl::test {

/// Every `grad` of the entry's body whose value and gradients are results, and every `jvp` along a constant: against
/// differences of the value along random directions, or along that one. Where two steps tell different slopes there is a
/// kink, and nothing is said. The problem, or an empty text.
std::string compareWithDifferences(ir::Module &module, uint64_t seed);

} // namespace dl::test

/// Do two modules mean the same? Both are evaluated on the same random inputs and compared bit by bit.
#pragma once
#include "ir/evaluate/evaluate.h"

namespace dl::ir {

struct DiffOptions {
  uint64_t seed = 1;
  int trials = 4;             ///< sets of inputs for each function
  EvaluateOptions evaluation; ///< its print, report and work are not used
};

/// Compares all functions that both modules hold under one name (every entry must be in both). The text is empty when
/// they agree, else it tells the first difference; an error says why they cannot be compared.
Result<std::string> diffModules(const Module &a, const Module &b, const DiffOptions &options = {});

/// Random arguments for a function: dimensions within their bounds (0, 1 and the bound come up often), options at
/// their defaults, numbers within -2..2, small indices.
std::vector<Tensor> randomArguments(const Function &function, uint64_t seed);

} // namespace dl::ir

/// `--emit=values`, `--emit=work`: every entry run by the evaluator; its results, or what they cost, as text.
#pragma once
#include "ir/module.h"
#include "support/result.h"
#include <cstdint>
#include <string>

namespace dl::driver {

struct ValuesOptions {
  uint64_t seed = 0;
  std::string dataDir = ".";
  bool work = false; ///< instead of results: flops, bytes and operations, in all and by kind
};

/// What the entries print, then one line "@entry.0: f32[2] = [1, 2]" for each result. Options take their presets, slots
/// begin as zeros (marked as not loaded); functions that are no entries run when they have no parameters.
Result<std::string> evaluateEntries(const ir::Module &module, const ValuesOptions &options);

} // namespace dl::driver

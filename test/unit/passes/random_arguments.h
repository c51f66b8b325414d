/// Arguments for any function, by the types of its parameters, and modules from text.
#pragma once
#include "ir/evaluate/evaluate.h"
#include "ir/text.h"
#include <memory>

namespace dl::test {

struct Loaded {
  SourceManager sources;
  Diagnostics diags{sources};
  std::unique_ptr<ir::Module> module;
};
/// Fails the running test if the text has errors.
std::unique_ptr<Loaded> load(const std::string &text);

/// Run-time dimensions are `extent` or their bound. `special`: now and then 0, -0, infinity and NaN among the numbers.
std::vector<ir::Tensor> randomArguments(const ir::Function &function, uint64_t seed, bool special, int64_t extent = 3);

/// Runs the passes on a module of `text`; evaluates function by function before and after. Elements agree by bits, or
/// with `numeric` to a small relative error (what is finite stays so).
void expectPreserved(const std::string &text, const std::vector<std::string> &passes, bool numeric);

} // namespace dl::test

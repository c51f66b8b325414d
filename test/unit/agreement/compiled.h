/// Compiles entries in this process and runs them beside the evaluator. Results are compared by bits.
#pragma once
#include "ir/evaluate/evaluate.h"
#include "ir/text.h"
#include <gtest/gtest.h>

namespace dl::test {

struct Mode {
  std::string cpu = "native"; ///< or x86-64-v3, x86-64-v4
  bool fuse = true;
};
/// The modes of this machine: each CPU level it has, with and without fusion.
std::vector<Mode> modes();

/// One random tensor; `name` chooses the domain (`index...`: small integers, some outside 0..64; `small...`: 0..3; else
/// numbers of all sizes with zeros, infinities, NaN and subnormals among them).
ir::Tensor randomTensor(const std::string &name, ir::Elem elem, std::vector<int64_t> shape, uint64_t seed);

/// Runs the last function of the text (an entry) for every value of its dimension parameters, evaluated and compiled in
/// every mode, and compares all results.
void agree(const std::string &text);
/// The same for a module that is built, and chosen extents.
void agreeModule(const std::function<std::unique_ptr<ir::Module>()> &build, const std::vector<int64_t> &extents = {0, 1, 2, 3, 15, 16, 17, 33, 64, 65});

} // namespace dl::test

/// Arguments for random programs.
#pragma once
#include "ir/evaluate/tensor.h"
#include "ir/module.h"
#include <vector>

namespace dl::test {

/// One tensor for each parameter; dimensions depend on `trial` (0: any, 1: the bounds, 2: 0 and 1 among them). What a tensor is filled
/// with, by the beginning of its name: `plain` -2..2, `whole` -3..3, `smooth` -1.5..1.5 without equal elements, `index` -2..20,
/// `small` 0..3, else everything (zeros, infinities, NaN, subnormals, great and small).
/// Contents depend on seed, trial and name alone, so that a program keeps them when other parameters go.
std::vector<ir::Tensor> argumentsFor(const ir::Function &function, uint64_t seed, int trial);

} // namespace dl::test

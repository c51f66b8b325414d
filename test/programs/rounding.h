/// Results that may differ by rounding.
#pragma once
#include "ir/evaluate/tensor.h"
#include "ir/module.h"
#include <string>
#include <vector>

namespace dl::test {

/// Where `got` is further from `want` than rounding takes the program's own results: it is evaluated again with every
/// operation rounded up, down and towards zero, and how far that moves a result says how much is lost on the way. The
/// problem, or an empty text.
std::string beyondRounding(const ir::Module &module, const std::vector<ir::Tensor> &args, const std::vector<ir::Tensor> &want, const std::vector<ir::Tensor> &got);

} // namespace dl::test

/// Checks gradients of IR text against central differences of the evaluator, in f64, first and second order.
#pragma once
#include "ir/evaluate/evaluate.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace dl::test {

struct Input {
  std::string name, type;   ///< "x", "f64[3, 4]"
  double low = -2, high = 2; ///< f64: where its elements are drawn
  std::vector<double> values = {}; ///< else: given elements (integers, bools, dims)
  bool isDifferentiated = true;
};

struct Case {
  std::vector<Input> inputs;
  std::string body; ///< IR text that defines %z
  std::string zType; ///< type of %z
  bool second = true; ///< also second derivatives
};

/// Draws inputs, compares d(sum z*w)/dx and, with `second`, the derivative of a weighted sum of that with central
/// differences, forward with reverse mode, and both orders of mixing them with reverse over reverse.
void checkGradient(const Case &test, uint64_t seed = 1);

/// Parses, runs passes, evaluates; fails the test if anything is refused.
std::vector<ir::Tensor> evaluateText(const std::string &text, const std::vector<std::string> &passes,
                                     const std::vector<ir::Tensor> &args);

} // namespace dl::test

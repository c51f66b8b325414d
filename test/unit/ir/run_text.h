/// Evaluates functions given as text: what the tests of this folder share.
#pragma once
#include "ir/evaluate/evaluate.h"
#include "ir/text.h"
#include <gtest/gtest.h>

namespace dl::ir::test {

/// A tensor of numbers in row-major order.
Tensor tensor(Elem elem, std::vector<int64_t> shape, std::vector<double> numbers);
inline Tensor f32(std::vector<int64_t> shape, std::vector<double> numbers) { return tensor(Elem::F32, std::move(shape), std::move(numbers)); }
inline Tensor i32(std::vector<int64_t> shape, std::vector<double> numbers) { return tensor(Elem::I32, std::move(shape), std::move(numbers)); }
inline Tensor i64(int64_t n) { return Tensor::scalar(Elem::I64, static_cast<uint64_t>(n)); }

/// Parses and verifies; a failure of the test if either complains.
std::unique_ptr<Module> parse(const std::string &text);
/// Runs the last function.
std::vector<Tensor> run(const std::string &text, const std::vector<Tensor> &args, const EvaluateOptions &options = {});
/// The message of the error that the run ends with.
std::string failing(const std::string &text, const std::vector<Tensor> &args, const EvaluateOptions &options = {});
/// The elements as doubles.
std::vector<double> numbers(const Tensor &tensor);

} // namespace dl::ir::test

#include "test/unit/ir/run_text.h"

namespace dl::ir::test {

Tensor tensor(Elem elem, std::vector<int64_t> shape, std::vector<double> numbers) {
  Tensor t(elem, std::move(shape));
  EXPECT_EQ(t.count(), static_cast<int64_t>(numbers.size()));
  for (size_t i = 0; i < numbers.size(); ++i) t.setBits(static_cast<int64_t>(i), Tensor::fromNumber(elem, numbers[i]).bits(0));
  return t;
}

std::unique_ptr<Module> parse(const std::string &text) {
  SourceManager sources;
  Diagnostics diags(sources);
  auto module = parseModule(sources.add("test", text), sources, diags);
  EXPECT_TRUE(module) << diags.render();
  std::vector<std::string> problems;
  if (module) EXPECT_TRUE(verifyModule(*module, problems)) << problems[0];
  return module;
}

std::vector<Tensor> run(const std::string &text, const std::vector<Tensor> &args, const EvaluateOptions &options) {
  auto module = parse(text);
  if (!module) return {};
  auto results = evaluate(*module, *module->functions.back(), args, options);
  if (results) return *results;
  ADD_FAILURE() << results.message();
  return {};
}

std::string failing(const std::string &text, const std::vector<Tensor> &args, const EvaluateOptions &options) {
  auto module = parse(text);
  if (!module) return "";
  auto results = evaluate(*module, *module->functions.back(), args, options);
  EXPECT_FALSE(results.ok());
  return results ? "" : results.message();
}

std::vector<double> numbers(const Tensor &tensor) {
  std::vector<double> all;
  for (int64_t i = 0; i < tensor.count(); ++i) all.push_back(tensor.number(i));
  return all;
}

} // namespace dl::ir::test

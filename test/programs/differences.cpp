#include "test/programs/differences.h"
#include "ir/builder.h"
#include "ir/evaluate/evaluate.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "test/programs/inputs.h"
#include "test/programs/random.h"
#include <algorithm>
#include <cmath>
#include <optional>

namespace dl::test {

using namespace ir;

namespace {

/// y and its derivative among the results, by position.
struct Slope {
  size_t value;
  std::vector<std::pair<size_t, size_t>> by; ///< parameter, gradient
  std::string text;
};

std::vector<Slope> slopesOf(const Function &f) {
  const std::vector<Value *> &results = f.body->terminator()->operands;
  auto place = [&](const Value *v) {
    auto found = std::find(results.begin(), results.end(), v);
    return found == results.end() ? std::nullopt : std::optional<size_t>(static_cast<size_t>(found - results.begin()));
  };
  std::vector<Slope> slopes;
  for (const Op *op : f.body->ops) {
    if (op->kind != OpKind::Grad || op->as<GradAttr>().seeded || op->as<GradAttr>().values != 1) continue;
    auto y = place(op->operands[0]);
    if (!y) continue;
    Slope slope{*y, {}, printOp(*op)};
    for (size_t i = 0; i < op->results.size(); ++i) {
      const Value *x = op->operands[i + 1];
      if (auto g = place(op->results[i]); g && x->region == f.body) slope.by.emplace_back(x->index, *g);
    }
    if (!slope.by.empty()) slopes.push_back(slope);
  }
  return slopes;
}

std::vector<double> directionFor(const Tensor &t, Random &random) {
  std::vector<double> direction;
  for (int64_t i = 0; i < t.count(); ++i) direction.push_back(random.unit() * 2 - 1);
  return direction;
}

} // namespace

std::string compareWithDifferences(Module &module, uint64_t seed) {
  std::vector<Slope> slopes = slopesOf(*module.functions.back());
  if (slopes.empty()) return "";
  SourceManager sources;
  Diagnostics diags(sources);
  passes::PipelineOptions options;
  options.only = {"inline_calls", "expand_grad", "strip_markers"};
  auto report = passes::runPipeline(module, options, diags);
  if (!report || diags.hasErrors()) return "";
  const Function &f = *module.functions.back();
  Random random(seed);
  std::vector<Tensor> args = argumentsFor(f, seed, 0);
  auto at = evaluate(module, f, args);
  if (!at) return at.message();
  for (const Slope &slope : slopes)
    for (auto [param, gradient] : slope.by) {
      if (args[param].elem != Elem::F64) continue;
      std::vector<double> direction = directionFor(args[param], random);
      double told = 0, size = 1;
      for (size_t i = 0; i < direction.size(); ++i) {
        double g = (*at)[gradient].number(static_cast<int64_t>(i));
        told += g * direction[i], size += std::fabs(g);
      }
      auto along = [&](double step) {
        std::vector<Tensor> moved = args;
        for (size_t i = 0; i < direction.size(); ++i)
          moved[param].setBits(static_cast<int64_t>(i), encodeNumber(Elem::F64, args[param].number(static_cast<int64_t>(i)) + step * direction[i]));
        auto results = evaluate(module, f, moved);
        return results ? (*results)[slope.value].number(0) : NAN;
      };
      auto central = [&](double step) { return (along(step) - along(-step)) / (2 * step); };
      double y = (*at)[slope.value].number(0);
      double coarse = central(1e-4), fine = central(1e-5);
      // Forward and backward slopes differ at a kink; two steps differ where the third derivative is large.
      double ahead = (along(1e-5) - y) / 1e-5, behind = (y - along(-1e-5)) / 1e-5;
      double allowed = 1e-5 * (size + std::fabs(y));
      bool regular = std::isfinite(told) && std::isfinite(y) && size < 1e6 && std::fabs(y) < 1e6 && std::fabs(coarse - fine) <= 0.1 * allowed &&
                     std::fabs(ahead - behind) <= 100 * allowed;
      if (!regular || std::fabs(told - fine) <= allowed) continue;
      char text[200];
      std::snprintf(text, sizeof text, "along a direction of parameter %zu the gradient tells %.12g, differences %.12g (step 1e-5) and %.12g (1e-4)", param, told, fine, coarse);
      return std::string(text) + "\n" + slope.text;
    }
  return "";
}

} // namespace dl::test

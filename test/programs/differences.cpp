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

/// y and its derivative by a parameter among the results, by position.
struct Slope {
  size_t value, parameter, derivative;
  std::optional<double> along; ///< a tangent along this constant, not a gradient
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
    bool isGrad = op->kind == OpKind::Grad && !op->as<GradAttr>().seeded && op->as<GradAttr>().values == 1;
    bool isTangent = op->kind == OpKind::Jvp && op->operands.size() == 3 && op->operands[0]->type.isScalar();
    auto y = isGrad || isTangent ? place(op->operands[0]) : std::nullopt;
    for (size_t i = 0; y && i < op->results.size(); ++i) {
      const Value *x = op->operands[i + 1];
      auto derivative = place(op->results[i]);
      if (!derivative || x->region != f.body || x->def) continue;
      std::optional<double> along;
      if (isTangent) {
        const Op *direction = op->operands[2]->def;
        if (!direction || direction->kind != OpKind::Const || direction->as<ConstAttr>().bits.size() != 1) continue;
        along = decodeNumber(x->type.elem, direction->as<ConstAttr>().bits[0]);
      }
      slopes.push_back({*y, x->index, *derivative, along, printOp(*op)});
    }
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
  for (const Slope &slope : slopes) {
    const Tensor &x = args[slope.parameter], &derivative = (*at)[slope.derivative];
    if (x.elem != Elem::F64) continue;
    std::vector<double> direction = directionFor(x, random);
    double told = 0, size = 1;
    if (slope.along) std::fill(direction.begin(), direction.end(), *slope.along);
    for (size_t i = 0; i < direction.size() && !slope.along; ++i) {
      double g = derivative.number(static_cast<int64_t>(i));
      told += g * direction[i], size += std::fabs(g);
    }
    if (slope.along) told = derivative.number(0), size += std::fabs(told);
    auto along = [&](double step) {
      std::vector<Tensor> moved = args;
      for (size_t i = 0; i < direction.size(); ++i)
        moved[slope.parameter].setBits(static_cast<int64_t>(i), encodeNumber(Elem::F64, x.number(static_cast<int64_t>(i)) + step * direction[i]));
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
    std::snprintf(text, sizeof text, "along a direction of parameter %zu the derivative tells %.12g, differences %.12g (step 1e-5) and %.12g (1e-4)", slope.parameter, told, fine, coarse);
    return std::string(text) + "\n" + slope.text;
  }
  return "";
}

} // namespace dl::test

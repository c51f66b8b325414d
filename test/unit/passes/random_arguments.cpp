#include "random_arguments.h"
#include "ir/builder.h"
#include "passes/pipeline.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>

namespace dl::test {

using namespace ir;

std::unique_ptr<Loaded> load(const std::string &text) {
  auto loaded = std::make_unique<Loaded>();
  loaded->module = parseModule(loaded->sources.add("test.dlir", text), loaded->sources, loaded->diags);
  if (loaded->module) return loaded;
  ADD_FAILURE() << loaded->diags.render() << text;
  return nullptr;
}

std::vector<Tensor> randomArguments(const Function &function, uint64_t seed, bool special, int64_t extent) {
  uint64_t state = seed * 2654435761u + 12345;
  auto next = [&](uint64_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
  };
  std::map<const DimAtom *, int64_t> dims; // look-ups only
  std::vector<Tensor> args;
  for (const Value *param : function.body->args) {
    Elem elem = param->type.elem;
    std::vector<int64_t> shape;
    for (const Dim &dim : param->type.dims) shape.push_back(dim.evaluate([&](DimAtom *atom) { return dims[atom]; }));
    Tensor tensor(elem == Elem::Dim ? Elem::I64 : elem, shape);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      double number = static_cast<double>(next(4001)) / 1000.0 - 2.0;
      if (special && next(6) == 0) {
        const double kinds[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1e-40};
        number = kinds[next(6)];
      }
      if (isFloat(elem)) tensor.setBits(i, encodeNumber(elem, number));
      else if (elem == Elem::Bool) tensor.setBits(i, next(2));
      else if (elem == Elem::Dim) tensor.setBits(i, static_cast<uint64_t>(std::min(extent, param->type.bound)));
      else if (elem == Elem::Key) tensor.setBits(i, state);
      else tensor.setBits(i, next(5));
    }
    if (elem == Elem::Dim) dims[param->dim.asAtom()] = static_cast<int64_t>(tensor.bits(0));
    args.push_back(std::move(tensor));
  }
  return args;
}

namespace {

bool isNear(const Tensor &a, const Tensor &b) {
  if (a.elem != b.elem || a.shape != b.shape) return false;
  if (!isFloat(a.elem)) return a.sameAs(b);
  for (int64_t i = 0; i < a.count(); ++i) {
    double x = a.number(i), y = b.number(i);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (x == y) continue;
    if (!(std::fabs(x - y) <= 2e-5 * (1 + std::fabs(x)))) return false;
  }
  return true;
}

} // namespace

void expectPreserved(const std::string &text, const std::vector<std::string> &passes, bool numeric) {
  auto before = load(text), after = load(text);
  if (!before || !after) return;
  passes::PipelineOptions options;
  options.only = passes;
  auto report = passes::runPipeline(*after->module, options, after->diags);
  ASSERT_TRUE(report.ok()) << report.message() << printModule(*after->module);
  ASSERT_FALSE(after->diags.hasErrors()) << after->diags.render();
  for (const auto &function : before->module->functions) {
    const Function *other = after->module->find(function->name);
    if (!other) continue; // inlined
    for (uint64_t seed = 1; seed <= 6; ++seed) {
      auto args = randomArguments(*function, seed, !numeric && seed > 2, seed == 6 ? 0 : 3);
      EvaluateOptions quiet;
      quiet.print = [](const std::string &) {};
      auto expected = evaluate(*before->module, *function, args, quiet), got = evaluate(*after->module, *other, args, quiet);
      ASSERT_TRUE(expected.ok()) << expected.message();
      ASSERT_TRUE(got.ok()) << got.message() << printFunction(*other);
      ASSERT_EQ(expected->size(), got->size());
      for (size_t i = 0; i < expected->size(); ++i)
        ASSERT_TRUE(numeric ? isNear((*expected)[i], (*got)[i]) : (*expected)[i].sameAs((*got)[i]))
            << "result " << i << ", seed " << seed << "\n" << printFunction(*function) << printFunction(*other);
    }
  }
}

} // namespace dl::test

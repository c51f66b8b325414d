#include "gradient_check.h"
#include "ir/builder.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include <cmath>
#include <sstream>

namespace dl::test {

using namespace ir;

namespace {

const std::vector<std::string> kExpand = {"inline_calls", "expand_grad", "strip_markers"};
const std::vector<std::string> kWhole = {"inline_calls", "eliminate_dead_ops", "merge_equal_ops", "fold_constants", "canonicalise_loops",
                                         "eliminate_dead_ops", "expand_grad", "strip_markers", "eliminate_dead_ops",
                                         "merge_equal_ops", "fold_constants", "simplify", "canonicalise_contractions",
                                         "split_residues", "merge_equal_ops", "fold_constants",
                                         "canonicalise_loops", "eliminate_dead_ops"};

struct Random {
  uint64_t state;
  double next(double low, double high) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (static_cast<double>(state >> 11) / 9007199254740992.0);
  }
};

struct Program {
  SourceManager sources;
  Diagnostics diags{sources};
  std::unique_ptr<Module> module;
};

std::unique_ptr<Program> prepare(const std::string &text, const std::vector<std::string> &names) {
  auto program = std::make_unique<Program>();
  uint32_t file = program->sources.add("test.dlir", text);
  program->module = parseModule(file, program->sources, program->diags);
  if (!program->module) {
    ADD_FAILURE() << program->diags.render() << text;
    return nullptr;
  }
  passes::PipelineOptions options;
  options.only = names;
  std::erase_if(options.only, [](const std::string &name) { return passes::findPass(name) == nullptr; });
  auto report = passes::runPipeline(*program->module, options, program->diags);
  if (!report || program->diags.hasErrors()) {
    ADD_FAILURE() << (report ? program->diags.render() : report.message()) << text << printModule(*program->module);
    return nullptr;
  }
  return program;
}

std::vector<Tensor> run(Program &program, const std::vector<Tensor> &args) {
  auto results = evaluate(*program.module, *program.module->functions[0], args);
  if (!results) {
    ADD_FAILURE() << results.message() << printModule(*program.module);
    return {};
  }
  return *results;
}

/// "f64[3, %b]" with the values of the dims.
std::vector<int64_t> shapeOf(const std::string &type, const std::vector<Input> &inputs) {
  std::vector<int64_t> shape;
  size_t open = type.find('[');
  if (open == std::string::npos) return shape;
  std::stringstream list(type.substr(open + 1, type.find(']') - open - 1));
  for (std::string item; std::getline(list, item, ',');) {
    item.erase(0, item.find_first_not_of(' '));
    if (item[0] != '%') {
      shape.push_back(std::stoll(item));
      continue;
    }
    for (const Input &input : inputs)
      if ("%" + input.name == item) shape.push_back(static_cast<int64_t>(input.values[0]));
  }
  return shape;
}

Tensor draw(const Input &input, const std::vector<Input> &inputs, Random &random) {
  Elem elem = Elem::F64;
  for (auto [name, e] : {std::pair{"i32", Elem::I32}, {"i64", Elem::I64}, {"bool", Elem::Bool}, {"dim", Elem::I64}})
    if (input.type.rfind(name, 0) == 0) elem = e;
  Tensor tensor(elem, shapeOf(input.type, inputs));
  for (int64_t i = 0; i < tensor.count(); ++i) {
    double number = input.values.empty() ? random.next(input.low, input.high) : input.values[static_cast<size_t>(i) % input.values.size()];
    tensor.setBits(i, encodeNumber(elem, number));
  }
  return tensor;
}

struct Texts {
  std::string value, gradient, sum, second;
  std::string forward, forwardOverReverse, reverseOverForward; ///< along the weights of `sum`
};

std::string dimsOf(size_t rank) {
  std::string text = "[";
  for (size_t i = 0; i < rank; ++i) text += (i ? ", " : "") + std::to_string(i);
  return text + "]";
}

/// The weighted sum of %name as %out.
std::string weighted(const std::string &name, const std::string &type, const std::string &weight, const std::string &out, size_t rank) {
  std::string text = "  %" + out + "_w: " + type + " = mul %" + name + ", %" + weight + "\n";
  return text + "  %" + out + ": f64 = reduce sum %" + out + "_w dims " + dimsOf(rank) + "\n";
}

Texts compose(const Case &test) {
  std::string params, weights, wrt, types, results, sums, first;
  for (const Input &input : test.inputs) {
    params += (params.empty() ? "" : ", ") + ("%" + input.name + ": " + input.type);
    if (!input.isDifferentiated || input.type.rfind("f64", 0) != 0) continue;
    std::string d = "d_" + input.name;
    weights += ", %w_" + input.name + ": " + input.type;
    wrt += (wrt.empty() ? "%" : ", %") + input.name;
    types += (types.empty() ? "" : ", ") + input.type;
    results += (results.empty() ? "%" : ", %") + d + ": " + input.type;
    sums += weighted(d, input.type, "w_" + input.name, "s_" + input.name, shapeOf(input.type, test.inputs).size());
    if (first.empty()) first = "s_" + input.name;
    else sums += "  %t_" + input.name + ": f64 = add %" + first + ", %s_" + input.name + "\n", first = "t_" + input.name;
  }
  params += ", %wz: " + test.zType;
  std::string y = test.body + "\n" + weighted("z", test.zType, "wz", "loss", shapeOf(test.zType, test.inputs).size());
  std::string grad = "  " + results + " = grad %loss wrt " + wrt + "\n";
  std::string names;
  for (const Input &input : test.inputs)
    if (input.isDifferentiated && input.type.rfind("f64", 0) == 0) names += (names.empty() ? "%d_" : ", %d_") + input.name;
  std::string again = results, more = names;
  for (std::string *text : {&again, &more})
    for (size_t at = 0; (at = text->find("%d_", at)) != std::string::npos; at += 5) text->replace(at, 3, "%dd_");
  Texts texts;
  texts.value = "func @value(" + params + ") -> (f64) {\n" + y + "  return %loss\n}\n";
  texts.gradient = "func @gradient(" + params + ") -> (" + types + ") {\n" + y + grad + "  return " + names + "\n}\n";
  texts.sum = "func @sum(" + params + weights + ") -> (f64) {\n" + y + grad + sums + "  return %" + first + "\n}\n";
  texts.second = "func @second(" + params + weights + ") -> (" + types + ") {\n" + y + grad + sums + "  " + again + " = grad %" + first +
                 " wrt " + wrt + "\n  return " + more + "\n}\n";
  // Along the weights as directions: <Jv, wz>; the Hessian along v, forward over reverse and reverse over forward.
  std::string along;
  for (const Input &input : test.inputs)
    if (input.isDifferentiated && input.type.rfind("f64", 0) == 0) along += (along.empty() ? "%w_" : ", %w_") + input.name;
  std::string tangent = test.body + "\n  %jv: " + test.zType + " = jvp %z wrt " + wrt + " along " + along + "\n" +
                        weighted("jv", test.zType, "wz", "rate", shapeOf(test.zType, test.inputs).size());
  texts.forward = "func @forward(" + params + weights + ") -> (f64) {\n" + tangent + "  return %rate\n}\n";
  texts.forwardOverReverse = "func @forward_over_reverse(" + params + weights + ") -> (" + types + ") {\n" + y + grad + "  " + again +
                             " = jvp " + names + " wrt " + wrt + " along " + along + "\n  return " + more + "\n}\n";
  texts.reverseOverForward = "func @reverse_over_forward(" + params + weights + ") -> (" + types + ") {\n" + tangent + "  " + again +
                             " = grad %rate wrt " + wrt + "\n  return " + more + "\n}\n";
  return texts;
}

/// <Jv, w> = <v, J'w>.
void compareModes(const Texts &texts, const std::vector<Tensor> &args, size_t directions, const std::vector<std::string> &passes) {
  auto forward = prepare(texts.forward, passes), gradient = prepare(texts.gradient, passes);
  if (!forward || !gradient) return;
  std::vector<Tensor> rate = run(*forward, args);
  std::vector<Tensor> cotangents = run(*gradient, {args.begin(), args.end() - static_cast<ptrdiff_t>(directions)});
  if (rate.empty() || cotangents.size() != directions) return;
  double expected = 0, size = 1;
  for (size_t k = 0; k < directions; ++k)
    for (int64_t i = 0; i < cotangents[k].count(); ++i) {
      double term = cotangents[k].number(i) * args[args.size() - directions + k].number(i);
      expected += term, size += std::fabs(term);
    }
  ASSERT_NEAR(rate[0].number(0), expected, 1e-12 * size) << texts.forward << printModule(*forward->module);
}

/// Two ways to the same tensors.
void compareResults(const std::string &one, const std::string &other, const std::vector<Tensor> &args, const std::vector<std::string> &passes) {
  auto a = prepare(one, passes), b = prepare(other, passes);
  if (!a || !b) return;
  std::vector<Tensor> x = run(*a, args), y = run(*b, args);
  ASSERT_EQ(x.size(), y.size());
  for (size_t k = 0; k < x.size(); ++k)
    for (int64_t i = 0; i < x[k].count(); ++i)
      ASSERT_NEAR(x[k].number(i), y[k].number(i), 1e-9 * (1 + std::fabs(y[k].number(i))))
          << "element " << i << " of result " << k << "\n" << one << printModule(*a->module);
}

/// Every element of every gradient against (f(x + h) - f(x - h)) / 2h.
void compare(const std::string &valueText, const std::string &gradientText, const Case &test, std::vector<Tensor> args,
             const std::vector<std::string> &passes) {
  auto value = prepare(valueText, kExpand), gradient = prepare(gradientText, passes);
  if (!value || !gradient) return;
  std::vector<Tensor> exact = run(*gradient, args);
  size_t next = 0;
  for (size_t k = 0; k < test.inputs.size(); ++k) {
    const Input &input = test.inputs[k];
    if (!input.isDifferentiated || input.type.rfind("f64", 0) != 0) continue;
    if (next == exact.size()) return;
    const Tensor &d = exact[next++];
    ASSERT_EQ(d.count(), args[k].count());
    for (int64_t i = 0; i < args[k].count(); ++i) {
      double &x = args[k].data<double>()[i], kept = x, h = 1e-5;
      x = kept + h;
      auto above = run(*value, args);
      x = kept - h;
      auto below = run(*value, args);
      x = kept;
      if (above.empty() || below.empty()) return;
      double expected = (above[0].number(0) - below[0].number(0)) / (2 * h), got = d.number(i);
      ASSERT_NEAR(got, expected, 1e-6 * (1 + std::fabs(expected)))
          << "element " << i << " of d" << input.name << "\n" << gradientText << printModule(*gradient->module);
    }
  }
}

} // namespace

void checkGradient(const Case &test, uint64_t seed) {
  Random random{seed};
  std::vector<Tensor> args;
  for (const Input &input : test.inputs) args.push_back(draw(input, test.inputs, random));
  args.push_back(draw({"wz", test.zType, 0.5, 1.5}, test.inputs, random));
  Texts texts = compose(test);
  compare(texts.value, texts.gradient, test, args, kExpand);
  compare(texts.value, texts.gradient, test, args, kWhole);
  size_t directions = 0;
  for (const Input &input : test.inputs)
    if (input.isDifferentiated && input.type.rfind("f64", 0) == 0)
      args.push_back(draw({"w", input.type, 0.5, 1.5}, test.inputs, random)), ++directions;
  if (::testing::Test::HasFailure()) return;
  compareModes(texts, args, directions, kExpand);
  compareModes(texts, args, directions, kWhole);
  if (!test.second || ::testing::Test::HasFailure()) return;
  compare(texts.sum, texts.second, test, args, kExpand);
  compare(texts.sum, texts.second, test, args, kWhole);
  for (const auto &passes : {kExpand, kWhole}) {
    compareResults(texts.forwardOverReverse, texts.second, args, passes);
    compareResults(texts.reverseOverForward, texts.second, args, passes);
  }
}

std::vector<Tensor> evaluateText(const std::string &text, const std::vector<std::string> &passes, const std::vector<Tensor> &args) {
  auto program = prepare(text, passes);
  return program ? run(*program, args) : std::vector<Tensor>{};
}

} // namespace dl::test

#include "ir/evaluate/diff.h"
#include "ir/builder.h"
#include "support/numerics/random.h"
#include <algorithm>
#include <unordered_map>

namespace dl::ir {
namespace {

class Draws {
public:
  explicit Draws(uint64_t seed) : key_(num::seedKey(seed)) {}
  uint64_t word() { return num::randomBits64(key_, next_++); }
  int64_t below(int64_t n) { return n > 0 ? static_cast<int64_t>(word() % static_cast<uint64_t>(n)) : 0; }
  double between(double low, double high) { return low + (high - low) * static_cast<double>(word() >> 11) * 0x1p-53; }

private:
  num::Key key_;
  uint64_t next_ = 0;
};

int64_t extentFor(int64_t bound, Draws &draws) {
  int64_t most = std::min<int64_t>(bound, 80);
  int64_t kind = draws.below(8);
  if (kind == 0) return 0;
  if (kind == 1) return std::min<int64_t>(1, most);
  return kind < 4 ? most : draws.below(most + 1);
}

uint64_t elementFor(Elem elem, const Param &param, Draws &draws) {
  bool ranged = param.low != param.high;
  if (elem == Elem::Bool) return draws.word() & 1;
  if (elem == Elem::Key) return draws.word();
  if (isFloat(elem)) return encodeNumber(elem, ranged ? draws.between(param.low, param.high) : draws.between(-2, 2));
  if (ranged) return encodeNumber(elem, param.low + static_cast<double>(draws.below(static_cast<int64_t>(param.high - param.low))));
  return static_cast<uint64_t>(draws.below(6));
}

struct Run {
  Result<std::vector<Tensor>> results;
  std::string printed, reported;
};

Run runOne(const Module &module, const Function &function, const std::vector<Tensor> &args, EvaluateOptions options) {
  Run run{failure(""), "", ""};
  options.work = nullptr;
  options.print = [&](const std::string &text) { run.printed += text; };
  options.report = [&](const std::string &name, double value) { run.reported += name + " " + std::to_string(value) + "\n"; };
  run.results = evaluate(module, function, args, options);
  return run;
}

std::string placeOf(const Tensor &tensor, int64_t element) {
  std::string place;
  for (size_t d = tensor.shape.size(); d-- > 0; element /= tensor.shape[d])
    place = std::to_string(element % tensor.shape[d]) + (place.empty() ? "" : ", ") + place;
  return "[" + place + "]";
}

std::string shapeOf(const Tensor &tensor) {
  Type type(tensor.elem);
  for (int64_t d : tensor.shape) type.dims.emplace_back(d);
  return type.str();
}

std::string element(const Tensor &tensor, int64_t i) {
  char text[80];
  std::snprintf(text, sizeof text, "%.9g (0x%llx)", tensor.number(i), static_cast<unsigned long long>(tensor.bits(i)));
  return text;
}

std::string difference(const Tensor &a, const Tensor &b) {
  if (a.elem != b.elem || a.shape != b.shape) return shapeOf(a) + " and " + shapeOf(b);
  for (int64_t i = 0; i < a.count(); ++i)
    if (!Tensor::scalar(a.elem, a.bits(i)).sameAs(Tensor::scalar(b.elem, b.bits(i))))
      return "element " + placeOf(a, i) + " is " + element(a, i) + " and " + element(b, i);
  return "";
}

std::string difference(const Run &a, const Run &b) {
  if (a.results.ok() != b.results.ok())
    return a.results.ok() ? "only the second fails: " + b.results.message() : "only the first fails: " + a.results.message();
  if (!a.results.ok() && a.results.message() != b.results.message())
    return "they fail differently: " + a.results.message() + "; " + b.results.message();
  if (a.printed != b.printed) return "they print\n" + a.printed + "and\n" + b.printed;
  if (a.reported != b.reported) return "they report\n" + a.reported + "and\n" + b.reported;
  if (!a.results.ok()) return "";
  if (a.results->size() != b.results->size()) return "they give " + std::to_string(a.results->size()) + " and " + std::to_string(b.results->size()) + " results";
  for (size_t i = 0; i < a.results->size(); ++i)
    if (std::string text = difference((*a.results)[i], (*b.results)[i]); !text.empty()) return "result " + std::to_string(i) + ": " + text;
  return "";
}

/// Parameter types with dimensions by position, so that two functions can be compared.
std::string signature(const Function &function) {
  std::unordered_map<const DimAtom *, std::string> names;
  std::string text;
  for (const Value *arg : function.body->args) {
    if (arg->type.elem == Elem::Dim) names[arg->dim.asAtom()] = "%" + std::to_string(arg->index);
    text += arg->type.str([&](DimAtom *atom) { return names[atom]; }) + "; ";
  }
  return text;
}

} // namespace

std::vector<Tensor> randomArguments(const Function &function, uint64_t seed) {
  Draws draws(seed);
  std::unordered_map<const DimAtom *, int64_t> dims;
  std::vector<Tensor> args;
  for (size_t i = 0; i < function.body->args.size(); ++i) {
    const Value &arg = *function.body->args[i];
    const Param &param = function.params[i];
    if (arg.type.elem == Elem::Dim) {
      int64_t extent = extentFor(arg.type.bound, draws);
      dims[arg.dim.asAtom()] = extent;
      args.push_back(Tensor::scalar(Elem::I64, static_cast<uint64_t>(extent)));
      continue;
    }
    std::vector<int64_t> shape;
    for (const dl::Dim &d : arg.type.dims) shape.push_back(std::max<int64_t>(d.evaluate([&](DimAtom *atom) { return dims[atom]; }), 0));
    Tensor tensor(arg.type.elem, shape);
    for (int64_t k = 0, n = tensor.count(); k < n; ++k) {
      bool preset = !param.preset.empty();
      size_t which = param.preset.size() == static_cast<size_t>(n) ? static_cast<size_t>(k) : 0;
      tensor.setBits(k, preset ? encodeNumber(arg.type.elem, param.preset[which]) : elementFor(arg.type.elem, param, draws));
    }
    args.push_back(std::move(tensor));
  }
  return args;
}

Result<std::string> diffModules(const Module &a, const Module &b, const DiffOptions &options) {
  bool some = false;
  for (const auto &function : a.functions) {
    const Function *other = b.find(function->name);
    if (!other && function->isEntry) return failure("the second module has no entry @" + function->name);
    if (!other) continue;
    if (signature(*function) != signature(*other)) return failure("the parameters of @" + function->name + " differ");
    some = true;
    for (int trial = 0; trial < options.trials; ++trial) {
      std::vector<Tensor> args = randomArguments(*function, options.seed + static_cast<uint64_t>(trial));
      std::string text = difference(runOne(a, *function, args, options.evaluation), runOne(b, *other, args, options.evaluation));
      if (!text.empty()) return "@" + function->name + ", inputs " + std::to_string(trial) + ": " + text;
    }
  }
  if (!some) return failure("the modules have no function in common");
  return std::string();
}

} // namespace dl::ir

#include "driver/values.h"
#include "ir/builder.h"
#include "ir/evaluate/evaluate.h"
#include "support/numerics/value_text.h"
#include <algorithm>
#include <cstdio>

namespace dl::driver {

namespace {

using ir::Elem;
using ir::Tensor;

num::Scalar scalarOf(const Tensor &tensor, int64_t i) {
  num::Scalar s;
  switch (tensor.elem) {
  case Elem::F64: s.kind = num::Scalar::Kind::Float64; break;
  case Elem::F32:
  case Elem::BF16:
  case Elem::F16: s.kind = num::Scalar::Kind::Float32; break;
  case Elem::Bool: s.kind = num::Scalar::Kind::Bool; break;
  case Elem::I64:
  case Elem::I32:
  case Elem::U8:
  case Elem::Key:
  case Elem::Dim: s.kind = num::Scalar::Kind::Integer; break;
  }
  bool real = s.kind == num::Scalar::Kind::Float64 || s.kind == num::Scalar::Kind::Float32;
  if (real) s.real = tensor.number(i);
  else if (tensor.elem == Elem::Key) s.integer = static_cast<int64_t>(tensor.bits(i));
  else s.integer = static_cast<int64_t>(tensor.number(i));
  return s;
}

std::string textOf(const Tensor &tensor) {
  auto at = [&](const int64_t *index) {
    int64_t flat = 0;
    for (size_t d = 0; d < tensor.shape.size(); ++d) flat = flat * tensor.shape[d] + index[d];
    return scalarOf(tensor, flat);
  };
  std::string type = ir::name(tensor.elem);
  for (size_t d = 0; d < tensor.shape.size(); ++d) type += (d ? ", " : "[") + std::to_string(tensor.shape[d]);
  return type + (tensor.shape.empty() ? "" : "]") + " = " + num::tensorText(tensor.shape, at);
}

std::vector<int64_t> boundsOf(const ir::Type &type) {
  std::vector<int64_t> shape;
  for (const Dim &dim : type.dims) shape.push_back(dim.bound());
  return shape;
}

/// The preset of an option or argument; without one there is nothing to run with.
Result<Tensor> presetOf(const ir::Param &param, const ir::Type &type) {
  if (param.preset.empty()) return failure("`--" + param.name + "` has no default");
  if (param.isText) {
    Tensor text(type.elem, {static_cast<int64_t>(param.preset.size()) - 1});
    for (int64_t i = 0; i < text.count(); ++i) text.setBits(i, static_cast<uint64_t>(param.preset[static_cast<size_t>(i)]));
    return text;
  }
  Tensor tensor(type.elem, boundsOf(type));
  for (int64_t i = 0; i < tensor.count(); ++i) {
    double number = param.preset[param.preset.size() == 1 ? 0 : static_cast<size_t>(i)];
    tensor.setBits(i, ir::encodeNumber(type.elem, number));
  }
  return tensor;
}

/// An extent of arguments: the bytes of the text that it belongs to, else all that it may be.
int64_t extentFor(const ir::Function &function, const ir::Value *dim) {
  for (size_t i = 0; i < function.params.size(); ++i)
    for (const ir::Value *used : ir::dimValues(function.body->args[i]->type))
      if (used == dim && function.params[i].isText) return static_cast<int64_t>(function.params[i].preset.size()) - 1;
  return dim->type.bound;
}

Result<Tensor> argumentFor(const ir::Function &function, size_t number, const ValuesOptions &options) {
  const ir::Param &param = function.params[number];
  const ir::Type &type = function.body->args[number]->type;
  switch (param.role) {
  case ir::ParamRole::Seed: return Tensor::scalar(Elem::Key, options.seed);
  case ir::ParamRole::Slot: return Tensor(type.elem, boundsOf(type));
  case ir::ParamRole::Fresh: return Tensor::scalar(Elem::Bool, 1);
  case ir::ParamRole::Option:
  case ir::ParamRole::Argument: return presetOf(param, type);
  case ir::ParamRole::Plain:
    if (type.elem == Elem::Dim) return Tensor::scalar(Elem::I64, static_cast<uint64_t>(extentFor(function, function.body->args[number])));
    return failure("it has a parameter without a role");
  }
  DL_UNREACHABLE();
}

/// "@main: 120 flops, 480 bytes, 7 operations", then a line for each kind, most bytes first.
std::string textOf(const std::string &name, const ir::Work &work) {
  char line[160];
  std::string out = "@" + name;
  auto add = [&](const char *form, auto... values) {
    std::snprintf(line, sizeof line, form, values...);
    out += line;
  };
  auto number = [](int64_t n) { return static_cast<long long>(n); };
  add(": %lld flops, %lld bytes, %lld operations\n", number(work.flops), number(work.bytes), number(work.ops));
  std::vector<std::pair<ir::OpKind, ir::WorkCount>> kinds(work.kinds.begin(), work.kinds.end());
  std::stable_sort(kinds.begin(), kinds.end(), [](const auto &a, const auto &b) { return a.second.bytes > b.second.bytes; });
  for (const auto &[kind, one] : kinds)
    add("  %-12s %10lld times %14lld flops %14lld bytes\n", ir::info(kind).mnemonic, number(one.ops), number(one.flops), number(one.bytes));
  return out;
}

} // namespace

Result<std::string> evaluateEntries(const ir::Module &module, const ValuesOptions &options) {
  std::string out;
  ir::EvaluateOptions evaluation;
  evaluation.dataDir = options.dataDir;
  evaluation.print = [&](const std::string &text) {
    if (!options.work) out += text;
  };
  evaluation.report = [&](const std::string &name, double value) {
    if (!options.work) out += "report " + name + " = " + num::shortest(value, true) + "\n";
  };
  for (const auto &function : module.functions) {
    if (!function->isEntry && !function->params.empty()) continue;
    std::vector<Tensor> arguments;
    for (size_t i = 0; i < function->params.size(); ++i) {
      auto argument = argumentFor(*function, i, options);
      if (!argument) return failure("cannot evaluate @" + function->name + ": " + argument.message());
      arguments.push_back(std::move(*argument));
    }
    ir::Work work;
    if (options.work) evaluation.work = &work;
    auto results = ir::evaluate(module, *function, arguments, evaluation);
    if (!results) return failure("@" + function->name + " stopped: " + results.message());
    if (options.work) {
      out += textOf(function->name, work);
      continue;
    }
    for (size_t i = 0; i < results->size(); ++i)
      out += "@" + function->name + "." + std::to_string(i) + ": " + textOf((*results)[i]) + "\n";
  }
  return out;
}

} // namespace dl::driver

/// Functions inside index notation: of elements, or of what is left over.
#include "frontend/build/builtin.h"
#include "frontend/build/index_notation.h"

namespace dl::frontend {
using ir::OpKind;

/// True if everything that was made acts element by element.
static bool elementByElement(const std::vector<ir::Op *> &made) {
  for (ir::Op *op : made) {
    ir::Family family = ir::info(op->kind).family;
    bool each = family == ir::Family::Elementwise || family == ir::Family::Constant || op->kind == OpKind::Broadcast || op->kind == OpKind::StopGradient ||
                op->kind == OpKind::Leaf || (op->kind == OpKind::Reshape && op->operands[0]->type.elementCount() == op->result()->type.elementCount());
    if (!each) return false;
  }
  return true;
}

/// A function: of elements, then it is applied to all of them at once; else of what is left over, then a loop calls it
/// for each element of the indices.
Indexed IndexNotation::evalCall(const Val &callee, const ast::Call *call, std::vector<Indexed> args, std::vector<std::string> labels, SourceRange where) {
  std::vector<int> names;
  for (Indexed &a : args) {
    if (a.error()) return {Val::error(), {}};
    if (!a.names.empty() && !a.v.isTensor()) a.v = e_.asTensor(a.v, where);
    if (a.error()) return {Val::error(), {}};
  }
  CallSite site{where, where, call};
  const Builtin *builtin = callee.is(ValKind::Function) ? callee.function().builtin : nullptr;
  std::optional<ast::Reducer> reducer = builtin ? ast::reducerNamed(builtin->name) : std::nullopt;
  if (reducer && args.size() == 1 && !args[0].names.empty()) { // over what is left over
    std::vector<int> dims;
    for (size_t i = args[0].names.size(); i < args[0].v.type().dims.size(); ++i) dims.push_back(static_cast<int>(i));
    if (dims.size() == 1 || !(*reducer == ast::Reducer::ArgMax || *reducer == ast::Reducer::ArgMin))
      return {e_.reduceDims(*reducer, args[0].v, dims, where), args[0].names};
  }
  bool elements = builtin && builtin->op != OpKind::Yield;
  auto apply = [&]() -> Indexed {
    std::vector<Indexed> aligned = args;
    if (!align(aligned, names, where)) return {Val::error(), {}};
    std::vector<Arg> list;
    for (size_t i = 0; i < aligned.size(); ++i) list.push_back({labels[i], where, aligned[i].v, nullptr});
    return {e_.call(callee, std::move(list), site), names};
  };
  auto fits = [&](const Val &out) {
    if (out.isNumber() || out.is(ValKind::Bool)) return true;
    if (!out.isTensor() || out.type().dims.size() < names.size()) return false;
    for (size_t i = 0; i < names.size(); ++i)
      if (out.type().dims[i] != vars_[static_cast<size_t>(names[i])].extent) return false;
    return true;
  };
  if (!elements) { // tried beside the program
    Snapshot before = e_.snapshot();
    size_t messages = e_.context().diags.all().size();
    std::vector<ir::Op *> made, *old = std::exchange(e_.ir().listener, &made);
    {
      Elaborator::RegionGuard guard(e_, e_.newRegion({}), nullptr);
      Val out = apply().v;
      elements = !out.isError() && elementByElement(made) && fits(out);
    }
    e_.ir().listener = old;
    e_.restore(before);
    e_.context().diags.truncate(messages);
    if (!elements && !e_.checking()) return callByElement(callee, args, labels, site);
  }
  Indexed out = apply();
  if (out.v.isNumber() || out.v.is(ValKind::Bool)) out.names.clear();
  return out;
}

/// y[i, j] = f(x[i, j, ...]): one turn of a loop for each element of the indices.
Indexed IndexNotation::callByElement(const Val &callee, const std::vector<Indexed> &args, const std::vector<std::string> &labels, const CallSite &site) {
  std::vector<int> names;
  for (const Indexed &a : args)
    for (int n : a.names)
      if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  std::sort(names.begin(), names.end());
  LoopSpec loop;
  loop.where = site.where, loop.trip = Dim(1);
  std::vector<Dim> extents;
  for (int n : names) extents.push_back(vars_[static_cast<size_t>(n)].extent), loop.trip = loop.trip * extents.back();
  std::vector<int> slice(args.size(), -1);
  for (size_t k = 0; k < args.size(); ++k) {
    if (args[k].names.empty()) continue;
    ir::Value *v = spread(args[k], names);
    std::vector<Dim> dims = {loop.trip};
    dims.insert(dims.end(), v->type.dims.begin() + static_cast<ptrdiff_t>(names.size()), v->type.dims.end());
    slice[k] = static_cast<int>(loop.scans.size());
    loop.scans.push_back(e_.ir().reshape(v, dims));
  }
  loop.body = [&](ir::Value *, const std::vector<ir::Value *> &slices) {
    std::vector<Arg> list;
    for (size_t k = 0; k < args.size(); ++k) {
      Val v = args[k].v;
      if (slice[k] >= 0) v.value = slices[static_cast<size_t>(slice[k])];
      list.push_back({labels[k], site.where, v, nullptr});
    }
    e_.frame().yields->push_back(e_.asTensor(e_.call(callee, std::move(list), site), site.where));
  };
  Val out = e_.loop(loop);
  if (!out.isTensor()) return {Val::error(), {}};
  extents.insert(extents.end(), out.type().dims.begin() + 1, out.type().dims.end());
  out.value = e_.ir().reshape(out.value, extents);
  return {out, names};
}

} // namespace dl::frontend

/// Primitives on bundles, functions and gradients.
#include "frontend/build/builtin.h"
#include "frontend/build/complete.h"

namespace dl::frontend {
using ir::OpKind;

static Val zerosLike(Elaborator &e, BuiltinCall &c) { return e.zerosLike(c[0], c.where(0)); }

/// map(f, bundle...): f on every leaf.
static Val mapOf(Elaborator &e, BuiltinCall &c) {
  std::vector<Val> bundles;
  for (Arg &a : c.rest) bundles.push_back(e.read(a.value));
  if (bundles.empty()) return e.fail(c.site.where, Diag::MissingArgument, {"map", "bundle"});
  int leaf = 0;
  std::string site = e.frame().site;
  // The params of a `repeat` are a leaf for each turn, however they are stored.
  std::vector<bool> trees;
  for (const Val &v : bundles) trees.push_back(v.is(ValKind::Function) || (v.isBundle() && !v.is(ValKind::List)));
  std::function<Val(const std::vector<Val> &, int)> each = [&](const std::vector<Val> &x, int turns) -> Val {
    if (turns > 0) {
      LoopSpec spec;
      spec.where = c.site.where;
      std::vector<size_t> scanned;
      for (size_t i = 0; i < x.size(); ++i)
        if (trees[i] && x[i].isTensor()) scanned.push_back(i), spec.scans.push_back(x[i].value);
      if (!scanned.empty()) spec.trip = x[scanned[0]].type().dims[0];
      spec.body = [&](ir::Value *, const std::vector<ir::Value *> &slices) {
        std::vector<Val> inner = x;
        for (size_t i = 0; i < scanned.size(); ++i) inner[scanned[i]] = Val::tensor(slices[i]);
        e.frame().yields->push_back(each(inner, turns - 1));
      };
      return e.loop(spec);
    }
    std::vector<Arg> args;
    for (const Val &v : x) args.push_back({"", c.site.where, v, nullptr});
    return e.call(c[0], std::move(args), c.site);
  };
  Val out = e.zip(bundles, c.site.where, [&](const std::vector<Val> &x) -> Val {
    e.frame().site = site + "#" + std::to_string(leaf++);
    int turns = std::exchange(e.turnsOfLeaf, 0);
    Val made = each(x, turns);
    e.turnsOfLeaf = turns;
    return made;
  });
  e.frame().site = site;
  return out;
}

static Val countOf(Elaborator &e, BuiltinCall &c) {
  if (unsettled(e, e.read(c[0]), c.where(0))) return Val::error();
  Val v = e.recordOf(c[0]);
  std::vector<Val> flat;
  e.leaves(v, flat);
  Dim total(0);
  for (const Val &leaf : flat) {
    Dim n(1);
    if (leaf.isTensor())
      for (const Dim &d : leaf.type().dims) n = n * d;
    total = total + n;
  }
  return Val::number(total);
}

static std::vector<Val> itemsOf(Elaborator &e, const Val &given, SourceRange where) {
  Val v = e.read(given);
  if (v.is(ValKind::Instance) && !v.instance().stack.empty() && v.instance().stack[0].isConstant()) v = e.tupleOfTurns(v);
  if (v.is(ValKind::Tuple) || v.is(ValKind::List) || v.is(ValKind::Record)) return v.bundle().items;
  if (v.is(ValKind::Range) && v.bundle().items[0].isConstantInt() && v.bundle().items[1].isConstantInt()) {
    std::vector<Val> out;
    for (int64_t i = v.bundle().items[0].whole.value(); i < v.bundle().items[1].whole.value(); ++i) out.push_back(Val::number(Dim(i)));
    return out;
  }
  if (!v.isError()) e.fail(where, Diag::WrongType, {"this", "a tuple or list known when built", e.describe(v)});
  return {Val::error()};
}

static Val zipOf(Elaborator &e, BuiltinCall &c) {
  std::vector<std::vector<Val>> lists;
  for (Arg &a : c.rest) lists.push_back(itemsOf(e, a.value, a.where));
  if (lists.empty()) return Val::tuple({});
  std::vector<Val> out;
  for (size_t i = 0; i < lists[0].size(); ++i) {
    std::vector<Val> row;
    for (auto &list : lists) {
      if (list.size() != lists[0].size())
        return e.fail(c.site.where, Diag::LengthsDiffer, {"zip", std::to_string(lists[0].size()), std::to_string(list.size())});
      if (list[i].isError()) return Val::error();
      row.push_back(list[i]);
    }
    out.push_back(Val::tuple(std::move(row)));
  }
  return Val::tuple(std::move(out));
}

static Val enumerateOf(Elaborator &e, BuiltinCall &c) {
  std::vector<Val> out, items = itemsOf(e, c[0], c.where(0));
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].isError()) return Val::error();
    out.push_back(Val::tuple({Val::number(Dim(static_cast<int64_t>(i))), items[i]}));
  }
  return Val::tuple(std::move(out));
}

static Val productOf(Elaborator &e, BuiltinCall &c) {
  std::vector<std::vector<Val>> rows = {{}};
  for (Arg &a : c.rest) {
    std::vector<std::vector<Val>> next;
    std::vector<Val> items = itemsOf(e, a.value, a.where);
    for (auto &row : rows)
      for (Val &item : items) {
        if (item.isError()) return Val::error();
        next.push_back(row);
        next.back().push_back(item);
      }
    rows = std::move(next);
  }
  std::vector<Val> out;
  for (auto &row : rows) out.push_back(Val::tuple(std::move(row)));
  return Val::tuple(std::move(out));
}

static Val gradOf(Elaborator &e, BuiltinCall &c) { return e.evalGrad(*c.args[0], *c.args[1], c.site.where); }
static Val jacobianOf(Elaborator &e, BuiltinCall &c) { return e.evalJacobian(*c.args[0], *c.args[1], c.site.where); }
static Val hessianOf(Elaborator &e, BuiltinCall &c) { return e.evalHessian(*c.args[0], *c.args[1], c.site.where); }
static Val vjpOf(Elaborator &e, BuiltinCall &c) { return e.evalVjp(*c.args[0], *c.args[1], *c.args[2], c.site.where); }
static Val jvpOf(Elaborator &e, BuiltinCall &c) { return e.evalJvp(*c.args[0], *c.args[1], *c.args[2], c.site.where); }
static Val hvpOf(Elaborator &e, BuiltinCall &c) { return e.evalHvp(*c.args[0], *c.args[1], *c.args[2], c.site.where); }

static Val stopGradient(Elaborator &e, BuiltinCall &c) {
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    if (!x[0].isTensor() || !ir::isFloat(x[0].type().elem)) return x[0];
    Val out = x[0];
    out.value = e.emit(OpKind::StopGradient, {x[0].value});
    return out;
  });
}

std::span<const Builtin> bundleBuiltins() {
  static const Builtin table[] = {
      {"zeros_like", "x", zerosLike, "a bundle of zeros"},
      {"map", "f rest*", mapOf, "f on every leaf"},
      {"count", "x", countOf, "number of params"},
      {"zip", "rest*", zipOf, "tuples of items"},
      {"enumerate", "x", enumerateOf, "tuples of number and item"},
      {"product", "rest*", productOf, "all combinations"},
  };
  return table;
}

std::span<const Builtin> controlBuiltins() {
  static const Builtin table[] = {
      {"grad", "y x", gradOf, "derivative of a scalar"},
      {"vjp", "y x dy", vjpOf, "derivative of y.dy: reverse mode under a cotangent"},
      {"jvp", "y x v", jvpOf, "derivative of y along v: forward mode"},
      {"hvp", "y x v", hvpOf, "second derivative of a scalar along v"},
      {"jacobian", "y x", jacobianOf, "all first derivatives of a tensor"},
      {"hessian", "y x", hessianOf, "all second derivatives of a scalar"},
      {"stop_gradient", "x", stopGradient, "x, without a derivative"},
  };
  return table;
}

} // namespace dl::frontend

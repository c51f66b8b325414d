/// Reducers as functions (`sum(x, axis: 0)`).
#include "frontend/build/builtin.h"
#include "frontend/build/table.h"
#include "frontend/build/complete.h"
#include <cmath>
#include <limits>

namespace dl::frontend {
using ast::Reducer;
using ir::Elem;
using ir::OpKind;

std::optional<int> Elaborator::axisOf(const Val &v, size_t rank, SourceRange where) {
  std::optional<int64_t> n = constantInt(v, where, "`axis`");
  if (!n) return std::nullopt;
  int64_t r = static_cast<int64_t>(rank), at = *n < 0 ? *n + r : *n;
  if (at < 0 || at >= r) {
    report(where, Diag::BadAxis, {std::to_string(*n), countOf(rank, "axis", "axes")});
    return std::nullopt;
  }
  return static_cast<int>(at);
}

Val Elaborator::reduceDims(Reducer op, const Val &given, std::vector<int> dims, SourceRange where) {
  Val t = asTensor(given, where);
  if (!t.isTensor()) return t;
  bool logical = op == Reducer::Any || op == Reducer::All;
  if (logical && t.type().elem != Elem::Bool) return notBool(t, where);
  if (op == Reducer::ArgMax || op == Reducer::ArgMin) {
    if (t.type().elem == Elem::Bool) t = asTensor(t, where, Elem::I32);
    const Dim n = t.type().dims[static_cast<size_t>(dims[0])];
    Val out = Val::tensor(emit(OpKind::ArgReduce, {t.value}, ir::ArgReduceAttr{op == Reducer::ArgMax, dims[0]}));
    out.low = 0, out.high = n.highest();
    return out;
  }
  if (dims.empty() && op != Reducer::Mean) return t.type().elem == Elem::Bool && !logical ? asTensor(t, where, Elem::I32) : t;
  if (!logical && t.type().elem == Elem::Bool) t = asTensor(t, where, op == Reducer::Mean ? Elem::F32 : Elem::I32);
  if (op == Reducer::Mean && ir::isInteger(t.type().elem)) t = asTensor(t, where, Elem::F32);
  ir::ReduceKind kind = ir::ReduceKind::Sum;
  switch (op) {
  case Reducer::Sum:
  case Reducer::Mean: kind = ir::ReduceKind::Sum; break;
  case Reducer::Prod: kind = ir::ReduceKind::Prod; break;
  case Reducer::Max: kind = ir::ReduceKind::Max; break;
  case Reducer::Min: kind = ir::ReduceKind::Min; break;
  case Reducer::Any: kind = ir::ReduceKind::Or; break;
  case Reducer::All: kind = ir::ReduceKind::And; break;
  case Reducer::ArgMax:
  case Reducer::ArgMin: break;
  }
  if (dims.empty()) return t;
  if (op == Reducer::Mean && ir::isHalf(t.type().elem)) { // a sum of many, and their number, need not fit into a half
    const Elem half = t.type().elem;
    Val wide = reduceDims(op, asTensor(t, where, Elem::F32), std::move(dims), where);
    return asTensor(wide, where, half);
  }
  Dim count(1);
  for (int d : dims) count = count * t.type().dims[static_cast<size_t>(d)];
  ir::Value *r = emit(OpKind::Reduce, {t.value}, ir::ReduceAttr{kind, dims, {}});
  if (!r) return Val::error();
  Val out = Val::tensor(r);
  if ((op == Reducer::Max || op == Reducer::Min) && t.high > t.low) out.low = t.low, out.high = t.high;
  if (op != Reducer::Mean) return out;
  ir::Value *n = count.isConstant() ? builder_.constant(ir::Type(r->type.elem), static_cast<double>(count.value()))
                                    : convert(builder_.extent(count), r->type.elem);
  return Val::tensor(emit(OpKind::Div, {r, broadcastTo(n, r->type.dims)}));
}

static Val ofNothing(Reducer op) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  switch (op) {
  case Reducer::Sum: return Val::number(Dim(0));
  case Reducer::Prod: return Val::number(Dim(1));
  case Reducer::Mean: return Val::number(std::numeric_limits<double>::quiet_NaN());
  case Reducer::Max: return Val::number(-inf);
  case Reducer::Min: return Val::number(inf);
  case Reducer::Any: return Val::boolean(false);
  case Reducer::All: return Val::boolean(true);
  case Reducer::ArgMax:
  case Reducer::ArgMin: break;
  }
  DL_UNREACHABLE();
}

/// All leaves of a bundle as one number: f(leaf) joined by an operation.
Val Elaborator::reduceLeaves(Reducer op, const Val &v, SourceRange where) {
  Val tree = recordOf(v);
  std::vector<Val> flat;
  leaves(tree, flat);
  if (flat.empty()) {
    return unsettled(*this, v, where) ? Val::error() : ofNothing(op);
  }
  Val total, count = Val::number(Dim(0));
  for (const Val &leaf : flat) {
    Val t = asTensor(leaf, where);
    if (!t.isTensor()) return t;
    std::vector<int> dims;
    Dim n(1);
    for (size_t i = 0; i < t.type().dims.size(); ++i) dims.push_back(static_cast<int>(i)), n = n * t.type().dims[i];
    count = Val::number(count.whole + n);
    Val part = reduceDims(op == Reducer::Mean ? Reducer::Sum : op, t, dims, where);
    if (part.isError()) return part;
    if (total.isError()) {
      total = part;
      continue;
    }
    switch (op) {
    case Reducer::Sum:
    case Reducer::Mean: total = binary(ast::BinaryOp::Add, total, part, where); break;
    case Reducer::Prod: total = binary(ast::BinaryOp::Multiply, total, part, where); break;
    case Reducer::Max: total = elementwise(OpKind::Max, {total, part}, where); break;
    case Reducer::Min: total = elementwise(OpKind::Min, {total, part}, where); break;
    case Reducer::Any: total = binary(ast::BinaryOp::Or, total, part, where); break;
    case Reducer::All: total = binary(ast::BinaryOp::And, total, part, where); break;
    case Reducer::ArgMax:
    case Reducer::ArgMin: return fail(where, Diag::NotATensor, {describe(v)});
    }
    if (total.isError()) return total;
  }
  return op == Reducer::Mean ? binary(ast::BinaryOp::Divide, total, count, where) : total;
}

static bool isTree(const Val &v) { return v.isBundle() && !v.is(ValKind::List); }

static bool isInRow(const Frame &here) {
  for (const Frame *at = &here; at; at = at->caller)
    for (Scope *s = at->scope.get(); s; s = s->parent.get())
      if (s->own(kInRow)) return true;
  return false;
}

Val Elaborator::reduceWith(Reducer op, const Val &given, const std::optional<Val> &axis, bool keep, SourceRange where) {
  Val v = read(given);
  if (v.is(ValKind::Function)) v = recordOf(v);
  bool arg = op == Reducer::ArgMax || op == Reducer::ArgMin;
  if (isTree(v) && !axis && !arg) return reduceLeaves(op, v, where);
  if (v.is(ValKind::Instance) && !v.instance().stack.empty() && axis && axis->isConstantInt() && axis->whole.isConstant(0) && !keep) {
    Val params = reduceWith(op, bundleOf(v.instance()), axis, keep, where); // one model, with the states of the first
    Val first = element(v, Val::number(Dim(0)), where);
    return params.isError() || first.isError() ? Val::error() : copyInstance(first, &params, where);
  }
  return zip({v}, where, [&](const std::vector<Val> &x) -> Val {
    Val t = asTensor(x[0], where);
    if (!t.isTensor()) return t;
    size_t rank = t.type().dims.size();
    if (rank == 0 && !axis && x[0].isTensor() && isInRow(frame())) {
      report(where, Diag::RankTooSmall, {std::string(ast::spelling(op)), "1 axis", describe(t)})
          .help("a column is one number in a line of `data`; what needs all rows stands outside: `mean(rows.x)`");
      return Val::error();
    }
    std::vector<int> dims;
    if (axis && axis->is(ValKind::Tuple)) {
      for (const Val &a : axis->bundle().items) {
        std::optional<int> d = axisOf(a, rank, where);
        if (!d) return Val::error();
        dims.push_back(*d);
      }
      std::sort(dims.begin(), dims.end());
    } else if (axis && axis->is(ValKind::List)) {
      report(where, Diag::WrongType, {"`axis`", "an int or a tuple of ints", describe(*axis)}).help("several axes stand in parentheses: `axis: (0, 1)`");
      return Val::error();
    } else if (axis) {
      std::optional<int> d = axisOf(*axis, rank, where);
      if (!d) return Val::error();
      dims.push_back(*d);
    } else if (arg) {
      if (rank == 0) return fail(where, Diag::RankTooSmall, {std::string(ast::spelling(op)), "1 axis", describe(t)});
      dims.push_back(static_cast<int>(rank) - 1);
    } else {
      for (size_t i = 0; i < rank; ++i) dims.push_back(static_cast<int>(i));
    }
    std::vector<Dim> kept = t.type().dims;
    for (int d : dims) kept[static_cast<size_t>(d)] = Dim(1);
    Val out = reduceDims(op, t, dims, where);
    if (keep && out.isTensor()) out.value = builder_.reshape(out.value, kept);
    return out;
  });
}

static Val reducer(Elaborator &e, BuiltinCall &c) {
  Reducer op = *ast::reducerNamed(c.builtin->name);
  for (const Arg &a : c.rest)
    if (!a.name.empty()) return e.unknownArgument(a, c.builtin->name, {"axis", "keep"});
  if (!c.rest.empty()) { // max(a, b)
    if (op != Reducer::Max && op != Reducer::Min) {
      e.report(c.rest[0].where, Diag::TooManyArguments, {c.builtin->name, "1 argument without a name", countOf(1 + c.rest.size(), "is", "are")})
          .help("an axis goes by name: `axis: " + e.sourceText(c.rest[0].where) + "`");
      return Val::error();
    }
    Val out = c[0];
    for (Arg &a : c.rest) {
      Val b = e.read(a.value);
      auto known = [](const Val &v) { return v.isNumber() && (!v.integer || v.whole.isConstant()); };
      if (known(out) && known(b)) {
        auto real = [](const Val &v) { return v.integer ? static_cast<double>(v.whole.value()) : v.real; };
        bool first = std::isnan(real(out)) || (op == Reducer::Max ? real(out) >= real(b) : real(out) <= real(b));
        out = first ? out : b;
      } else {
        // max(0, x): the number first, so that a tie gives its derivative to the number.
        out = e.elementwise(op == Reducer::Max ? OpKind::Max : OpKind::Min, {out, b}, c.site.where);
      }
    }
    return out;
  }
  bool keep = false;
  if (c.has(2)) {
    std::optional<bool> k = e.knownBool(c[2]);
    if (!k) return e.fail(c.where(2), Diag::NotKnown, {"`keep`", "a bool", e.describe(c[2])});
    keep = *k;
  }
  return e.reduceWith(op, c[0], c.has(1) ? std::optional(c[1]) : std::nullopt, keep, c.site.where);
}

Val Elaborator::reducerFunction(const std::string &name) {
  auto fn = std::make_shared<FunctionObject>();
  fn->name = name, fn->builtin = findBuiltin(name);
  return Val::of(ValKind::Function, std::move(fn));
}

std::span<const Builtin> reductionBuiltins() {
  static const Builtin table[] = {
      {"sum", "x axis? keep? rest*", reducer, "sum of all elements, or along an axis"},
      {"mean", "x axis? keep? rest*", reducer, "their mean"},
      {"prod", "x axis? keep? rest*", reducer, "their product"},
      {"max", "x axis? keep? rest*", reducer, "the largest, or the larger of two"},
      {"min", "x axis? keep? rest*", reducer, "the smallest, or the smaller of two"},
      {"any", "x axis? keep? rest*", reducer, "true if one holds"},
      {"all", "x axis? keep? rest*", reducer, "true if all hold"},
      {"argmax", "x axis? keep? rest*", reducer, "position of the largest along the last axis"},
      {"argmin", "x axis? keep? rest*", reducer, "position of the smallest along the last axis"},
  };
  return table;
}

} // namespace dl::frontend

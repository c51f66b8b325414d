/// Primitives about shapes.
#include "frontend/build/builtin.h"
#include "frontend/build/complete.h"
#include "frontend/build/conversion.h"
#include "frontend/build/table.h"
#include "frontend/build/text.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

static Val reshapeOf(Elaborator &e, BuiltinCall &c) {
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    Val t = e.asTensor(x[0], c.where(0));
    Val list = e.read(c[1]);
    if (!t.isTensor()) return t;
    // One -1 takes what is left.
    std::vector<Val> items = list.is(ValKind::List) || list.is(ValKind::Tuple) ? list.bundle().items : std::vector<Val>{list};
    Dim count(1), total(1), before(1), behind(1); // the latter without the sizes that both shapes have: they may be 0
    int open = -1;
    std::vector<Dim> dims, unmatched = t.type().dims;
    for (const Dim &d : t.type().dims) total = total * d;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].isConstantInt() && items[i].whole.value() == -1) {
        if (open >= 0) return e.fail(c.where(1), Diag::WrongType, {"the shape", "of sizes, at most one of them -1", e.describe(list)});
        open = static_cast<int>(i);
        dims.push_back(Dim(1));
        continue;
      }
      std::optional<Dim> d = e.sizeOf(e.read(items[i]), c.where(1), "a size");
      if (!d) return Val::error();
      dims.push_back(*d), count = count * *d;
      auto same = std::find(unmatched.begin(), unmatched.end(), *d);
      if (same != unmatched.end()) unmatched.erase(same);
      else behind = behind * *d;
    }
    const Dim written = count;
    for (const Dim &d : unmatched) before = before * d;
    if (open >= 0 && !behind.isConstant(0)) {
      dims[static_cast<size_t>(open)] = floorDiv(before, behind), count = count * floorDiv(before, behind);
    }
    if (!e.requireEqual(count, total)) {
      Diagnostic &d = e.report(c.where(1), Diag::ReshapeDiffers, {e.describe(t), total.str(), written.str()});
      for (size_t i = 0; i < t.type().dims.size(); ++i) noteSize(e, d, t.value, i);
      return Val::error();
    }
    Val out = count == total ? Val::tensor(e.emit(OpKind::Reshape, {t.value}, ir::ShapeAttr{dims}))
                             : Val::tensor(e.placeholder(ir::Type(t.type().elem, dims)));
    out.low = t.low, out.high = t.high, out.names = t.names;
    return out;
  });
}

static Val concatOf(Elaborator &e, BuiltinCall &c) {
  std::vector<Val> parts;
  Val first = e.read(c[0]);
  if (c.rest.empty() && (first.is(ValKind::Tuple) || first.is(ValKind::List))) parts = first.bundle().items;
  else parts.push_back(first);
  for (Arg &a : c.rest) {
    if (!a.name.empty()) return e.unknownArgument(a, "concat", {"axis"});
    parts.push_back(a.value);
  }
  if (std::any_of(parts.begin(), parts.end(), [&](const Val &v) { return e.read(v).is(ValKind::Table); })) {
    for (Val &v : parts)
      if (v = e.read(v); v.is(ValKind::Record)) v = asTable(e, v, c.site.where);
    return e.concatTables(parts, c.site.where);
  }
  return e.zip(parts, c.site.where, [&](const std::vector<Val> &x) -> Val {
    std::vector<Val> v = x;
    if (!e.promote(v, c.site.where, "concat")) return Val::error();
    std::optional<int> axis = e.axisOf(c.has(1) ? c[1] : Val::number(Dim(0)), v[0].type().dims.size(), c.site.where);
    if (!axis) return Val::error();
    std::vector<ir::Value *> raw;
    for (const Val &t : v) {
      const std::vector<Dim> &a = v[0].type().dims, &b = t.type().dims;
      bool fits = a.size() == b.size();
      for (size_t i = 0; fits && i < a.size(); ++i) fits = static_cast<int>(i) == *axis || e.requireEqual(a[i], b[i]);
      if (!fits) return noteSizes(e, e.report(c.site.where, Diag::ShapesDiffer, {"concat", e.describe(v[0]), e.describe(t)}), v[0], t), Val::error();
      raw.push_back(t.value);
    }
    return Val::tensor(e.emit(OpKind::Concat, raw, ir::ConcatAttr{*axis}));
  });
}

/// x in n equal parts along an axis (the last).
static Val chunksOf(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  std::optional<int64_t> n = e.constantInt(c[1], c.where(1), "the number of parts");
  if (!t.isTensor() || !n) return Val::error();
  std::optional<int> axis = e.axisOf(c.has(2) ? c[2] : Val::number(Dim(-1)), t.type().dims.size(), c.site.where);
  if (!axis) return Val::error();
  const Dim length = t.type().dims[static_cast<size_t>(*axis)];
  if (*n < 1 || *n > 100000) return e.fail(c.where(1), Diag::NotDivisible, {length.str(), std::to_string(*n)});
  Dim part = floorDiv(length, Dim(*n));
  if (!e.requireEqual(part * Dim(*n), length)) {
    noteSize(e, e.report(c.where(1), Diag::NotDivisible, {length.str(), std::to_string(*n)}), t.value, static_cast<size_t>(*axis));
    return Val::error();
  }
  std::vector<Val> out;
  for (int64_t i = 0; i < *n; ++i) out.push_back(e.slice(t.value, *axis, part * Dim(i), part));
  return Val::tuple(std::move(out));
}

/// One axis with `before` and `after` elements more, taken from the tensor itself.
static Val padFromInside(Elaborator &e, Val x, int axis, const Dim &before, const Dim &after, const std::string &mode, SourceRange where) {
  const Dim n = x.type().dims[static_cast<size_t>(axis)];
  bool mirror = mode == "reflect", edge = mode == "replicate";
  Dim need = edge ? Dim(1) : Dim(0);
  for (const Dim &side : {before, after})
    if (!side.isConstant(0) && (n - (mirror ? side + 1 : edge ? need : side)).lowest() < 0)
      return e.fail(where, Diag::SliceOutside, {"0:" + (mirror ? side + 1 : edge ? need : side).str(), n.str()});
  auto turned = [&](const Val &part) {
    return mirror ? Val::tensor(e.emit(OpKind::Reverse, {part.value}, ir::DimsAttr{{axis}})) : part;
  };
  auto side = [&](const Dim &count, bool first) -> Val {
    if (!edge) return turned(e.slice(x.value, axis, mirror ? (first ? Dim(1) : n - 1 - count) : (first ? n - count : Dim(0)), count));
    std::vector<Dim> dims = x.type().dims;
    dims[static_cast<size_t>(axis)] = count;
    return Val::tensor(e.broadcastTo(e.slice(x.value, axis, first ? Dim(0) : n - 1, Dim(1)).value, dims));
  };
  std::vector<ir::Value *> parts;
  if (!before.isConstant(0)) parts.push_back(side(before, true).value);
  parts.push_back(x.value);
  if (!after.isConstant(0)) parts.push_back(side(after, false).value);
  return parts.size() == 1 ? x : Val::tensor(e.emit(OpKind::Concat, parts, ir::ConcatAttr{axis}));
}

/// pad(x, n, axes...?): n elements of `value` at both ends of the last two axes, or of `axis`; or, by `mode`, of x.
static Val padOf(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  Val amount = e.read(c[1]);
  std::vector<Val> two = amount.is(ValKind::Tuple) || amount.is(ValKind::List) ? amount.bundle().items : std::vector<Val>{amount, amount};
  if (two.size() != 2) return e.fail(c.where(1), Diag::WrongType, {"the padding", "a number, or (before, after)", e.describe(amount)});
  std::optional<Dim> before = e.dimOf(two[0], c.where(1), "the padding"), after = e.dimOf(two[1], c.where(1), "the padding");
  if (!before || !after) return Val::error();
  const char *cut = "`x[1:-1]` takes elements away";
  if (!e.notNegative(*before, c.where(1), "a padding", cut) || !e.notNegative(*after, c.where(1), "a padding", cut)) return Val::error();
  size_t rank = t.type().dims.size();
  std::vector<bool> padded(rank, false);
  if (c.has(2)) {
    Val axis = e.read(c[2]);
    std::vector<Val> list = axis.is(ValKind::Tuple) || axis.is(ValKind::List) ? axis.bundle().items : std::vector<Val>{axis};
    for (const Val &a : list) {
      std::optional<int> d = e.axisOf(a, rank, c.where(2));
      if (!d) return Val::error();
      padded[static_cast<size_t>(*d)] = true;
    }
  } else {
    for (size_t i = rank > 2 ? rank - 2 : 0; i < rank; ++i) padded[i] = true;
  }
  if (c.has(4)) {
    std::optional<std::string> mode = e.knownText(c[4], c.where(4), "the mode");
    if (!mode) return Val::error();
    if (*mode != "constant") {
      if (*mode != "reflect" && *mode != "replicate" && *mode != "circular")
        return e.fail(c.where(4), Diag::WrongType, {"the mode", "\"constant\", \"reflect\", \"replicate\" or \"circular\"", "\"" + *mode + "\""});
      for (size_t i = 0; i < rank && t.isTensor(); ++i)
        if (padded[i]) t = padFromInside(e, t, static_cast<int>(i), *before, *after, *mode, c.where(1));
      return t;
    }
  }
  ir::PadAttr attr;
  for (size_t i = 0; i < rank; ++i) {
    const Dim &n = t.type().dims[i];
    attr.low.push_back(padded[i] ? *before : Dim(0));
    attr.extent.push_back(padded[i] ? n + *before + *after : n);
    attr.step.push_back(1);
  }
  if (c.has(3) && !becomes(e, c[3], t.type().elem, c.where(3), "`value`")) return Val::error();
  ir::Value *fill = c.has(3) ? e.tensor(c[3], c.where(3), t.type().elem) : e.zeros(ir::Type(t.type().elem));
  return Val::tensor(e.emit(OpKind::Pad, {t.value, fill}, attr));
}

static Val reverseOf(Elaborator &e, BuiltinCall &c) {
  Val v = e.read(c[0]);
  if (v.is(ValKind::Instance) && !v.instance().stack.empty() && v.instance().stack[0].isConstant()) v = e.tupleOfTurns(v);
  if (v.is(ValKind::Tuple)) {
    std::vector<Val> items = v.bundle().items;
    std::reverse(items.begin(), items.end());
    return Val::tuple(std::move(items));
  }
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  std::optional<int> axis = e.axisOf(c.has(1) ? c[1] : Val::number(Dim(0)), t.type().dims.size(), c.site.where);
  return axis ? Val::tensor(e.emit(OpKind::Reverse, {t.value}, ir::DimsAttr{{*axis}})) : Val::error();
}

static Val transposeOf(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  size_t rank = t.type().dims.size();
  std::vector<int> perm;
  std::vector<Val> order;
  if (c.rest.size() == 1 && (c.rest[0].value.is(ValKind::List) || c.rest[0].value.is(ValKind::Tuple))) order = c.rest[0].value.bundle().items;
  else
    for (Arg &a : c.rest) order.push_back(a.value);
  std::vector<bool> used(rank, false);
  for (const Val &v : order) {
    std::optional<int> d = e.axisOf(v, rank, c.site.where);
    if (!d) return Val::error();
    if (used[static_cast<size_t>(*d)]) break;
    used[static_cast<size_t>(*d)] = true;
    perm.push_back(*d);
  }
  if (perm.size() != rank) return e.fail(c.site.where, Diag::RankDiffers, {"the order of axes", countOf(order.size(), "axis", "axes"), countOf(rank, "is", "are")});
  return Val::tensor(e.ir().transpose(t.value, perm));
}

/// zeros(b, d), zeros([b, d]), ones(...)
static Val filled(Elaborator &e, BuiltinCall &c) {
  std::vector<Dim> dims;
  for (Arg &a : c.rest) {
    auto part = e.shapeOf(a.value, a.where);
    if (!part) return Val::error();
    dims.insert(dims.end(), part->begin(), part->end());
  }
  bool ones = std::string(c.builtin->name) == "ones";
  if (!fitsMemory(e, ir::Type(Elem::F32, dims))) return Val::error();
  return Val::tensor(e.ir().constant(ir::Type(Elem::F32, dims), ones ? 1 : 0));
}

/// full(value, b, d): a number everywhere; it takes the float type it meets.
static Val full(Elaborator &e, BuiltinCall &c) {
  std::vector<Dim> dims;
  for (Arg &a : c.rest) {
    auto part = e.shapeOf(a.value, a.where);
    if (!part) return Val::error();
    dims.insert(dims.end(), part->begin(), part->end());
  }
  bool known = c[0].isNumber();
  Val t = e.asTensor(c[0], c.where(0), known ? std::optional(Elem::F64) : std::nullopt);
  if (!t.isTensor()) return t;
  if (!t.type().isScalar()) return e.fail(c.where(0), Diag::WrongType, {"the value", "a number", e.describe(t)});
  Val out = Val::tensor(e.broadcastTo(t.value, dims));
  out.weak = known;
  return out;
}

static Val eye(Elaborator &e, BuiltinCall &c) {
  std::optional<Dim> n = e.sizeOf(c[0], c.where(0), "a size");
  if (!n) return Val::error();
  ir::Type grid(Elem::I32, {*n, *n});
  if (!fitsMemory(e, grid)) return Val::error();
  ir::Value *same = e.emit(OpKind::Eq, {e.ir().iota(grid, 0), e.ir().iota(grid, 1)});
  Val out = Val::tensor(e.convert(same, Elem::F64)); // weak: takes the float type it meets
  out.weak = true;
  return out;
}

static Val rangeOf(Elaborator &e, BuiltinCall &c) {
  std::optional<Dim> n = e.sizeOf(c[0], c.where(0), "the length");
  if (!n) return Val::error();
  Val out = Val::tensor(e.ir().iota(ir::Type(Elem::I32, {*n}), 0));
  out.low = 0, out.high = std::min<int64_t>(n->highest(), INT32_MAX);
  return out;
}

static Val lenOf(Elaborator &e, BuiltinCall &c) {
  Val v = e.read(c[0]);
  if (v.is(ValKind::Tuple) || v.is(ValKind::List) || v.is(ValKind::Record))
    return Val::number(Dim(static_cast<int64_t>(v.bundle().items.size())));
  if (unsettled(e, v, c.where(0))) return Val::error();
  if (v.is(ValKind::Table)) return Val::number(v.bundle().length);
  if (v.is(ValKind::Instance) && !v.instance().stack.empty()) return Val::number(v.instance().stack[0]);
  if (v.is(ValKind::Range)) return e.binary(ast::BinaryOp::Subtract, v.bundle().items[1], v.bundle().items[0], c.site.where);
  if (v.is(ValKind::Text)) {
    ir::Value *bytes = textBytes(e, v, c.where(0));
    return bytes ? Val::number(bytes->type.dims[0]) : Val::error();
  }
  if (v.isTensor() && !v.type().isScalar()) return Val::number(v.type().dims[0]);
  return e.fail(c.where(0), Diag::RankTooSmall, {"len", "1 axis", e.describe(v)});
}

static Val sizeOf(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  if (!c.has(1)) {
    Dim n(1);
    for (const Dim &d : t.type().dims) n = n * d;
    return Val::number(n);
  }
  Dim n(1);
  for (const Val &one : c[1].is(ValKind::Tuple) ? c[1].bundle().items : std::vector<Val>{c[1]}) {
    std::optional<int> axis = e.axisOf(e.read(one), t.type().dims.size(), c.where(1));
    if (!axis) return Val::error();
    n = n * t.type().dims[static_cast<size_t>(*axis)];
  }
  return Val::number(n);
}

static Val rankOf(Elaborator &e, BuiltinCall &c) {
  Val v = e.read(c[0]);
  if (v.isNumber() || v.is(ValKind::Bool)) return Val::number(Dim(0));
  Val t = e.asTensor(v, c.where(0));
  return t.isTensor() ? Val::number(Dim(static_cast<int64_t>(t.type().dims.size()))) : t;
}

static Val shapeOfValue(Elaborator &e, BuiltinCall &c) {
  Val v = e.read(c[0]);
  std::vector<Val> dims;
  if (!v.isNumber() && !v.is(ValKind::Bool)) {
    Val t = e.asTensor(v, c.where(0));
    if (!t.isTensor()) return t;
    for (const Dim &d : t.type().dims) dims.push_back(Val::number(d));
  }
  return Val::tuple(std::move(dims));
}

static Val broadcastOf(Elaborator &e, BuiltinCall &c) {
  auto dims = e.shapeOf(c[1], c.where(1));
  Val t = e.asTensor(c[0], c.where(0));
  if (!dims || !t.isTensor()) return Val::error();
  size_t rank = t.type().dims.size();
  bool fits = rank <= dims->size();
  for (size_t i = 0; fits && i < rank; ++i)
    fits = t.type().dims[i].isConstant(1) || e.requireEqual(t.type().dims[i], (*dims)[i + dims->size() - rank]);
  if (!fits) return e.fail(c.site.where, Diag::ShapesDiffer, {"broadcast", e.describe(t), str(*dims)});
  return Val::tensor(e.broadcastTo(t.value, *dims));
}

std::span<const Builtin> shapeBuiltins() {
  static const Builtin table[] = {
      {"reshape", "x shape", reshapeOf, "the same elements in row-major order"},
      {"concat", "x axis? rest*", concatOf, "joined along an axis (the first)"},
      {"chunks", "x count axis?", chunksOf, "equal parts along an axis (the last)"},
      {"pad", "x by axis? value? mode?", padOf, "elements added at both ends"},
      {"reverse", "x axis?", reverseOf, "turned around along an axis (the first)"},
      {"transpose", "x rest*", transposeOf, "axes in another order"},
      {"zeros", "shape*", filled, "a tensor of zeros"},
      {"ones", "shape*", filled, "a tensor of ones"},
      {"full", "value shape*", full, "a tensor of one number"},
      {"eye", "n", eye, "the identity matrix"},
      {"range", "n", rangeOf, "the ints 0..n"},
      {"len", "x", lenOf, "length of the first axis, of a table or a tuple"},
      {"size", "x axis?", sizeOf, "length of an axis, product of those of several, or number of elements"},
      {"rank", "x", rankOf, "number of axes"},
      {"shape", "x", shapeOfValue, "the lengths of all axes, a tuple"},
      {"broadcast", "x shape", broadcastOf, "repeated to a shape"},
  };
  return table;
}

} // namespace dl::frontend

/// Primitives that sort, scan, read and write at computed places.
#include "frontend/build/builtin.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

static std::string nameOf(const BuiltinCall &c) { return c.builtin->name; }

static bool flag(Elaborator &e, const BuiltinCall &c, size_t i) { return c.has(i) && e.knownBool(c[i]).value_or(false); }

/// The axis of argument i, else `preset`.
static std::optional<int> axisOf(Elaborator &e, const BuiltinCall &c, size_t i, const Val &t, int64_t preset) {
  return e.axisOf(c.has(i) ? c[i] : Val::number(Dim(preset)), t.type().dims.size(), c.where(i));
}

static Val cumulate(Elaborator &e, BuiltinCall &c) {
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    Val t = e.asTensor(x[0], c.where(0));
    if (!t.isTensor()) return t;
    std::optional<int> axis = axisOf(e, c, 1, t, -1);
    if (!axis) return Val::error();
    ir::CumulateAttr attr;
    attr.dim = *axis, attr.reverse = flag(e, c, 2), attr.exclusive = flag(e, c, 3);
    if (nameOf(c) == "cumprod") attr.kind = ir::ReduceKind::Prod;
    if (nameOf(c) == "cummax") attr.kind = ir::ReduceKind::Max;
    if (nameOf(c) == "cummin") attr.kind = ir::ReduceKind::Min;
    if (t.type().elem == Elem::Bool) t = e.asTensor(t, c.where(0), Elem::I32);
    return Val::tensor(e.emit(OpKind::Cumulate, {t.value}, attr));
  });
}

/// Sorted along an axis: the values, and where each was.
static std::pair<Val, Val> sorted(Elaborator &e, const Val &t, int axis, bool descending, bool positions) {
  std::vector<ir::Value *> operands = {t.value};
  if (positions) operands.push_back(e.ir().iota(ir::Type(Elem::I32, t.type().dims), axis));
  ir::Op *op = e.emitOp(OpKind::Sort, operands, ir::SortAttr{axis, descending});
  if (!op) return {Val::error(), Val::error()};
  Val values = Val::tensor(op->result(0)), from;
  values.low = t.low, values.high = t.high, values.names = t.names;
  if (positions) {
    from = Val::tensor(op->result(1));
    from.low = 0, from.high = t.type().dims[static_cast<size_t>(axis)].highest();
  }
  return {values, from};
}

static Val sortOf(Elaborator &e, BuiltinCall &c) {
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    Val t = e.asTensor(x[0], c.where(0));
    if (!t.isTensor()) return t;
    std::optional<int> axis = axisOf(e, c, 1, t, -1);
    if (!axis) return Val::error();
    bool positions = nameOf(c) == "argsort";
    auto [values, from] = sorted(e, t, *axis, flag(e, c, 2), positions);
    return positions ? from : values;
  });
}

/// The k largest along an axis, with their positions.
static Val topK(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  std::optional<Dim> k = e.sizeOf(c[1], c.where(1), "the number of values");
  if (!t.isTensor() || !k) return Val::error();
  if (t.type().dims.empty()) return e.fail(c.where(0), Diag::RankTooSmall, {"top_k", "1 axis", e.describe(t)});
  std::optional<int> axis = axisOf(e, c, 2, t, -1);
  if (!axis) return Val::error();
  const Dim n = t.type().dims[static_cast<size_t>(*axis)];
  bool open = e.checking() && (n - *k).highest() >= 0; // the use decides it
  if ((n - *k).lowest() < 0 && !open) {
    e.report(c.where(1), Diag::OutsideRange, {"the number of values of `top_k`", k->str(), "0", (n + Dim(1)).str()}).help("the axis has length " + n.str());
    return Val::error();
  }
  auto [values, from] = sorted(e, t, *axis, true, true);
  if (values.isError()) return values;
  Val first = e.slice(values.value, *axis, Dim(0), *k), indices = e.slice(from.value, *axis, Dim(0), *k);
  indices.low = from.low, indices.high = from.high;
  return Val::record({"values", "indices"}, {first, indices});
}

static Val nonzero(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  if (t.type().dims.size() != 1) return e.fail(c.where(0), Diag::RankDiffers, {"`x`", countOf(t.type().dims.size(), "axis", "axes"), "1 is"});
  const Dim n = t.type().dims[0];
  ir::Value *mask = t.type().elem == Elem::Bool ? t.value : e.emit(OpKind::Ne, {t.value, e.zeros(t.type())});
  ir::Op *op = compress(e, mask);
  if (!op) return Val::error();
  Val out = Val::tensor(op->result(1));
  out.low = 0, out.high = n.highest();
  return out;
}

/// Positions where the values would be put into a sorted vector.
static Val searchOf(Elaborator &e, BuiltinCall &c) {
  std::vector<Val> v = {c[0], c[1]};
  if (!e.promote(v, c.site.where, "search")) return Val::error();
  if (v[0].type().dims.size() != 1) return e.fail(c.where(0), Diag::RankDiffers, {"the sorted vector", countOf(v[0].type().dims.size(), "axis", "axes"), "1 is"});
  Val out = Val::tensor(e.emit(OpKind::Search, {v[0].value, v[1].value}, ir::SearchAttr{flag(e, c, 2)}));
  out.low = 0, out.high = std::min(v[0].type().dims[0].highest(), INT64_MAX - 1) + 1;
  return out;
}

static Val indexOf(Elaborator &e, BuiltinCall &c, size_t i) {
  Val index = e.asTensor(c[i], c.where(i));
  if (index.isTensor() && !ir::isInteger(index.type().elem)) return e.fail(c.where(i), Diag::IndexNotInt, {e.describe(index)});
  return index;
}

/// The slices of an axis that the index names; the axes of the index take its place.
static Val takeOf(Elaborator &e, BuiltinCall &c) {
  Val index = indexOf(e, c, 1);
  if (!index.isTensor()) return index;
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    Val t = e.asTensor(x[0], c.where(0));
    if (!t.isTensor()) return t;
    std::optional<int> axis = axisOf(e, c, 2, t, 0);
    if (!axis) return Val::error();
    e.checkInside(index, t.type().dims[static_cast<size_t>(*axis)], c.where(1));
    bool one = index.type().isScalar();
    Val out = e.gatherAlong(t, *axis, one ? Val::tensor(e.ir().reshape(index.value, {Dim(1)})) : index);
    if (one && out.isTensor()) {
      std::vector<Dim> dims = t.type().dims;
      dims.erase(dims.begin() + *axis);
      out.value = e.ir().reshape(out.value, dims);
    }
    out.low = t.low, out.high = t.high, out.names = t.names;
    return out;
  });
}

static ir::Affine plain(size_t name) {
  ir::Affine a;
  a.terms.push_back({static_cast<int>(name), 1});
  return a;
}

/// y[.., i, ..] = x[.., index[.., i, ..], ..]
static Val takeAlong(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0)), index = indexOf(e, c, 1);
  if (!t.isTensor() || !index.isTensor()) return Val::error();
  std::optional<int> axis = axisOf(e, c, 2, t, -1);
  if (!axis) return Val::error();
  const std::vector<Dim> &dims = t.type().dims, &at = index.type().dims;
  bool fits = dims.size() == at.size();
  for (size_t d = 0; fits && d < dims.size(); ++d) fits = static_cast<int>(d) == *axis || e.requireEqual(dims[d], at[d]);
  if (!fits) return noteSizes(e, e.report(c.site.where, Diag::ShapesDiffer, {"take_along", e.describe(t), e.describe(index)}), t, index), Val::error();
  e.checkInside(index, dims[static_cast<size_t>(*axis)], c.where(1));
  ir::IndexedAttr attr;
  ir::Factor factor;
  factor.operand = 0;
  for (size_t d = 0; d < at.size(); ++d) attr.names.push_back({"i" + std::to_string(d), at[d]});
  for (size_t d = 0; d < at.size(); ++d) {
    ir::Index i;
    if (static_cast<int>(d) != *axis) i.affine = plain(d);
    else {
      i.source = 1;
      for (size_t k = 0; k < at.size(); ++k) i.sourceIndex.push_back(plain(k));
    }
    factor.index.push_back(std::move(i));
  }
  attr.outCount = static_cast<int>(attr.names.size());
  attr.factors = {std::move(factor)};
  Val out = Val::tensor(e.emit(OpKind::Gather, {t.value, index.value}, std::move(attr)));
  out.low = t.low, out.high = t.high, out.names = t.names;
  return out;
}

/// base with base[index] set to, raised by, or compared with the updates, one after the other.
static Val scatterOf(Elaborator &e, BuiltinCall &c) {
  static const std::pair<const char *, ir::ScatterMode> kModes[] = {
      {"set", ir::ScatterMode::Set}, {"add", ir::ScatterMode::Add}, {"max", ir::ScatterMode::Max}, {"min", ir::ScatterMode::Min}};
  std::vector<Val> v = {c[0], c[2]};
  Val index = indexOf(e, c, 1);
  if (!index.isTensor() || !e.promote(v, c.site.where, "scatter")) return Val::error();
  std::string wanted = "set";
  if (c.has(3)) {
    std::optional<std::string> text = e.knownText(c[3], c.where(3), "the mode");
    if (!text) return Val::error();
    wanted = *text;
  }
  ir::IndexedAttr attr;
  bool known = false;
  for (auto &[name, mode] : kModes)
    if (wanted == name) attr.mode = mode, known = true;
  if (!known) return e.fail(c.where(3), Diag::WrongType, {"the mode", "\"set\", \"add\", \"max\" or \"min\"", "\"" + wanted + "\""});
  if (v[0].type().dims.empty()) return e.fail(c.where(0), Diag::RankTooSmall, {"scatter", "1 axis", e.describe(v[0])});
  e.checkInside(index, v[0].type().dims[0], c.where(1));
  std::vector<Dim> dims = index.type().dims;
  size_t own = dims.size();
  dims.insert(dims.end(), v[0].type().dims.begin() + 1, v[0].type().dims.end());
  const std::vector<Dim> &given = v[1].type().dims;
  bool fits = given.size() <= dims.size();
  for (size_t i = 0; fits && i < given.size(); ++i)
    fits = given[i].isConstant(1) || e.requireEqual(given[i], dims[i + dims.size() - given.size()]);
  if (!fits) return e.fail(c.where(2), Diag::ShapesDiffer, {"scatter", e.describe(v[1]), e.describe(index) + " of " + e.describe(v[0])});
  ir::Value *updates = e.broadcastTo(v[1].value, dims);
  ir::Factor place, update;
  place.operand = 0, update.operand = 1;
  ir::Index row;
  row.source = 2;
  for (size_t d = 0; d < dims.size(); ++d) {
    attr.names.push_back({"i" + std::to_string(d), dims[d]});
    ir::Index i;
    i.affine = plain(d);
    update.index.push_back(i);
    if (d < own) row.sourceIndex.push_back(plain(d));
  }
  place.index = update.index;
  place.index.erase(place.index.begin(), place.index.begin() + static_cast<long>(own));
  place.index.insert(place.index.begin(), row);
  attr.outCount = static_cast<int>(attr.names.size());
  attr.factors = {std::move(place), std::move(update)};
  return Val::tensor(e.emit(OpKind::Scatter, {v[0].value, updates, index.value}, std::move(attr)));
}

std::span<const Builtin> orderBuiltins() {
  static const Builtin table[] = {
      {"cumsum", "x axis? reverse? exclusive?", cumulate, "running sum along an axis (the last)"},
      {"cumprod", "x axis? reverse? exclusive?", cumulate, "running product"},
      {"cummax", "x axis? reverse? exclusive?", cumulate, "running maximum"},
      {"cummin", "x axis? reverse? exclusive?", cumulate, "running minimum"},
      {"sort", "x axis? descending?", sortOf, "sorted along an axis (the last)"},
      {"argsort", "x axis? descending?", sortOf, "positions in sorted order"},
      {"search", "sorted x right?", searchOf, "positions of values in a sorted vector"},
      {"top_k", "x k axis?", topK, "the k largest along an axis (the last): (values, indices)"},
      {"nonzero", "x", nonzero, "positions of the elements that are not zero"},
      {"take", "x index axis?", takeOf, "the slices of an axis (the first) that an index names"},
      {"take_along", "x index axis?", takeAlong, "one element for each of the index, along an axis (the last)"},
      {"scatter", "base index updates mode?", scatterOf, "base with rows set, added, max'ed or min'ed"},
  };
  return table;
}

} // namespace dl::frontend

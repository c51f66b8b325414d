/// What the items of a subscript ask of each axis: ints, slices, tensors of ints or bools, new axes.
#include "frontend/build/builtin.h"
#include "frontend/build/elaborator.h"

namespace dl::frontend {
using ast::ItemKind;
using ir::Elem;
using ir::OpKind;

/// Computed in the same way from the same values: `t + 1` and, further on, `t + 1`.
static bool sameValue(const ir::Value *a, const ir::Value *b, int depth = 8) {
  if (a == b) return true;
  if (!a || !b || depth == 0 || a->type != b->type || !a->def || !b->def) return false;
  const ir::Op &x = *a->def, &y = *b->def;
  bool alike = x.kind == y.kind && a->index == b->index && x.operands.size() == y.operands.size() && x.regions.empty() && y.regions.empty() &&
               !ir::hasEffect(x) && x.attrs == y.attrs;
  for (size_t i = 0; alike && i < x.operands.size(); ++i) alike = sameValue(x.operand(i), y.operand(i), depth - 1);
  return alike;
}

bool Elaborator::SliceSize::sameAs(const SliceSize &o) const {
  return from == o.from && to == o.to && axis == o.axis && step == o.step && sameValue(begin, o.begin) && sameValue(end, o.end);
}

/// A slice `a:b:s`; s may be negative, then it runs down from a (the last element) to the one above b (down to the first).
std::optional<Elaborator::AxisPlan> Elaborator::planSlice(const Item &i, const Dim &n) {
  AxisPlan plan;
  if (i.begin.isError() || i.end.isError() || i.step.isError()) return std::nullopt;
  if (checking_ && i.step.isNumber() && !i.step.isConstantInt()) {
    undecided_ = true; // a step that is known at each use
    return std::nullopt;
  }
  if (!i.step.is(ValKind::None)) {
    std::optional<int64_t> s = constantInt(i.step, i.where, "the step of a slice");
    if (!s) return std::nullopt;
    if (*s == 0) return report(i.where, Diag::WrongType, {"the step of a slice", "an int that is not 0", "0"}), std::nullopt;
    plan.step = *s;
  }
  bool up = plan.step > 0;
  int64_t by = up ? plan.step : -plan.step;
  auto known = [&](const Val &v, const Dim &otherwise) -> std::optional<Dim> {
    if (v.is(ValKind::None)) return otherwise;
    if (v.isNumber() && v.integer) return v.whole.isConstant() && v.whole.value() < 0 ? n + v.whole : v.whole;
    return std::nullopt;
  };
  std::optional<Dim> from = known(i.begin, up ? Dim(0) : n - Dim(1)), to = known(i.end, up ? n : Dim(-1));
  Dim lowest(up ? 0 : -1), top = up ? n : n - Dim(1); // of both ends
  auto steps = [&](const Dim &length) { return by == 1 ? length : floorDiv(length + Dim(by - 1), Dim(by)); };
  auto checkEnds = [&](ir::Value *a, ir::Value *b, bool start) {
    ir::Value *low = up ? a : b, *high = up ? b : a;
    ir::Value *fine = emit(OpKind::And, {emit(OpKind::Le, {low, high}), emit(OpKind::Le, {high, builder_.extent(top)})});
    if (start) fine = emit(OpKind::And, {emit(OpKind::Le, {builder_.extent(lowest), low}), fine});
    check(fine, i.where, {{"the slice from ", -1, "", {}}, {"", 1, "", {}}, {" to ", -1, "", {}}, {"", 2, "", {}}, {" does not lie inside an axis of length ", -1, "", {}}, {"", 3, "", {}}},
          {a, b, builder_.extent(n)});
  };
  /// ceil(|b - a| / by) as a run-time size: behind a check, so clamped to what fits.
  auto count = [&](ir::Value *a, ir::Value *b, int64_t bound) {
    ir::Value *length = up ? emit(OpKind::Sub, {b, a}) : emit(OpKind::Sub, {a, b});
    if (by != 1) length = emit(OpKind::Div, {emit(OpKind::Add, {length, builder_.i64(by - 1)}), builder_.i64(by)});
    length = emit(OpKind::Max, {builder_.i64(0), emit(OpKind::Min, {length, builder_.extent(steps(n))})});
    return builder_.toDim(length, bound, "n")->dim;
  };
  // The same ends, or the same distance of known ones, give the same size.
  auto sized = [&](SliceSize size, const std::function<Dim()> &make) {
    for (const SliceSize &known : sliceSizes_)
      if (known.sameAs(size) && insideOf(builder_.region(), known.region)) return known.extent;
    size.extent = make();
    sliceSizes_.push_back(size);
    return size.extent;
  };
  if (from && to) {
    Dim length = up ? *to - *from : *from - *to;
    const Dim &low = up ? *from : *to, &high = up ? *to : *from;
    if ((low - lowest).highest() < 0 || length.highest() < 0 || (top - high).highest() < 0) {
      report(i.where, Diag::SliceOutside, {sourceText(i.where), n.str()}).help("a slice ends at " + n.str() + " at most");
      return std::nullopt;
    }
    bool proven = (low - lowest).lowest() >= 0 && length.lowest() >= 0 && (top - high).lowest() >= 0;
    plan.extent = steps(length);
    if (proven || checking_) {
      plan.start = *from;
      if (!up && by > 1 && !(from->isConstant() && to->isConstant())) plan.first = builder_.extent(*from);
      return plan;
    }
    ir::Value *a = builder_.extent(*from), *b = builder_.extent(*to);
    checkEnds(a, b, (low - lowest).lowest() < 0);
    int64_t bound = std::max<int64_t>(0, std::min(plan.extent.highest(), steps(n).highest()));
    if (!plan.extent.isConstant()) plan.extent = sized({nullptr, nullptr, Dim(0), length, n, plan.step, builder_.region(), Dim(0)}, [&] { return count(a, b, bound); });
    plan.first = a;
    return plan;
  }
  ir::Value *a = from ? builder_.extent(*from) : index64(i.begin, i.where);
  if (!a) return std::nullopt;
  plan.first = a;
  ir::Value *b = to ? builder_.extent(*to) : index64(i.end, i.where);
  if (!b) return std::nullopt;
  if (i.length.isNumber() && i.length.integer) { // x[i:i + 4], x[i + 4:i:-1]
    const Dim &length = i.length.whole;
    if ((n - length).highest() < 0) {
      report(i.where, Diag::SliceOutside, {"of length " + length.str(), n.str()});
      return std::nullopt;
    }
    bool proven = up && i.begin.high > i.begin.low && i.begin.low >= 0 && (n - length).lowest() >= i.begin.high - 1;
    if (!proven) checkEnds(a, b, true);
    plan.extent = steps(length);
    return plan;
  }
  plan.extent = sized({i.begin.isTensor() ? i.begin.value : nullptr, i.end.isTensor() ? i.end.value : nullptr, from.value_or(Dim(0)),
                       to.value_or(Dim(0)), n, plan.step, builder_.region(), Dim(0)},
                      [&] {
                        checkEnds(a, b, true);
                        return count(a, b, steps(n).bound());
                      });
  return plan;
}

/// The place that a number known when built means on an axis, -1 the last; nothing where it is surely outside, which is reported.
static std::optional<Dim> placeOf(Elaborator &e, const Dim &index, const Dim &n, SourceRange where) {
  const Dim place = index.isConstant() && index.value() < 0 ? n + index : index;
  if (place.highest() >= 0 && (n - place).highest() > 0) return place;
  Diagnostic &d = e.report(where, Diag::IndexOutside, {index.str(), n.str()});
  if (n.isConstant() && n.value() > 0) d.help("the subscripts are 0 to " + (n - 1).str() + "; -1 is the last");
  return std::nullopt;
}

/// A list of subscripts with its numbers as places.
static Val placesOf(Elaborator &e, const Item &i, const Dim &n) {
  if (!i.value.is(ValKind::List)) return i.value;
  std::vector<Val> items;
  for (const Val &given : i.value.bundle().items) {
    items.push_back(e.read(given));
    if (!items.back().isConstantInt()) continue;
    std::optional<Dim> place = placeOf(e, items.back().whole, n, i.where);
    if (!place) return Val::error();
    items.back() = Val::number(*place);
  }
  return Val::tuple(std::move(items), ValKind::List);
}

std::optional<Elaborator::AxisPlan> Elaborator::planInt(const Item &i, const Val &index, const Dim &n) {
  AxisPlan plan;
  plan.drop = true;
  if (index.isTensor()) {
    checkInside(index, n, i.where);
    plan.first = convert(index.value, Elem::I64);
    return plan;
  }
  std::optional<Dim> place = placeOf(*this, index.whole, n, i.where);
  if (!place) return std::nullopt;
  plan.start = *place;
  if (plan.start.lowest() < 0 || (n - plan.start).lowest() <= 0) { // may be outside: read at a clamped place behind the check
    plan.first = builder_.extent(plan.start);
    checkInside(Val::tensor(plan.first), n, i.where);
  }
  return plan;
}

std::optional<std::vector<Elaborator::AxisPlan>> Elaborator::planAxes(const Val &base, const std::vector<Item> &items, SourceRange where) {
  const std::vector<Dim> dims = base.type().dims;
  size_t rank = dims.size(), used = 0;
  int ellipses = 0;
  for (const Item &i : items) {
    ellipses += i.kind == ItemKind::Ellipsis;
    used += i.kind != ItemKind::Ellipsis && !(i.kind == ItemKind::Value && i.value.is(ValKind::None));
  }
  if (used > rank || ellipses > 1) {
    report(where, Diag::TooManySubscripts, {describe(base), countOf(rank, "axis", "axes"), countOf(used, "subscript is", "subscripts are")});
    return std::nullopt;
  }
  std::vector<AxisPlan> axes;
  size_t d = 0;
  bool gathers = false;
  auto whole = [&] {
    AxisPlan plan;
    plan.extent = dims[d++];
    axes.push_back(std::move(plan));
  };
  for (const Item &i : items) {
    if (i.kind == ItemKind::Ellipsis) {
      for (size_t n = rank - used; n-- > 0;) whole();
      continue;
    }
    if (i.kind == ItemKind::Value && i.value.is(ValKind::None)) {
      axes.emplace_back();
      axes.back().fresh = true;
      continue;
    }
    std::optional<AxisPlan> plan;
    const size_t messages = c_.diags.all().size();
    if (i.kind == ItemKind::Slice) {
      plan = planSlice(i, dims[d]);
    } else {
      Val index = i.value.is(ValKind::List) || i.value.is(ValKind::Range) ? asTensor(placesOf(*this, i, dims[d]), i.where) : read(i.value);
      if (index.isError()) return std::nullopt;
      bool integer = index.isNumber() && index.integer;
      if (!integer && (!index.isTensor() || (!ir::isInteger(index.type().elem) && index.type().elem != Elem::Bool))) {
        report(i.where, Diag::IndexNotInt, {describe(index)}).help("`int(...)` cuts a number off; `//` divides ints");
        return std::nullopt;
      }
      if (integer || (index.type().isScalar() && index.type().elem != Elem::Bool)) {
        plan = planInt(i, index, dims[d]);
      } else {
        if (gathers) {
          report(i.where, Diag::TwoTensorSubscripts, {}).help("use index notation: `y[k] = x[a[k], b[k]]`");
          return std::nullopt;
        }
        gathers = true;
        if (index.type().elem == Elem::Bool) {
          if (index.type().dims.size() != 1 || !requireEqual(index.type().dims[0], dims[d])) {
            noteSizes(*this, report(i.where, Diag::ShapesDiffer, {"[ ]", describe(base), describe(index)}), base, index);
            return std::nullopt;
          }
          ir::Op *found = compress(*this, index.value);
          if (!found) return std::nullopt;
          index = Val::tensor(found->result(1));
        } else {
          checkInside(index, dims[d], i.where, base.value, d);
        }
        plan.emplace();
        plan->extent = dims[d], plan->rows = index;
      }
    }
    if (!plan && c_.diags.all().size() > messages) noteSize(*this, c_.diags.last(), base.value, d);
    if (!plan) return std::nullopt;
    axes.push_back(std::move(*plan)), ++d;
  }
  while (d < rank) whole();
  return axes;
}

ir::Value *Elaborator::rowsOf(const AxisPlan &axis) {
  ir::Value *rows = builder_.iota(ir::Type(Elem::I64, {axis.extent}), 0);
  if (axis.step != 1) rows = emit(OpKind::Mul, {rows, builder_.constantInt(rows->type, axis.step)});
  return emit(OpKind::Add, {rows, broadcastTo(axis.first ? axis.first : builder_.extent(axis.start), rows->type.dims)});
}

} // namespace dl::frontend

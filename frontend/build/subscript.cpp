/// Plain subscripts: ints, slices, `...`, new axes, and at most one tensor of ints or bools.
#include "frontend/build/builtin.h"
#include "frontend/build/complete.h"
#include "frontend/build/findings.h"

namespace dl::frontend {
using ast::ItemKind;
using ir::Elem;
using ir::OpKind;

void Elaborator::check(ir::Value *condition, SourceRange where, std::vector<ir::PrintPiece> message, std::vector<ir::Value *> values) {
  if (!condition || checking_) return;
  SourceRange old = builder_.where;
  std::string callee;
  outOfLibrary(where, &callee);
  if (!callee.empty()) message.push_back({", in `" + callee + "`", -1, "", {}});
  builder_.where = where;
  std::vector<ir::Value *> operands = {condition};
  operands.insert(operands.end(), values.begin(), values.end());
  emitOp(OpKind::Check, std::move(operands), ir::CheckAttr{std::move(message)});
  builder_.where = old;
}

void Elaborator::checkInside(const Val &index, const Dim &length, SourceRange where, const ir::Value *of, size_t dim) {
  if (!index.isTensor()) return;
  bool known = index.high > index.low;
  if (known && index.low >= 0 && index.high <= length.lowest()) return;
  if (known) checkLabels(*this, index, length, where, of, dim);
  ir::Value *v = convert(index.value, Elem::I64);
  ir::Value *zero = builder_.constantInt(v->type, 0);
  ir::Value *limit = broadcastTo(builder_.extent(length), v->type.dims);
  ir::Value *fine = emit(OpKind::And, {emit(OpKind::Ge, {v, zero}), emit(OpKind::Lt, {v, limit})});
  for (size_t i = v->type.dims.size(); fine && i-- > 0;) fine = builder_.reduce(ir::ReduceKind::And, fine, {static_cast<int>(i)});
  if (v->type.isScalar())
    check(fine, where, {{"the subscript ", -1, "", {}}, {"", 1, "", {}}, {" is outside an axis of length ", -1, "", {}}, {"", 2, "", {}}},
          {v, builder_.extent(length)});
  else
    check(fine, where, {{"a subscript is outside an axis of length ", -1, "", {}}, {"", 1, "", {}}}, {builder_.extent(length)});
}

void Elaborator::checkRange(ir::Value *ints, int64_t low, int64_t high, SourceRange where) {
  ir::Value *v = convert(ints, Elem::I64);
  ir::Value *fine = emit(OpKind::And, {emit(OpKind::Ge, {v, builder_.constantInt(v->type, low)}),
                                       emit(OpKind::Lt, {v, builder_.constantInt(v->type, high)})});
  for (size_t i = v->type.dims.size(); fine && i-- > 0;) fine = builder_.reduce(ir::ReduceKind::And, fine, {static_cast<int>(i)});
  check(fine, where, {{"an int is outside its range " + std::to_string(low) + ".." + std::to_string(high), -1, "", {}}}, {});
}

std::string Elaborator::sourceText(SourceRange r) const {
  return r.valid() ? std::string(c_.sources.text(r.file).substr(r.begin, r.end - r.begin)) : std::string();
}

/// `i + 4` behind `i` (`down`: before it): the length does not depend on i.
static const ast::Expr *lengthBeyond(const Elaborator &e, const ast::Expr &begin, const ast::Expr &end) {
  auto *sum = ast::tryAs<ast::Binary>(&end);
  if (!sum || sum->op != ast::BinaryOp::Add) return nullptr;
  return e.sourceText(sum->left->where) == e.sourceText(begin.where) ? sum->right.get() : nullptr;
}

Val Elaborator::evalSubscript(const ast::Subscript &e) {
  Val base = eval(*e.base);
  if (base.isError()) return base;
  return subscript(base, evalItems(e.items), e.where);
}

Elaborator::Item Elaborator::evalItem(const ast::SubscriptItem &s) {
  Item item;
  item.kind = s.kind, item.where = s.where;
  if (s.kind == ItemKind::Value) item.value = eval(*s.value);
  if (s.kind == ItemKind::Slice) {
    item.begin = s.begin ? eval(*s.begin) : Val::none();
    item.step = s.step ? eval(*s.step) : Val::none();
    item.end = s.end ? eval(*s.end) : Val::none();
    if (s.begin && s.end && (item.begin.isTensor() || item.end.isTensor())) {
      bool down = item.step.isConstantInt() && item.step.whole.value() < 0;
      const ast::Expr *length = down ? lengthBeyond(*this, *s.end, *s.begin) : lengthBeyond(*this, *s.begin, *s.end);
      if (length) item.length = eval(*length);
    }
  }
  return item;
}

std::vector<Elaborator::Item> Elaborator::evalItems(const std::vector<ast::SubscriptItem> &items) {
  std::vector<Item> out;
  for (const ast::SubscriptItem &s : items) out.push_back(evalItem(s));
  return out;
}

Val Elaborator::slice(ir::Value *v, int dim, const Dim &start, const Dim &extent) {
  ir::SliceAttr attr;
  for (size_t i = 0; i < v->type.dims.size(); ++i) {
    bool here = static_cast<int>(i) == dim;
    attr.start.push_back(here ? start : Dim(0));
    attr.extent.push_back(here ? extent : v->type.dims[i]);
    attr.step.push_back(1);
  }
  return Val::tensor(emit(OpKind::Slice, {v}, std::move(attr)));
}

Val Elaborator::element(const Val &base, const Val &index, SourceRange where) {
  Item item;
  item.value = index, item.where = where;
  return subscript(base, {item}, where);
}

Val Elaborator::subscriptBundle(const Val &base, const std::vector<Item> &items, SourceRange where) {
  const Bundle &b = base.bundle();
  int64_t count = static_cast<int64_t>(b.items.size());
  auto bound = [&](const Val &v, int64_t otherwise) -> std::optional<int64_t> {
    if (v.is(ValKind::None)) return otherwise;
    std::optional<int64_t> n = constantInt(v, where, "the subscript of a tuple");
    if (n && *n < 0) *n += count;
    return n;
  };
  if (items[0].kind == ItemKind::Ellipsis || (items[0].kind == ItemKind::Slice && (items.size() > 1 || !items[0].step.is(ValKind::None))))
    return unsupported(where, "this subscript of a tuple", "a tuple takes one int or `a:b`; `reverse(t)` turns it around");
  if (items[0].kind == ItemKind::Slice) {
    std::optional<int64_t> from = bound(items[0].begin, 0), to = bound(items[0].end, count);
    if (!from || !to) return Val::error();
    if (*from < 0 || *to > count || *from > *to) return fail(items[0].where, Diag::SliceOutside, {std::to_string(*from) + ":" + std::to_string(*to), std::to_string(count)});
    return Val::tuple({b.items.begin() + *from, b.items.begin() + *to}, base.kind);
  }
  std::optional<int64_t> at = bound(items[0].value, 0);
  if (!at) return Val::error();
  if (*at < 0 || *at >= count) return fail(where, Diag::IndexOutside, {std::to_string(*at), std::to_string(count)});
  Val item = read(b.items[static_cast<size_t>(*at)]);
  if (items.size() == 1) return item;
  return subscript(item, {items.begin() + 1, items.end()}, where);
}

Val Elaborator::subscript(const Val &given, const std::vector<Item> &items, SourceRange where) {
  Val base = read(given);
  if (base.isError()) return base;
  for (const Item &i : items)
    if (i.value.isError() && i.kind == ItemKind::Value) return Val::error();
  if (base.is(ValKind::Table) && unsettled(*this, base, where)) return Val::error();
  if ((base.is(ValKind::Table) || base.is(ValKind::Record)) && items.size() == 1 && items[0].value.is(ValKind::Text)) {
    const std::string part = items[0].value.text().known() ? items[0].value.text().str() : "name";
    report(items[0].where, Diag::IndexNotInt, {describe(items[0].value)}).help("a part of a record or table goes by a point: `." + part + "`");
    return Val::error();
  }
  if (base.is(ValKind::Table) || base.is(ValKind::Record)) {
    std::vector<Val> columns;
    for (const Val &column : base.bundle().items) {
      columns.push_back(subscript(column, items, where));
      if (columns.back().isError()) return Val::error();
    }
    if (base.is(ValKind::Record) || columns.empty() || !columns[0].isTensor()) return Val::record(base.bundle().labels, columns);
    if (columns[0].type().isScalar()) return trimRow(Val::record(base.bundle().labels, columns));
    std::shared_ptr<Bundle> table = base.bundle().copy();
    table->items = std::move(columns), table->length = table->items[0].type().dims[0];
    return Val::of(ValKind::Table, std::move(table));
  }
  auto known = [](const Val &bound) { return bound.is(ValKind::None) || bound.isConstantInt(); };
  bool plainSlice = items.size() == 1 && items[0].kind == ItemKind::Slice && known(items[0].begin) && known(items[0].end) && items[0].step.is(ValKind::None);
  bool staticIndex = !items.empty() && (plainSlice ||
                                        (items[0].kind == ItemKind::Value && items[0].value.isNumber() && items[0].value.whole.isConstant()));
  if (base.is(ValKind::Tuple) || (base.is(ValKind::List) && staticIndex)) return subscriptBundle(base, items, where);
  if (base.is(ValKind::List)) {
    const Bundle &b = base.bundle();
    bool texts = !b.items.empty();
    for (const Val &t : b.items) texts &= t.is(ValKind::Text) && t.text().known();
    if (texts && items.size() == 1 && items[0].value.isTensor() && items[0].value.type().isScalar()) { // names[i]
      checkInside(items[0].value, Dim(static_cast<int64_t>(b.items.size())), where);
      auto names = std::make_shared<Names>();
      for (const Val &t : b.items) names->push_back(t.text().str());
      auto text = std::make_shared<TextObject>();
      text->parts.push_back({"", items[0].value.value, "", std::move(names)});
      return Val::of(ValKind::Text, std::move(text));
    }
    base = asTensor(base, where);
  }
  if (base.is(ValKind::Instance)) return elementOfStack(base, items, where);
  if (!base.isTensor()) {
    const auto used = static_cast<size_t>(std::count_if(items.begin(), items.end(), [](const Item &i) {
      return i.kind != ItemKind::Ellipsis && !(i.kind == ItemKind::Value && i.value.is(ValKind::None));
    }));
    if (used && (base.isNumber() || base.is(ValKind::Bool)))
      return fail(where, Diag::TooManySubscripts, {describe(base), "0 axes", countOf(used, "subscript is", "subscripts are")});
    const bool real = base.isNumber() && !base.integer;
    base = asTensor(base, where, real ? std::optional(Elem::F64) : std::nullopt);
    if (!base.isTensor()) return Val::error();
    base.weak = real; // it takes the float type it meets
  }
  return subscriptTensor(base, items, where);
}

bool mergeMasked(Elaborator &e, Val &base, std::vector<Item> &items) {
  if (items.size() != 1 || items[0].kind != ItemKind::Value || !items[0].value.isTensor()) return false;
  const ir::Type &mask = items[0].value.type(), &type = base.type();
  if (mask.elem != ir::Elem::Bool || mask.rank() < 2 || mask.rank() > type.rank()) return false;
  std::vector<Dim> dims = {Dim(1)};
  for (size_t i = 0; i < type.rank(); ++i) {
    if (i >= mask.rank()) dims.push_back(type.dims[i]);
    else if (e.requireEqual(mask.dims[i], type.dims[i])) dims[0] = dims[0] * type.dims[i];
    else return false;
  }
  items[0].value.value = e.ir().reshape(items[0].value.value, {dims[0]});
  base.value = e.ir().reshape(base.value, dims);
  return true;
}

Val Elaborator::subscriptTensor(const Val &base, const std::vector<Item> &items, SourceRange where) {
  Val merged = base;
  std::vector<Item> one = items;
  if (mergeMasked(*this, merged, one)) return subscriptTensor(merged, one, where);
  std::optional<std::vector<AxisPlan>> axes = planAxes(base, items, where);
  if (!axes) return Val::error();
  ir::Value *v = base.value;
  // What is known: one slice, of which some axes are turned around.
  ir::SliceAttr fixed;
  std::vector<int> reversed;
  bool cuts = false;
  for (const AxisPlan &a : *axes) {
    if (a.fresh) continue;
    int d = static_cast<int>(fixed.start.size());
    const Dim &n = base.type().dims[static_cast<size_t>(d)];
    bool here = !a.first && !a.rows;
    int64_t by = a.step < 0 ? -a.step : a.step;
    Dim low = a.step < 0 && here ? a.start - Dim(by) * (a.extent - Dim(1)) : a.start;
    if (a.extent.isConstant(0)) low = Dim(0);
    fixed.start.push_back(here ? low : Dim(0)), fixed.extent.push_back(here ? a.extent : n), fixed.step.push_back(here ? by : 1);
    if (here && a.step < 0) reversed.push_back(d);
    cuts |= here && !(low.isConstant(0) && a.extent == n && by == 1);
  }
  if (cuts) v = emit(OpKind::Slice, {v}, fixed);
  if (v && !reversed.empty()) v = emit(OpKind::Reverse, {v}, ir::DimsAttr{reversed});
  if (!v) return Val::error();
  // Starts known at run time: a block of that size; row by row where there is a step or only the check proves that it fits.
  ir::SliceAtAttr moving;
  std::vector<ir::Value *> starts;
  bool moves = false;
  size_t k = 0;
  for (const AxisPlan &a : *axes) {
    if (a.fresh) continue;
    const Dim n = v->type.dims[k];
    bool block = a.first && a.step == 1 && (n - a.extent).lowest() >= 0;
    if (a.first && !block) v = gatherAlong(Val::tensor(v), static_cast<int>(k), Val::tensor(rowsOf(a))).value;
    if (!v) return Val::error();
    moving.extent.push_back(block ? a.extent : v->type.dims[k]), starts.push_back(block ? a.first : nullptr), moves |= block;
    ++k;
  }
  if (moves) {
    std::vector<ir::Value *> operands = {v};
    for (ir::Value *start : starts) operands.push_back(start ? start : builder_.i64(0));
    v = emit(OpKind::SliceAt, operands, moving);
  }
  if (!v) return Val::error();
  // Drop the axes of ints, add the new ones.
  std::vector<Dim> dims;
  std::optional<Val> rows;
  int gatherDim = -1;
  k = 0;
  for (const AxisPlan &a : *axes) {
    if (a.rows) rows = a.rows, gatherDim = static_cast<int>(dims.size());
    if (a.fresh) dims.push_back(Dim(1));
    else if (!a.drop) dims.push_back(v->type.dims[k]);
    k += !a.fresh;
  }
  Val out = Val::tensor(builder_.reshape(v, dims));
  if (rows) out = gatherAlong(out, gatherDim, *rows);
  out.weak = base.weak, out.low = base.low, out.high = base.high, out.names = base.names;
  return out;
}

Val Elaborator::gatherAlong(const Val &base, int dim, const Val &index) {
  const std::vector<Dim> &dims = base.type().dims, &at = index.type().dims;
  ir::IndexedAttr attr;
  ir::Factor factor;
  factor.operand = 0;
  auto name = [&](const Dim &extent) {
    attr.names.push_back({"i" + std::to_string(attr.names.size()), extent});
    ir::Affine a;
    a.terms.push_back({static_cast<int>(attr.names.size()) - 1, 1});
    return a;
  };
  for (size_t d = 0; d < dims.size(); ++d) {
    ir::Index i;
    if (static_cast<int>(d) != dim) i.affine = name(dims[d]);
    else {
      i.source = 1;
      for (const Dim &n : at) i.sourceIndex.push_back(name(n));
    }
    factor.index.push_back(std::move(i));
  }
  attr.outCount = static_cast<int>(attr.names.size());
  attr.factors = {std::move(factor)};
  return Val::tensor(emit(OpKind::Gather, {base.value, index.value}, std::move(attr)));
}

} // namespace dl::frontend

/// Subscripts inside index notation: which axis each item reads, where, and whether that lies inside.
#include "frontend/build/index_notation.h"
#include "ir/index_range.h"

namespace dl::frontend {
using ast::ItemKind;
using ir::Elem;
using ir::OpKind;

/// The items of `x[i][j]` in one list, if those further in are single subscripts.
bool IndexNotation::flatten(const ast::Subscript &s, std::vector<const ast::SubscriptItem *> &items, const ast::Expr *&base) {
  std::vector<const ast::Subscript *> chain = {&s};
  while (auto *inner = ast::tryAs<ast::Subscript>(chain.back()->base.get())) {
    if (!mentions(*inner)) break;
    chain.push_back(inner);
  }
  base = chain.back()->base.get();
  for (size_t k = chain.size(); k-- > 0;)
    for (auto &item : chain[k]->items) {
      if (k > 0 && (item.kind != ItemKind::Value || !(mentions(*item.value) || plain(*item.value).isNumber()))) {
        refuse(s.where, "a subscript behind a part of a tensor", "which axis it means would depend on that part", "write all subscripts in one pair of brackets");
        return false;
      }
      items.push_back(&item);
    }
  if (!mentions(*base)) return true;
  refuse(s.where, "a subscript of a computed value", "subscripts choose elements of tensors", "define that value first: `y[i, j] = ...`, then `y[i, j]`");
  return false;
}

/// A slice with ends, a new axis, a tensor of ints or bools: it is taken before anything is indexed.
bool IndexNotation::takesPart(const ast::SubscriptItem &item, bool &ok) {
  if (item.kind == ItemKind::Ellipsis) return false;
  if (item.kind == ItemKind::Slice) {
    for (const ast::Expr *end : {item.begin.get(), item.end.get(), item.step.get()})
      if (end && mentions(*end)) {
        refuse(item.where, "a slice whose ends depend on an index", "each element would have a length of its own", "read it through an index: `x[i + u]` with `u in 0..n`");
        return ok = false;
      }
    return item.begin || item.end || item.step;
  }
  if (mentions(*item.value)) return false;
  const Val &v = plain(*item.value);
  return v.is(ValKind::None) || v.is(ValKind::List) || v.is(ValKind::Range) || (v.isTensor() && (!v.type().isScalar() || v.type().elem == Elem::Bool));
}

const IndexNotation::Access *IndexNotation::access(const ast::Subscript &s) {
  auto found = accesses_.find(&s);
  if (found != accesses_.end()) return &found->second;
  auto give = [&](Access a) { return &(accesses_[&s] = std::move(a)); };
  std::vector<const ast::SubscriptItem *> items;
  const ast::Expr *base = nullptr;
  failed_ |= !flatten(s, items, base);
  if (failed_) return nullptr;
  Val whole = plain(*base);
  size_t given = 0;
  for (auto *item : items)
    given += item->kind != ItemKind::Ellipsis && !(item->kind == ItemKind::Value && !mentions(*item->value) && plain(*item->value).is(ValKind::None));
  const bool number = whole.isNumber() || whole.is(ValKind::Bool);
  if (whole.isBundle() || whole.is(ValKind::Range) || (number && given == 0)) whole = e_.asTensor(whole, base->where);
  if (!whole.isTensor()) {
    if (!whole.isError()) e_.report(s.where, Diag::TooManySubscripts, {e_.describe(whole), "0 axes", countOf(items.size(), "subscript is", "subscripts are")});
    return failed_ = true, nullptr;
  }
  const size_t rank = whole.type().dims.size();
  bool parts = false, ok = true;
  for (auto *item : items) parts |= takesPart(*item, ok);
  if (!ok || failed_) return failed_ = true, nullptr;
  if (given > rank) {
    e_.report(s.where, Diag::SubscriptCount, {e_.describe(whole), countOf(rank, "axis", "axes"), countOf(given, "subscript is", "subscripts are")});
    return failed_ = true, nullptr;
  }
  Access out;
  std::vector<Elaborator::Item> taken;
  auto keep = [&](const ast::SubscriptItem *item) {
    Elaborator::Item all;
    all.kind = ItemKind::Slice, all.where = item ? item->where : s.where;
    all.begin = all.end = all.step = Val::none();
    taken.push_back(std::move(all)), out.axes.push_back(item);
  };
  for (auto *item : items) {
    if (item->kind == ItemKind::Ellipsis) {
      for (size_t n = rank - given; n-- > 0;) keep(nullptr);
    } else if (!takesPart(*item, ok)) {
      keep(item->kind == ItemKind::Slice ? nullptr : item);
    } else {
      taken.push_back(e_.evalItem(*item));
      size_t axes = 1;
      if (item->kind == ItemKind::Value && !plain(*item->value).is(ValKind::None)) {
        Val index = e_.asTensor(plain(*item->value), item->where);
        if (!index.isTensor()) return failed_ = true, nullptr;
        axes = index.type().dims.size();
      }
      out.axes.insert(out.axes.end(), axes, nullptr);
    }
  }
  out.base = parts ? e_.subscriptTensor(whole, taken, s.where) : whole;
  if (!out.base.isTensor()) return failed_ = true, nullptr;
  out.axes.resize(out.base.type().dims.size(), nullptr);
  return give(std::move(out));
}

bool IndexNotation::inside(const AffineIndex &a, const Dim &length) const {
  auto [least, most] = reach(a);
  return ir::isNonNegative(least) && ir::isNonNegative(length - Dim(1) - most);
}

/// Checks at run time that an index stays inside an axis; the read is guarded. Nothing is read where an index has no values.
void IndexNotation::checkAt(const AffineIndex &a, const Dim &length, SourceRange where) {
  if (e_.checking()) return;
  auto [least, most] = reach(a);
  ir::Value *zero = e_.ir().i64(0);
  ir::Value *fine = e_.emit(OpKind::And, {e_.emit(OpKind::Ge, {e_.ir().extent(least), zero}),
                                          e_.emit(OpKind::Ge, {e_.ir().extent(length - Dim(1) - most), zero})});
  for (auto &[n, k] : a.terms) {
    const Dim &extent = vars_[static_cast<size_t>(n)].extent;
    if (extent.lowest() <= 0) fine = e_.emit(OpKind::Or, {fine, e_.emit(OpKind::Le, {e_.ir().extent(extent), zero})});
  }
  e_.check(fine, where, {{"the subscript " + e_.sourceText(where) + " is outside an axis of length ", -1, "", {}}, {"", 1, "", {}}}, {e_.ir().extent(length)});
}

/// Inside by its ranges, surely outside (an error), or checked at run time.
void IndexNotation::requireInside(const AffineIndex &a, const Dim &length, const ast::SubscriptItem &item) {
  bool none = false;
  SourceRange where = item.where;
  for (auto &[n, k] : a.terms) none |= vars_[static_cast<size_t>(n)].extent.isConstant(0);
  if (none || inside(a, length)) return;
  if (guarded()) {
    AffineIndex left = a;
    for (auto &t : left.terms) t.second = -t.second;
    left.offset = length - Dim(1) - a.offset;
    if ((!neverNegative(a) || !neverNegative(left)) && checked_.insert(&item).second) checkChosen(eval(*item.value), length, where);
    return;
  }
  auto [least, most] = reach(a);
  bool surely = least.highest() < 0 || (length - Dim(1) - most).highest() < 0 || (length.isConstant() && most.isConstant() && least.isConstant());
  if (!surely) {
    if (checked_.insert(&item).second) checkAt(a, length, where);
    return;
  }
  Diagnostic &d = e_.report(where, Diag::IndexOutside, {e_.sourceText(where), length.str()});
  if (!a.terms.empty()) d.fact("it runs from " + least.str() + " to " + most.str());
  for (auto &[n, k] : a.terms) {
    const IndexVar &v = vars_[static_cast<size_t>(n)];
    d.fact("`" + v.name + "` runs from " + v.low.str() + " to " + (v.low + v.extent - Dim(1)).str());
  }
  if (!a.terms.empty()) d.help("state a smaller range, read it inside an `if`, or `pad` the tensor");
  failed_ = true;
}

/// The subscript, if all its indices are affine; a zero `pad` below it is folded into guards later.
std::optional<IndexNotation::Read> IndexNotation::affineRead(const ast::Subscript &s) {
  const Access *of = access(s);
  if (!of) return std::nullopt;
  Read read;
  read.base = of->base.value;
  const std::vector<Dim> &dims = of->base.type().dims;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (!of->axes[d]) {
      read.rest.push_back(static_cast<int>(d));
      continue;
    }
    std::optional<AffineIndex> a = affineOf(*of->axes[d]->value);
    if (!a) return std::nullopt;
    if (a->terms.empty() && a->offset.isConstant() && a->offset.value() < 0) a->offset = dims[d] + a->offset;
    read.at.push_back(std::move(*a)), read.axis.push_back(static_cast<int>(d));
  }
  for (size_t k = 0; k < read.at.size(); ++k) {
    size_t d = static_cast<size_t>(read.axis[k]);
    requireInside(read.at[k], dims[d], *of->axes[d]);
  }
  if (failed_) return std::nullopt;
  return read;
}

Indexed IndexNotation::readAt(const Read &read, const Val &like) {
  std::vector<int> names;
  for (const AffineIndex &a : read.at)
    for (auto &[n, k] : a.terms)
      if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  std::sort(names.begin(), names.end());
  const std::vector<Dim> &dims = read.base->type.dims;
  // A permutation of whole axes is a transpose.
  bool whole = names.size() == read.at.size();
  std::vector<int> perm(read.at.size(), 0);
  for (size_t i = 0; whole && i < read.at.size(); ++i) {
    const AffineIndex &a = read.at[i];
    whole = a.terms.size() == 1 && a.terms[0].second == 1 && a.offset.isConstant(0) &&
            vars_[static_cast<size_t>(a.terms[0].first)].extent == dims[static_cast<size_t>(read.axis[i])];
    if (whole) perm[static_cast<size_t>(std::find(names.begin(), names.end(), a.terms[0].first) - names.begin())] = read.axis[i];
  }
  Val out;
  if (whole) {
    perm.insert(perm.end(), read.rest.begin(), read.rest.end());
    bool same = true;
    for (size_t i = 0; i < perm.size(); ++i) same &= perm[i] == static_cast<int>(i);
    out = Val::tensor(same ? read.base : e_.ir().transpose(read.base, perm));
  } else {
    ir::IndexedAttr attr;
    ir::Factor factor;
    factor.operand = 0, factor.index.resize(dims.size());
    for (int n : names) attr.names.push_back({vars_[static_cast<size_t>(n)].name, vars_[static_cast<size_t>(n)].extent});
    for (size_t i = 0; i < read.at.size(); ++i) {
      ir::Index &index = factor.index[static_cast<size_t>(read.axis[i])];
      for (auto &[n, k] : read.at[i].terms)
        index.affine.terms.push_back({static_cast<int>(std::find(names.begin(), names.end(), n) - names.begin()), k});
      index.affine.offset = read.at[i].offset;
      index.guarded = !inside(read.at[i], dims[static_cast<size_t>(read.axis[i])]);
    }
    for (int d : read.rest) {
      factor.index[static_cast<size_t>(d)].affine.terms.push_back({static_cast<int>(attr.names.size()), 1});
      attr.names.push_back({"r" + std::to_string(d), dims[static_cast<size_t>(d)]});
    }
    attr.outCount = static_cast<int>(attr.names.size());
    attr.factors = {std::move(factor)};
    out = Val::tensor(e_.emit(OpKind::Remap, {read.base}, std::move(attr)));
  }
  out.low = like.low, out.high = like.high, out.names = like.names;
  if (guarded() && out.high > out.low) out.low = std::min<int64_t>(out.low, 0), out.high = std::max<int64_t>(out.high, 1);
  return {out, names};
}

/// Affine subscripts are a `remap`; elements of int tensors as subscripts a `gather`, all of them in one.
Indexed IndexNotation::evalSubscript(const ast::Subscript &s) {
  const Access *of = access(s);
  if (!of) return {Val::error(), {}};
  if (std::optional<Read> read = affineRead(s)) return readAt(*read, of->base);
  if (failed_) return {Val::error(), {}};
  const std::vector<Dim> &dims = of->base.type().dims;
  struct Axis {
    std::optional<AffineIndex> affine;
    std::optional<Indexed> computed;
  };
  // Which indices occur decides the numbers of the names: two passes.
  std::vector<Axis> axes(dims.size());
  std::vector<int> names;
  auto use = [&](int n) {
    if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  };
  for (size_t d = 0; d < dims.size(); ++d) {
    const ast::SubscriptItem *item = of->axes[d];
    if (!item) continue;
    if ((axes[d].affine = affineOf(*item->value))) {
      AffineIndex &at = *axes[d].affine;
      if (at.terms.empty() && at.offset.isConstant() && at.offset.value() < 0) at.offset = dims[d] + at.offset;
      requireInside(at, dims[d], *item);
      if (failed_) return {Val::error(), {}};
      for (auto &[n, k] : at.terms) use(n);
      continue;
    }
    Indexed index = eval(*item->value);
    if (index.error()) return index;
    index.v = e_.asTensor(index.v, item->where);
    if (!index.v.isTensor()) return {Val::error(), {}};
    if (!ir::isInteger(index.v.type().elem)) return {e_.fail(item->where, Diag::IndexNotInt, {e_.describe(index.v)}), {}};
    if (checked_.insert(item).second) {
      if (guarded()) checkChosen(index, dims[d], item->where);
      else e_.checkInside(index.v, dims[d], item->where, of->base.value, d);
    }
    for (int n : index.names) use(n);
    axes[d].computed = std::move(index);
  }
  std::sort(names.begin(), names.end());
  ir::IndexedAttr attr;
  ir::Factor factor;
  factor.operand = 0;
  std::vector<ir::Value *> operands = {of->base.value};
  std::map<int, int> position;
  auto add = [&](const std::string &name, const Dim &extent) {
    attr.names.push_back({name, extent});
    return static_cast<int>(attr.names.size()) - 1;
  };
  for (int n : names) position[n] = add(vars_[static_cast<size_t>(n)].name, vars_[static_cast<size_t>(n)].extent);
  for (size_t d = 0; d < dims.size(); ++d) {
    ir::Index index;
    if (axes[d].affine) {
      for (auto &[n, k] : axes[d].affine->terms) index.affine.terms.push_back({position[n], k});
      index.affine.offset = axes[d].affine->offset;
      index.guarded = !inside(*axes[d].affine, dims[d]);
    } else if (axes[d].computed) {
      const Indexed &at = *axes[d].computed;
      index.source = static_cast<int>(operands.size());
      operands.push_back(at.v.value);
      for (int n : at.names) index.sourceIndex.push_back({{{position[n], 1}}, Dim(0)});
      for (size_t k = at.names.size(); k < at.v.type().dims.size(); ++k) // axes of the subscript left over
        index.sourceIndex.push_back({{{add("r" + std::to_string(d) + "_" + std::to_string(k), at.v.type().dims[k]), 1}}, Dim(0)});
    } else {
      index.affine.terms.push_back({add("r" + std::to_string(d), dims[d]), 1});
    }
    factor.index.push_back(std::move(index));
  }
  attr.outCount = static_cast<int>(attr.names.size());
  attr.factors = {std::move(factor)};
  Val out = Val::tensor(e_.emit(OpKind::Gather, operands, std::move(attr)));
  out.low = of->base.low, out.high = of->base.high, out.names = of->base.names;
  if (guarded() && out.high > out.low) out.low = std::min<int64_t>(out.low, 0), out.high = std::max<int64_t>(out.high, 1);
  return {out, names};
}

} // namespace dl::frontend

/// Affine reads and sums of products.
#include "frontend/build/index_notation.h"
#include "ir/index_range.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

bool IndexNotation::inside(const AffineIndex &a, const Dim &length) const {
  Dim least = a.offset, most = a.offset;
  for (auto &[n, k] : a.terms) {
    Dim last = Dim(k) * (vars_[static_cast<size_t>(n)].extent - Dim(1));
    if (k > 0) most = most + last;
    else least = least + last;
  }
  return ir::isNonNegative(least) && ir::isNonNegative(length - Dim(1) - most);
}

/// Checks at run time that an index stays inside an axis; the read is guarded.
void IndexNotation::checkAt(const AffineIndex &a, const Dim &length, SourceRange where) {
  if (e_.checking()) return;
  Dim least = a.offset, most = a.offset;
  for (auto &[n, k] : a.terms) {
    Dim last = Dim(k) * (vars_[static_cast<size_t>(n)].extent - Dim(1));
    if (k > 0) most = most + last;
    else least = least + last;
  }
  ir::Value *zero = e_.ir().i64(0);
  ir::Value *fine = e_.emit(OpKind::And, {e_.emit(OpKind::Ge, {e_.ir().extent(least), zero}),
                                          e_.emit(OpKind::Ge, {e_.ir().extent(length - Dim(1) - most), zero})});
  e_.check(fine, where, {{"the subscript " + e_.sourceText(where) + " is outside an axis of length ", -1, "", {}}, {"", 1, "", {}}}, {e_.ir().extent(length)});
}

/// The subscript, if all its indices are affine; a zero `pad` below it is folded into guards later.
std::optional<IndexNotation::Read> IndexNotation::affineRead(const ast::Subscript &s) {
  if (mentions(*s.base)) return std::nullopt;
  Val base = plain(*s.base);
  if (base.is(ValKind::List) || base.is(ValKind::Range)) base = plain_[s.base.get()] = e_.asTensor(base, s.base->where);
  if (!base.isTensor()) return std::nullopt;
  const std::vector<Dim> &dims = base.type().dims;
  size_t given = 0;
  for (auto &item : s.items) given += item.kind != ast::ItemKind::Ellipsis;
  if (given > dims.size()) return std::nullopt;
  Read read;
  read.base = base.value;
  int axis = 0;
  for (auto &item : s.items) {
    if (item.kind == ast::ItemKind::Ellipsis) {
      for (size_t k = dims.size() - given; k-- > 0;) read.rest.push_back(axis++);
      continue;
    }
    if (item.kind == ast::ItemKind::Slice) {
      if (item.begin || item.end || item.step) return std::nullopt;
      read.rest.push_back(axis++);
      continue;
    }
    std::optional<AffineIndex> a = affineOf(*item.value);
    if (!a) return std::nullopt;
    const Dim &length = dims[static_cast<size_t>(axis)];
    if (a->terms.empty() && a->offset.isConstant() && a->offset.value() < 0) a->offset = length + a->offset;
    if (!guarded_ && !inside(*a, length)) {
      Dim most = a->offset;
      for (auto &[n, k] : a->terms)
        if (k > 0) most = most + Dim(k) * (vars_[static_cast<size_t>(n)].extent - Dim(1));
      Dim least = a->offset;
      for (auto &[n, k] : a->terms)
        if (k < 0) least = least + Dim(k) * (vars_[static_cast<size_t>(n)].extent - Dim(1));
      bool surely = least.highest() < 0 || (length - Dim(1) - most).highest() < 0 || (length.isConstant() && most.isConstant() && least.isConstant());
      if (surely) {
        e_.report(item.where, Diag::IndexOutside, {e_.sourceText(item.where), length.str()}).fact("it runs from " + least.str() + " to " + most.str());
        failed_ = true;
        return std::nullopt;
      }
      checkAt(*a, length, item.where);
    }
    read.at.push_back(std::move(*a)), read.axis.push_back(axis++);
  }
  while (axis < static_cast<int>(dims.size())) read.rest.push_back(axis++);
  return read;
}

Indexed IndexNotation::readAt(const Read &read, const Val &like, SourceRange where) {
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
  (void)where;
  out.low = like.low, out.high = like.high, out.names = like.names;
  if (guarded_ && out.high > out.low) out.low = std::min<int64_t>(out.low, 0), out.high = std::max<int64_t>(out.high, 1);
  return {out, names};
}

/// a * b / c as lists; false if it is no product.
bool IndexNotation::factorsOf(const ast::Expr &e, bool divided, std::vector<const ast::Expr *> &times, std::vector<const ast::Expr *> &over) {
  auto *b = ast::tryAs<ast::Binary>(&e);
  if (b && b->op == ast::BinaryOp::Multiply) {
    factorsOf(*b->left, divided, times, over), factorsOf(*b->right, divided, times, over);
    return true;
  }
  if (b && b->op == ast::BinaryOp::Divide && !divided) {
    factorsOf(*b->left, divided, times, over), factorsOf(*b->right, true, times, over);
    return true;
  }
  (divided ? over : times).push_back(&e);
  return true;
}

/// sum[reduced] of a product as one contraction; nothing if the factors do not allow it.
std::optional<Indexed> IndexNotation::contraction(const ast::Reduce &r, const std::vector<int> &reduced) {
  std::vector<const ast::Expr *> times, over;
  factorsOf(*r.body, false, times, over);
  auto involves = [&](const std::vector<int> &names) {
    for (int n : names)
      if (std::binary_search(reduced.begin(), reduced.end(), n)) return true;
    return false;
  };
  struct Operand {
    Indexed value;            ///< for a computed factor
    std::optional<Read> read; ///< or a tensor read directly
  };
  std::vector<Operand> inner;
  std::vector<Indexed> outer;
  for (const ast::Expr *f : times) {
    Operand o;
    if (auto *s = ast::tryAs<ast::Subscript>(f); s && mentions(*f)) {
      o.read = affineRead(*s);
      if (failed_) return Indexed{Val::error(), {}};
    }
    std::vector<int> names;
    if (o.read) {
      for (const AffineIndex &a : o.read->at)
        for (auto &[n, k] : a.terms) names.push_back(n);
      if (!involves(names)) o.value = eval(*f), outer.push_back(o.value);
      else inner.push_back(std::move(o));
      continue;
    }
    o.value = eval(*f);
    if (o.value.error()) return o.value;
    if (involves(o.value.names)) inner.push_back(std::move(o));
    else outer.push_back(o.value);
  }
  std::vector<Indexed> divisors;
  for (const ast::Expr *f : over) {
    Indexed x = eval(*f);
    if (x.error()) return x;
    if (involves(x.names)) return std::nullopt; // the plain way
    divisors.push_back(std::move(x));
  }
  // Every reduced index is read, everything is of one float type.
  std::optional<Elem> elem;
  std::vector<bool> seen(vars_.size(), false);
  bool shifted = false;
  for (Operand &o : inner) {
    ir::Value *v = o.read ? o.read->base : o.value.v.isTensor() ? o.value.v.value : nullptr;
    if (!v || (!o.read && o.value.v.weak)) return std::nullopt;
    if (ir::isFloat(v->type.elem)) {
      if (elem && *elem != v->type.elem) return std::nullopt;
      elem = v->type.elem;
    }
    if (o.read)
      for (const AffineIndex &a : o.read->at) {
        shifted |= a.terms.size() != 1 || a.terms[0].second != 1 || !a.offset.isConstant(0);
        for (auto &[n, k] : a.terms) seen[static_cast<size_t>(n)] = true;
      }
    else
      for (int n : o.value.names) seen[static_cast<size_t>(n)] = true;
  }
  for (int n : reduced)
    if (!seen[static_cast<size_t>(n)]) return std::nullopt;
  if (!elem || inner.empty() || (inner.size() == 1 && !shifted)) return std::nullopt;
  // Names: what stays, what is left over, what is summed.
  std::vector<int> kept;
  size_t rest = 0;
  std::vector<Dim> restDims;
  auto meetRest = [&](const std::vector<Dim> &dims) {
    if (dims.size() > rest) restDims.insert(restDims.begin(), dims.size() - rest, Dim(1)), rest = dims.size();
    for (size_t i = 0; i < dims.size(); ++i) {
      Dim &d = restDims[i + rest - dims.size()];
      if (d.isConstant(1)) d = dims[i];
      else if (!dims[i].isConstant(1) && !e_.requireEqual(d, dims[i])) return false;
    }
    return true;
  };
  std::vector<ir::Value *> operands;
  std::vector<std::vector<Dim>> restOf;
  for (Operand &o : inner) {
    std::vector<Dim> own;
    ir::Value *v = o.read ? o.read->base : o.value.v.value;
    if (o.read)
      for (int d : o.read->rest) own.push_back(v->type.dims[static_cast<size_t>(d)]);
    else own.assign(v->type.dims.begin() + static_cast<ptrdiff_t>(o.value.names.size()), v->type.dims.end());
    if (!meetRest(own)) return Indexed{e_.fail(r.where, Diag::ShapesDiffer, {"*", e_.describe(v->type), str(restDims)}), {}};
    restOf.push_back(std::move(own));
    operands.push_back(e_.convert(v, *elem));
  }
  for (size_t n = 0; n < vars_.size(); ++n)
    if (seen[n] && !std::binary_search(reduced.begin(), reduced.end(), static_cast<int>(n))) kept.push_back(static_cast<int>(n));
  ir::IndexedAttr attr;
  std::map<int, int> position;
  auto add = [&](int n) {
    position[n] = static_cast<int>(attr.names.size());
    attr.names.push_back({vars_[static_cast<size_t>(n)].name, vars_[static_cast<size_t>(n)].extent});
  };
  for (int n : kept) add(n);
  int firstRest = static_cast<int>(attr.names.size());
  for (size_t i = 0; i < rest; ++i) attr.names.push_back({"r" + std::to_string(i), restDims[i]});
  attr.outCount = static_cast<int>(attr.names.size());
  for (int n : reduced) add(n);
  for (size_t k = 0; k < inner.size(); ++k) {
    Operand &o = inner[k];
    ir::Factor factor;
    factor.operand = static_cast<int>(k);
    ir::Value *v = operands[k];
    std::vector<int> restAxes;
    if (o.read) {
      factor.index.resize(v->type.dims.size());
      for (size_t i = 0; i < o.read->at.size(); ++i) {
        ir::Index &index = factor.index[static_cast<size_t>(o.read->axis[i])];
        for (auto &[n, by] : o.read->at[i].terms) index.affine.terms.push_back({position[n], by});
        std::sort(index.affine.terms.begin(), index.affine.terms.end());
        index.affine.offset = o.read->at[i].offset;
        index.guarded = !inside(o.read->at[i], v->type.dims[static_cast<size_t>(o.read->axis[i])]);
      }
      restAxes = o.read->rest;
      foldPad(operands[k], factor);
    } else {
      for (int n : o.value.names) {
        ir::Index index;
        index.affine.terms.push_back({position[n], 1});
        factor.index.push_back(std::move(index));
      }
      for (size_t i = 0; i < restOf[k].size(); ++i) restAxes.push_back(static_cast<int>(factor.index.size())), factor.index.push_back({});
    }
    for (size_t i = 0; i < restAxes.size(); ++i) {
      size_t at = i + rest - restAxes.size();
      if (!restOf[k][i].isConstant(1) || restDims[at].isConstant(1))
        factor.index[static_cast<size_t>(restAxes[i])].affine.terms.push_back({firstRest + static_cast<int>(at), 1});
    }
    attr.factors.push_back(std::move(factor));
  }
  Indexed out{Val::tensor(e_.emit(OpKind::Contract, operands, std::move(attr))), kept};
  auto combine = [&](ast::BinaryOp op, const Indexed &x) {
    std::vector<Indexed> v = {out, x};
    std::vector<int> names;
    if (!align(v, names, r.where)) return void(out.v = Val::error());
    out = {e_.binary(op, v[0].v, v[1].v, r.where), names};
  };
  for (const Indexed &x : outer) combine(ast::BinaryOp::Multiply, x);
  for (const Indexed &x : divisors) combine(ast::BinaryOp::Divide, x);
  return out;
}

/// x read through a zero `pad` is x read with guards.
void IndexNotation::foldPad(ir::Value *&operand, ir::Factor &factor) {
  ir::Op *pad = operand->def;
  if (!pad || pad->kind != OpKind::Pad) return;
  const auto &attr = pad->as<ir::PadAttr>();
  const ir::Op *fill = pad->operands[1]->def;
  if (!fill || fill->kind != OpKind::Const || fill->as<ir::ConstAttr>().bits != std::vector<uint64_t>{0}) return;
  for (int64_t step : attr.step)
    if (step != 1) return;
  operand = pad->operands[0];
  for (size_t d = 0; d < attr.low.size(); ++d) {
    bool padded = !attr.low[d].isConstant(0) || attr.extent[d] != operand->type.dims[d];
    factor.index[d].affine.offset = factor.index[d].affine.offset - attr.low[d];
    factor.index[d].guarded |= padded;
  }
}

Val IndexNotation::reduce(const ast::Reduce &r) {
  collect(&r, false);
  if (!solve()) return Val::error();
  Indexed out = evalReduce(r);
  return out.v;
}

Val IndexNotation::define(const ast::Define &s) {
  bool rest = false;
  for (const ast::Index &i : s.indices) {
    if (i.ellipsis) {
      rest = true;
      continue;
    }
    if (indexNamed(i.name.text)) return e_.fail(i.where, Diag::IndexTwice, {i.name.text});
    int number = declare(i);
    scope_.emplace_back(i.name.text, number);
  }
  (void)rest;
  size_t own = scope_.size();
  collect(s.value.get(), false);
  if (!solve()) return Val::error();
  Indexed out = eval(*s.value);
  if (out.error()) return out.v;
  Val t = out.v.isTensor() ? out.v : e_.asTensor(out.v, s.value->where);
  if (!t.isTensor()) return t;
  std::vector<int> names;
  for (size_t i = 0; i < own; ++i) names.push_back(static_cast<int>(i));
  out.v = t;
  t.value = spread(out, names);
  if (!t.value) return Val::error();
  t.weak = false;
  if (out.v.weak) t.value = e_.convert(t.value, Elem::F32);
  return t;
}

Val Elaborator::evalDefine(const ast::Define &s) {
  Val v = IndexNotation(*this).define(s);
  bindName(s.name.text, v, s.name.where);
  return v;
}

Val Elaborator::evalReduce(const ast::Reduce &r) { return IndexNotation(*this).reduce(r); }

} // namespace dl::frontend

/// Sums of products as one contraction.
#include "frontend/build/index_notation.h"
#include "ir/index_range.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// a * b / c as lists.
void IndexNotation::factorsOf(const ast::Expr &e, bool divided, std::vector<const ast::Expr *> &times, std::vector<const ast::Expr *> &over) {
  auto *b = ast::tryAs<ast::Binary>(&e);
  if (b && b->op == ast::BinaryOp::Multiply) {
    factorsOf(*b->left, divided, times, over), factorsOf(*b->right, divided, times, over);
  } else if (b && b->op == ast::BinaryOp::Divide && !divided) {
    factorsOf(*b->left, divided, times, over), factorsOf(*b->right, true, times, over);
  } else {
    (divided ? over : times).push_back(&e);
  }
}

std::optional<std::pair<AffineIndex, Dim>> IndexNotation::presence(const ast::Expr &condition) {
  std::optional<Difference> d = differenceOf(condition, true);
  if (!d) return std::nullopt;
  Dim extent = d->equal ? Dim(1) : reach(d->at).second + Dim(1);
  if (d->at.terms.empty() || extent.lowest() < 1) return std::nullopt;
  return std::pair{d->at, extent};
}

/// sum[reduced] of a product as one contraction; nothing if the factors do not allow it.
std::optional<Indexed> IndexNotation::contraction(const ast::Reduce &r, const std::vector<int> &reduced) {
  std::vector<const ast::Expr *> times, over, conditions;
  std::vector<std::pair<AffineIndex, Dim>> present;
  if (r.condition) conjuncts(r.condition.get(), conditions);
  for (const ast::Expr *c : conditions) {
    std::optional<std::pair<AffineIndex, Dim>> p = presence(*c);
    if (!p) return std::nullopt;
    present.push_back(std::move(*p));
  }
  struct Guard {
    std::vector<Choice> &chosen;
    size_t before;
    ~Guard() { chosen.resize(before); }
  } guard{chosen_, chosen_.size()};
  if (r.condition) choose(r.condition.get(), true, std::nullopt);
  factorsOf(*r.body, false, times, over);
  auto involves = [&](const std::vector<int> &names) {
    for (int n : names)
      if (std::binary_search(reduced.begin(), reduced.end(), n)) return true;
    return false;
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
  if (!elem || inner.empty() || (inner.size() == 1 && !shifted && present.empty())) return std::nullopt;
  for (auto &[at, extent] : present)
    for (auto &[n, k] : at.terms) seen[static_cast<size_t>(n)] = true;
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
  for (auto &[at, extent] : present) {
    ir::Factor factor;
    factor.extent = extent;
    ir::Index index;
    for (auto &[n, by] : at.terms) index.affine.terms.push_back({position[n], by});
    std::sort(index.affine.terms.begin(), index.affine.terms.end());
    index.affine.offset = at.offset, index.guarded = true;
    factor.index.push_back(std::move(index));
    attr.factors.push_back(std::move(factor));
  }
  Indexed out{Val::tensor(e_.emit(OpKind::Contract, operands, std::move(attr))), kept};
  for (const Indexed &x : outer) out = combine(ast::BinaryOp::Multiply, out, x, r.where);
  for (const Indexed &x : divisors) out = combine(ast::BinaryOp::Divide, out, x, r.where);
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

} // namespace dl::frontend

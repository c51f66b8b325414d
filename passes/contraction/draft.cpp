#include "passes/contraction/draft.h"
#include "ir/index_range.h"
#include "passes/contraction/index_algebra.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

Draft::Draft(const Op &contract)
    : attr(contract.as<IndexedAttr>()), operands(contract.operands), elem(contract.result()->type.elem) {}

Type Draft::resultType() const {
  Type type(elem);
  for (int n = 0; n < attr.outCount; ++n) type.dims.push_back(attr.names[static_cast<size_t>(n)].extent);
  return type;
}

const Dim &Draft::extentOf(const Factor &factor, size_t dim) const {
  return factor.operand < 0 ? factor.extent : operands[static_cast<size_t>(factor.operand)]->type.dims[dim];
}

void Draft::substitute(int name, int64_t scale, int64_t offset, const Dim &extent) {
  Affine by = scale == 0 ? Affine{{}, Dim(offset)} : Affine{{{name, scale}}, Dim(offset)};
  for (Factor &factor : attr.factors)
    for (Index &index : factor.index) {
      Quotient q = substituteName({index.affine, index.divisor}, name, {by, 1});
      index.affine = q.numerator, index.divisor = q.divisor;
    }
  attr.names[static_cast<size_t>(name)].extent = extent;
}

void Draft::tidy() {
  for (Factor &factor : attr.factors)
    for (size_t d = 0; d < factor.index.size(); ++d) {
      Index &index = factor.index[d];
      // A name that went may have been the proof: where it has no value, its sum is 0 and nothing was read.
      if (index.source < 0 && index.divisor == 1) index.guarded = !isInside(index.affine, extentOf(factor, d), attr.names);
    }
  std::erase_if(attr.factors, [](const Factor &f) { return f.operand < 0 && !f.index[0].guarded; });
}

namespace {

/// The only element of a dimension of extent 1.
bool readsUnit(const Draft &draft, const Factor &factor, size_t d) {
  const Index &index = factor.index[d];
  return index.affine.terms.empty() && !index.guarded && draft.extentOf(factor, d).isConstant(1);
}

/// Every factor a tensor read at plain, different names, whole dimensions (or units): what element-wise ops and `reduce`
/// can say.
bool isPlain(const Draft &draft) {
  for (const Factor &factor : draft.attr.factors) {
    if (factor.operand < 0) return false;
    std::vector<bool> seen(draft.attr.names.size());
    for (size_t d = 0; d < factor.index.size(); ++d) {
      if (readsUnit(draft, factor, d)) continue;
      auto name = plainName(factor.index[d]);
      if (!name || seen[static_cast<size_t>(*name)] || draft.attr.names[static_cast<size_t>(*name)].extent != draft.extentOf(factor, d))
        return false;
      seen[static_cast<size_t>(*name)] = true;
    }
  }
  return true;
}

/// A plain factor with its dimensions in the order of the names, and which names they are.
Value *inNameOrder(const Draft &draft, const Factor &factor, std::vector<int> &names, Builder &at) {
  std::vector<std::pair<int, int>> order;
  std::vector<Dim> dims;
  for (size_t d = 0; d < factor.index.size(); ++d) {
    if (readsUnit(draft, factor, d)) continue;
    order.emplace_back(*plainName(factor.index[d]), static_cast<int>(dims.size()));
    dims.push_back(draft.extentOf(factor, d));
  }
  std::sort(order.begin(), order.end());
  std::vector<int> perm;
  names.clear();
  for (auto [name, dim] : order) names.push_back(name), perm.push_back(dim);
  return at.transpose(at.reshape(draft.operands[static_cast<size_t>(factor.operand)], dims), perm);
}

} // namespace

Value *Draft::make(Builder &at) const {
  Draft draft = *this;
  draft.tidy();
  bool sums = static_cast<int>(draft.attr.names.size()) > draft.attr.outCount, plain = isPlain(draft);
  if (plain && draft.attr.factors.size() == 1) {
    std::vector<int> names, dims;
    Value *x = inNameOrder(draft, draft.attr.factors[0], names, at);
    std::vector<Dim> whole;
    for (const IndexName &name : draft.attr.names) whole.push_back(name.extent);
    for (size_t n = static_cast<size_t>(draft.attr.outCount); n < whole.size(); ++n) dims.push_back(static_cast<int>(n));
    return at.reduce(ReduceKind::Sum, at.broadcast(x, whole, names), dims);
  }
  if (plain && !sums && draft.attr.factors.size() == 2) {
    Value *sides[2];
    for (size_t f = 0; f < 2; ++f) {
      std::vector<int> names;
      Value *x = inNameOrder(draft, draft.attr.factors[f], names, at);
      sides[f] = at.broadcast(x, draft.resultType().dims, names);
    }
    if (!isFloat(elem)) return at.mul(sides[0], sides[1]);
    return at.value(OpKind::Fma, {sides[0], sides[1], at.constant(draft.resultType(), 0)}); // a sum starts at +0: no term is -0
  }
  std::vector<int> number(operands.size(), -1);
  std::vector<Value *> used;
  for (Factor &factor : draft.attr.factors) {
    if (factor.operand < 0) continue;
    int &n = number[static_cast<size_t>(factor.operand)];
    if (n < 0) n = static_cast<int>(used.size()), used.push_back(operands[static_cast<size_t>(factor.operand)]);
    factor.operand = n;
  }
  bool reads = draft.attr.factors.size() == 1 && draft.attr.factors[0].operand >= 0 && !sums;
  return at.value(reads ? OpKind::Remap : OpKind::Contract, used, draft.attr);
}

} // namespace dl::passes

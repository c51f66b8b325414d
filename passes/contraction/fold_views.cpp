#include "ir/index_range.h"
#include "passes/contraction/draft.h"
#include "passes/contraction/index_algebra.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

Index zeroIndex() { return Index{}; }

/// A condition that an index which is no longer there used to state.
void keepCondition(Draft &draft, const Index &index, const Dim &extent) {
  if (!index.guarded) return;
  Factor one;
  one.extent = extent;
  one.index = {index};
  draft.attr.factors.push_back(one);
}

/// scale * index + offset, over the index's divisor.
Index shifted(const Index &index, int64_t scale, const Dim &offset) {
  Index result = index;
  Quotient q = reduced({combine(scale, index.affine, index.divisor, Affine{{}, offset}), index.divisor});
  result.affine = q.numerator, result.divisor = q.divisor;
  return result;
}

std::optional<std::vector<Index>> throughReshape(Draft &draft, const Op &view, const std::vector<Index> &index) {
  const auto &to = view.result()->type.dims, &from = view.operand(0)->type.dims;
  std::vector<Index> result;
  std::vector<size_t> dropped;
  size_t t = 0;
  for (size_t f = 0; f < from.size(); ++f) {
    if (from[f].isConstant(1)) {
      result.push_back(zeroIndex());
      continue;
    }
    while (t < to.size() && to[t].isConstant(1)) dropped.push_back(t++);
    if (t == to.size() || to[t] != from[f]) return std::nullopt;
    result.push_back(index[t++]);
  }
  for (; t < to.size(); ++t) {
    if (!to[t].isConstant(1)) return std::nullopt;
    dropped.push_back(t);
  }
  for (size_t d : dropped) keepCondition(draft, index[d], 1);
  return result;
}

/// The index into the view's operand that an index into the view means, or nothing.
std::optional<std::vector<Index>> through(Draft &draft, const Op &view, const std::vector<Index> &index) {
  std::vector<Index> result(view.operands.empty() ? 0 : view.operand(0)->type.rank());
  const Type &type = view.result()->type;
  if (view.kind == OpKind::Transpose) {
    const auto &perm = view.as<DimsAttr>().dims;
    for (size_t i = 0; i < perm.size(); ++i) result[static_cast<size_t>(perm[i])] = index[i];
    return result;
  }
  if (view.kind == OpKind::Broadcast) {
    const auto &to = view.as<BroadcastAttr>().to;
    for (size_t i = 0; i < to.size(); ++i) result[i] = index[static_cast<size_t>(to[i])];
    for (size_t d = 0; d < type.rank(); ++d)
      if (std::find(to.begin(), to.end(), static_cast<int>(d)) == to.end()) keepCondition(draft, index[d], type.dims[d]);
    return result;
  }
  if (view.kind == OpKind::Slice) {
    const auto &attr = view.as<SliceAttr>();
    for (size_t d = 0; d < result.size(); ++d) {
      bool whole = attr.start[d] == Dim(0) && attr.step[d] == 1 && attr.extent[d] == view.operand(0)->type.dims[d];
      if (!whole) keepCondition(draft, index[d], type.dims[d]);
      result[d] = shifted(index[d], attr.step[d], attr.start[d]);
    }
    return result;
  }
  if (view.kind == OpKind::Reverse) {
    result = index;
    for (int d : view.as<DimsAttr>().dims) {
      size_t at = static_cast<size_t>(d);
      result[at] = shifted(index[at], -1, type.dims[at] - Dim(1));
    }
    return result;
  }
  if (view.kind == OpKind::Pad && splatBits(view.operand(1)) == uint64_t{0}) {
    const auto &attr = view.as<PadAttr>();
    for (size_t d = 0; d < result.size(); ++d) {
      bool whole = attr.low[d] == Dim(0) && attr.step[d] == 1 && attr.extent[d] == view.operand(0)->type.dims[d];
      result[d] = index[d];
      if (whole) continue;
      Quotient q = reduced({combine(1, index[d].affine, -index[d].divisor, Affine{{}, attr.low[d]}), index[d].divisor * attr.step[d]});
      result[d].affine = q.numerator, result[d].divisor = q.divisor, result[d].guarded = true;
    }
    return result;
  }
  if (view.kind == OpKind::Reshape) return throughReshape(draft, view, index);
  return std::nullopt;
}

} // namespace

bool isOuterProduct(const Op &op) {
  const bool product = op.kind == OpKind::Mul || (op.kind == OpKind::Fma && splatBits(op.operand(2)) == uint64_t{0});
  if (!product || !isFloat(op.result()->type.elem)) return false;
  auto source = [&](size_t side) -> const std::vector<int> * {
    const Op *def = op.operand(side)->def;
    return def && def->kind == OpKind::Broadcast ? &def->as<BroadcastAttr>().to : nullptr;
  };
  const std::vector<int> *a = source(0), *b = source(1);
  return a && b && !std::includes(a->begin(), a->end(), b->begin(), b->end()) &&
         !std::includes(b->begin(), b->end(), a->begin(), a->end());
}

bool multiplyOut(Draft &draft) {
  bool any = false;
  for (size_t f = 0; f < draft.attr.factors.size(); ++f) {
    int operand = draft.attr.factors[f].operand;
    const Op *product = operand < 0 ? nullptr : draft.operands[static_cast<size_t>(operand)]->def;
    if (!product || !isOuterProduct(*product)) continue;
    Factor other = draft.attr.factors[f];
    draft.attr.factors[f].operand = static_cast<int>(draft.operands.size());
    other.operand = draft.attr.factors[f].operand + 1;
    draft.operands.insert(draft.operands.end(), product->operands.begin(), product->operands.begin() + 2);
    draft.attr.factors.insert(draft.attr.factors.begin() + static_cast<long>(f) + 1, other);
    any = true;
  }
  return any;
}

bool foldViews(Draft &draft) {
  bool any = false;
  for (size_t f = 0; f < draft.attr.factors.size(); ++f) { // grows by conditions
    int operand = draft.attr.factors[f].operand;
    if (operand < 0) continue;
    const Value *x = draft.operands[static_cast<size_t>(operand)];
    if (!x->def || x->def->operands.empty()) continue;
    std::vector<Index> index = draft.attr.factors[f].index;
    auto inner = through(draft, *x->def, index);
    if (!inner) continue;
    draft.attr.factors[f].index = *inner;
    draft.attr.factors[f].operand = static_cast<int>(draft.operands.size());
    draft.operands.push_back(x->def->operand(0));
    any = true;
    --f; // views of views
  }
  return any;
}

bool dropUnitNames(Draft &draft) {
  bool any = false;
  for (size_t n = draft.attr.names.size(); n-- > static_cast<size_t>(draft.attr.outCount);) {
    if (!draft.attr.names[n].extent.isConstant(1)) continue;
    draft.substitute(static_cast<int>(n), 0, 0, 1);
    std::vector<int> to;
    for (size_t k = 0; k < draft.attr.names.size(); ++k) to.push_back(static_cast<int>(k) - (k > n));
    to[n] = -1;
    for (Factor &factor : draft.attr.factors)
      for (Index &index : factor.index) index = renamed(index, to);
    draft.attr.names.erase(draft.attr.names.begin() + static_cast<long>(n));
    any = true;
  }
  return any;
}

bool orderSummedNames(Draft &draft) {
  auto isTap = [&](int name) {
    for (const Factor &factor : draft.attr.factors)
      for (const Index &index : factor.index) {
        if (coefficientOf(index.affine, name) == 0) continue;
        for (auto [other, coefficient] : index.affine.terms)
          if (draft.attr.names[static_cast<size_t>(other)].extent.bound() > draft.attr.names[static_cast<size_t>(name)].extent.bound())
            return true;
      }
    return false;
  };
  std::vector<int> order;
  for (int n = 0; n < static_cast<int>(draft.attr.names.size()); ++n) order.push_back(n);
  std::stable_partition(order.begin() + draft.attr.outCount, order.end(), isTap);
  if (std::is_sorted(order.begin(), order.end())) return false;
  std::vector<int> to(order.size());
  std::vector<IndexName> names;
  for (size_t i = 0; i < order.size(); ++i) {
    to[static_cast<size_t>(order[i])] = static_cast<int>(i);
    names.push_back(draft.attr.names[static_cast<size_t>(order[i])]);
  }
  for (Factor &factor : draft.attr.factors)
    for (Index &index : factor.index) index = renamed(index, to);
  draft.attr.names = names;
  return true;
}

} // namespace dl::passes

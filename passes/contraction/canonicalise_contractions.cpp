/// canonicalise_contractions. Before: contractions as written or differentiated. After: at most two tensors each, read
/// through transposes, broadcasts, slices, reversals, zero pads, unit dimensions and outer products; sums of outer
/// products are contractions; those of halves are in f32 and rounded; no summed name of extent 1; taps
/// of windows summed outside of channels; a transpose of a contraction nobody else reads is the contraction with its
/// names in another order; a contraction that is a sum, a product or a read of elements is that op. Needs NoMarkers
/// (it looks through everything), gives Canonical; before choose_orders, which numbers the terms of what is here.
/// Test: test/passes/contraction/canonicalise_contractions.dlir.
#include "passes/contraction/draft.h"
#include "passes/contraction/index_algebra.h"
#include "passes/pass.h"
#include <algorithm>

namespace dl::passes {

namespace {

using namespace ir;

class Canonicaliser {
public:
  Canonicaliser(Module &module, Function &function) : module_(module), uses_(function.valueCount()) {
    walk(*function.body, [&](const Op *op) {
      for (const Value *operand : op->operands) ++uses_[operand->id];
    });
  }

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    for (Op *op : old) {
      rewriter_.operands(*op);
      Builder builder(module_, &at);
      builder.where = op->where;
      if (op->kind == OpKind::Contract && (ofHalves(*op, builder) || contraction(*op, builder))) continue;
      if (op->kind == OpKind::Reduce && sumOfOuterProduct(*op, builder)) continue;
      if (op->kind == OpKind::Transpose && transposeOfContraction(*op, builder)) continue;
      Rewriter::keep(op, at);
      for (Region *inner : op->regions) region(*inner);
    }
  }

private:
  bool contraction(const Op &op, Builder &at) {
    Draft draft(op);
    bool changed = multiplyOut(draft);
    changed |= foldViews(draft);
    changed |= dropUnitNames(draft);
    changed |= sumEarly(draft, at);
    changed |= makeBinary(draft, at);
    changed |= orderSummedNames(draft);
    Region *scratch = at.function().newRegion(nullptr);
    Builder trial(module_, scratch);
    trial.where = op.where;
    Value *made = draft.make(trial);
    if (!changed && made->def && made->def->kind == OpKind::Contract && made->def->attrs == op.attrs) return false;
    for (Op *inner : scratch->ops) Rewriter::keep(inner, *at.region());
    rewriter_.replace(op.result(), made);
    return true;
  }

  /// Products of halves are summed in f32 and rounded once: that is a contraction of f32, for which there are fast kernels.
  bool ofHalves(const Op &op, Builder &at) {
    if (!isHalf(op.result()->type.elem)) return false;
    std::vector<Value *> wide;
    for (Value *v : op.operands) wide.push_back(isHalf(v->type.elem) ? at.convert(v, Elem::F32) : v);
    Value *sum = contract(wide, op.as<IndexedAttr>(), at);
    rewriter_.replace(op.result(), at.convert(sum, op.result()->type.elem));
    return true;
  }

  /// The contraction in its canonical form.
  Value *contract(const std::vector<Value *> &operands, const IndexedAttr &attr, Builder &at) {
    Builder scratch(module_, at.function().newRegion(nullptr));
    scratch.where = at.where;
    Value *sum = scratch.value(OpKind::Contract, operands, attr);
    if (contraction(*sum->def, at)) return rewriter_(sum);
    Rewriter::keep(sum->def, *at.region());
    return sum;
  }

  /// A sum of an outer product, [e, i] times [e, j] over e, is a product of matrices.
  bool sumOfOuterProduct(const Op &op, Builder &at) {
    const auto &reduce = op.as<ReduceAttr>();
    const Op *product = op.operand(0)->def;
    if (reduce.kind != ReduceKind::Sum || reduce.order.chunk != 0 || !product || !isOuterProduct(*product)) return false;
    IndexedAttr attr;
    std::vector<int> place(product->result()->type.rank(), -1);
    for (bool summed : {false, true})
      for (size_t d = 0; d < place.size(); ++d) {
        bool gone = std::find(reduce.dims.begin(), reduce.dims.end(), static_cast<int>(d)) != reduce.dims.end();
        if (gone != summed) continue;
        place[d] = static_cast<int>(attr.names.size());
        attr.names.push_back({"i" + std::to_string(d), product->result()->type.dims[d]});
        attr.outCount += !summed;
      }
    for (int side = 0; side < 2; ++side) {
      Factor factor;
      factor.operand = side;
      for (int name : place) {
        Index index;
        index.affine = nameAffine(name);
        factor.index.push_back(index);
      }
      attr.factors.push_back(factor);
    }
    rewriter_.replace(op.result(), contract({product->operand(0), product->operand(1)}, attr, at));
    return true;
  }

  bool transposeOfContraction(const Op &op, Builder &at) {
    const Value *x = op.operand(0);
    // Made here means: nobody counted its uses, but its one reader is this op.
    if (!x->def || x->def->kind != OpKind::Contract || usesOf(x) != 1) return false;
    Draft draft(*x->def);
    const auto &perm = op.as<DimsAttr>().dims;
    std::vector<int> to(draft.attr.names.size());
    std::vector<IndexName> names(draft.attr.names.begin(), draft.attr.names.end());
    for (size_t n = 0; n < to.size(); ++n) to[n] = static_cast<int>(n);
    for (size_t i = 0; i < perm.size(); ++i) {
      to[static_cast<size_t>(perm[i])] = static_cast<int>(i);
      names[i] = draft.attr.names[static_cast<size_t>(perm[i])];
    }
    for (Factor &factor : draft.attr.factors)
      for (Index &index : factor.index) index = renamed(index, to);
    draft.attr.names = names;
    rewriter_.replace(op.result(), draft.make(at));
    return true;
  }

  uint32_t usesOf(const Value *v) const { return v->id < uses_.size() ? uses_[v->id] : 2; }

  Module &module_;
  std::vector<uint32_t> uses_;
  Rewriter rewriter_;
};

} // namespace

Status canonicalise_contractions(Module &module, PassContext &) {
  constexpr int kRounds = 2; // the second sees the uses of what the first made
  for (int round = 0; round < kRounds; ++round)
    for (const auto &function : module.functions) Canonicaliser(module, *function).region(*function->body);
  return Done{};
}

} // namespace dl::passes

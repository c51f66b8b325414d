/// Where the ops of a `jvp` go. Tangents follow the ops they belong to, loops and branches become pairs in their own place,
/// from the point on where all directions are known; what the directions depend on is moved in front. Ops before that
/// point (a direction that is itself computed from the values, say) are followed behind it.
#include "passes/autodiff/forward.h"
#include <algorithm>
#include <unordered_set>

namespace dl::passes {

using namespace ir;

namespace {

/// The ops among the first `count` of the region that the values depend on; false if one of them has an effect.
bool dependencies(const Region &region, size_t count, const std::vector<Value *> &values, std::unordered_set<const Op *> &out) {
  std::unordered_set<const Value *> needed(values.begin(), values.end());
  bool movable = true;
  for (size_t i = count; i-- > 0;) {
    const Op *op = region.ops[i];
    if (std::none_of(op->results.begin(), op->results.end(), [&](const Value *v) { return needed.count(v) != 0; })) continue;
    out.insert(op);
    movable &= !hasEffect(*op);
    auto need = [&](const Value *v) {
      needed.insert(v);
      for (const Value *dim : dimValues(v->type)) needed.insert(dim);
    };
    for (const Value *v : op->operands) need(v);
    for (const Value *v : freeValues(*op)) need(v);
    for (const DimAtom *atom : atomsOf(op->attrs))
      if (atom->owner) needed.insert(static_cast<const Value *>(atom->owner));
    for (const Value *v : op->results)
      for (const Value *dim : dimValues(v->type)) needed.insert(dim);
  }
  return movable;
}

class Expansion {
public:
  Expansion(Op &jvp, Module &module, Diagnostics &diags, Rewriter &rewriter)
      : jvp_(jvp), at_(*jvp.parent), function_(*at_.function), rewriter_(rewriter), around_(regionsAround(jvp)), module_(module), diags_(diags) {
    size_t values = static_cast<size_t>(jvp.as<JvpAttr>().values), count = (jvp.operands.size() - values) / 2;
    auto from = jvp.operands.begin() + static_cast<ptrdiff_t>(values);
    y_.assign(jvp.operands.begin(), from);
    x_.assign(from, from + static_cast<ptrdiff_t>(count));
    t_.assign(from + static_cast<ptrdiff_t>(count), jvp.operands.end());
  }

  void run() {
    Activity activity(function_, jvp_, x_);
    Reach reach(function_);
    for (const Value *y : y_) reach.mark(y);
    for (size_t i = around_.size(); i-- > 0;) {
      reach.through(*around_[i].first, around_[i].second);
      if (i > 0) reach.leave(*around_[i].first);
    }
    std::unordered_set<const Op *> first;
    size_t count = around_.back().second;
    bool movable = dependencies(at_, count, t_, first);
    std::vector<Op *> ops(at_.ops.begin(), at_.ops.end());
    if (movable) {
      std::stable_partition(ops.begin(), ops.begin() + static_cast<ptrdiff_t>(count), [&](const Op *op) { return first.count(op) != 0; });
    }
    size_t known = 0; // ops before the point where the directions are known
    for (size_t i = 0; i < count; ++i)
      if (first.count(ops[i]) != 0) known = i + 1;

    Builder builder(module_, &at_);
    builder.where = jvp_.where;
    Differentiation shared{module_, diags_, activity, jvp_.where};
    Forward forward(shared, reach, builder);
    at_.ops.assign(ops.begin(), ops.begin() + static_cast<ptrdiff_t>(known));
    for (size_t i = 0; i < x_.size(); ++i) forward.add(x_[i], t_[i]);
    for (size_t i = 0; i + 1 < around_.size(); ++i) {
      for (size_t k = 0; k < around_[i].second; ++k) behind(*around_[i].first->ops[k], forward);
      enter(*around_[i + 1].first, forward, activity, reach, shared);
    }
    for (size_t i = 0; i < known; ++i) behind(*ops[i], forward);
    for (size_t i = known; i < count; ++i) beside(ops[i], forward, std::span(ops).subspan(i + 1));
    for (size_t i = 0; i < y_.size(); ++i) rewriter_.replace(jvp_.result(i), forward.tangentOrZero(rewriter_(y_[i])));
    at_.ops.insert(at_.ops.end(), ops.begin() + static_cast<ptrdiff_t>(count) + 1, ops.end());
  }

private:
  void behind(Op &op, Forward &forward) {
    if (!forward.wantsAny(op)) return;
    if (op.regions.empty() || op.kind == OpKind::CustomGrad) return forward.differentiate(op, op);
    ValueMap kept = forward.map;
    forward.pairs(op, true);
    std::vector<std::pair<Value *, Value *>> tangents;
    for (Value *v : op.results)
      if (Value *t = forward.tangent(forward.map(v))) tangents.emplace_back(v, t);
    forward.map = kept; // the original stays what the others read
    for (auto [v, t] : tangents) forward.add(v, t);
  }

  /// `later`: the ops of the region behind it.
  void beside(Op *op, Forward &forward, std::span<Op *const> later) {
    rewriter_.operands(*op);
    if (op->regions.empty() || op->kind == OpKind::CustomGrad || !forward.wantsAny(*op)) {
      Rewriter::keep(op, at_);
      return forward.differentiate(*op, *op);
    }
    forward.pairs(*op);
    for (Value *v : op->results) {
      Value *now = forward.map(v);
      forward.add(now, forward.tangent(v)); // the direction of an x that is computed here
      forward.share(v, now);
      if (v->type.elem == Elem::Dim) replaceDimension(function_, v->dim.asAtom(), now->dim, later);
      rewriter_.replace(v, now);
    }
  }

  /// Tangents of the arguments of a region around the jvp.
  void enter(Region &region, Forward &forward, const Activity &activity, const Reach &reach, Differentiation &shared) {
    Op &op = *region.parent;
    for (Value *arg : region.args) {
      if (!activity.varied(arg) || !reach(arg)) continue;
      if (op.kind != OpKind::For && op.kind != OpKind::While) {
        if (arg->index < op.operands.size()) forward.add(arg, forward.tangent(op.operand(arg->index)));
        continue;
      }
      CarryLayout carry = carriesOf(op);
      if (arg->index >= carry.argument) {
        if (!activity.reachesBack(arg)) continue;
        return shared.refuse(op, Diag::GradientReachesBack, arg->name.empty() ? "a value" : "`" + arg->name + "`");
      }
      const auto &attr = op.as<ForAttr>();
      size_t number = arg->index - 1, dim = static_cast<size_t>(attr.scanDims[number]);
      Value *t = forward.tangent(op.operand(carry.operand - attr.scanDims.size() + number));
      if (!t) continue;
      Builder &b = forward.b;
      std::vector<Value *> operands{t};
      SliceAtAttr slice{t->type.dims};
      slice.extent[dim] = 1;
      for (size_t d = 0; d < t->type.rank(); ++d) operands.push_back(d == dim ? region.args[0] : b.i64(0));
      forward.add(arg, b.reshape(b.value(OpKind::SliceAt, operands, slice), arg->type.dims));
    }
  }

  Op &jvp_;
  Region &at_;
  Function &function_;
  Rewriter &rewriter_;
  std::vector<std::pair<Region *, size_t>> around_;
  Module &module_;
  Diagnostics &diags_;
  std::vector<Value *> y_, x_, t_;
};

} // namespace

void expandForward(Op &jvp, Module &module, Diagnostics &diags, Rewriter &rewriter) { Expansion(jvp, module, diags, rewriter).run(); }

} // namespace dl::passes

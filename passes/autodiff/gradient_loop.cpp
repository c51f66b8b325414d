/// Loops, backwards: the reverse loop carries the adjoints of carried values and one sum for each value read from
/// outside, scans what the forward loop stacked, and stacks the adjoints of what the forward loop scanned.
#include "passes/autodiff/scopes.h"

namespace dl::passes {

using namespace ir;

namespace {

class LoopReverser {
public:
  LoopReverser(Op &op, Reverse &outer)
      : op_(op), outer_(outer), body_(bodyOf(op)), carry_(carriesOf(op)), region_(outer.b.newRegion({Type(Elem::I64)})),
        b_(outer.b.module(), region_), scope_(op, outer.scope(), b_), inner_(outer.shared(), scope_, b_) {
    b_.where = outer.b.where;
    inner_.sumsOutside = [this](Value *v) { return isDefinedInside(v, op_) ? nullptr : sumOf(v); };
  }

  void run() {
    for (Value *result : op_.results) adjoints_.push_back(outer_.has(result) ? outer_.take(result) : nullptr);
    findActiveCarries();
    ValueMap map;
    differentiate(op_, body_, map, seeds(), inner_);
    emit();
  }

private:
  Value *yielded(size_t i) const { return body_.terminator()->operand(i); }
  Value *adjoint(size_t yieldNumber) const { return adjoints_[carry_.result + yieldNumber]; }
  size_t stackCount() const { return adjoints_.size() - carry_.result - carry_.count; }

  /// Carried values whose adjoint can be other than zero: from behind the loop, or from what a later iteration does.
  void findActiveCarries() {
    active_.assign(carry_.count, false);
    for (size_t i = 0; i < carry_.count; ++i) active_[i] = adjoint(i) != nullptr;
    for (bool again = true; again;) {
      again = false;
      std::vector<bool> useful(op_.parent->function->valueCount());
      auto use = [&](const Value *v) { useful[v->id] = useful[v->id] || outer_.wants(v); };
      for (size_t i = 0; i < carry_.count + stackCount(); ++i)
        if (i < carry_.count ? active_[i] : adjoint(i) != nullptr) use(yielded(i));
      for (size_t k = body_.ops.size(); k-- > 0;) {
        const Op &inside = *body_.ops[k];
        bool reached = false;
        for (const Value *result : inside.results) reached |= useful[result->id];
        if (!reached) continue;
        for (const Value *operand : inside.operands) use(operand);
        if (!inside.regions.empty())
          for (const Value *v : freeValues(inside)) use(v);
      }
      for (size_t i = 0; i < carry_.count; ++i)
        if (!active_[i] && useful[argument(i)->id]) active_[i] = again = true;
    }
  }

  Value *argument(size_t carry) const { return body_.args[carry_.argument + carry]; }

  Value *newArgument(const Type &type, const std::string &name) {
    Value *arg = b_.function().newValue(type, name);
    arg->region = region_;
    return arg;
  }

  /// The adjoints of what the body yields: carried, or scanned.
  std::vector<Value *> seeds() {
    std::vector<Value *> seeds(carry_.count + stackCount());
    for (size_t i = 0; i < carry_.count; ++i) {
      if (!active_[i]) continue;
      Value *arg = seeds[i] = newArgument(op_.result(carry_.result + i)->type, "");
      carriedArgs_.push_back(arg);
      initial_.push_back(adjoint(i) ? adjoint(i) : outer_.zeros(arg->type));
    }
    for (size_t i = carry_.count; i < seeds.size(); ++i)
      if (adjoint(i)) seeds[i] = scope_.scan(adjoint(i), 0);
    return seeds;
  }

  /// The carried sum of the adjoints of a value from outside; it goes on from the sum that is there.
  Value *sumOf(Value *v) {
    auto [at, first] = sums_.try_emplace(v);
    if (first) at->second = newArgument(v->type, "");
    return at->second;
  }

  void emit() {
    std::vector<Value *> yields, stacks, captured, scanned;
    for (size_t i = 0; i < carry_.count; ++i)
      if (active_[i]) yields.push_back(inner_.takeOrZero(argument(i)));
    std::vector<Value *> order = inner_.order();
    for (Value *v : order) {
      if (isDefinedInside(v, op_)) continue;
      captured.push_back(v);
      Value *before = outer_.takeRunning(v), *sum = sumOf(v);
      initial_.push_back(before ? before : outer_.zeros(v->type));
      carriedArgs_.push_back(sum);
      yields.push_back(inner_.take(v, inner_.hasBegun(v) ? nullptr : sum));
    }
    for (size_t i = 1; i < carry_.argument; ++i)
      if (inner_.has(body_.args[i])) scanned.push_back(body_.args[i]), stacks.push_back(inner_.take(body_.args[i]));
    yields.insert(yields.end(), stacks.begin(), stacks.end());
    b_.yield(yields);
    scope_.settle();

    ForAttr attr;
    attr.trip = op_.kind == OpKind::For ? op_.as<ForAttr>().trip : op_.result(0)->dim;
    attr.reverse = op_.kind == OpKind::While || !op_.as<ForAttr>().reverse;
    attr.carries = static_cast<int>(carriedArgs_.size());
    std::vector<Value *> operands;
    for (const LoopScope::Scan &scan : scope_.scans()) {
      attr.scanDims.push_back(scan.dim);
      operands.push_back(scan.operand);
      region_->args.push_back(scan.arg);
    }
    operands.insert(operands.end(), initial_.begin(), initial_.end());
    region_->args.insert(region_->args.end(), carriedArgs_.begin(), carriedArgs_.end());
    renumber(region_->args);
    Op *reverse = outer_.b.create(OpKind::For, operands, attr, {region_});
    contribute(*reverse, captured, scanned);
  }

  void contribute(Op &reverse, const std::vector<Value *> &captured, const std::vector<Value *> &scanned) {
    size_t next = 0;
    for (size_t i = 0; i < carry_.count; ++i)
      if (active_[i]) outer_.contribute(op_.operand(carry_.operand + i), reverse.result(next++));
    for (Value *v : captured) outer_.contribute(v, reverse.result(next++));
    for (Value *arg : scanned) {
      Value *stack = reverse.result(next++);
      size_t number = arg->index - 1;
      int dim = op_.as<ForAttr>().scanDims[number];
      std::vector<int> perm; // the iteration goes back to the scanned dimension
      for (int d = 1; d < static_cast<int>(stack->type.rank()); ++d) perm.push_back(d);
      perm.insert(perm.begin() + dim, 0);
      outer_.contribute(op_.operand(number), outer_.b.transpose(stack, perm));
    }
  }

  Op &op_;
  Reverse &outer_;
  Region &body_;
  CarryLayout carry_;
  Region *region_;
  Builder b_;
  LoopScope scope_;
  Reverse inner_;
  std::vector<Value *> adjoints_; ///< of the results, nullptr where there is none
  std::vector<bool> active_;
  std::vector<Value *> carriedArgs_, initial_;
  std::unordered_map<const Value *, Value *> sums_; ///< look-ups only
};

} // namespace

void gradientLoop(Op &op, Reverse &r) {
  bool counted = op.kind == OpKind::For ? op.as<ForAttr>().tripIsDim : op.as<WhileAttr>().bound > 0;
  if (!counted) return r.refuse(op, Diag::GradientOfUnboundedLoop, info(op.kind).mnemonic);
  for (const Value *arg : bodyOf(op).args)
    if (arg->type.elem == Elem::Dim) return r.refuse(op, Diag::GradientOfVaryingShape, info(op.kind).mnemonic);
  LoopReverser(op, r).run();
}

} // namespace dl::passes

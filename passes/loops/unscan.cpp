/// unscan. Before: loops that carry something. After: what no carried value depends on stands in a loop of its own in
/// front, what no carried value needs in one behind, wherever that takes a contraction out: the loop in the middle keeps
/// what has to run turn by turn. The others are maps (their sums made by differentiation may go in any order), which
/// batch_maps turns into batched operations: the projection of all inputs is one product, the gradient of a recurrent
/// weight one contraction over time. A sum in written order (`s = s + x`) keeps a loop of its own. What is computed again
/// for a `checkpoint` stays, and so does what reads it: it is there in one turn at a time. The pass itself changes no bit.
/// Needs NoMarkers (after differentiation, for the reverse loops too); before batch_maps.
/// Test: test/passes/loops/unscan.dlir, test/unit/passes/loops_test.cpp.
#include "passes/autodiff/tape.h"
#include "passes/loops/side_loop.h"
#include "passes/pass.h"
#include <algorithm>
#include <unordered_set>

namespace dl::passes {

namespace {

using namespace ir;

constexpr int64_t kMostBytes = int64_t{256} << 20; ///< of stacks that a loop may get

/// A contraction that all turns do with the same tensor: one for all of them reads it once, with more rows.
bool sharesOperand(const Op &op, const Op &loop) {
  if (op.kind != OpKind::Contract) return false;
  return std::any_of(op.operands.begin(), op.operands.end(),
                     [&](const Value *v) { return !v->type.isScalar() && !isDefinedInside(v, loop); });
}

int64_t stackedBytes(const Value &v, const Op &loop) {
  int64_t bytes = 0;
  if (__builtin_mul_overflow(v.type.boundBytes(), loop.as<ForAttr>().trip.bound(), &bytes)) return INT64_MAX / 2;
  return bytes;
}

/// A carried value that only grows: `chain` adds to it and nothing else reads it.
struct Sum {
  size_t carry;
  std::vector<Op *> chain;
  bool ordered = false; ///< of `add`, whose order is the program's
};

class Body {
public:
  explicit Body(Op &loop) : loop_(loop), body_(*loop.regions[0]) {
    for (Op *op : body_.ops)
      for (Value *v : readBy(*op)) users_[v].push_back(op);
    size_t carries = static_cast<size_t>(loop.as<ForAttr>().carries);
    for (size_t k = body_.args.size() - carries; k < body_.args.size(); ++k) carried_.insert(body_.args[k]);
    for (Op *op : body_.ops) {
      bool depends = false, again = op->kind == OpKind::Copy; // which `checkpoint` makes of its inputs
      for (const Value *v : readBy(*op)) depends |= carried_.count(v) != 0, again |= again_.count(v) != 0;
      if (depends) carried_.insert(op->results.begin(), op->results.end());
      if (again) again_.insert(op->results.begin(), op->results.end());
    }
  }

  static std::vector<Value *> readBy(const Op &op) {
    std::vector<Value *> all(op.operands.begin(), op.operands.end());
    if (!op.regions.empty())
      for (Value *v : freeValues(op)) all.push_back(v);
    for (const DimAtom *atom : atomsOf(op.attrs))
      if (atom->owner) all.push_back(static_cast<Value *>(atom->owner));
    for (const Value *result : op.results)
      for (Value *dim : dimValues(result->type))
        if (dim->def != &op) all.push_back(dim);
    return all;
  }

  const std::vector<Op *> &users(const Value *v) const {
    static const std::vector<Op *> kNone;
    auto found = users_.find(v);
    return found == users_.end() ? kNone : found->second;
  }
  bool dependsOnCarry(const Value *v) const { return carried_.count(v) != 0; }
  /// Computed again in this turn, or from such values: to have it for all turns is what `checkpoint` avoids.
  bool isAgain(const Value *v) const { return again_.count(v) != 0; }
  /// The op of this body that defines `v`, or nullptr.
  Op *defOf(const Value *v) const { return v->def && v->def->parent == &body_ ? v->def : nullptr; }

  /// Adds everything that `v` needs, as far as `enter` lets.
  template <class F> void need(const Value *v, std::unordered_set<const Op *> &set, F &&enter) const {
    Op *op = defOf(v);
    if (!op || set.count(op) != 0 || !enter(op)) return;
    set.insert(op);
    for (const Value *read : readBy(*op)) need(read, set, enter);
  }
  void need(const Value *v, std::unordered_set<const Op *> &set) const {
    need(v, set, [](const Op *) { return true; });
  }

  std::optional<Sum> sumOf(size_t carry) const {
    Sum sum{carry, {}};
    const auto &attr = loop_.as<ForAttr>();
    Value *v = body_.args[body_.args.size() - static_cast<size_t>(attr.carries) + carry];
    for (;;) {
      if (users(v).size() != 1) return std::nullopt;
      Op *op = users(v)[0];
      if (isTerminator(op->kind)) {
        if (sum.chain.empty() || op->operand(carry) != v) return std::nullopt;
        return sum;
      }
      bool adds = op->kind == OpKind::Accumulate || op->kind == OpKind::Add;
      if (op->kind == OpKind::UpdateAt) adds = op->operand(0) == v && op->as<UpdateAtAttr>().mode == ScatterMode::Add;
      if (op->kind == OpKind::Scatter) adds = op->operand(0) == v && op->as<IndexedAttr>().mode == ScatterMode::Add;
      if (!adds) return std::nullopt;
      sum.ordered |= op->kind == OpKind::Add;
      sum.chain.push_back(op);
      v = op->result();
    }
  }

  /// Worth a loop of its own, because it then becomes one operation with more to do at a time.
  bool gains(const Op &op) const {
    if (!isSpeculatable(op)) return false;
    bool inside = sharesOperand(op, loop_);
    for (const Region *region : op.regions) walk(*region, [&](const Op *inner) { inside |= sharesOperand(*inner, loop_); });
    if (inside || op.kind != OpKind::Contract) return inside;
    // Added up over the turns by differentiation: a longer sum.
    const std::vector<Op *> &readers = users(op.result());
    return readers.size() == 1 && readers[0]->kind == OpKind::Accumulate && addsToCarry(*readers[0]);
  }

private:
  bool addsToCarry(const Op &add) const {
    size_t carries = static_cast<size_t>(loop_.as<ForAttr>().carries);
    for (size_t k = 0; k < carries; ++k)
      if (auto sum = sumOf(k); sum && std::find(sum->chain.begin(), sum->chain.end(), &add) != sum->chain.end()) return true;
    return false;
  }

  Op &loop_;
  Region &body_;
  std::unordered_map<const Value *, std::vector<Op *>> users_; ///< look-ups only
  std::unordered_set<const Value *> carried_, again_;
};

class Splitter {
public:
  Splitter(Module &module, Op &loop, Region &at) : module_(module), loop_(loop), body_(*loop.regions[0]), at_(at) {}

  /// Lists the loop, with others around it where that pays; gives what the loop's results are from now on.
  void run(Rewriter &rewriter) {
    if (isWorthIt()) {
      front();
      Rewriter::keep(&loop_, at_);
      behind(rewriter);
    } else {
      Rewriter::keep(&loop_, at_);
    }
    // A stack of scanned slices is what is scanned.
    const auto &attr = loop_.as<ForAttr>();
    const auto &yielded = body_.terminator()->operands;
    for (size_t i = static_cast<size_t>(attr.carries); i < yielded.size(); ++i) {
      const Value *v = yielded[i];
      if (v->def || v->region != &body_ || v->index == 0 || v->index > attr.scanDims.size()) continue;
      if (attr.scanDims[v->index - 1] == 0) rewriter.replace(loop_.result(i), loop_.operand(v->index - 1));
    }
  }

private:
  size_t carries() const { return static_cast<size_t>(loop_.as<ForAttr>().carries); }
  Value *yielded(size_t i) const { return body_.terminator()->operand(i); }

  bool isWorthIt() const {
    if (!loop_.as<ForAttr>().tripIsDim) return false;
    for (const Value *arg : body_.args)
      if (arg->type.elem == Elem::Dim) return false; // sizes change from turn to turn
    for (const Op *op : body_.ops)
      for (const Value *result : op->results)
        if (result->type.elem == Elem::Dim) return false;
    return !hasEffect(loop_); // a loop of the program, not of its mathematics
  }

  struct Split {
    std::vector<Sum> sums;                      ///< that leave
    std::vector<size_t> stacks;                 ///< numbers among what is yielded, that leave
    std::unordered_set<const Op *> stays;       ///< what is left
    bool isMap = true;                          ///< nothing has to run turn by turn
  };
  Split divide(const Body &body) const {
    Split split;
    std::vector<std::optional<Sum>> sums;
    std::vector<Value *> kept;
    for (size_t k = 0; k < carries(); ++k) {
      sums.push_back(body.sumOf(k));
      split.isMap &= sums.back() && !sums.back()->ordered;
      if (!sums.back()) kept.push_back(yielded(k));
    }
    for (const Op *op : body_.ops)
      if (!isTerminator(op->kind) && !isSpeculatable(*op)) {
        split.stays.insert(op), split.isMap = false;
        for (Value *v : Body::readBy(*op)) kept.push_back(v);
      }
    for (const Value *v : kept) body.need(v, split.stays);
    const std::unordered_set<const Op *> always = split.stays;
    auto leaves = [&](const std::vector<Value *> &roots) {
      std::unordered_set<const Op *> own;
      for (const Value *v : roots) body.need(v, own, [&](const Op *op) { return always.count(op) == 0; });
      bool again = std::any_of(roots.begin(), roots.end(), [&](const Value *v) { return body.isAgain(v); });
      if (!again && std::any_of(own.begin(), own.end(), [&](const Op *op) { return body.gains(*op); })) return true;
      for (const Value *v : roots) body.need(v, split.stays);
      return false;
    };
    for (size_t k = 0; k < carries(); ++k)
      if (sums[k] && leaves({yielded(k)})) split.sums.push_back(*sums[k]);
    for (size_t i = carries(); i < body_.terminator()->operands.size(); ++i)
      if (leaves({yielded(i)})) split.stacks.push_back(i);
    return split;
  }

  /// Contractions that stay although no carried value reaches them go to a loop in front, with element-wise steps that
  /// alone read them.
  void front() {
    Body body(loop_);
    Split split = divide(body);
    if (split.isMap) return;
    std::vector<Value *> roots;
    for (Op *op : body_.ops) {
      if (split.stays.count(op) == 0 || !body.gains(*op)) continue;
      for (Value *v : op->results) {
        if (body.dependsOnCarry(v) || body.isAgain(v) || body.users(v).empty() || variesInside(*v)) continue;
        while (body.users(v).size() == 1) {
          Op *user = body.users(v)[0];
          bool follows = (isElementwise(user->kind) || user->kind == OpKind::Accumulate) && split.stays.count(user) != 0;
          if (!follows || body.isAgain(user->result()) || body.dependsOnCarry(user->result()) || user->result()->type.boundBytes() > v->type.boundBytes()) break;
          v = user->result();
        }
        if (std::find(roots.begin(), roots.end(), v) == roots.end()) roots.push_back(v);
      }
    }
    int64_t bytes = 0;
    for (const Value *v : roots) bytes += stackedBytes(*v, loop_);
    if (roots.empty() || bytes > kMostBytes) return;
    SideLoop side(module_, loop_);
    std::vector<Value *> stacked;
    for (Value *v : roots) stacked.push_back(side.make(v));
    Op *made = side.finish(at_, {}, stacked);
    std::unordered_map<const Value *, Value *> map;
    for (size_t i = 0; i < roots.size(); ++i) map[roots[i]] = scanInLoop(loop_, made->result(i));
    replaceUses(body_, map);
  }

  bool variesInside(const Value &v) const {
    for (const Value *dim : dimValues(v.type))
      if (isDefinedInside(dim, loop_)) return true;
    return false;
  }

  void behind(Rewriter &rewriter) {
    Body body(loop_);
    Split split = divide(body);
    if (split.isMap || (split.sums.empty() && split.stacks.empty())) return;
    // What leaves needs values of what stays: stacked, or computed again.
    std::unordered_set<const Op *> leaving;
    std::vector<Value *> across;
    auto enter = [&](const Op *op) {
      bool stays = split.stays.count(op) != 0 && body.dependsOnCarry(op->result());
      if (stays)
        for (Value *v : op->results) across.push_back(v);
      return !stays;
    };
    for (const Sum &sum : split.sums) body.need(yielded(sum.carry), leaving, enter);
    for (size_t i : split.stacks) body.need(yielded(i), leaving, enter);
    std::unordered_set<const Value *> sumArgs;
    for (const Sum &sum : split.sums) sumArgs.insert(argument(sum.carry));
    std::vector<Value *> needed;
    auto wants = [&](Value *v) {
      bool crosses = std::find(across.begin(), across.end(), v) != across.end() ||
                     (!v->def && v->region == &body_ && body.dependsOnCarry(v) && sumArgs.count(v) == 0);
      if (crosses && std::find(needed.begin(), needed.end(), v) == needed.end()) needed.push_back(v);
    };
    for (const Op *op : body_.ops)
      if (leaving.count(op) != 0)
        for (Value *v : Body::readBy(*op)) wants(v);
    for (size_t i : split.stacks) wants(yielded(i));
    auto isFree = [&](const Value *v) { return !body.dependsOnCarry(v) || stackOf(loop_, v) != nullptr; };
    std::vector<Value *> tape = cheapestTape(loop_, needed, isFree);
    int64_t bytes = 0;
    for (const Value *v : tape) {
      if (v->type.elem == Elem::Dim || variesInside(*v)) return;
      bytes += stackedBytes(*v, loop_);
    }
    if (bytes > kMostBytes) return;
    for (Value *v : tape) stackInLoop(loop_, v);
    emitBehind(body, split, sumArgs, rewriter);
  }

  Value *argument(size_t carry) const { return body_.args[body_.args.size() - carries() + carry]; }

  void emitBehind(const Body &body, const Split &split, const std::unordered_set<const Value *> &sumArgs, Rewriter &rewriter) {
    SideLoop side(module_, loop_);
    std::unordered_map<const Value *, Value *> sums;
    std::vector<Value *> carried, stacked, addends;
    std::unordered_set<size_t> leaves(split.stacks.begin(), split.stacks.end());
    side.atHand = [&](Value *v) -> Value * {
      if (auto sum = sums.find(v); sum != sums.end()) return sum->second;
      if (!body.dependsOnCarry(v) || sumArgs.count(v) != 0) return nullptr;
      Value *stack = stackOf(loop_, v);
      return stack && leaves.count(stack->index) == 0 ? side.scan(stack, 0) : nullptr;
    };
    for (const Sum &sum : split.sums)
      if (!sum.ordered) sums[argument(sum.carry)] = side.carry(loop_.operand(loop_.operands.size() - carries() + sum.carry));
    for (const Sum &sum : split.sums) {
      if (!sum.ordered) {
        carried.push_back(side.make(yielded(sum.carry)));
        continue;
      }
      for (Value *v : addendsOf(sum)) addends.push_back(v), stacked.push_back(side.make(v));
    }
    for (size_t i : split.stacks) stacked.push_back(side.make(yielded(i)));
    Op *made = side.finish(at_, carried, stacked);
    size_t next = 0;
    for (const Sum &sum : split.sums)
      if (!sum.ordered) rewriter.replace(loop_.result(sum.carry), made->result(next++));
    std::unordered_map<const Value *, Value *> stackOfAddend;
    for (Value *v : addends) stackOfAddend[v] = made->result(next++);
    for (size_t i : split.stacks) rewriter.replace(loop_.result(i), made->result(next++));
    for (const Sum &sum : split.sums)
      if (sum.ordered) rewriter.replace(loop_.result(sum.carry), addInOrder(sum, stackOfAddend));
  }

  /// What the chain reads beside the sum itself.
  std::vector<Value *> addendsOf(const Sum &sum) const {
    std::vector<Value *> list;
    const Value *at = argument(sum.carry);
    for (Op *op : sum.chain) {
      for (Value *v : op->operands)
        if (v != at && isDefinedInside(v, loop_) && std::find(list.begin(), list.end(), v) == list.end()) list.push_back(v);
      at = op->result();
    }
    return list;
  }

  /// The additions alone, in a loop of their own.
  Value *addInOrder(const Sum &sum, const std::unordered_map<const Value *, Value *> &stacks) {
    SideLoop side(module_, loop_);
    Value *arg = side.carry(loop_.operand(loop_.operands.size() - carries() + sum.carry));
    side.atHand = [&](Value *v) -> Value * {
      if (v == argument(sum.carry)) return arg;
      auto stack = stacks.find(v);
      return stack == stacks.end() ? nullptr : side.scan(stack->second, 0);
    };
    Value *total = side.make(yielded(sum.carry));
    return side.finish(at_, {total}, {})->result();
  }

  Module &module_;
  Op &loop_;
  Region &body_, &at_;
};

class Unscan {
public:
  explicit Unscan(Module &module) : module_(module) {}

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    for (Op *op : old) {
      rewriter_.operands(*op);
      for (Region *inner : op->regions) region(*inner);
      if (op->kind == OpKind::For) Splitter(module_, *op, at).run(rewriter_);
      else Rewriter::keep(op, at);
    }
  }

private:
  Module &module_;
  Rewriter rewriter_;
};

} // namespace

Status unscan(Module &module, PassContext &) {
  for (const auto &function : module.functions) Unscan(module).region(*function->body);
  return Done{};
}

} // namespace dl::passes

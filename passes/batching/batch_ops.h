/// Operations of a loop's body written once for all its turns: "batch these ops, with these values per turn, along this
/// dimension". `batch_maps` uses it for whole bodies; a pass that takes a part of a body out of its loop does too.
///
/// A value of the body is either the same in every turn, or its image has the turn at dimension 0. Every element of an
/// image has the bits that the loop would have computed: orders of sums are kept, random bits are those of each turn's
/// key. Effects other than `check` and lengths that differ from turn to turn are refused; then nothing that was emitted
/// may be kept.
///
///   Batch batch(builder, trip);
///   batch.same(argument, outside);          // what the turns share: bound, or any value defined outside
///   batch.perTurn(argument, sequence);      // sequence[t, ...] is the argument of turn t
///   if (batch.run(ops)) use(batch.turns(value));
#pragma once
#include "passes/batching/variance.h"
#include "passes/contraction/index_algebra.h"

namespace dl::passes {

class Batch {
public:
  /// Appends to the builder's region. `turns`: how many there are.
  Batch(ir::Builder &into, Dim turns);

  void same(ir::Value *inner, ir::Value *outside) { map_.map(inner, outside); }
  void perTurn(ir::Value *inner, ir::Value *sequence) {
    variance_.mark(inner);
    batched_[inner] = sequence;
  }
  /// `inner` counts the turns, from 0.
  void number(ir::Value *inner) { number_ = inner; }
  /// c if the value is the number of the turn plus c.
  std::optional<int64_t> beyondNumber(const ir::Value *v) const;
  /// Batches the ops (in list order; a terminator is left out). False: see `refusal`.
  bool run(const std::vector<ir::Op *> &ops);
  const std::string &refusal() const { return refusal_; }

  bool varies(const ir::Value *v) const { return variance_(v); }
  /// The image of a value that is the same in every turn.
  ir::Value *image(ir::Value *v) const { return map_(v); }
  /// The image with the turn at dimension 0; repeated if every turn has the same.
  ir::Value *turns(ir::Value *v);

  // For the rules.
  ir::Builder &b;
  const Dim &extent() const { return extent_; }
  /// The turn in front of dimensions.
  std::vector<Dim> withTurn(std::vector<Dim> dims) const;
  ir::Type withTurn(const ir::Type &type) const { return ir::Type(type.elem, withTurn(type.dims)); }
  /// Attributes with the dimensions of the new place.
  template <class A> A attrs(const ir::Op &op) const { return std::get<A>(substitute(op.attrs, lookup())); }
  Dim place(const Dim &d) const { return map_(d); }
  ir::Type place(const ir::Type &t) const { return map_(t); }
  /// `image` is what `result` is: per turn if it varies.
  void give(ir::Value *result, ir::Value *image);
  /// Repeats a vector over the turns along the further dimensions of `like` (bool[turns] as a mask of it).
  ir::Value *spread(ir::Value *perTurn, const ir::Type &like);
  /// new where the turn is active, old elsewhere.
  ir::Value *choose(ir::Value *active, ir::Value *now, ir::Value *before);
  /// A loop that every turn leaves on its own.
  bool endsPerTurn(const ir::Op &loop) const { return variance_.endsPerTurn(loop); }
  void refuse(const ir::Op &op, std::string why);
  bool refused() const { return !refusal_.empty(); }
  /// Batches the body of a region at the builder's place, without its terminator.
  void inside(const ir::Region &region);
  /// The same where not every turn of the place comes by once (a loop's body made by hand): checks stand there.
  void nested(const ir::Region &region);
  /// The same in a new region with images of its arguments.
  ir::Region *open(const ir::Region &region);
  /// The turns that get here, bool[turns]; nullptr: all.
  ir::Value *mask() const { return mask_; }
  /// Sets a mask on top of the present one until the returned one is given back to `restoreMask`.
  ir::Value *narrow(ir::Value *active);
  void restoreMask(ir::Value *before) { mask_ = before; }
  /// A `check` of all turns, for the message of the first one that fails.
  void check(const ir::Op &op);
  /// Puts the checks seen so far in front of what may not end.
  void flushChecks();

private:
  std::function<std::optional<Dim>(DimAtom *)> lookup() const;
  void step(const ir::Op &op);
  struct Check {
    const ir::Op *op;
    ir::Value *holds;                 ///< bool[turns]
    std::vector<ir::Value *> message; ///< per turn or the same
    std::vector<bool> perTurn;
  };

  Dim extent_;
  Variance variance_;
  ir::ValueMap map_;
  std::unordered_map<const ir::Value *, ir::Value *> batched_; ///< look-ups only
  std::vector<Check> checks_;
  const ir::Value *number_ = nullptr;
  ir::Value *mask_ = nullptr;
  int depth_ = 0; ///< of regions that were opened
  std::string refusal_;
};

/// The rule of an operation; each family has its file.
using BatchRule = void (*)(const ir::Op &op, Batch &batch);
BatchRule batchRuleOf(ir::OpKind kind);

void batchElementwise(const ir::Op &op, Batch &batch);
void batchConstant(const ir::Op &op, Batch &batch);
void batchReduction(const ir::Op &op, Batch &batch);
void batchContraction(const ir::Op &op, Batch &batch);
void batchShape(const ir::Op &op, Batch &batch);
void batchIndexed(const ir::Op &op, Batch &batch);
void batchIndexing(const ir::Op &op, Batch &batch);
void batchFft(const ir::Op &op, Batch &batch);
void batchRandom(const ir::Op &op, Batch &batch);
void batchIf(const ir::Op &op, Batch &batch);
void batchOnce(const ir::Op &op, Batch &batch);
void batchFor(const ir::Op &op, Batch &batch);
void batchWhile(const ir::Op &op, Batch &batch);
void batchCheck(const ir::Op &op, Batch &batch);
/// Effects of single turns, calls, kernels, gradients that are still to be expanded.
void batchRefused(const ir::Op &op, Batch &batch);

/// `scatter add` or `update_at add` of every turn onto one `total`, in the order of the turns (`backwards`: from the last).
ir::Value *addOnto(const ir::Op &add, ir::Value *total, bool backwards, Batch &batch);

/// The attributes of an op in index notation with the turn as name 0; `reads(factor)` is the turn as first index.
ir::IndexedAttr withTurnName(const ir::Op &op, const Batch &batch);
ir::Index turnIndex();

} // namespace dl::passes

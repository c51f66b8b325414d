/// Where reverse ops get values of the forward pass from: in the open, from inside a loop (through stacks), from
/// inside a branch (through further results).
#pragma once
#include "ir/clone.h"
#include "passes/autodiff/reverse.h"

namespace dl::passes {

/// The grad's own place: everything is visible.
class OpenScope : public Scope {
public:
  ir::Value *primal(ir::Value *v) override { return v; }
  bool sees(const ir::Value *) const override { return true; }
};

/// A body of a loop. What the reverse body asks for is settled at its end, when everything that it needs is known: the
/// reverse loop scans what the forward loop stacks, and computes the rest again (tape.h).
class LoopScope : public Scope {
public:
  LoopScope(ir::Op &forward, Scope &outer, ir::Builder &into)
      : forward_(forward), body_(bodyOf(forward)), outer_(outer), b_(into) {}
  ir::Value *primal(ir::Value *v) override;
  bool sees(const ir::Value *dim) const override { return !isDefinedInside(dim, forward_) && outer_.sees(dim); }
  /// A new argument of the reverse loop that reads `operand` slice by slice.
  ir::Value *scan(ir::Value *operand, int dim);
  struct Scan {
    ir::Value *operand;
    int dim;
    ir::Value *arg;
  };
  const std::vector<Scan> &scans() const { return scans_; }
  /// Chooses the tape and puts into the reverse body (complete but for this) what was asked for.
  void settle();

private:
  ir::Value *argument(ir::Value *arg);
  /// The stack of a body value that the forward loop yields already, or nullptr.
  ir::Value *stackOf(const ir::Value *v) const;
  ir::Value *store(ir::Value *v);

  ir::Op &forward_;
  ir::Region &body_;
  Scope &outer_;
  ir::Builder &b_;
  std::unordered_map<const ir::Value *, ir::Value *> asked_; ///< what stands for them until then
  std::vector<ir::Value *> order_;                           ///< what was asked for, first come first
  std::vector<Scan> scans_;
};

/// One branch of an `if`; the branch yields what its adjoint reads, the other one zeros. What is cheap is computed again.
class BranchScope : public Scope {
public:
  BranchScope(ir::Op &forward, ir::Region &branch, Scope &outer, ir::Builder &into)
      : forward_(forward), body_(branch), outer_(outer), b_(into) {}
  ir::Value *primal(ir::Value *v) override;
  bool sees(const ir::Value *dim) const override { return !isDefinedInside(dim, forward_) && outer_.sees(dim); }

private:
  ir::Value *saved(ir::Value *v);
  bool isAtHand(ir::Value *v, int depth);
  ir::Value *again(ir::Op &op);

  ir::Op &forward_;
  ir::Region &body_;
  Scope &outer_;
  ir::Builder &b_;
  std::unordered_map<const ir::Value *, ir::Value *> known_;
};

/// Differentiates a region of `op` whose yields have these adjoints (nullptr: none), at `r`: from what the forward pass
/// left, or computed again if the region computes sizes of its own that the derivative meets. `map` says what stands for
/// its arguments then, and may be left empty for those that `r` has.
void differentiate(ir::Op &op, ir::Region &region, ir::ValueMap &map, const std::vector<ir::Value *> &adjoints, Reverse &r);
/// The same in a copy of the region in front of the reverse ops, where all that it computes is in the open.
void gradientAgain(ir::Op &op, ir::Region &region, ir::ValueMap &map, const std::vector<ir::Value *> &adjoints, Reverse &r);

} // namespace dl::passes

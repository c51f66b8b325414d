/// Where reverse ops get values of the forward pass from: in the open, from inside a loop (through stacks), from
/// inside a branch (through further results), from inside a recomputed region.
#pragma once
#include "passes/autodiff/reverse.h"

namespace dl::passes {

/// The grad's own place: everything is visible.
class OpenScope : public Scope {
public:
  ir::Value *primal(ir::Value *v) override { return v; }
  bool sees(const ir::Value *) const override { return true; }
};

/// The inside of a region op of the forward pass: what is cheap is computed again, the rest is saved by the op.
class InsideScope : public Scope {
public:
  InsideScope(ir::Op &forward, ir::Region &body, Scope &outer, ir::Builder &into)
      : forward_(forward), body_(body), outer_(outer), b_(into) {}
  ir::Value *primal(ir::Value *v) override;
  bool sees(const ir::Value *dim) const override { return !isDefinedInside(dim, forward_) && outer_.sees(dim); }

protected:
  /// The value of a body value that is not computed again.
  virtual ir::Value *saved(ir::Value *v) = 0;
  /// An argument that is at hand without saving, or nullptr.
  virtual ir::Value *argument(ir::Value *arg) = 0;

  ir::Op &forward_;
  ir::Region &body_;
  Scope &outer_;
  ir::Builder &b_;

private:
  bool isAtHand(ir::Value *v, int depth);
  ir::Value *again(ir::Op &op);

  std::unordered_map<const ir::Value *, ir::Value *> known_;
};

/// A body of a loop; the reverse loop scans what the forward loop stacks.
class LoopScope : public InsideScope {
public:
  LoopScope(ir::Op &forward, Scope &outer, ir::Builder &into) : InsideScope(forward, bodyOf(forward), outer, into) {}
  /// A new argument of the reverse loop that reads `operand` slice by slice.
  ir::Value *scan(ir::Value *operand, int dim);
  struct Scan {
    ir::Value *operand;
    int dim;
    ir::Value *arg;
  };
  const std::vector<Scan> &scans() const { return scans_; }

private:
  ir::Value *saved(ir::Value *v) override;
  ir::Value *argument(ir::Value *arg) override;
  std::vector<Scan> scans_;
};

/// One branch of an `if`; the branch yields what its adjoint reads, the other one zeros.
class BranchScope : public InsideScope {
public:
  BranchScope(ir::Op &forward, ir::Region &branch, Scope &outer, ir::Builder &into)
      : InsideScope(forward, branch, outer, into) {}

private:
  ir::Value *saved(ir::Value *v) override;
  ir::Value *argument(ir::Value *) override { return nullptr; }
};

/// A region whose ops were cloned in front of the reverse ops.
class RecomputedScope : public Scope {
public:
  RecomputedScope(ir::Op &forward, const ir::ValueMap &map, Scope &outer) : forward_(forward), map_(map), outer_(outer) {}
  ir::Value *primal(ir::Value *v) override { return isDefinedInside(v, forward_) ? map_(v) : outer_.primal(v); }
  bool sees(const ir::Value *dim) const override { return !isDefinedInside(dim, forward_) && outer_.sees(dim); }

private:
  ir::Op &forward_;
  const ir::ValueMap &map_;
  Scope &outer_;
};

} // namespace dl::passes

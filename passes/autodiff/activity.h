/// Which values depend differentiably on the values that a `grad` asks about.
#pragma once
#include "ir/module.h"

namespace dl::passes {

class Activity {
public:
  /// `grad` stands in `function`; `inputs` are its x operands. Carried values of the loops around `grad` count as
  /// varied only by an x outside of the loop: an x made in the body is another value in every iteration.
  Activity(ir::Function &function, const ir::Op &grad, const std::vector<ir::Value *> &inputs);

  /// Through some ops of one region only.
  Activity(ir::Function &function, const std::vector<const ir::Op *> &ops, const std::vector<ir::Value *> &inputs);

  /// A floating-point value through which the derivative may flow.
  bool varied(const ir::Value *v) const { return v->id < varied_.size() && varied_[v->id]; }
  /// A carried argument of a loop around `grad` that depends on an x outside: its adjoint would reach back through
  /// iterations that are over.
  bool reachesBack(const ir::Value *v) const { return v->id < reachesBack_.size() && reachesBack_[v->id]; }

private:
  void mark(const ir::Value *v) {
    if (ir::isFloat(v->type.elem)) varied_[v->id] = true;
  }
  void forward(const ir::Region &region);
  void through(const ir::Op &op);
  void throughLoop(const ir::Op &op);
  void throughCustom(const ir::Op &op);

  ir::Function &function_;
  std::vector<const ir::Op *> around_; ///< region ops around the grad, inner first
  std::vector<const ir::Op *> closed_; ///< those of them whose back edges are not followed
  std::vector<bool> varied_, reachesBack_;
};

/// True if a derivative can flow from float operands of `op` to its float results.
bool passesDerivative(const ir::Op &op);
/// Where the carried values of a `for` or `while` begin among its operands, body arguments and results.
struct CarryLayout {
  size_t count, operand, argument, result;
};
CarryLayout carriesOf(const ir::Op &loop);
inline ir::Region &bodyOf(const ir::Op &loop) { return *loop.regions.back(); }

} // namespace dl::passes

/// Which values of a body differ from turn to turn, and which operations therefore have to be batched.
#pragma once
#include "passes/rewriting.h"
#include <unordered_set>

namespace dl::passes {

class Variance {
public:
  /// `mayBeEmpty`: there may be no turn at all; a loop without a bound then needs a turn to ask for it.
  explicit Variance(bool mayBeEmpty) : mayBeEmpty_(mayBeEmpty) {}

  void mark(const ir::Value *v) { varying_.insert(v); }
  bool operator()(const ir::Value *v) const { return varying_.count(v) != 0; }
  /// The op (or one inside it) reads what varies, or speaks for a single turn (`check`).
  bool touches(const ir::Op &op) const { return touched_.count(&op) != 0; }
  /// A loop whose end differs from turn to turn.
  bool endsPerTurn(const ir::Op &loop) const { return ownEnd_.count(&loop) != 0; }
  /// A dimension that the op or its results mention varies.
  bool dimensionsVary(const ir::Op &op) const;
  /// Follows the ops in order. `masked`: not every turn gets here.
  void follow(const std::vector<ir::Op *> &ops, bool masked);

private:
  bool readsVarying(const ir::Op &op) const;
  void step(const ir::Op &op, bool masked);
  void branch(const ir::Op &op, bool masked);
  void counted(const ir::Op &op, bool masked);
  void conditional(const ir::Op &op, bool masked);
  void once(const ir::Op &op, bool masked);
  void carry(const ir::Op &op, size_t firstOperand, size_t firstArg, size_t count, bool all, bool masked);
  /// Marks `to` if `from` varies; true if that is news.
  bool pass(const ir::Value *from, const ir::Value *to);

  bool mayBeEmpty_;
  std::unordered_set<const ir::Value *> varying_; ///< look-ups only
  std::unordered_set<const ir::Op *> touched_, ownEnd_; ///< look-ups only
};

} // namespace dl::passes

/// Store or recompute: which values of a loop's body are stacked so that another loop over the same turns has what it
/// reads of them. Everything else is computed again there.
#pragma once
#include "passes/rewriting.h"
#include <functional>

namespace dl::passes {

/// True if `op` (in the body of `loop`) may run again elsewhere: pure, and it reads no more than it gives. What sums,
/// sorts, searches or holds a region is stored instead.
bool isRecomputable(const ir::Op &op, const ir::Op &loop);

/// A minimum cut of the body between what is free and what is needed; capacities are bytes, and computing a long function
/// (`exp`, `tanh`, ...) again costs as much as its result. Random bits are never stored. Of equal cuts the one that
/// computes least again. The values come in the order of the body.
std::vector<ir::Value *> cheapestTape(const ir::Op &loop, const std::vector<ir::Value *> &needed,
                                      const std::function<bool(const ir::Value *)> &isFree);

/// Makes values of one body again in another, from what is `atHand` there: stored, free, or from outside (nullptr: not).
class Remaking {
public:
  Remaking(const ir::Op &loop, ir::Builder &at, std::function<ir::Value *(ir::Value *)> atHand)
      : loop_(loop), b_(at), atHand_(std::move(atHand)) {}
  ir::Value *operator()(ir::Value *v);

private:
  const ir::Op &loop_;
  ir::Builder &b_;
  std::function<ir::Value *(ir::Value *)> atHand_;
  std::unordered_map<const ir::Value *, ir::Value *> made_;
};

} // namespace dl::passes

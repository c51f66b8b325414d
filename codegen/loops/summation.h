/// Loops that fold terms in a given order: reductions, contractions, argreduce. The order (chunk, lanes) is what the
/// evaluator does, by bits; how many lanes run side by side is free.
#pragma once
#include "codegen/loops/region_emitter.h"

namespace dl::codegen {

/// Folds step(acc, r) over r in the lexicographic order of the summed names.
struct Summation {
  std::vector<dl::Dim> extents;
  Prim prim = Prim::F32;    ///< of the accumulator
  uint64_t identity = 0;    ///< bits
  ir::Order order;          ///< ignored when `free`
  bool free = false;        ///< any order gives the same result (max, min, integers, bools)
  /// Adds the terms at the indices; masked lanes must leave the accumulator as it is.
  std::function<Val(Val acc, const std::vector<Idx> &r, const At &at)> step;
  std::function<Val(Val, Val)> combine;
};

/// One result for each lane of `at` (indices of the result; only masks and lanes are used here).
Val emitSummation(RegionEmitter &e, const Summation &sum, const At &at);

/// Lanes may run along the summed names: the order has several or none.
inline bool sumsAcrossLanes(const Summation &s) { return s.free || s.order.lanes > 1; }

Summation summationOfReduce(RegionEmitter &e, const ir::Op &op, const At &at);
Summation summationOfContract(RegionEmitter &e, const ir::Op &op, const At &at);
/// The element of a reduce, argreduce or contract at the indices, by loops of its own.
Val emitFold(RegionEmitter &e, const ir::Op &op, const At &at);
/// Bits of the least (greatest) value of an element type: the identity of max (min).
uint64_t leastBits(ir::Elem e, bool greatest);
/// The element type in which sums and products of `e` accumulate.
ir::Elem accumulatorOf(ir::Elem e);
bool isFold(const ir::Op &op);
/// Should the loop over the last result dimension run in lanes (else lanes run along what is summed)?
bool foldsByResultLanes(const ir::Op &op, int lanes);

} // namespace dl::codegen

/// Neighbouring names that every operand walks like one longer name: rows [t, i] of a stack of matrices, a sum over
/// time and batch. The terms and their numbers stay the same, so no bit changes; the generators see the plain product.
#pragma once
#include "codegen/loops/contract_spec.h"

namespace dl::codegen {

/// A result name of the original contraction, as a digit of a name of the merged one.
struct NameDigit {
  int name;      ///< of the merged contraction
  int64_t below; ///< product of the inner extents that were merged with it: value / below,
  int64_t extent; ///< modulo its own extent; 0: the outermost digit
};

/// Merges in place what can be, before extents have values; gives a digit for every result name as it was.
///
/// Two neighbours merge if the inner extent is constant (strides are by bounds), no guard watches them, both are summed
/// or both belong to the result and to one operand alone (the last result name stays: lanes run along it).
std::vector<NameDigit> mergeNames(ContractSpec &spec);

/// The values of the original result names.
std::vector<Val> takeApart(LoopBuilder &at, const std::vector<NameDigit> &digits, const std::vector<Val> &merged);

} // namespace dl::codegen

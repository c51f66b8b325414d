/// The iteration domain of a group of operations: which dimensions of which values are the same iteration name, and
/// which names are parallel. Shared by the fusion pass (legality) and by code generation (loops).
#pragma once
#include "ir/module.h"
#include <optional>
#include <unordered_map>

namespace dl::passes {

struct RowsDomain {
  std::vector<Dim> extents;  ///< by name number
  std::vector<int> parallel; ///< names of P, in loop order (outermost first)
  std::vector<int> inner;    ///< names of I, in loop order
  std::unordered_map<const ir::Value *, std::vector<int>> names; ///< the name of each dimension; look-ups only
  bool hasInnerReduction = false, hasOuterReduction = false;
};

/// Operations that cost nothing and are repeated in every group that reads them: splat const, iota, broadcast.
bool isFree(const ir::Op &op);
/// Operations that read their operand at computed places (gather, remap, slice, transpose, reshape, ...): inside a group
/// their operand must be an input of the group or free.
bool isRead(const ir::Op &op);
/// Reduce and argreduce.
bool isReduction(const ir::Op &op);

/// Analyses the ops of one group (a fused region's ops without its yield, or a candidate list, in order). Nothing if they do
/// not form one domain: a value would hold a name twice, an inner reduction feeds a value that lacks a parallel name,
/// the result of an outer reduction is used inside, a read has its operand inside, there are two contractions, ...;
/// `why` then receives the reason in a few words.
std::optional<RowsDomain> analyseRows(const std::vector<ir::Op *> &ops, std::string *why = nullptr);

} // namespace dl::passes

/// What an executed op costs: the column of costs of the op table as flops and bytes (rules in README.md).
#pragma once
#include "ir/evaluate/op_context.h"
#include <unordered_set>

namespace dl::ir::eval {

class WorkCounter {
public:
  WorkCounter(const Module &module, Work &work);
  /// Any op, region ops included.
  void executed(const Op &op);
  /// A pure op without regions that has run.
  void add(const OpContext &context);

private:
  Work &work_;
  std::unordered_set<const Op *> inPlace_; ///< updates whose base dies there
};

} // namespace dl::ir::eval

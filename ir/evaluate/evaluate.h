/// The slow, obvious evaluator: the definition of what a module means. Compiled code agrees with it by bits.
#pragma once
#include "ir/evaluate/tensor.h"
#include "ir/module.h"
#include "support/result.h"
#include <functional>
#include <map>

namespace dl::ir {

/// Work done, for complexity tests without clocks. What counts how much: ir/evaluate/README.md.
struct WorkCount {
  int64_t flops = 0; ///< arithmetic on elements
  int64_t bytes = 0; ///< read and written, every operation by itself
  int64_t ops = 0;   ///< executed operations
};
struct Work : WorkCount {
  std::map<OpKind, WorkCount> kinds;
};

struct EvaluateOptions {
  std::string dataDir = ".";             ///< where relative paths of tables resolve
  std::function<void(const std::string &)> print; ///< receives printed text; default: standard output
  std::function<void(const std::string &name, double value)> report;
  Work *work = nullptr;
  int64_t maxOps = 0; ///< stop with an error after so many executed ops; 0: no limit
};

/// Runs a function on its arguments (one tensor per parameter; a `dim` parameter is an i64 scalar, a key a u64 pair in
/// one 64-bit element). Returns its results, then the final values of inout parameters. Effects are performed (print,
/// report) or refused with an error (save, load, write). A failed `check` is an error with its message.
Result<std::vector<Tensor>> evaluate(const Module &module, const Function &function, const std::vector<Tensor> &args,
                                     const EvaluateOptions &options = {});

/// Evaluates one pure op without regions on constant operands (constant folding). `shapeOf` gives values to dimension
/// variables in its types and attributes.
Result<std::vector<Tensor>> evaluateOp(const Op &op, const std::vector<const Tensor *> &operands, bool flushDenormals,
                                       const std::function<int64_t(DimAtom *)> &dims);

} // namespace dl::ir

/// Executes functions: control flow, calls and effects; the values of pure ops come from pureOp.
#pragma once
#include "ir/evaluate/work.h"
#include <memory>
#include <optional>

namespace dl::ir::eval {

using Shared = std::shared_ptr<const Tensor>;

class Interpreter {
public:
  Interpreter(const Module &module, const EvaluateOptions &options) : module_(module), options_(options) {
    if (options.work) worker_.emplace(module, *options.work);
  }
  Result<std::vector<Shared>> call(const Function &function, std::vector<Shared> args);

private:
  /// Values of one activation of a function, by value id.
  struct Frame {
    std::vector<Shared> values;
    DimValues dims;
    const Shared &operator[](const Value *value) const { return values[value->id]; }
    void set(const Value *value, Shared tensor) { values[value->id] = std::move(tensor); }
  };
  using Values = std::vector<Shared>;

  Status op(const Op &op, Frame &frame);
  Status plainOp(const Op &op, Frame &frame);
  Status effect(const Op &op, Frame &frame);
  Status table(const Op &op, Frame &frame);
  Status branch(const Op &op, Frame &frame);
  Status forLoop(const Op &op, Frame &frame);
  Status whileLoop(const Op &op, Frame &frame);
  Status callOp(const Op &op, Frame &frame);
  Status once(const Op &op, Frame &frame); ///< fused, checkpoint, the primal of custom_grad
  /// Binds the arguments, runs the region, gives what it yields.
  Result<Values> region(const Region &region, const Values &args, Frame &frame);
  Values operandsOf(const Op &op, const Frame &frame, size_t first = 0) const;
  Status bindResults(const Op &op, const Values &values, Frame &frame, size_t first = 0);

  const Module &module_;
  const EvaluateOptions &options_;
  std::optional<WorkCounter> worker_;
  int64_t executed_ = 0;
  int depth_ = 0;
};

} // namespace dl::ir::eval

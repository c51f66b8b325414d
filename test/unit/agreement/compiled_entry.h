/// One entry compiled into this process, called on tensors as the evaluator would be.
#pragma once
#include "codegen/llvm/backend.h"
#include "ir/evaluate/evaluate.h"
#include "passes/memory/memory_plan.h"
#include "runtime/dlrt_program.h"
#include <memory>

namespace dl::test {

/// The last function of a module whose orders are chosen; it must be an entry.
class CompiledEntry {
public:
  static Result<std::unique_ptr<CompiledEntry>> create(std::unique_ptr<ir::Module> module, const codegen::Target &target);
  /// Runs it on memory full of garbage; parallel loops are split unevenly and run backwards.
  Result<std::vector<ir::Tensor>> call(const std::vector<ir::Tensor> &args);

private:
  CompiledEntry() = default;
  uint8_t *at(const ir::Value *v);
  std::vector<int64_t> shapeOf(const ir::Value *v);
  void place(const ir::Value *v, const ir::Tensor &t);
  ir::Tensor fetch(const ir::Value *v);

  std::unique_ptr<ir::Module> module_;
  ir::Function *entry_ = nullptr;
  passes::MemoryPlan plan_;
  std::unique_ptr<codegen::JitProgram> jit_;
  const dl_program *program_ = nullptr;
  uint8_t *arena_ = nullptr;
  int64_t *words_ = nullptr;
};

} // namespace dl::test

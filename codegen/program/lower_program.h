/// Entries to host functions, groups to kernels, the module to the description that the runtime reads.
#pragma once
#include "codegen/loops/loop_ir.h"
#include "ir/module.h"
#include "passes/memory/memory_plan.h"
#include "support/result.h"
#include "support/source.h"

namespace dl::codegen {

/// What the description says beside what is in the module.
struct ProgramInfo {
  std::string name;                ///< of the executable
  std::string source;              ///< file name of the program
  std::string help;                ///< its first comment
  std::string target = "x86-64-v4";
  uint64_t cpuBits = 0;            ///< DL_CPU_*
  std::string dataDir;             ///< where relative paths of tables are without --data-dir
  std::vector<std::pair<std::string, std::string>> statics; ///< plain numbers and their values
  std::vector<std::pair<std::string, std::string>> instances; ///< top-level models: name, model
  const SourceManager *sources = nullptr;
};

/// Lowers all entries of a module that is Planned (fused, or with single tensor ops). `plans`: one for each entry, in the
/// order of the module's functions. The program defines `dl_program_v1` and `dl_entry_<name>` functions.
Result<Program> lowerProgram(const ir::Module &module, const std::vector<passes::MemoryPlan> &plans, const TargetInfo &target,
                             const ProgramInfo &info);

} // namespace dl::codegen

/// Loop programs to machine code: LLVM text, assembly, objects, or code in this process. No LLVM type shows here.
#pragma once
#include "codegen/loops/loop_ir.h"
#include "support/result.h"
#include <map>

namespace dl::codegen {

/// What code is made for.
struct Target {
  std::string name;     ///< "x86-64-v4", "x86-64-v3" or "native"
  std::string triple, cpu, features;
  int lanes = 16;       ///< of f32 in a vector register
  int vectorRegisters = 32;
  uint64_t cpuBits = 0; ///< DL_CPU_* the code needs
};
/// `native` takes the feature bits of this machine (never its advertised name). Fails for other names and for machines
/// below AVX2 with FMA.
Result<Target> chooseTarget(const std::string &cpu);

struct BackendOptions {
  bool verify = true;
  int threads = 1;           ///< code generation in so many LLVM contexts (objects only)
  size_t *instructions = nullptr; ///< receives the number of LLVM instructions
};
Result<std::string> emitLlvmText(const Program &program, const Target &target, const BackendOptions &options = {});
Result<std::string> emitAssembly(const Program &program, const Target &target, const BackendOptions &options = {});
/// One or more object files (one per thread used) that belong together.
Result<std::vector<std::string>> emitObjects(const Program &program, const Target &target, const BackendOptions &options = {});

/// A program loaded into this process. Symbols it does not define are taken from `symbols`.
class JitProgram {
public:
  static Result<std::unique_ptr<JitProgram>> create(const Program &program, const Target &target,
                                                    const std::map<std::string, void *> &symbols,
                                                    const BackendOptions &options = {});
  void *find(const std::string &symbol) const; ///< nullptr when there is none
  ~JitProgram();

private:
  JitProgram();
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace dl::codegen

/// Loop functions to an LLVM module, one statement after the other.
#pragma once
#include "codegen/llvm/backend.h"
#include "codegen/llvm/llvm_headers.h"

namespace dl::codegen {

/// Translates the functions numbered in `chosen` and, when `withConstants`, defines the constants (else declares them).
std::unique_ptr<llvm::Module> translate(const Program &program, const std::vector<size_t> &chosen, bool withConstants,
                                        const Target &target, llvm::LLVMContext &context);
/// sroa, early-cse; on host functions also simplifycfg and instcombine.
void optimise(llvm::Module &module);
std::unique_ptr<llvm::TargetMachine> makeMachine(const Target &target);

} // namespace dl::codegen

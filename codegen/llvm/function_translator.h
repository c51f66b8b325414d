/// One loop function to one LLVM function.
#pragma once
#include "codegen/llvm/translate.h"
#include <unordered_map>

namespace dl::codegen {

llvm::Type *typeOf(llvm::LLVMContext &c, Prim p);
llvm::Type *typeOf(llvm::LLVMContext &c, VecType t);

class FunctionTranslator {
public:
  FunctionTranslator(const Program &program, const LoopFunction &from, llvm::Module &module);
  void run();

private:
  llvm::Value *value(Val v);            ///< of a bound value, a constant or a parameter
  llvm::Value *compute(const Node &n);  ///< the instructions of a binding
  llvm::Value *memory(const Node &n);   ///< Load, Gather
  llvm::Value *arithmetic(const Node &n, const std::vector<llvm::Value *> &a);
  llvm::Value *vector(const Node &n, const std::vector<llvm::Value *> &a);
  llvm::Value *pointer(const Buffer *b, llvm::Value *index);
  llvm::Align alignOf(const Buffer *b) const { return llvm::Align(static_cast<uint64_t>(primBytes(b->elem))); }
  llvm::Type *memoryType(const Buffer *b, int lanes);
  llvm::Value *toMemory(llvm::Value *v, const Buffer *b);
  llvm::Value *fromMemory(llvm::Value *v, const Buffer *b);
  llvm::Value *intrinsic(llvm::Intrinsic::ID id, llvm::ArrayRef<llvm::Value *> args);
  void block(const Block &b);
  void statement(const Stmt &s);
  void loop(const Stmt &s);
  void countedLoop(const Stmt &s, llvm::Value *begin, llvm::Value *end, int64_t copies);
  void call(const Stmt &s);
  llvm::BasicBlock *newBlock(const char *name) { return llvm::BasicBlock::Create(module_.getContext(), name, function_); }
  llvm::AllocaInst *registerOf(const Register *r);

  const Program &program_;
  const LoopFunction &from_;
  llvm::Module &module_;
  llvm::Function *function_;
  llvm::IRBuilder<> ir_, entry_;
  std::unordered_map<const Node *, llvm::Value *> values_; ///< look-ups only
  std::unordered_map<const Register *, llvm::AllocaInst *> registers_;
  std::vector<llvm::Value *> stack_;
  llvm::SwitchInst *resume_ = nullptr;
};

} // namespace dl::codegen

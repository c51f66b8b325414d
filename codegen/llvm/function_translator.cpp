#include "codegen/llvm/function_translator.h"

namespace dl::codegen {

FunctionTranslator::FunctionTranslator(const Program &program, const LoopFunction &from, llvm::Module &module)
    : program_(program), from_(from), module_(module), function_(module.getFunction(from.name)), ir_(module.getContext()),
      entry_(module.getContext()) {}

void FunctionTranslator::run() {
  llvm::BasicBlock *entry = newBlock("entry"), *start = newBlock("start");
  entry_.SetInsertPoint(entry);
  for (size_t i = 0; i < from_.params.size(); ++i) {
    llvm::Value *p = function_->getArg(static_cast<unsigned>(i));
    values_[from_.params[i]] = p->getType()->isPointerTy() ? entry_.CreatePtrToInt(p, entry_.getInt64Ty()) : p;
  }
  for (int64_t bytes : from_.stackBytes) {
    llvm::AllocaInst *block = entry_.CreateAlloca(llvm::ArrayType::get(entry_.getInt8Ty(), static_cast<uint64_t>(bytes)));
    block->setAlignment(llvm::Align(64));
    stack_.push_back(entry_.CreatePtrToInt(block, entry_.getInt64Ty()));
  }
  // Registers are added to the entry block as they are met; it is closed at the end.
  ir_.SetInsertPoint(start);
  block(from_.body);
  if (!ir_.GetInsertBlock()->getTerminator()) {
    if (from_.kind == FunctionKind::Kernel) ir_.CreateRetVoid();
    else ir_.CreateRet(ir_.getInt32(0));
  }
  entry_.CreateBr(start);
}

llvm::AllocaInst *FunctionTranslator::registerOf(const Register *r) {
  llvm::AllocaInst *&slot = registers_[r];
  if (!slot) slot = entry_.CreateAlloca(typeOf(module_.getContext(), r->type), nullptr, r->name);
  return slot;
}

void FunctionTranslator::block(const Block &b) {
  for (const Stmt *s : b) statement(*s);
}

void FunctionTranslator::statement(const Stmt &s) {
  switch (s.kind) {
  case StmtKind::Bind: values_[s.value] = compute(*s.value); return;
  case StmtKind::Store: {
    llvm::Value *v = toMemory(value(s.value), s.buffer), *p = pointer(s.buffer, value(s.index));
    if (s.mask) ir_.CreateMaskedStore(s.value->type.lanes == 1 ? ir_.CreateInsertElement(llvm::PoisonValue::get(llvm::FixedVectorType::get(v->getType(), 1)), v, uint64_t{0}) : v,
                                      p, alignOf(s.buffer), s.value->type.lanes == 1 ? ir_.CreateInsertElement(llvm::PoisonValue::get(llvm::FixedVectorType::get(ir_.getInt1Ty(), 1)), value(s.mask), uint64_t{0}) : value(s.mask));
    else ir_.CreateAlignedStore(v, p, alignOf(s.buffer));
    return;
  }
  case StmtKind::Scatter: {
    llvm::Value *v = toMemory(value(s.value), s.buffer), *p = pointer(s.buffer, value(s.index));
    if (s.index->type.lanes == 1) {
      ir_.CreateAlignedStore(v, p, alignOf(s.buffer));
      return;
    }
    ir_.CreateMaskedScatter(v, p, alignOf(s.buffer), s.mask ? value(s.mask) : nullptr);
    return;
  }
  case StmtKind::SetReg: ir_.CreateStore(value(s.value), registerOf(s.reg)); return;
  case StmtKind::For: return loop(s);
  case StmtKind::While: {
    llvm::BasicBlock *head = newBlock("while"), *body = newBlock("do"), *after = newBlock("done");
    ir_.CreateBr(head);
    ir_.SetInsertPoint(head);
    block(s.header);
    ir_.CreateCondBr(value(s.condition), body, after);
    ir_.SetInsertPoint(body);
    block(s.body);
    ir_.CreateBr(head);
    ir_.SetInsertPoint(after);
    return;
  }
  case StmtKind::If: {
    llvm::BasicBlock *yes = newBlock("then"), *no = s.otherwise.empty() ? nullptr : newBlock("else"), *after = newBlock("join");
    ir_.CreateCondBr(value(s.condition), yes, no ? no : after);
    ir_.SetInsertPoint(yes);
    block(s.body);
    ir_.CreateBr(after);
    if (no) {
      ir_.SetInsertPoint(no);
      block(s.otherwise);
      ir_.CreateBr(after);
    }
    ir_.SetInsertPoint(after);
    return;
  }
  case StmtKind::Prefetch:
    ir_.CreateIntrinsic(llvm::Intrinsic::prefetch, {ir_.getPtrTy()},
                        {pointer(s.buffer, value(s.index)), ir_.getInt32(0), ir_.getInt32(static_cast<uint32_t>(s.step)), ir_.getInt32(1)});
    return;
  case StmtKind::Call: return call(s);
  case StmtKind::ReturnUnless: {
    llvm::BasicBlock *bad = newBlock("failed"), *good = newBlock("ok");
    llvm::Value *v = value(s.value);
    ir_.CreateCondBr(ir_.CreateICmpEQ(v, ir_.getInt32(0)), good, bad);
    ir_.SetInsertPoint(bad);
    ir_.CreateRet(v);
    ir_.SetInsertPoint(good);
    return;
  }
  case StmtKind::Return:
    if (s.value) ir_.CreateRet(value(s.value));
    else ir_.CreateRetVoid();
    ir_.SetInsertPoint(newBlock("dead"));
    return;
  case StmtKind::ResumeSwitch: {
    llvm::BasicBlock *start = newBlock("fresh");
    resume_ = ir_.CreateSwitch(value(s.value), start);
    ir_.SetInsertPoint(start);
    return;
  }
  case StmtKind::ResumeLabel: {
    llvm::BasicBlock *point = newBlock("point");
    ir_.CreateBr(point);
    DL_CHECK(resume_);
    resume_->addCase(ir_.getInt64(static_cast<uint64_t>(s.step) + 1), point);
    ir_.SetInsertPoint(point);
    return;
  }
  }
}

void FunctionTranslator::loop(const Stmt &s) {
  llvm::Value *begin = value(s.begin), *end = value(s.end);
  if (s.unroll <= 1) return countedLoop(s, begin, end, 1);
  // Whole groups of `unroll` iterations, then the rest.
  llvm::Value *stride = ir_.getInt64(static_cast<uint64_t>(s.step * s.unroll));
  llvm::Value *span = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, ir_.CreateSub(end, begin), ir_.getInt64(0));
  llvm::Value *iterations = ir_.CreateSDiv(ir_.CreateAdd(span, ir_.getInt64(static_cast<uint64_t>(s.step - 1))), ir_.getInt64(static_cast<uint64_t>(s.step)));
  llvm::Value *groups = ir_.CreateSDiv(iterations, ir_.getInt64(static_cast<uint64_t>(s.unroll)));
  llvm::Value *middle = ir_.CreateAdd(begin, ir_.CreateMul(groups, stride));
  countedLoop(s, begin, middle, s.unroll);
  countedLoop(s, middle, end, 1);
}

void FunctionTranslator::countedLoop(const Stmt &s, llvm::Value *begin, llvm::Value *end, int64_t copies) {
  llvm::BasicBlock *before = ir_.GetInsertBlock(), *body = newBlock("for"), *after = newBlock("end");
  ir_.CreateCondBr(ir_.CreateICmpSLT(begin, end), body, after);
  ir_.SetInsertPoint(body);
  llvm::PHINode *i = ir_.CreatePHI(ir_.getInt64Ty(), 2);
  i->addIncoming(begin, before);
  for (int64_t k = 0; k < copies; ++k) {
    values_[s.value] = k == 0 ? static_cast<llvm::Value *>(i) : ir_.CreateAdd(i, ir_.getInt64(static_cast<uint64_t>(k * s.step)));
    block(s.body);
  }
  llvm::Value *next = ir_.CreateNSWAdd(i, ir_.getInt64(static_cast<uint64_t>(s.step * copies)));
  i->addIncoming(next, ir_.GetInsertBlock());
  ir_.CreateCondBr(ir_.CreateICmpSLT(next, end), body, after);
  ir_.SetInsertPoint(after);
}

void FunctionTranslator::call(const Stmt &s) {
  std::vector<llvm::Value *> args;
  std::vector<llvm::Type *> types;
  for (Val a : s.args) {
    args.push_back(value(a));
    types.push_back(args.back()->getType());
  }
  llvm::Type *result = s.returns == CallReturn::Nothing ? ir_.getVoidTy() : s.returns == CallReturn::I64 ? ir_.getInt64Ty() : ir_.getInt32Ty();
  llvm::FunctionType *type = llvm::FunctionType::get(result, types, false);
  llvm::Value *callee = module_.getFunction(s.callee);
  if (!callee) callee = module_.getOrInsertFunction(s.callee, type).getCallee();
  // A kernel called in line takes its addresses as pointers.
  if (auto *known = llvm::dyn_cast<llvm::Function>(callee)) {
    type = known->getFunctionType();
    for (size_t i = 0; i < args.size(); ++i)
      if (type->getParamType(static_cast<unsigned>(i))->isPointerTy()) args[i] = ir_.CreateIntToPtr(args[i], ir_.getPtrTy());
  }
  llvm::CallInst *made = ir_.CreateCall(type, callee, args);
  if (s.result) ir_.CreateStore(made, registerOf(s.result));
}

} // namespace dl::codegen

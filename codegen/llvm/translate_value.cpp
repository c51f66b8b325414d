#include "codegen/llvm/function_translator.h"
#include <llvm/IR/IntrinsicsX86.h>

// Arithmetic is dispatched in parts; each part names the operations it handles.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

llvm::Value *FunctionTranslator::value(Val v) {
  if (v->op == LoopOp::Const) {
    llvm::LLVMContext &c = module_.getContext();
    llvm::Type *e = typeOf(c, v->type.prim);
    llvm::Constant *scalar;
    if (isFloatPrim(v->type.prim)) {
      unsigned width = static_cast<unsigned>(primBytes(v->type.prim) * 8);
      scalar = llvm::ConstantFP::get(c, llvm::APFloat(e->getFltSemantics(), llvm::APInt(width, v->imm)));
    } else {
      scalar = llvm::ConstantInt::get(e, v->imm);
    }
    return v->type.lanes == 1 ? scalar : llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(static_cast<unsigned>(v->type.lanes)), scalar);
  }
  return values_.at(v);
}

llvm::Value *FunctionTranslator::pointer(const Buffer *b, llvm::Value *index) {
  llvm::Value *base = ir_.CreateIntToPtr(value(b->base), ir_.getPtrTy());
  return ir_.CreateGEP(b->elem == Prim::I1 ? ir_.getInt8Ty() : typeOf(module_.getContext(), b->elem), base, index);
}

llvm::Type *FunctionTranslator::memoryType(const Buffer *b, int lanes) {
  return typeOf(module_.getContext(), VecType{b->elem == Prim::I1 ? Prim::I8 : b->elem, lanes});
}
llvm::Value *FunctionTranslator::toMemory(llvm::Value *v, const Buffer *b) {
  if (b->elem != Prim::I1) return v;
  return ir_.CreateZExt(v, v->getType()->getWithNewType(ir_.getInt8Ty()));
}
llvm::Value *FunctionTranslator::fromMemory(llvm::Value *v, const Buffer *b) {
  if (b->elem != Prim::I1) return v;
  return ir_.CreateICmpNE(v, llvm::Constant::getNullValue(v->getType()));
}

llvm::Value *FunctionTranslator::intrinsic(llvm::Intrinsic::ID id, llvm::ArrayRef<llvm::Value *> args) {
  return ir_.CreateIntrinsic(id, {args[0]->getType()}, args);
}

llvm::Value *FunctionTranslator::memory(const Node &n) {
  llvm::Value *p = pointer(n.buffer, value(n.args[0]));
  llvm::Type *type = memoryType(n.buffer, n.type.lanes);
  llvm::Value *mask = n.args.size() > 1 ? value(n.args[1]) : nullptr;
  if (n.op == LoopOp::Gather && n.type.lanes > 1)
    return fromMemory(ir_.CreateMaskedGather(type, p, alignOf(n.buffer), mask, llvm::Constant::getNullValue(type)), n.buffer);
  if (!mask) return fromMemory(ir_.CreateAlignedLoad(type, p, alignOf(n.buffer)), n.buffer);
  if (n.type.lanes > 1)
    return fromMemory(ir_.CreateMaskedLoad(type, p, alignOf(n.buffer), mask, llvm::Constant::getNullValue(type)), n.buffer);
  // One lane: a branch around the load.
  llvm::BasicBlock *before = ir_.GetInsertBlock(), *yes = newBlock("present"), *after = newBlock("read");
  ir_.CreateCondBr(mask, yes, after);
  ir_.SetInsertPoint(yes);
  llvm::Value *loaded = ir_.CreateAlignedLoad(type, p, alignOf(n.buffer));
  ir_.CreateBr(after);
  ir_.SetInsertPoint(after);
  llvm::PHINode *merged = ir_.CreatePHI(type, 2);
  merged->addIncoming(llvm::Constant::getNullValue(type), before);
  merged->addIncoming(loaded, yes);
  return fromMemory(merged, n.buffer);
}

llvm::Value *FunctionTranslator::compute(const Node &n) {
  switch (n.op) {
  case LoopOp::Load: case LoopOp::Gather: return memory(n);
  case LoopOp::GetReg: return ir_.CreateLoad(typeOf(module_.getContext(), n.type), registerOf(n.reg));
  case LoopOp::Address: return value(n.buffer->base);
  case LoopOp::GlobalAddress:
    return ir_.CreatePtrToInt(module_.getNamedGlobal("dl.c" + std::to_string(n.imm)), ir_.getInt64Ty());
  case LoopOp::FunctionAddress: {
    llvm::Value *f = module_.getFunction(n.text);
    if (!f) f = module_.getOrInsertGlobal(n.text, ir_.getInt8Ty());
    return ir_.CreatePtrToInt(f, ir_.getInt64Ty());
  }
  case LoopOp::StackAddress: return stack_[n.imm];
  default: break;
  }
  std::vector<llvm::Value *> a;
  for (Val x : n.args) a.push_back(value(x));
  return n.op >= LoopOp::Splat ? vector(n, a) : arithmetic(n, a);
}

llvm::Value *FunctionTranslator::vector(const Node &n, const std::vector<llvm::Value *> &a) {
  unsigned lanes = static_cast<unsigned>(n.type.lanes);
  switch (n.op) {
  case LoopOp::Splat: return ir_.CreateVectorSplat(lanes, a[0]);
  case LoopOp::Ramp: {
    std::vector<llvm::Constant *> steps;
    for (unsigned i = 0; i < lanes; ++i) steps.push_back(llvm::ConstantInt::get(a[0]->getType(), n.imm * i));
    llvm::Value *ramp = llvm::ConstantVector::get(steps);
    if (auto *c = llvm::dyn_cast<llvm::ConstantInt>(a[0]); c && c->isZero()) return ramp;
    return ir_.CreateAdd(ir_.CreateVectorSplat(lanes, a[0]), ramp);
  }
  case LoopOp::Extract: return ir_.CreateExtractElement(a[0], n.imm);
  case LoopOp::Shuffle:
    if (lanes == 1) return ir_.CreateExtractElement(a[static_cast<size_t>(n.pattern[0] / n.args[0]->type.lanes)], static_cast<uint64_t>(n.pattern[0] % n.args[0]->type.lanes));
    if (!a[0]->getType()->isVectorTy()) {
      llvm::Value *made = llvm::PoisonValue::get(typeOf(module_.getContext(), n.type));
      for (unsigned i = 0; i < lanes; ++i) made = ir_.CreateInsertElement(made, a[static_cast<size_t>(n.pattern[i])], uint64_t{i});
      return made;
    }
    return a.size() > 1 ? ir_.CreateShuffleVector(a[0], a[1], n.pattern) : ir_.CreateShuffleVector(a[0], n.pattern);
  default: DL_UNREACHABLE();
  }
}

llvm::Value *FunctionTranslator::arithmetic(const Node &n, const std::vector<llvm::Value *> &a) {
  using namespace llvm::Intrinsic;
  bool real = isFloatPrim(n.args[0]->type.prim);
  llvm::Type *to = typeOf(module_.getContext(), n.type);
  switch (n.op) {
  case LoopOp::Add: return real ? ir_.CreateFAdd(a[0], a[1]) : ir_.CreateAdd(a[0], a[1]);
  case LoopOp::Sub: return real ? ir_.CreateFSub(a[0], a[1]) : ir_.CreateSub(a[0], a[1]);
  case LoopOp::Mul: return real ? ir_.CreateFMul(a[0], a[1]) : ir_.CreateMul(a[0], a[1]);
  case LoopOp::Div: return ir_.CreateFDiv(a[0], a[1]);
  case LoopOp::SDiv: return ir_.CreateSDiv(a[0], a[1]);
  case LoopOp::SRem: return ir_.CreateSRem(a[0], a[1]);
  case LoopOp::And: return ir_.CreateAnd(a[0], a[1]);
  case LoopOp::Or: return ir_.CreateOr(a[0], a[1]);
  case LoopOp::Xor: return ir_.CreateXor(a[0], a[1]);
  case LoopOp::Shl: return ir_.CreateShl(a[0], a[1]);
  case LoopOp::LShr: return ir_.CreateLShr(a[0], a[1]);
  case LoopOp::AShr: return ir_.CreateAShr(a[0], a[1]);
  case LoopOp::SMin: return ir_.CreateBinaryIntrinsic(smin, a[0], a[1]);
  case LoopOp::SMax: return ir_.CreateBinaryIntrinsic(smax, a[0], a[1]);
  case LoopOp::UMin: return ir_.CreateBinaryIntrinsic(umin, a[0], a[1]);
  case LoopOp::UMax: return ir_.CreateBinaryIntrinsic(umax, a[0], a[1]);
  case LoopOp::Neg: return ir_.CreateFNeg(a[0]);
  case LoopOp::Abs: return intrinsic(fabs, a);
  case LoopOp::Sqrt: return intrinsic(sqrt, a);
  case LoopOp::Floor: return intrinsic(floor, a);
  case LoopOp::Ceil: return intrinsic(ceil, a);
  case LoopOp::RoundEven: return intrinsic(roundeven, a);
  case LoopOp::Fma: return intrinsic(fma, a);
  case LoopOp::Eq: return real ? ir_.CreateFCmpOEQ(a[0], a[1]) : ir_.CreateICmpEQ(a[0], a[1]);
  case LoopOp::Ne: return real ? ir_.CreateFCmpUNE(a[0], a[1]) : ir_.CreateICmpNE(a[0], a[1]);
  case LoopOp::Lt: return real ? ir_.CreateFCmpOLT(a[0], a[1]) : ir_.CreateICmpSLT(a[0], a[1]);
  case LoopOp::Le: return real ? ir_.CreateFCmpOLE(a[0], a[1]) : ir_.CreateICmpSLE(a[0], a[1]);
  case LoopOp::Gt: return real ? ir_.CreateFCmpOGT(a[0], a[1]) : ir_.CreateICmpSGT(a[0], a[1]);
  case LoopOp::Ge: return real ? ir_.CreateFCmpOGE(a[0], a[1]) : ir_.CreateICmpSGE(a[0], a[1]);
  case LoopOp::ULt: return ir_.CreateICmpULT(a[0], a[1]);
  case LoopOp::Select: return ir_.CreateSelect(a[0], a[1], a[2]);
  case LoopOp::SExt: return ir_.CreateSExt(a[0], to);
  case LoopOp::ZExt: return ir_.CreateZExt(a[0], to);
  case LoopOp::Trunc: return ir_.CreateTrunc(a[0], to);
  case LoopOp::IntToFloat: return ir_.CreateSIToFP(a[0], to);
  case LoopOp::UIntToFloat: return ir_.CreateUIToFP(a[0], to);
  case LoopOp::FloatToInt: return ir_.CreateIntrinsic(fptosi_sat, {to, a[0]->getType()}, {a[0]});
  case LoopOp::FloatToUInt: return ir_.CreateIntrinsic(fptoui_sat, {to, a[0]->getType()}, {a[0]});
  case LoopOp::FloatCast: return primBytes(n.type.prim) > primBytes(n.args[0]->type.prim) ? ir_.CreateFPExt(a[0], to) : ir_.CreateFPTrunc(a[0], to);
  case LoopOp::Bitcast: return ir_.CreateBitCast(a[0], to);
  default: DL_UNREACHABLE();
  }
}

} // namespace dl::codegen

#include "codegen/llvm/translate.h"
#include "codegen/llvm/function_translator.h"

namespace dl::codegen {

llvm::Type *typeOf(llvm::LLVMContext &c, Prim p) {
  switch (p) {
  case Prim::I1: return llvm::Type::getInt1Ty(c);
  case Prim::I8: return llvm::Type::getInt8Ty(c);
  case Prim::I16: return llvm::Type::getInt16Ty(c);
  case Prim::I32: return llvm::Type::getInt32Ty(c);
  case Prim::I64: return llvm::Type::getInt64Ty(c);
  case Prim::F16: return llvm::Type::getHalfTy(c);
  case Prim::BF16: return llvm::Type::getBFloatTy(c);
  case Prim::F32: return llvm::Type::getFloatTy(c);
  case Prim::F64: return llvm::Type::getDoubleTy(c);
  }
  DL_UNREACHABLE();
}

llvm::Type *typeOf(llvm::LLVMContext &c, VecType t) {
  llvm::Type *e = typeOf(c, t.prim);
  return t.lanes == 1 ? e : llvm::FixedVectorType::get(e, static_cast<unsigned>(t.lanes));
}

/// A constant is a packed structure of byte strings and addresses.
static llvm::StructType *layoutOf(const Constant &c, llvm::LLVMContext &context) {
  std::vector<llvm::Type *> fields;
  int64_t at = 0;
  auto bytes = [&](int64_t end) {
    if (end > at) fields.push_back(llvm::ArrayType::get(llvm::Type::getInt8Ty(context), static_cast<uint64_t>(end - at)));
    at = end;
  };
  for (const Constant::Link &l : c.links) {
    bytes(l.at);
    fields.push_back(llvm::PointerType::getUnqual(context));
    at = l.at + 8;
  }
  bytes(static_cast<int64_t>(c.bytes.size()));
  return llvm::StructType::get(context, fields, true);
}

static llvm::Constant *linkTarget(const Constant::Link &l, llvm::Module &m) {
  llvm::LLVMContext &context = m.getContext();
  if (!l.symbol.empty()) {
    if (llvm::Function *f = m.getFunction(l.symbol)) return f;
    return m.getOrInsertGlobal(l.symbol, llvm::Type::getInt8Ty(context));
  }
  llvm::Constant *base = m.getNamedGlobal("dl.c" + std::to_string(l.constant));
  if (l.offset == 0) return base;
  return llvm::ConstantExpr::getInBoundsGetElementPtr(
      llvm::Type::getInt8Ty(context), base, llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), static_cast<uint64_t>(l.offset)));
}

static void defineConstant(const Constant &c, llvm::GlobalVariable &global, llvm::Module &m) {
  std::vector<llvm::Constant *> fields;
  int64_t at = 0;
  auto bytes = [&](int64_t end) {
    if (end > at)
      fields.push_back(llvm::ConstantDataArray::get(m.getContext(), llvm::ArrayRef<uint8_t>(c.bytes.data() + at, static_cast<size_t>(end - at))));
    at = end;
  };
  for (const Constant::Link &l : c.links) {
    bytes(l.at);
    fields.push_back(linkTarget(l, m));
    at = l.at + 8;
  }
  bytes(static_cast<int64_t>(c.bytes.size()));
  global.setInitializer(llvm::ConstantStruct::get(llvm::cast<llvm::StructType>(global.getValueType()), fields));
}

std::unique_ptr<llvm::Module> translate(const Program &program, const std::vector<size_t> &chosen, bool withConstants,
                                        const Target &target, llvm::LLVMContext &context) {
  auto module = std::make_unique<llvm::Module>("dlc", context);
  module->setTargetTriple(target.triple);
  llvm::Type *i64 = llvm::Type::getInt64Ty(context), *ptr = llvm::PointerType::getUnqual(context);
  for (const auto &f : program.functions) {
    llvm::FunctionType *type = f->kind == FunctionKind::Kernel
                                   ? llvm::FunctionType::get(llvm::Type::getVoidTy(context), {ptr, ptr, i64, i64, ptr}, false)
                                   : llvm::FunctionType::get(llvm::Type::getInt32Ty(context), {ptr}, false);
    llvm::Function *made = llvm::Function::Create(type, llvm::Function::ExternalLinkage, f->name, *module);
    made->setVisibility(llvm::GlobalValue::HiddenVisibility);
    made->addFnAttr(llvm::Attribute::NoUnwind);
    made->addFnAttr("target-cpu", target.cpu);
    made->addFnAttr("target-features", target.features);
    made->addFnAttr("prefer-vector-width", target.lanes == 16 ? "512" : "256");
    if (program.flushDenormals) made->addFnAttr("denormal-fp-math", "preserve-sign,preserve-sign");
  }
  for (size_t i = 0; i < program.constants.size(); ++i) {
    const Constant &c = program.constants[i];
    auto *g = new llvm::GlobalVariable(*module, layoutOf(c, context), true, llvm::GlobalValue::ExternalLinkage, nullptr, "dl.c" + std::to_string(i));
    g->setAlignment(llvm::Align(static_cast<uint64_t>(c.align)));
    if (!c.exported) g->setVisibility(llvm::GlobalValue::HiddenVisibility);
  }
  for (size_t i : chosen) FunctionTranslator(program, *program.functions[i], *module).run();
  if (withConstants)
    for (size_t i = 0; i < program.constants.size(); ++i)
      defineConstant(program.constants[i], *module->getNamedGlobal("dl.c" + std::to_string(i)), *module);
  for (size_t i = 0; i < program.constants.size(); ++i) {
    const Constant &c = program.constants[i];
    llvm::GlobalVariable *g = module->getNamedGlobal("dl.c" + std::to_string(i));
    if (c.exported) g->setName(c.name);
  }
  return module;
}

void optimise(llvm::Module &module) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::FunctionPassManager kernel, host;
  kernel.addPass(llvm::SROAPass(llvm::SROAOptions::PreserveCFG));
  kernel.addPass(llvm::EarlyCSEPass(true));
  host.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  host.addPass(llvm::EarlyCSEPass(true));
  host.addPass(llvm::SimplifyCFGPass());
  host.addPass(llvm::InstCombinePass());
  for (llvm::Function &f : module)
    if (!f.isDeclaration()) (f.getReturnType()->isVoidTy() ? kernel : host).run(f, functions);
}

} // namespace dl::codegen

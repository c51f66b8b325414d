#include "codegen/llvm/translate.h"

namespace dl::codegen {

struct JitProgram::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};
JitProgram::JitProgram() : state_(std::make_unique<State>()) {}
JitProgram::~JitProgram() = default;

Result<std::unique_ptr<JitProgram>> JitProgram::create(const Program &program, const Target &target,
                                                       const std::map<std::string, void *> &symbols, const BackendOptions &options) {
  auto text = [](llvm::Error e) { return llvm::toString(std::move(e)); };
  BackendOptions once = options;
  once.threads = 1;
  DL_TRY(objects, emitObjects(program, target, once));
  auto made = llvm::orc::LLJITBuilder().create();
  if (!made) return failure("cannot start the in-process linker: " + text(made.takeError()));
  std::unique_ptr<JitProgram> p(new JitProgram);
  p->state_->jit = std::move(*made);
  llvm::orc::LLJIT &jit = *p->state_->jit;
  llvm::orc::SymbolMap known;
  for (const auto &[name, address] : symbols)
    known[jit.mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
  if (auto e = jit.getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(known)))) return failure(text(std::move(e)));
  for (std::string &object : objects)
    if (auto e = jit.addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object))) return failure("cannot load the compiled code: " + text(std::move(e)));
  return p;
}

void *JitProgram::find(const std::string &symbol) const {
  auto found = state_->jit->lookup(symbol);
  if (found) return found->toPtr<void *>();
  llvm::consumeError(found.takeError());
  return nullptr;
}

} // namespace dl::codegen

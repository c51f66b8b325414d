#include "codegen/llvm/translate.h"
#include <thread>

namespace dl::codegen {

static std::vector<size_t> allOf(const Program &p) {
  std::vector<size_t> all(p.functions.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

/// Translates, checks and optimises.
static Result<std::unique_ptr<llvm::Module>> prepare(const Program &program, const std::vector<size_t> &chosen, bool constants,
                                                     const Target &target, llvm::LLVMContext &context, llvm::TargetMachine &machine,
                                                     const BackendOptions &options) {
  std::unique_ptr<llvm::Module> module = translate(program, chosen, constants, target, context);
  module->setDataLayout(machine.createDataLayout());
  std::string problem;
  llvm::raw_string_ostream out(problem);
  if (options.verify && llvm::verifyModule(*module, &out)) return failure("broken LLVM module: " + problem);
  optimise(*module);
  return module;
}

Result<std::string> emitLlvmText(const Program &program, const Target &target, const BackendOptions &options) {
  llvm::LLVMContext context;
  auto machine = makeMachine(target);
  DL_TRY(module, prepare(program, allOf(program), true, target, context, *machine, options));
  std::string text;
  llvm::raw_string_ostream out(text);
  module->print(out, nullptr);
  return text;
}

static Result<std::string> emit(const Program &program, const std::vector<size_t> &chosen, bool constants, const Target &target,
                                llvm::CodeGenFileType kind, const BackendOptions &options, size_t *instructions) {
  llvm::LLVMContext context;
  auto machine = makeMachine(target);
  DL_TRY(module, prepare(program, chosen, constants, target, context, *machine, options));
  if (instructions) *instructions += module->getInstructionCount();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, out, nullptr, kind, true)) return failure("LLVM cannot emit this kind of file for " + target.triple);
  passes.run(*module);
  return std::string(bytes.begin(), bytes.end());
}

Result<std::string> emitAssembly(const Program &program, const Target &target, const BackendOptions &options) {
  return emit(program, allOf(program), true, target, llvm::CodeGenFileType::AssemblyFile, options, options.instructions);
}

Result<std::vector<std::string>> emitObjects(const Program &program, const Target &target, const BackendOptions &options) {
  // Functions are dealt out by size, largest first, to the part with the least so far; ties go to the first part.
  size_t parts = std::clamp<size_t>(static_cast<size_t>(options.threads), 1, std::max<size_t>(program.functions.size(), 1));
  std::vector<size_t> order = allOf(program), load(parts, 0), counts(parts, 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return program.functions[a]->nodes.size() > program.functions[b]->nodes.size(); });
  std::vector<std::vector<size_t>> chosen(parts);
  for (size_t f : order) {
    size_t part = static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin());
    chosen[part].push_back(f);
    load[part] += program.functions[f]->nodes.size() + 10;
  }
  for (auto &c : chosen) std::sort(c.begin(), c.end());
  std::vector<Result<std::string>> objects(parts, Result<std::string>(std::string()));
  makeMachine(target); // initialises LLVM before there are threads
  auto work = [&](size_t i) { objects[i] = emit(program, chosen[i], i == 0, target, llvm::CodeGenFileType::ObjectFile, options, &counts[i]); };
  std::vector<std::thread> workers;
  for (size_t i = 1; i < parts; ++i) workers.emplace_back(work, i);
  work(0);
  for (std::thread &w : workers) w.join();
  std::vector<std::string> out;
  for (size_t i = 0; i < parts; ++i) {
    if (!objects[i]) return objects[i].takeError();
    out.push_back(std::move(*objects[i]));
    if (options.instructions) *options.instructions += counts[i];
  }
  return out;
}

} // namespace dl::codegen

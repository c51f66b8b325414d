#include "driver/backend.h"
#include "codegen/link/link.h"
#include "codegen/llvm/backend.h"
#include "driver/execute.h"
#include "driver/files.h"
#include "passes/memory/memory_plan.h"
#include <algorithm>
#include <unistd.h>

namespace dl::driver {

namespace {

/// libdlrt.link lies in ../lib of the folder that holds `dlc`.
std::string runtimeLibrary() {
  std::string path(4096, '\0');
  ssize_t n = readlink("/proc/self/exe", path.data(), path.size());
  path.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return folder(folder(path)) + "/lib/libdlrt.link";
}

std::vector<passes::MemoryPlan> planEntries(const ir::Module &module) {
  std::vector<passes::MemoryPlan> plans;
  for (const auto &function : module.functions)
    if (function->isEntry) plans.push_back(passes::planMemory(*function));
  return plans;
}

Status checkLoops(const codegen::Program &program) {
  std::vector<std::string> problems;
  for (const auto &function : program.functions) codegen::verifyFunction(*function, problems);
  if (problems.empty()) return Done{};
  return failure("internal error: the loops are broken: " + problems[0]);
}

} // namespace

Result<BackendProduct> runBackend(ir::Module &module, codegen::ProgramInfo info, const CompilerOptions &options,
                                  Stopwatch &stopwatch) {
  BackendProduct product;
  std::vector<passes::MemoryPlan> plans;
  {
    auto lap = stopwatch.start("plan memory");
    plans = planEntries(module);
  }
  if (options.emit == Emit::Memory) {
    for (const passes::MemoryPlan &plan : plans) product.text += passes::printPlan(plan);
    return product;
  }
  DL_TRY(target, codegen::chooseTarget(options.cpu));
  info.target = target.name;
  info.cpuBits = target.cpuBits;
  Result<codegen::Program> lowered = failure("");
  {
    auto lap = stopwatch.start("lower");
    lowered = codegen::lowerProgram(module, plans, {target.lanes, target.vectorRegisters}, info);
  }
  if (!lowered) return lowered.takeError();
  codegen::Program &program = *lowered;
  if (options.emit == Emit::Loops) return product.text = codegen::printProgram(program), product;
  DL_CHECK_OK(checkLoops(program));

  size_t instructions = 0;
  codegen::BackendOptions backend;
  backend.threads = static_cast<int>(std::clamp(sysconf(_SC_NPROCESSORS_ONLN), 1L, 4L));
  backend.instructions = &instructions;
  if (options.command == Command::Run || options.command == Command::Test) {
    DL_TRY(status, execute(program, target, options, stopwatch));
    return product.status = status, product;
  }
  if (options.emit == Emit::Llvm || options.emit == Emit::Asm) {
    auto lap = stopwatch.start("emit");
    auto text = options.emit == Emit::Llvm ? codegen::emitLlvmText(program, target, backend)
                                           : codegen::emitAssembly(program, target, backend);
    if (!text) return text.takeError();
    return product.text = std::move(*text), product;
  }
  if (options.emit == Emit::Object) backend.threads = 1;
  Result<std::vector<std::string>> objects = failure("");
  {
    auto lap = stopwatch.start("emit");
    objects = codegen::emitObjects(program, target, backend);
  }
  if (!objects) return objects.takeError();
  stopwatch.remark(std::to_string(instructions) + " LLVM instructions in " + std::to_string(program.functions.size()) +
                   " functions");
  if (options.emit == Emit::Object) {
    DL_CHECK_OK(writeText(resultName(options), (*objects)[0]));
    return product;
  }
  auto lap = stopwatch.start("link");
  DL_CHECK_OK(codegen::linkExecutable(*objects, {resultName(options), runtimeLibrary()}));
  return product;
}

} // namespace dl::driver

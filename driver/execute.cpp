#include "driver/execute.h"
#include "runtime/abi_symbols.h"
#include "runtime/dlrt.h"
#include <cstdio>
#include <cstring>

namespace dl::driver {

namespace {

using Copy = void *(*)(void *, const void *, size_t);
using Fill = void *(*)(void *, int, size_t);

std::map<std::string, void *> symbols() {
  std::map<std::string, void *> found = {{"memcpy", reinterpret_cast<void *>(static_cast<Copy>(std::memcpy))},
                                         {"memmove", reinterpret_cast<void *>(static_cast<Copy>(std::memmove))},
                                         {"memset", reinterpret_cast<void *>(static_cast<Fill>(std::memset))}};
  size_t count = 0;
  const rt::AbiSymbol *abi = rt::abiSymbols(count);
  for (size_t i = 0; i < count; ++i) found[abi[i].name] = abi[i].address;
  return found;
}

int runCommand(const dl_program &program, const std::vector<std::string> &arguments) {
  std::vector<const char *> argv = {program.name};
  for (const std::string &argument : arguments) argv.push_back(argument.c_str());
  int status = dlrt_main(&program, static_cast<int>(argv.size()), argv.data());
  std::fflush(stdout);
  return status;
}

int runTests(const dl_program &program) {
  int held = 0, failed = 0;
  for (uint64_t i = 0; i < program.n_entries; ++i) {
    const dl_entry &entry = program.entries[i];
    if (!entry.is_test) continue;
    int status = runCommand(program, {entry.name});
    std::printf("test %s: %s\n", entry.name, status == 0 ? "holds" : "fails");
    ++(status == 0 ? held : failed);
  }
  std::printf("%d tests hold, %d fail\n", held, failed);
  return failed ? 1 : 0;
}

} // namespace

Result<int> execute(const codegen::Program &program, const codegen::Target &target, const CompilerOptions &options,
                    Stopwatch &stopwatch) {
  Result<std::unique_ptr<codegen::JitProgram>> loaded = failure("");
  {
    auto lap = stopwatch.start("load");
    loaded = codegen::JitProgram::create(program, target, symbols());
  }
  if (!loaded) return loaded.takeError();
  const auto *description = static_cast<const dl_program *>((*loaded)->find("dl_program_v1"));
  if (!description) return failure("internal error: the code has no description");
  return options.command == Command::Test ? runTests(*description) : runCommand(*description, options.programArguments);
}

} // namespace dl::driver

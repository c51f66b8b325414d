// dlrt_main: from the command line to the command.
#include "runtime/cli/command_line.h"
#include "runtime/cli/help.h"
#include "runtime/cpu.h"
#include "runtime/run_command.h"
#include <cstdio>
#include <exception>

using namespace dl::rt;

namespace {

int say(const std::string &text) {
  bool good = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return good ? kExitOk : kExitFiles;
}

int complain(const std::string &text, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", text.c_str());
  return code;
}

int runProgram(const dl_program &program, int argc, const char *const *argv) {
  std::string executable = argc > 0 ? argv[0] : program.name;
  if (program.abi != DLRT_ABI)
    return complain("built for version " + std::to_string(program.abi) + " of the runtime, linked with version " +
                        std::to_string(DLRT_ABI),
                    kExitFailed);
  auto call = parseCommandLine(program, argc, argv);
  if (!call) return complain(call.message(), kExitUsage);
  switch (call->kind) {
  case Invocation::Kind::ProgramHelp: return say(programHelp(program, executable));
  case Invocation::Kind::CommandHelp: return say(commandHelp(program, *call->entry, executable));
  case Invocation::Kind::Info: return showInfo(program);
  case Invocation::Kind::Run: break;
  }
  std::string lacking = lackingCpuFeatures(program.cpu);
  if (!lacking.empty())
    return complain("this program was built for " + std::string(program.target ? program.target : "another processor") +
                        "; this processor lacks " + lacking + " (build it here, or with dlc --cpu=x86-64-v3)",
                    kExitFailed);
  return runCommand(program, *call->entry, call->settings);
}

} // namespace

extern "C" int dlrt_main(const dl_program *program, int argc, const char *const *argv) {
  try { // what libraries throw ends here: no memory, no space
    return runProgram(*program, argc, argv);
  } catch (const std::exception &problem) {
    return complain(problem.what(), kExitFailed);
  }
}

#include "driver/report.h"
#include "driver/files.h"
#include "report/svg.h"
#include "report/tables.h"
#include <algorithm>

namespace dl::driver {

namespace {

std::vector<ir::Function *> commandsOf(const ir::Module &module) {
  std::vector<ir::Function *> commands;
  for (const auto &function : module.functions)
    if (function->isEntry && !function->isTest) commands.push_back(function.get());
  return commands;
}

bool callsModel(const report::Places &places, const ir::Function &entry) {
  bool calls = false;
  ir::walk(*entry.body, [&](const ir::Op *op) { calls |= places.rootOf(op->where) != 0; });
  return calls;
}

} // namespace

Result<BuiltFacts> builtFacts(const ir::Module &module, const SourceManager &sources, const CompilerOptions &options) {
  std::vector<ir::Function *> commands = commandsOf(module);
  if (commands.empty()) return failure("`" + options.inputs[0] + "` has no command to report on: add a `program`, for instance `program main() { ... }`, or a `train`");
  report::Places places(module, sources);
  BuiltFacts facts;
  for (const ir::Function *command : commands) facts.lines[command->name] = report::linesOf(places, *command);
  if (!options.svg.empty()) {
    auto drawn = std::find_if(commands.begin(), commands.end(), [&](const ir::Function *command) { return callsModel(places, *command); });
    const ir::Function &entry = drawn == commands.end() ? *commands[0] : **drawn;
    facts.svg = report::svgOf(report::graphOf(places, entry), stem(options.inputs[0]) + ": " + entry.name);
  }
  return facts;
}

Result<std::string> reportText(ir::Module &module, const SourceManager &sources, const BuiltFacts &facts, const CompilerOptions &options) {
  report::Places places(module, sources);
  std::vector<report::CommandCosts> costs;
  for (ir::Function *command : commandsOf(module)) {
    passes::MemoryPlan plan = passes::planMemory(*command);
    costs.push_back(report::costsOf(places, plan, facts.lines.at(command->name)));
  }
  if (!options.svg.empty())
    if (auto written = writeText(options.svg, facts.svg); !written) return failure("cannot write `" + options.svg + "`: " + written.message());
  return options.json ? report::renderJson(places, costs) : report::renderTables(places, costs);
}

} // namespace dl::driver

#include "passes/pipeline.h"
#include "ir/text.h"
#include <algorithm>
#include <chrono>

namespace dl::passes {

namespace {

/// The order of everything. A pass absent from pass_list.def does not compile into `allPasses` and is an error here.
const char *const kPipeline[] = {
    "inline_calls",
    "eliminate_dead_ops",
    "merge_equal_ops",
    "fold_constants",
    "canonicalise_loops",
    "eliminate_dead_ops",
    "batch_maps", // what holds no grad: so that what is differentiated is batched
    "expand_grad",
    "strip_markers",
    "eliminate_dead_ops",
    "merge_equal_ops",
    "fold_constants",
    "canonicalise_loops",
    "eliminate_dead_ops",
    "unscan",
    "eliminate_dead_ops",
    "batch_maps", // gradients of every turn, and sums that differentiation made
    "eliminate_dead_ops",
    "merge_equal_ops",
    "simplify",
    "sink_into_loops",
    "eliminate_dead_ops",
    "canonicalise_contractions",
    "split_residues",
    "simplify",
    "scan_rows",
    "merge_equal_ops",
    "fold_constants",
    "canonicalise_loops",
    "eliminate_dead_ops",
    "choose_orders",
    "fuse",
    "isolate_kernels",
    "place_snapshots",
};

bool contains(const std::vector<std::string> &list, const std::string &name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

size_t countOps(const ir::Module &module) {
  size_t count = 0;
  for (const auto &function : module.functions) ir::walk(*function->body, [&](const ir::Op *) { ++count; });
  return count;
}

Error unknownPass(const std::string &name) {
  std::vector<std::string> names;
  for (const Pass &pass : allPasses()) names.emplace_back(pass.name);
  auto close = nearest(name, names);
  return failure("there is no pass `" + name + "`" + (close ? "; did you mean `" + close->name + "`?" : ""));
}

std::string listProperties(Properties set) {
  std::string text;
  for (unsigned p = 0; p <= static_cast<unsigned>(Property::Planned); ++p)
    if (set & (1u << p)) text += (text.empty() ? "" : ", ") + std::string(name(static_cast<Property>(p)));
  return text;
}

Status checkNames(const PipelineOptions &options) {
  for (const auto *list : {&options.only, &options.disabled, &options.printAfter})
    for (const std::string &name : *list)
      if (!findPass(name) && !(list == &options.printAfter && name == "all")) return unknownPass(name);
  if (!options.stopAfter.empty() && !findPass(options.stopAfter)) return unknownPass(options.stopAfter);
  return Done{};
}

Status verifyAfter(const ir::Module &module, const std::string &when) {
  std::vector<std::string> problems;
  if (ir::verifyModule(module, problems)) return Done{};
  std::string text = "the graph is broken " + when + ":";
  for (size_t i = 0; i < problems.size() && i < 8; ++i) text += "\n  " + problems[i];
  return failure(text);
}

} // namespace

std::vector<std::string> pipelineAt(int level) {
  std::vector<std::string> names;
  for (const char *name : kPipeline) {
    const Pass *pass = findPass(name);
    DL_CHECK(pass != nullptr);
    if (pass->level <= level) names.emplace_back(name);
  }
  return names;
}

Result<PipelineReport> runPipeline(ir::Module &module, const PipelineOptions &options, Diagnostics &diags) {
  DL_CHECK_OK(checkNames(options));
  PassContext context{diags, options.level, options.remarks};
  PipelineReport report;
  Properties have = observedProperties(module);
  for (const std::string &name : options.only.empty() ? pipelineAt(options.level) : options.only) {
    if (contains(options.disabled, name)) continue;
    const Pass &pass = *findPass(name);
    if (Properties missing = pass.needs & ~have)
      return failure("pass `" + name + "` needs a module that is " + listProperties(missing));
    std::string before;
    bool all = contains(options.printAfter, "all");
    if (all) before = ir::printModule(module);
    PassTiming timing{name, 0, countOps(module), 0};
    auto start = std::chrono::steady_clock::now();
    DL_CHECK_OK(pass.run(module, context));
    timing.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    timing.opsAfter = countOps(module);
    report.timings.push_back(timing);
    if (diags.hasErrors()) return report;
    have |= pass.gives;
    std::string after = all || contains(options.printAfter, name) ? ir::printModule(module) : "";
    if (all ? after != before : !after.empty()) report.dumps += "# after " + name + "\n" + after;
    if (options.verify) DL_CHECK_OK(verifyAfter(module, "after pass `" + name + "`"));
    if (name == options.stopAfter) break;
  }
  return report;
}

std::string renderTimings(const std::vector<PassTiming> &timings) {
  std::string text;
  char line[128];
  double total = 0;
  for (const PassTiming &t : timings) {
    std::snprintf(line, sizeof line, "%-28s %9.3f ms %7zu -> %zu ops\n", t.name.c_str(), t.milliseconds, t.opsBefore, t.opsAfter);
    text += line, total += t.milliseconds;
  }
  std::snprintf(line, sizeof line, "%-28s %9.3f ms\n", "all passes", total);
  return text + line;
}

std::string renderPassList() {
  std::string text;
  char line[256];
  for (const Pass &pass : allPasses()) {
    std::snprintf(line, sizeof line, "  %-28s -O%d  %s\n", pass.name, pass.level, pass.help);
    text += line;
  }
  return text;
}

} // namespace dl::passes

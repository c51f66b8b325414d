/// The pipeline: which passes run in which order, and the loop that runs, checks, times and prints them.
#pragma once
#include "passes/pass.h"

namespace dl::passes {

struct PipelineOptions {
  int level = 2;                          ///< -O0 .. -O3
  std::vector<std::string> only;          ///< --passes=a,b: exactly these instead of the pipeline
  std::vector<std::string> disabled;      ///< --disable=PASS
  std::string stopAfter;                  ///< --stop-after=PASS
  std::vector<std::string> printAfter;    ///< --print-after=PASS ("all": after every pass that changed something)
  bool verify = true;                     ///< check the laws of the graph after every pass
  std::vector<std::string> *remarks = nullptr;
};
struct PassTiming {
  std::string name;
  double milliseconds = 0;
  size_t opsBefore = 0, opsAfter = 0;
};
struct PipelineReport {
  std::vector<PassTiming> timings; ///< one for each pass run, in order
  std::string dumps;               ///< what printAfter asked for
};

/// The names of the pipeline's passes at a level, in order (a pass may occur more than once).
std::vector<std::string> pipelineAt(int level);

/// Runs the pipeline (or `only`). Fails for unknown names, unmet needs and broken laws; user errors go to `diags`, and
/// the first pass that reports one is the last to run.
Result<PipelineReport> runPipeline(ir::Module &module, const PipelineOptions &options, Diagnostics &diags);

/// The table of timings as `--time-passes` prints it.
std::string renderTimings(const std::vector<PassTiming> &timings);
/// The list of passes as `--help-passes` prints it.
std::string renderPassList();

} // namespace dl::passes

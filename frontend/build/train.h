/// A training while it is elaborated: its clauses in order and the names its loops carry.
#pragma once
#include "frontend/build/table.h"
#include <set>

namespace dl::frontend {

/// The clauses of a `train`, each where it belongs.
struct TrainClauses {
  const ast::LengthClause *length = nullptr;
  const ast::StepClause *step = nullptr;
  const ast::KeepClause *keep = nullptr;
  std::vector<const ast::EveryClause *> hooks;
  std::vector<const ast::Stmt *> bindings;
};
/// Sorts them; reports what is missing or doubled and gives nothing then.
std::optional<TrainClauses> sortClauses(const ast::Train &decl, Diagnostics &diags);

/// How long it goes on, i64.
struct TrainLength {
  ir::Value *steps = nullptr, *epochs = nullptr; ///< epochs null when nothing is walked
};

/// The training around the present code. Metrics live as hidden names of its scope:
/// `$step.NAME.sum`, `$step.NAME.weight` (f64; `$hook...` likewise), `$last.NAME`, `$kept.NAME` (f32); `$due`: the metric of `keep`
/// has a new value.
struct TrainingState {
  std::shared_ptr<Scope> scope;
  std::string name;                ///< of the command, for progress
  std::string prefix;              ///< "step" or "hook": where reports go now; "" outside of both
  std::set<std::string> metrics;   ///< all names that are reported
  std::set<std::string> ofSteps;   ///< those of the step
  std::vector<int> kept;           ///< what it changes and outlives it: places for `keep`
  bool stops = false;              ///< something can end it early
  bool isCommand = false;          ///< the command line runs it: its metrics are shown
  bool nested = false;             ///< another one calls it, whose the counters, rows and files of the run are
};

/// How many epochs or steps the text asks for; a negative number is an error.
Val lengthOf(Elaborator &e, const TrainClauses &clauses);

} // namespace dl::frontend

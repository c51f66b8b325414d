#include "frontend/build/train.h"

namespace dl::frontend {

std::optional<TrainClauses> sortClauses(const ast::Train &decl, Diagnostics &diags) {
  TrainClauses out;
  bool good = true;
  auto once = [&](auto *&slot, const auto &clause, const char *what) {
    if (slot) {
      diags.report(clause.where, Diag::ClauseTwice, {what}).note(slot->where, "the first one is here");
      good = false;
    }
    slot = &clause;
  };
  for (const ast::ClausePtr &clause : decl.clauses) {
    switch (clause->kind) {
    case ast::ClauseKind::Length: once(out.length, ast::as<ast::LengthClause>(*clause), "epochs"); break;
    case ast::ClauseKind::Step: once(out.step, ast::as<ast::StepClause>(*clause), "step"); break;
    case ast::ClauseKind::Keep: once(out.keep, ast::as<ast::KeepClause>(*clause), "keep"); break;
    case ast::ClauseKind::Every: out.hooks.push_back(&ast::as<ast::EveryClause>(*clause)); break;
    case ast::ClauseKind::Statement: out.bindings.push_back(ast::as<ast::StatementClause>(*clause).statement.get()); break;
    }
  }
  if (!out.step) {
    diags.report(decl.where, Diag::ClauseMissing, {"step"}).help("add `step (x, y) in batches(learn, 64) { ... }`");
    good = false;
  }
  if (!out.length) {
    const ast::Bind *length = nullptr; // `epochs = 2`
    for (const ast::Stmt *s : out.bindings)
      if (auto *bind = ast::tryAs<ast::Bind>(s); bind && (bind->pattern.name.text == "epochs" || bind->pattern.name.text == "steps")) length = bind;
    if (length) diags.report(length->where, Diag::ClauseMissing, {length->pattern.name.text}).help("without `=`: `" + length->pattern.name.text + " 20`");
    else diags.report(decl.where, Diag::ClauseMissing, {"epochs"}).help("add `epochs 20` or `steps 5000`");
    good = false;
  } else if (out.length->epochs && out.step && !out.step->over) {
    diags.report(out.length->where, Diag::EpochsWithoutData, {}).help("a step that walks nothing is counted by `steps 5000`");
    good = false;
  }
  return good ? std::optional(out) : std::nullopt;
}

} // namespace dl::frontend

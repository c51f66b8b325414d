/// Metrics: sums and weights that the loops of a training carry, lines that show their means, what `keep` keeps.
#include "frontend/build/builtin.h"
#include "frontend/build/train.h"
#include "frontend/build/walk.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// All names in `report(name: ...)` of the training and of the file's functions, and `loss` for `minimize`.
std::set<std::string> Elaborator::reportedNames(const std::vector<const ast::Block *> &blocks) {
  std::set<std::string> names;
  Walker walker;
  walker.expr = [&](const ast::Expr &e) {
    auto *call = ast::tryAs<ast::Call>(&e);
    auto *callee = call ? ast::tryAs<ast::Name>(call->callee) : nullptr;
    if (callee && callee->text == "report")
      for (const ast::Argument &a : call->arguments)
        if (!a.name.empty()) names.insert(a.name.text);
    return true;
  };
  walker.stmt = [&](const ast::Stmt &s) {
    if (s.kind == ast::StmtKind::Minimize) names.insert("loss");
    return true;
  };
  for (const ast::Block *block : blocks) walker.walk(*block);
  for (const ast::DeclPtr &decl : c_.program.declarations)
    if (auto *fn = ast::tryAs<ast::FnDecl>(decl)) walker.walk(fn->fn);
  return names;
}

void Elaborator::clearMetrics(const std::string &prefix) {
  for (const std::string &name : training_->metrics)
    for (const char *part : {".sum", ".weight"})
      training_->scope->set("$" + prefix + "." + name + part, Val::tensor(builder_.constant(ir::Type(Elem::F64), 0)));
}

/// A scalar counts for the rows of the batch around it, a tensor with one value for each example for each of them.
void Elaborator::reportMetric(const std::string &name, const Val &given, SourceRange where) {
  Val v = asTensor(given, where);
  if (!v.isTensor()) return;
  ir::Value *x = convert(v.value, Elem::F64), *weight = nullptr;
  if (!v.type().isScalar()) {
    std::vector<int> dims;
    Dim count(1);
    for (size_t d = 0; d < v.type().rank(); ++d) dims.push_back(static_cast<int>(d)), count = count * v.type().dims[d];
    x = emit(OpKind::Reduce, {x}, ir::ReduceAttr{ir::ReduceKind::Sum, dims, {}});
    weight = convert(builder_.extent(count), Elem::F64);
  } else {
    weight = batchRows_.isConstant(0) ? builder_.constant(ir::Type(Elem::F64), 1) : convert(builder_.extent(batchRows_), Elem::F64);
    x = emit(OpKind::Mul, {x, weight});
  }
  if (!training_ || training_->prefix.empty()) {
    ir::Value *mean = convert(emit(OpKind::Div, {x, weight}), Elem::F32);
    emitOp(OpKind::Report, {mean}, ir::ReportAttr{name, "step"});
    return;
  }
  std::string key = "$" + training_->prefix + "." + name;
  Val *sum = training_->scope->own(key + ".sum"), *total = training_->scope->own(key + ".weight");
  if (!sum || !total) return;
  ir::Value *newSum = emit(OpKind::Add, {sum->value, x}), *newTotal = emit(OpKind::Add, {total->value, weight});
  training_->scope->set(key + ".sum", Val::tensor(newSum));
  training_->scope->set(key + ".weight", Val::tensor(newTotal));
}

/// The means since the sums were cleared become the present values of their metrics and, of a command, a row of the run.
void Elaborator::showMetrics(const std::string &prefix, const std::set<std::string> &names, const std::string &scope, SourceRange where) {
  for (const std::string &name : names) {
    std::string key = "$" + prefix + "." + name;
    ir::Value *sum = training_->scope->own(key + ".sum")->value, *weight = training_->scope->own(key + ".weight")->value;
    ir::Value *some = emit(OpKind::Gt, {weight, builder_.constant(ir::Type(Elem::F64), 0)});
    branch(some, where, [&]() -> Val {
      ir::Value *mean = convert(emit(OpKind::Div, {sum, weight}), Elem::F32);
      training_->scope->set("$last." + name, Val::tensor(mean));
      if (training_->isCommand) emitOp(OpKind::Report, {mean}, ir::ReportAttr{name, scope});
      return Val::none();
    }, [] { return Val::none(); });
  }
}

/// The value of a metric now: of the steps since the last line, if there are some.
Val Elaborator::presentMetric(const std::string &name) {
  Scope &scope = *training_->scope;
  const Val last = *scope.own("$last." + name);
  if (training_->ofSteps.count(name) == 0) return last;
  ir::Value *sum = scope.own("$step." + name + ".sum")->value, *weight = scope.own("$step." + name + ".weight")->value;
  ir::Value *some = emit(OpKind::Gt, {weight, builder_.constant(ir::Type(Elem::F64), 0)});
  return Val::tensor(emit(OpKind::Select, {some, convert(emit(OpKind::Div, {sum, weight}), Elem::F32), last.value}));
}

/// After a line that holds the metric: better values are kept, patience counts.
void Elaborator::keepBest(const ast::KeepClause &keep) {
  Scope &scope = *training_->scope;
  const std::string &metric = keep.metric.text;
  ir::Value *now = scope.own("$last." + metric)->value, *best = scope.own("$best")->value;
  ir::Value *better = emit(keep.highest ? OpKind::Gt : OpKind::Lt, {now, best});
  branch(better, keep.where, [&]() -> Val {
    scope.set("$best", Val::tensor(now));
    scope.set("$waited", Val::tensor(builder_.i64(0)));
    for (int p : training_->kept) scope.set("$place" + std::to_string(p), placeValue(p));
    for (const std::string &name : training_->metrics) scope.set("$kept." + name, presentMetric(name));
    saveKept("run:best", keep.where);
    return Val::none();
  }, [&]() -> Val {
    ir::Value *waited = emit(OpKind::Add, {scope.own("$waited")->value, builder_.i64(1)});
    scope.set("$waited", Val::tensor(waited));
    if (keep.patience) {
      ir::Value *limit = index64(eval(*keep.patience), keep.patience->where);
      if (!limit) return Val::error();
      ir::Value *over = emit(OpKind::Ge, {waited, limit});
      scope.set("$stopped", Val::tensor(emit(OpKind::Or, {scope.own("$stopped")->value, over})));
    }
    return Val::none();
  });
}

/// The present values of the kept places that are slots, under their paths.
void Elaborator::saveKept(const std::string &path, SourceRange) {
  if (function_->isTest || training_->nested) return; // a test leaves nothing behind
  ir::SaveAttr attr;
  attr.path = {{path, -1, "", {}}};
  std::vector<ir::Value *> values;
  for (int p : training_->kept) {
    const Place &place = places_[static_cast<size_t>(p)];
    if (!place.slot) continue;
    std::vector<Val> flat;
    std::vector<std::string> paths;
    leaves(place.value, flat);
    leafPaths(place.value, place.path, paths);
    for (size_t i = 0; i < flat.size(); ++i) {
      if (!flat[i].isTensor()) continue;
      attr.names.push_back(paths[i]);
      attr.types.push_back(flat[i].type());
      values.push_back(flat[i].value);
    }
  }
  if (!values.empty()) emitOp(OpKind::Save, values, attr);
}

static Val reportOf(Elaborator &e, BuiltinCall &c) {
  for (Arg &a : c.rest) {
    if (a.name.empty()) return e.fail(a.where, Diag::ReportWithoutName, {});
    e.reportMetric(a.name, a.value, a.where);
  }
  return Val::none();
}

static Val stopOf(Elaborator &e, BuiltinCall &c) {
  if (!e.stopTraining()) return e.fail(c.site.where, Diag::StopOutside, {});
  return Val::none();
}

bool Elaborator::stopTraining() {
  if (!training_) return false;
  training_->scope->set("$stopped", Val::tensor(builder_.constantInt(ir::Type(Elem::Bool), 1)));
  return true;
}

std::span<const Builtin> trainingBuiltins() {
  static const Builtin table[] = {
      {"report", "values*", reportOf, "names and values of metrics"},
      {"stop", "", stopOf, "ends the training"},
  };
  return table;
}

} // namespace dl::frontend

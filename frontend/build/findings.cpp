#include "frontend/build/findings.h"
#include "frontend/build/train.h"
#include "frontend/build/walk.h"
#include <unordered_set>

namespace dl::frontend {
using ir::OpKind;

static bool holdsPlaces(const Val &v) {
  if (v.is(ValKind::Tuple)) return std::any_of(v.bundle().items.begin(), v.bundle().items.end(), holdsPlaces);
  return v.is(ValKind::Instance) && v.instance().hasPlaces;
}

/// Whether the expression names a model that is there: what its call makes stays.
static bool namesModel(Elaborator &e, const ast::Expr &expr) {
  bool found = false;
  Walker w;
  w.expr = [&](const ast::Expr &x) {
    auto *name = ast::tryAs<ast::Name>(&x);
    if (!name || name->reducer) return true;
    Val *local = e.find(name->text);
    const ast::Decl *decl = local ? nullptr : e.context().find(name->text, e.unit());
    found |= holdsPlaces(local ? *local : ast::tryAs<ast::Binding>(decl) ? e.global(name->text, name->where, e.unit()) : Val::none());
    return true;
  };
  w.walk(&expr);
  return found;
}

/// A name that alone is no call; with the function's own parameters, whether `name()` is one.
static bool callable(const Val &v) {
  if (!v.is(ValKind::Function)) return false;
  const FunctionObject &fn = v.function();
  if (fn.builtin) return fn.builtin && fn.bound.empty() && std::string_view(fn.name) == "stop";
  return fn.params && std::all_of(fn.params->begin(), fn.params->end(), [](const ast::Param &p) { return p.initial != nullptr; });
}

Val evalDropped(Elaborator &e, const ast::ExprStmt &s) {
  Findings::Dropped &found = e.context().findings->dropped.at(&s);
  const bool model = namesModel(e, *s.value);
  const size_t places = e.places().size();
  Snapshot before = e.snapshot();
  std::vector<std::pair<std::string, Val>> counters; // what `report` and `stop` change
  if (e.training()) counters = e.training()->scope->names;
  ir::Region *region = e.ir().region();
  const size_t ops = region->ops.size();
  Val v = e.evalKind(*s.value);
  if (v.isError()) return v;
  bool effect = v.is(ValKind::None) || !e.changes(before, nullptr).empty();
  effect |= model && e.places().size() > places; // its params are known now
  for (size_t i = ops; i < region->ops.size(); ++i) effect |= ir::hasEffect(*region->ops[i]);
  for (const auto &[name, value] : counters) effect |= !Elaborator::same(*e.training()->scope->own(name), value);
  found.reached = true, found.effect |= effect;
  found.value = e.describe(v);
  if (s.value->kind == ast::ExprKind::Name && callable(v)) found.call = ast::as<ast::Name>(*s.value).text;
  return v;
}

/// The key of the model that a place belongs to.
static std::string modelOf(const Elaborator &e, const Place &p) {
  return p.slot ? p.root : e.entryName() + " " + p.root;
}

static const Place &wholeOf(const Elaborator &e, const Place &p) {
  const Place *at = &p;
  while (at->base >= 0) at = &e.places()[static_cast<size_t>(at->base)];
  return *at;
}

void noteChange(Elaborator &e, const Place &place) {
  if (!e.context().findings || e.checking()) return;
  const Place &whole = wholeOf(e, place);
  if (whole.param && !whole.root.empty()) e.context().findings->changed.insert(modelOf(e, whole));
}

void noteLoss(Elaborator &e, const LossStep &step) {
  if (!e.context().findings || e.checking()) return;
  std::unordered_set<const ir::Value *> copies; // which may not be changed yet: what they are copies of is no part of the loss
  for (const Place &p : e.places())
    if (p.copied && p.value.isTensor()) copies.insert(p.value.value);
  std::vector<const ir::Value *> work = {step.loss};
  std::unordered_set<const ir::Value *> seen;
  while (!work.empty()) {
    const ir::Value *v = work.back();
    work.pop_back();
    if (!ir::isFloat(v->type.elem) || !seen.insert(v).second || !v->def || copies.count(v) != 0) continue;
    const ir::OpInfo &op = ir::info(v->def->kind);
    if (v->def->kind == OpKind::StopGradient || (op.family == ir::Family::Elementwise && op.derivative == ir::Derivative::Zero)) continue;
    work.insert(work.end(), v->def->operands.begin(), v->def->operands.end());
    if (!v->def->regions.empty())
      for (const ir::Value *used : ir::freeValues(*v->def)) work.push_back(used);
  }
  if (std::none_of(step.inputs.begin(), step.inputs.end(), [&](const ir::Value *x) { return seen.count(x) != 0; }))
    e.report(step.where, Diag::NoGradient, {step.names}).help("`stop_gradient`, `round`, `sign` and the like stand between: what they give is a constant to it");
  for (const Place &p : e.places()) {
    if (!p.param || p.copied || p.base >= 0 || p.root.empty() || !p.value.isTensor() || !seen.count(p.value.value) || copies.count(p.value.value)) continue;
    e.context().findings->used.try_emplace(modelOf(e, p), Findings::Use{step.over, p.root});
  }
}

namespace {
/// What a function of the library takes, and whose results are not that.
struct Scores {
  const char *function, *parameter, *what;
  std::vector<const char *> wrong;
  const char *help;
};
} // namespace

static const std::vector<Scores> &scores() {
  static const std::vector<Scores> table = {
      {"cross_entropy", "logits", "scores", {"softmax", "log_softmax", "sigmoid"}, "give it the scores themselves: `cross_entropy` takes their softmax"},
      {"bce", "z", "scores", {"sigmoid", "softmax"}, "give it the scores themselves: `bce` takes their sigmoid"},
      {"nll", "log_p", "logarithms of probabilities", {"softmax", "sigmoid"}, "`log_softmax(...)` gives them; from the scores, `cross_entropy` does both"},
  };
  return table;
}

void checkScores(Elaborator &e, const FunctionObject &callee) {
  if (!e.context().inPrelude(callee.where) || e.context().inPrelude(e.frame().calledAt)) return;
  for (const Scores &s : scores()) {
    if (callee.name != s.function) continue;
    const Val *v = e.frame().scope->own(s.parameter);
    const std::string *from = v && v->isTensor() ? e.origins.functionOf(v->value) : nullptr;
    if (!from || std::find(s.wrong.begin(), s.wrong.end(), *from) == s.wrong.end()) return;
    const SourceRange at = e.frame().scope->given[s.parameter], made = valueOrigin(e, v->value);
    Diagnostic &d = e.report(at, Diag::NotScores, {s.function, s.what, *from});
    if (made.valid() && made != at && !e.context().inPrelude(made)) d.note(made, "the `" + *from + "` is here");
    d.help(s.help);
  }
}

/// Whether a type with a range stands there, in a `data`.
static bool declaresRange(const Context &c, SourceRange where) {
  for (const auto &unit : c.units())
    for (const ast::DeclPtr &d : unit->program->declarations)
      if (auto *data = ast::tryAs<ast::Data>(d))
        for (const ast::StmtPtr &s : data->fields)
          if (auto *field = ast::tryAs<ast::Bind>(s); field && s->where == where) return field->pattern.type && field->pattern.type->range;
  return false;
}

void checkLabels(Elaborator &e, const Val &index, const Dim &length, SourceRange where, const ir::Value *of, size_t dim) {
  if (e.checking() || !length.isConstant() || index.type().isScalar() || index.high <= length.value()) return;
  const ir::Value *source = movedFrom(index.value);
  const SourceRange declared = valueOrigin(e, index.value);
  if (source->def && !declaresRange(e.context(), declared)) return; // its range is computed, perhaps too wide
  Diagnostic &d = e.report(where, Diag::LabelsBeyond, {std::to_string(index.high - 1), length.str()});
  d.fact("they are ints in " + std::to_string(index.low) + ".." + std::to_string(index.high) + ", their places 0.." + length.str());
  if (declared.valid() && !e.context().inPrelude(declared)) d.note(declared, "the ints come from here");
  if (of) noteSize(e, d, of, dim);
  d.help("give them " + std::to_string(index.high) + " places, or the range that they really have, `int in 0.." + length.str() + "`");
}

void reportFindings(const Findings &findings, Diagnostics &diags) {
  for (const auto &[statement, found] : findings.dropped) {
    if (!found.reached || found.effect) continue;
    const ast::Expr &value = *statement->value;
    Diagnostic &d = diags.report(value.where, Diag::ValueDropped);
    d.fact("it is " + found.value);
    auto *binary = ast::tryAs<ast::Binary>(&value);
    if (!found.call.empty()) d.help("call it: `" + found.call + "()`").fix({value.where.file, value.where.end, value.where.end}, "()");
    else if (binary && binary->op == ast::BinaryOp::Equal) d.help("`==` compares; `=` binds a name");
    else d.help("bind it, `y = ...`, or leave the line out");
  }
  for (const auto &[model, use] : findings.used) {
    if (findings.changed.count(model)) continue;
    diags.report(use.over, Diag::NothingTrains, {use.model})
        .fact("the loss is computed from the params of `" + use.model + "`; no `over` and no `<-` names them")
        .help("train it, too: `over (..., " + use.model + ")`")
        .help("where it is meant to stay as it is, cut its gradient off: `stop_gradient(" + use.model + "(...))`");
  }
}

} // namespace dl::frontend

/// `grad` and `minimize`.
#include "frontend/build/elaborator.h"
#include <unordered_set>

namespace dl::frontend {
using ir::OpKind;

/// True if `y` is computed from one of `from` (through anything, regions included).
static bool reaches(ir::Value *y, const std::unordered_set<const ir::Value *> &from) {
  std::vector<const ir::Value *> work = {y};
  std::unordered_set<const ir::Value *> seen;
  while (!work.empty()) {
    const ir::Value *v = work.back();
    work.pop_back();
    if (from.count(v)) return true;
    if (!seen.insert(v).second || !v->def) continue;
    for (const ir::Value *operand : v->def->operands) work.push_back(operand);
    if (!v->def->regions.empty())
      for (const ir::Value *used : ir::freeValues(*v->def)) work.push_back(used);
  }
  return false;
}

/// True if `y` is computed from `whole` on a way that does not pass `part`.
static bool reachesAround(ir::Value *y, const ir::Value *part, const ir::Value *whole) {
  std::vector<const ir::Value *> work = {y};
  std::unordered_set<const ir::Value *> seen = {part};
  while (!work.empty()) {
    const ir::Value *v = work.back();
    work.pop_back();
    if (v == whole) return true;
    if (!seen.insert(v).second || !v->def) continue;
    for (const ir::Value *operand : v->def->operands) work.push_back(operand);
    if (!v->def->regions.empty())
      for (const ir::Value *used : ir::freeValues(*v->def)) work.push_back(used);
  }
  return false;
}

Val Elaborator::gradient(const Val &given, const std::vector<Val> &wrt, SourceRange where, const std::string &names) {
  Val y = read(given);
  if (y.isError()) return y;
  if (y.isNumber()) return fail(where, Diag::NotDependent, {describe(y), names});
  if (!y.isTensor() || !y.type().isScalar() || !ir::isFloat(y.type().elem)) {
    Diagnostic &d = report(where, Diag::NotScalar, {describe(y)});
    if (y.isTensor() && ir::isFloat(y.type().elem)) d.help("take `mean(...)` or `sum(...)` of it");
    return Val::error();
  }
  std::vector<Val> trees, flat;
  for (const Val &x : wrt) {
    trees.push_back(recordOf(x));
    leaves(trees.back(), flat);
  }
  std::vector<ir::Value *> operands = {asTensor(y, where).value};
  std::unordered_set<const ir::Value *> sources;
  std::vector<std::pair<size_t, std::vector<StackPart>>> from; // per float leaf: its operand, and which part of it
  for (const Val &x : flat) {
    if (!x.isTensor() || !ir::isFloat(x.type().elem)) continue;
    ir::Value *whole = x.value;
    std::vector<StackPart> parts;
    // A part of a stack: also what is computed from the whole stack depends on it.
    for (int p = viewRead(whole); p >= 0 && reachesAround(operands[0], whole, placeValue(places_[static_cast<size_t>(p)].base).value); p = viewRead(whole)) {
      parts.insert(parts.begin(), places_[static_cast<size_t>(p)].part);
      whole = placeValue(places_[static_cast<size_t>(p)].base).value;
    }
    auto known = std::find(operands.begin() + 1, operands.end(), whole);
    from.emplace_back(static_cast<size_t>(known - operands.begin()) - 1, std::move(parts));
    if (known == operands.end()) operands.push_back(whole), sources.insert(whole);
  }
  if (sources.empty()) return fail(where, Diag::NotDifferentiable, {names, trees.empty() ? "" : describe(trees[0])});
  if (!reaches(operands[0], sources)) {
    report(where, Diag::NotDependent, {"the value", names})
        .help("compute it from the present `" + names + "`, in this body, before `" + names + "` changes");
    return Val::error();
  }
  ir::Op *op = emitOp(OpKind::Grad, operands, ir::GradAttr{});
  if (!op) return Val::error();
  std::vector<Val> results;
  size_t at = 0;
  for (const Val &x : flat) {
    if (x.isTensor() && ir::isFloat(x.type().elem)) {
      Val g = Val::tensor(op->result(from[at].first));
      for (const StackPart &part : from[at++].second) g = partOf(g, part);
      results.push_back(std::move(g));
    } else results.push_back(x.isTensor() ? Val::tensor(zeros(x.type())) : Val::number(Dim(0)));
  }
  std::vector<Val> out;
  size_t next = 0;
  for (const Val &tree : trees) out.push_back(rebuild(tree, results, next));
  return Val::tuple(std::move(out));
}

static bool isNameOrPlace(const ast::Expr &e) {
  if (e.kind == ast::ExprKind::Name) return true;
  if (e.kind == ast::ExprKind::Member || e.kind == ast::ExprKind::Subscript) return isNameOrPlace(*ast::leftOf(e));
  if (auto *t = ast::tryAs<ast::Tuple>(&e)) {
    for (auto &x : t->elements)
      if (!isNameOrPlace(*x)) return false;
    return true;
  }
  return false;
}

Val Elaborator::evalPlace(const ast::Expr &e) {
  auto *tuple = ast::tryAs<ast::Tuple>(&e);
  if (!tuple) return eval(e);
  std::vector<Val> items;
  for (auto &x : tuple->elements) {
    items.push_back(evalPlace(*x));
    if (items.back().isError()) return Val::error();
  }
  return Val::tuple(std::move(items));
}

Val Elaborator::evalGrad(std::vector<Arg> args, const CallSite &site) {
  if (args.size() != 2) return fail(site.where, Diag::TooManyArguments, {"grad", "2", std::to_string(args.size())});
  const Arg &x = args[1];
  if (!x.expr || !isNameOrPlace(*x.expr)) {
    report(x.where, Diag::GradOfExpression, {}).help("give it a name first: `x = ...`, compute from `x`, then `grad(y, x)`");
    return Val::error();
  }
  bool tuple = x.expr->kind == ast::ExprKind::Tuple;
  Val place = tuple ? evalPlace(*x.expr) : x.value;
  if (place.isError()) return place;
  std::vector<Val> wrt = tuple ? place.bundle().items : std::vector<Val>{place};
  Val out = gradient(args[0].value, wrt, site.where, sourceText(x.where));
  if (out.isError()) return out;
  return tuple ? out : out.bundle().items[0];
}

Val Elaborator::evalMinimize(const ast::Minimize &s) {
  Val loss = eval(*s.loss);
  Val place = evalPlace(*s.place);
  if (loss.isError() || place.isError()) {
    eval(*s.optimiser);
    return Val::error();
  }
  builder_.where = s.where;
  Val lossTensor = loss;
  bool tuple = s.place->kind == ast::ExprKind::Tuple && place.is(ValKind::Tuple);
  std::vector<Val> wrt = tuple ? place.bundle().items : std::vector<Val>{place};
  Val g = gradient(loss, wrt, s.loss->where, sourceText(s.place->where));
  if (g.isError()) return g;
  if (!tuple) g = g.bundle().items[0];
  if (onMinimize) onMinimize(lossTensor, s.loss->where);
  Val optimiser = eval(*s.optimiser);
  if (optimiser.isError()) return optimiser;
  builder_.where = s.where;
  Val next = call(optimiser, {{"", s.place->where, place, nullptr}, {"", s.loss->where, g, nullptr}},
                  {s.optimiser->where, s.optimiser->where, &s});
  if (next.isError()) return next;
  // Local values are rebound, places are changed.
  std::function<void(const ast::Expr &, const Val &)> assign = [&](const ast::Expr &e, const Val &v) {
    auto *parts = ast::tryAs<ast::Tuple>(&e);
    if (parts && v.is(ValKind::Tuple) && v.bundle().items.size() == parts->elements.size()) {
      for (size_t i = 0; i < parts->elements.size(); ++i) assign(*parts->elements[i], v.bundle().items[i]);
      return;
    }
    if (auto *name = ast::tryAs<ast::Name>(&e)) {
      Val *local = find(name->text);
      bool models = local && local->is(ValKind::Tuple) && !local->bundle().items.empty() && local->bundle().items[0].is(ValKind::Instance);
      if (local && !local->is(ValKind::Place) && !local->is(ValKind::Instance) && !models) {
        Val fitted = fitLike(*local, v, s.where, "`" + name->text + "`");
        if (!fitted.isError()) bindName(name->text, fitted, s.where);
        return;
      }
    }
    update(e, v, s.where);
  };
  assign(*s.place, next);
  return Val::none();
}

} // namespace dl::frontend

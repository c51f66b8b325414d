/// `grad`, `vjp`, `jvp`, `hvp` and `minimize`.
#include "frontend/build/advice.h"
#include "frontend/build/findings.h"
#include <algorithm>
#include <unordered_set>

namespace dl::frontend {
using ir::OpKind;

/// True if `y` is computed from one of `from`, regions included; with `smooth` through floats only.
static bool reaches(ir::Value *y, const std::unordered_set<const ir::Value *> &from, bool smooth) {
  std::vector<const ir::Value *> work = {y};
  std::unordered_set<const ir::Value *> seen;
  while (!work.empty()) {
    const ir::Value *v = work.back();
    work.pop_back();
    if (from.count(v)) return true;
    if (smooth && !ir::isFloat(v->type.elem)) continue;
    if (!seen.insert(v).second || !v->def) continue;
    for (const ir::Value *operand : v->def->operands) work.push_back(operand);
    if (!v->def->regions.empty())
      for (const ir::Value *used : ir::freeValues(*v->def)) work.push_back(used);
  }
  return false;
}

/// True if one of `y` is computed from `whole` on a way that does not pass a value to `avoid`.
template <class Avoid> static bool reachesAround(const std::vector<ir::Value *> &y, const ir::Value *whole, Avoid avoid) {
  std::vector<const ir::Value *> work(y.begin(), y.end());
  std::unordered_set<const ir::Value *> seen;
  while (!work.empty()) {
    const ir::Value *v = work.back();
    work.pop_back();
    if (v == whole) return true;
    if (avoid(v) || !seen.insert(v).second || !v->def) continue;
    for (const ir::Value *operand : v->def->operands) work.push_back(operand);
    if (!v->def->regions.empty())
      for (const ir::Value *used : ir::freeValues(*v->def)) work.push_back(used);
  }
  return false;
}

/// `x0 = x`, then `x = f(x)`, then `grad(sum(x), x0)`: the value that x0 is a name for, where y is computed from it and not
/// from x0. Names that are differentiated by are variables of their own: no way leads through another one.
static ir::Value *named(ir::Value *variable, const std::vector<ir::Value *> &y) {
  auto leafOf = [](const ir::Value *v) { return v->def && v->def->kind == OpKind::Leaf ? v->def->operands[0] : nullptr; };
  if (!leafOf(variable) || reachesAround(y, variable, [](const ir::Value *) { return false; })) return variable;
  for (ir::Value *v = leafOf(variable); v; v = leafOf(v))
    if (reachesAround(y, v, [&](const ir::Value *way) { return leafOf(way) == v; })) return v;
  return variable;
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

static bool isFloats(const Val &v) { return v.isTensor() && !v.weak && ir::isFloat(v.type().elem); }

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

Elaborator::Inputs Elaborator::inputsOf(const Val &x, const ast::Expr &written) {
  Inputs inputs;
  inputs.names = sourceText(written.where);
  auto *parts = ast::tryAs<ast::Tuple>(&written);
  inputs.tuple = parts && x.is(ValKind::Tuple) && parts->elements.size() == x.bundle().items.size();
  std::vector<std::string> paths;
  for (size_t i = 0; i < (inputs.tuple ? parts->elements.size() : 1); ++i) {
    Val part = inputs.tuple ? read(x.bundle().items[i]) : read(x);
    inputs.trees.push_back(recordOf(part));
    leaves(inputs.trees.back(), inputs.flat);
    leafPaths(inputs.trees.back(), inputs.tuple ? sourceText(parts->elements[i]->where) : inputs.names, paths);
  }
  for (size_t i = 0; i < inputs.flat.size(); ++i) {
    if (!isFloats(inputs.flat[i])) continue;
    inputs.floats.push_back(inputs.flat[i].value);
    if (inputs.floats.back()->name.empty() && paths.size() == inputs.flat.size()) inputs.floats.back()->name = paths[i];
  }
  return inputs;
}

std::optional<Elaborator::Inputs> Elaborator::inputsOf(const Arg &x, const char *function) {
  if (!x.expr || !isNameOrPlace(*x.expr)) {
    report(x.where, Diag::GradOfExpression, {function})
        .help("give it a name first: `x = ...`, compute from `x`, then `" + std::string(function) + "(y, x)`");
    return std::nullopt;
  }
  Val place = x.expr->kind == ast::ExprKind::Tuple ? evalPlace(*x.expr) : x.value;
  if (place.isError()) return std::nullopt;
  return inputsOf(place, *x.expr);
}

/// A part of a stack: also what is computed from the whole stack depends on it.
Elaborator::Sources Elaborator::sourcesOf(const std::vector<ir::Value *> &y, const Inputs &inputs) {
  Sources sources;
  for (ir::Value *whole : inputs.floats) {
    std::vector<StackPart> parts, way;
    ir::Value *at = whole;
    for (int p = viewRead(at); p >= 0; p = viewRead(at)) { // outwards, as far as another way leads
      ir::Value *part = at;
      at = placeValue(places_[static_cast<size_t>(p)].base).value;
      way.insert(way.begin(), places_[static_cast<size_t>(p)].part);
      if (reachesAround(y, at, [&](const ir::Value *v) { return v == part; })) whole = at, parts = way;
    }
    auto known = std::find(sources.values.begin(), sources.values.end(), whole);
    sources.of.emplace_back(static_cast<size_t>(known - sources.values.begin()), std::move(parts));
    if (known == sources.values.end()) sources.values.push_back(whole);
  }
  return sources;
}

/// A model among the inputs, where only its instances hold params.
static const Val *givenModel(const DerivativeInputs &inputs) {
  auto found = std::find_if(inputs.trees.begin(), inputs.trees.end(), [](const Val &v) { return v.is(ValKind::Model); });
  return found == inputs.trees.end() ? nullptr : &*found;
}

/// Reports unless y is computed from the present inputs, or from what they are names for.
bool Elaborator::depends(const std::vector<ir::Value *> &y, Inputs &inputs, SourceRange where) {
  if (const Val *model = givenModel(inputs)) {
    adviseInstance(*this, report(where, Diag::NotDifferentiable, {model->model().decl->name.text, describe(*model)}), *model);
    return false;
  }
  if (inputs.floats.empty())
    return fail(where, Diag::NotDifferentiable, {inputs.names, inputs.trees.empty() ? "" : describe(inputs.trees[0])}), false;
  for (ir::Value *&x : inputs.floats) {
    auto holds = [&](const Place &p) { return p.value.isTensor() && p.value.value == x; };
    if (viewRead(x) < 0 && std::none_of(places_.begin(), places_.end(), holds)) x = named(x, y);
  }
  Sources from = sourcesOf(y, inputs);
  std::unordered_set<const ir::Value *> sources(from.values.begin(), from.values.end());
  bool rough = false;
  for (ir::Value *v : y) {
    if (reaches(v, sources, true)) return true;
    rough |= reaches(v, sources, false);
  }
  const bool part = inputs.names.ends_with("]");
  report(where, Diag::NotDependent, {"the value", inputs.names})
      .help(part ? "differentiate by the whole and take the part of that, `grad(y, x)[0]`; only models have parts that are differentiated by"
            : rough ? "only ints and bools lead from `" + inputs.names + "` to it, and they carry no derivative; for the parameters of a draw there is `log_prob`"
                  : "compute it from the present `" + inputs.names + "`, in this body, before `" + inputs.names + "` changes");
  return false;
}

/// One value for each input, in the structure of the inputs; zeros where there is no float.
Val Elaborator::likeInputs(const Inputs &inputs, const std::vector<ir::Value *> &values) {
  std::vector<Val> results;
  size_t at = 0;
  for (const Val &x : inputs.flat) {
    if (isFloats(x)) results.push_back(Val::tensor(values[at++]));
    else results.push_back(x.isTensor() ? Val::tensor(zeros(x.type())) : Val::number(Dim(0)));
  }
  std::vector<Val> out;
  size_t next = 0;
  for (const Val &tree : inputs.trees) out.push_back(rebuild(tree, results, next));
  return inputs.tuple ? Val::tuple(std::move(out)) : out[0];
}

/// A value for each float of `like`, which `given` must resemble.
std::optional<std::vector<ir::Value *>> Elaborator::alike(const Val &like, const Val &given, const std::string &what, const std::string &name,
                                                          SourceRange where) {
  Val tree = like.is(ValKind::Instance) ? bundleOf(like.instance()) : like, v = read(given);
  if (v.is(ValKind::Instance)) v = bundleOf(v.instance());
  std::vector<ir::Value *> out;
  auto differs = [&] { return fail(where, Diag::DirectionDiffers, {what, name, describe(given), describe(like)}), false; };
  std::function<bool(const Val &, const Val &)> match = [&](const Val &part, const Val &value) -> bool {
    if (value.isError()) return false;
    if (part.isBundle() && !part.is(ValKind::List)) {
      const Bundle &parts = part.bundle();
      if (!value.isNumber() && (!value.isBundle() || value.bundle().items.size() != parts.items.size())) return differs();
      for (size_t i = 0; i < parts.items.size(); ++i) {
        const Val *item = value.isNumber() ? &value : parts.labels.empty() || value.bundle().labels.empty() ? &value.bundle().items[i] : value.bundle().find(parts.labels[i]);
        if (!item) return differs();
        if (!match(read(parts.items[i]), read(*item))) return false;
      }
      return true;
    }
    if (!isFloats(part)) return true;
    Val t = value;
    if (t.is(ValKind::List) || t.isNumber()) t = asTensor(t, where, part.type().elem);
    if (t.isError()) return false;
    if (!t.isTensor() || (!t.weak && t.type().elem != part.type().elem)) return differs();
    bool equal = value.isNumber() || t.type().rank() == part.type().rank();
    for (size_t i = 0; equal && !value.isNumber() && i < part.type().rank(); ++i) equal = requireEqual(t.type().dims[i], part.type().dims[i]);
    if (!equal) return differs();
    Val fitted = conform(value, part.type(), where, what);
    if (!fitted.isTensor()) return false;
    out.push_back(fitted.value);
    return true;
  };
  if (!match(tree, v)) return std::nullopt;
  return out;
}

/// Cotangents of the inputs under one seed for each y (none for a scalar y).
std::vector<ir::Value *> Elaborator::cotangents(const std::vector<ir::Value *> &y, const std::vector<ir::Value *> &seeds, const Inputs &inputs) {
  Sources from = sourcesOf(y, inputs);
  std::vector<ir::Value *> operands = y, out;
  operands.insert(operands.end(), seeds.begin(), seeds.end());
  operands.insert(operands.end(), from.values.begin(), from.values.end());
  ir::Op *op = emitOp(OpKind::Grad, operands, ir::GradAttr{!seeds.empty(), static_cast<int>(y.size())});
  if (!op) return out;
  for (const auto &[number, parts] : from.of) {
    Val g = Val::tensor(op->result(number));
    for (const StackPart &part : parts) g = partOf(g, part);
    out.push_back(g.value);
  }
  return out;
}

std::vector<ir::Value *> Elaborator::tangents(const std::vector<ir::Value *> &y, const Inputs &inputs, const std::vector<ir::Value *> &along) {
  std::vector<ir::Value *> operands = y;
  operands.insert(operands.end(), inputs.floats.begin(), inputs.floats.end());
  operands.insert(operands.end(), along.begin(), along.end());
  ir::Op *op = emitOp(OpKind::Jvp, operands, ir::JvpAttr{static_cast<int>(y.size())});
  return op ? op->results : std::vector<ir::Value *>{};
}

/// The scalar that a gradient is of; null after a report.
ir::Value *Elaborator::scalarToDifferentiate(const Val &given, const std::string &names, SourceRange where) {
  Val y = read(given);
  if (y.isError()) return nullptr;
  if (y.isNumber()) return fail(where, Diag::NotDependent, {describe(y), names}), nullptr;
  if (!y.isTensor() || !y.type().isScalar() || !ir::isFloat(y.type().elem)) {
    Diagnostic &d = report(where, Diag::NotScalar, {describe(y)});
    if (y.isTensor() && ir::isFloat(y.type().elem)) d.help("take `mean(...)` or `sum(...)` of it");
    if (y.is(ValKind::Instance)) d.help("what is differentiated comes first, then by what: `grad(loss, net)`");
    if (y.is(ValKind::Function)) d.help("of a value, not of a function: `grad(loss(w), w)`");
    return nullptr;
  }
  return asTensor(y, where).value;
}

std::optional<std::vector<ir::Value *>> Elaborator::gradientOf(const Val &y, Inputs &inputs, SourceRange where) {
  ir::Value *scalar = scalarToDifferentiate(y, inputs.names, where);
  if (!scalar || !depends({scalar}, inputs, where)) return std::nullopt;
  std::vector<ir::Value *> g = cotangents({scalar}, {}, inputs);
  if (g.empty()) return std::nullopt;
  return g;
}

Val Elaborator::evalGrad(const Arg &y, const Arg &x, SourceRange where) {
  std::optional<Inputs> inputs = inputsOf(x, "grad");
  if (!inputs) return Val::error();
  std::optional<std::vector<ir::Value *>> g = gradientOf(y.value, *inputs, where);
  return g ? likeInputs(*inputs, *g) : Val::error();
}

/// What is differentiated, lists as tensors, models as records.
Val Elaborator::differentiated(const Arg &y) {
  Val v = read(y.value);
  if (v.is(ValKind::List)) return asTensor(v, y.where);
  return v.is(ValKind::Instance) ? bundleOf(v.instance()) : v;
}

/// The floats of a value that is differentiated: a tensor or a bundle of them.
std::optional<std::vector<ir::Value *>> Elaborator::floatsOf(const Val &y, std::vector<Val> &flat, Inputs &inputs, SourceRange where) {
  if (y.isError()) return std::nullopt;
  leaves(y, flat);
  std::vector<ir::Value *> out;
  for (const Val &leaf : flat)
    if (isFloats(leaf)) out.push_back(leaf.value);
  if (out.empty()) return fail(where, Diag::NotDependent, {describe(y), inputs.names}), std::nullopt;
  if (!depends(out, inputs, where)) return std::nullopt;
  return out;
}

Val Elaborator::evalVjp(const Arg &y, const Arg &x, const Arg &dy, SourceRange where) {
  std::optional<Inputs> inputs = inputsOf(x, "vjp");
  if (!inputs) return Val::error();
  std::vector<Val> flat;
  Val of = differentiated(y);
  auto values = floatsOf(of, flat, *inputs, y.where);
  if (!values) return Val::error();
  auto seeds = alike(of, dy.value, "cotangent", sourceText(y.where), dy.where);
  if (!seeds) return Val::error();
  builder_.where = where;
  std::vector<ir::Value *> g = cotangents(*values, *seeds, *inputs);
  return g.empty() ? Val::error() : likeInputs(*inputs, g);
}

/// The directions of the inputs, as `v` gives them.
std::optional<std::vector<ir::Value *>> Elaborator::directions(const Inputs &inputs, const Val &given, SourceRange where) {
  Val like = inputs.tuple ? Val::tuple(inputs.trees) : inputs.trees[0];
  return alike(like, given, "direction", inputs.names, where);
}

Val Elaborator::evalJvp(const Arg &y, const Arg &x, const Arg &v, SourceRange where) {
  std::optional<Inputs> inputs = inputsOf(x, "jvp");
  if (!inputs) return Val::error();
  std::vector<Val> flat;
  Val of = differentiated(y);
  auto values = floatsOf(of, flat, *inputs, y.where);
  if (!values) return Val::error();
  auto along = directions(*inputs, v.value, v.where);
  if (!along) return Val::error();
  builder_.where = where;
  std::vector<ir::Value *> t = tangents(*values, *inputs, *along);
  if (t.empty()) return Val::error();
  size_t at = 0, next = 0;
  for (Val &leaf : flat)
    leaf = isFloats(leaf) ? Val::tensor(t[at++]) : leaf.isTensor() ? Val::tensor(zeros(leaf.type())) : Val::number(Dim(0));
  return rebuild(of, flat, next);
}

/// The Hessian along a direction: forward over reverse.
Val Elaborator::evalHvp(const Arg &y, const Arg &x, const Arg &v, SourceRange where) {
  std::optional<Inputs> inputs = inputsOf(x, "hvp");
  if (!inputs) return Val::error();
  std::optional<std::vector<ir::Value *>> g = gradientOf(y.value, *inputs, where);
  if (!g) return Val::error();
  auto along = directions(*inputs, v.value, v.where);
  if (!along) return Val::error();
  builder_.where = where;
  std::vector<ir::Value *> t = tangents(*g, *inputs, *along);
  return t.empty() ? Val::error() : likeInputs(*inputs, t);
}

/// Whether later derivatives go through a step of `minimize`: it makes a local value or a model's copy another one. What
/// lives on is changed by it, and derivatives begin at the changed value.
static bool differentiatesStep(const Val &place) {
  if (place.is(ValKind::Place)) return false;
  if (place.is(ValKind::Tuple)) {
    const std::vector<Val> &items = place.bundle().items;
    return std::all_of(items.begin(), items.end(), differentiatesStep);
  }
  if (!place.is(ValKind::Instance)) return true;
  const Instance *whole = &place.instance();
  while (whole->base) whole = whole->base.get();
  return whole->origin && !whole->slots;
}

/// An optimiser with a state that nothing holds: it was made where it is used.
static bool isLost(const Val &optimiser, const ast::Expr &written) {
  if (written.kind != ast::ExprKind::Call || !optimiser.is(ValKind::Instance) || optimiser.instance().owner.lock()) return false;
  std::function<bool(const Instance &)> hasState = [&](const Instance &i) {
    return std::any_of(i.members.begin(), i.members.end(), [&](const Member &m) { return m.place >= 0 || (m.value.is(ValKind::Instance) && hasState(m.value.instance())); });
  };
  return hasState(optimiser.instance());
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
  auto unused = [](const Val &v) { return v.is(ValKind::Instance) && v.instance().hasPlaces && !v.instance().applied; };
  const std::vector<Val> parts = place.is(ValKind::Tuple) ? place.bundle().items : std::vector<Val>{place};
  Inputs inputs = inputsOf(place, *s.place);
  if (inputs.floats.empty() && std::any_of(parts.begin(), parts.end(), unused)) {
    report(s.place->where, Diag::ModelUnused, {"`" + sourceText(s.place->where) + "`"}).help("nothing has called it: the loss must be computed from what is trained");
    return Val::error();
  }
  if (inputs.floats.empty() || givenModel(inputs)) return depends({}, inputs, s.place->where), Val::error();
  std::optional<std::vector<ir::Value *>> cotangents = gradientOf(loss, inputs, s.loss->where);
  if (!cotangents) return Val::error();
  if (!differentiatesStep(place))
    for (ir::Value *&c : *cotangents) c = emit(ir::OpKind::StopGradient, {c});
  Val g = likeInputs(inputs, *cotangents);
  noteLoss(*this, {lossTensor.value, sourcesOf({lossTensor.value}, inputs).values, inputs.names, s.loss->where, s.place->where});
  if (onMinimize) onMinimize(lossTensor, s.loss->where);
  builder_.where.phase = ir::Phase::Update;
  Val optimiser = eval(*s.optimiser);
  if (optimiser.is(ValKind::Model)) {
    reportUnconfigured(*this, s.optimiser->where, optimiser);
    return Val::error();
  }
  if (optimiser.isError()) return optimiser;
  builder_.where = s.where;
  Val next = call(optimiser, {{"", s.place->where, place, nullptr}, {"", s.loss->where, g, nullptr}},
                  {s.optimiser->where, s.optimiser->where, &s});
  if (next.isError()) return adviseTrained(*this, s, place), next;
  if (frame_->runtimeDepth > 0 && isLost(optimiser, *s.optimiser))
    report(s.optimiser->where, Diag::StateLost, {optimiser.instance().model->name.text})
        .help("bind it before the loop, `opt = " + sourceText(s.optimiser->where) + "`, and write `with opt`");
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
  builder_.where.phase = ir::Phase::Forward;
  return Val::none();
}

} // namespace dl::frontend

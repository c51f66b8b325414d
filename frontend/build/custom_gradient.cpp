/// `fn f(...) { } gradient(dy, y) { }`: the body and the rule become the two regions of a `custom_grad`, whose operands
/// are the floats of the parameters. What else they read is captured.
///
/// A rule may lead to its own function: it is built inside of itself for as many derivatives as `kOrders`. There the function
/// takes no operands, so that a further derivative is one through a capture.
#include "frontend/build/conversion.h"
#include <algorithm>

namespace dl::frontend {
using ir::OpKind;

namespace {

constexpr int kOrders = 4;

bool carriesDerivative(const Val &leaf) { return leaf.isTensor() && !leaf.weak && ir::isFloat(leaf.type().elem); }

class CustomGradient {
public:
  CustomGradient(Elaborator &e, const FunctionObject &fn, SourceRange calledAt) : e_(e), fn_(fn), rule_(*fn.gradient), calledAt_(calledAt) {}

  Val run(const std::shared_ptr<Scope> &signature, const std::function<Val()> &body);

private:
  struct Parameter {
    std::string name;
    Val value, tree;          ///< as bound, and with models as records of their params
    std::vector<Val> leaves;  ///< of the tree
  };

  bool collect();
  void takeApart();
  void makeParams(const std::function<Val()> &body);
  bool hasGrown();
  Val build(const std::shared_ptr<Scope> &signature, const std::function<Val()> &body);
  void bind(Scope &scope, std::span<ir::Value *const> floats);
  Val treeOf(const Val &v);
  Val replaced(const Val &v, const std::vector<Val> &leaves, size_t &next);
  bool bindRule(Scope &scope, std::span<ir::Value *const> args);
  bool givesTensors(const Val &v) const;
  bool changesNothing(const Snapshot &since, const ir::Region *region, SourceRange where);
  bool cotangents(const Val &given, std::vector<ir::Value *> &out);
  bool fit(const Parameter &p, const Val &part, const Val &given, std::vector<ir::Value *> &out);

  Elaborator &e_;
  const FunctionObject &fn_;
  const ast::GradientRule &rule_;
  SourceRange calledAt_, gives_;
  std::vector<Parameter> parameters_;
  bool last_ = false;               ///< the rule is not built once more inside of itself
  std::vector<ir::Value *> operands_;
  std::vector<std::string> names_;  ///< of the operands
  Val value_;                       ///< of the body, inside of its region
  std::vector<Val> results_;        ///< its leaves
};

Val CustomGradient::treeOf(const Val &v) {
  if (v.is(ValKind::Instance)) return e_.bundleOf(v.instance());
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return v;
  auto copy = std::make_shared<Bundle>(v.bundle());
  for (Val &item : copy->items) item = treeOf(e_.read(item));
  return Val::of(v.kind, std::move(copy));
}

/// The value with other leaves; a model stays itself, its places change.
Val CustomGradient::replaced(const Val &v, const std::vector<Val> &leaves, size_t &next) {
  if (v.is(ValKind::Instance)) return e_.fillPlaces(v, leaves, next, false), v;
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return e_.rebuild(v, leaves, next);
  auto copy = std::make_shared<Bundle>(v.bundle());
  for (Val &item : copy->items) item = replaced(e_.read(item), leaves, next);
  return Val::of(v.kind, std::move(copy));
}

bool CustomGradient::collect() {
  for (const ast::Param &p : *fn_.params) {
    Val value = e_.read(*e_.find(p.name.text));
    if (value.isError()) return false;
    parameters_.push_back({p.name.text, value, {}, {}});
  }
  takeApart();
  return true;
}

void CustomGradient::takeApart() {
  operands_.clear(), names_.clear();
  for (Parameter &p : parameters_) {
    p.tree = treeOf(p.value), p.leaves.clear();
    e_.leaves(p.tree, p.leaves);
    std::vector<std::string> paths;
    e_.leafPaths(p.tree, p.name, paths);
    for (size_t i = 0; i < p.leaves.size(); ++i)
      if (carriesDerivative(p.leaves[i])) {
        operands_.push_back(p.leaves[i].value);
        names_.push_back(paths.size() == p.leaves.size() ? paths[i] : p.name);
      }
  }
}

static bool isUnused(Elaborator &e, const Val &v) {
  if (v.is(ValKind::Instance)) {
    std::vector<Val> params;
    e.leaves(e.bundleOf(v.instance()), params);
    return params.empty();
  }
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return false;
  return std::any_of(v.bundle().items.begin(), v.bundle().items.end(), [&](const Val &item) { return isUnused(e, e.read(item)); });
}

/// The body was the first to use a part of a model.
bool CustomGradient::hasGrown() {
  for (const Parameter &p : parameters_) {
    std::vector<Val> now;
    e_.leaves(treeOf(p.value), now);
    if (now.size() != p.leaves.size()) return true;
  }
  return false;
}

/// A model whose first use is in the body has no params before: the body is built once for them alone.
void CustomGradient::makeParams(const std::function<Val()> &body) {
  if (std::none_of(parameters_.begin(), parameters_.end(), [&](const Parameter &p) { return isUnused(e_, p.value); })) return;
  Snapshot before = e_.snapshot();
  {
    Elaborator::RegionGuard guard(e_, e_.newRegion({}), nullptr);
    body();
  }
  e_.restore(before);
  takeApart();
}

/// Names the parameters, their floats standing for `floats` in order.
void CustomGradient::bind(Scope &scope, std::span<ir::Value *const> floats) {
  size_t at = 0;
  for (const Parameter &p : parameters_) {
    std::vector<Val> leaves = p.leaves;
    for (Val &leaf : leaves)
      if (carriesDerivative(leaf)) leaf.value = floats[at++];
    size_t next = 0;
    Val value = replaced(p.value, leaves, next);
    if (scope.facts && scope.facts->wrt.count(p.name)) value = e_.asLeaf(value, true);
    scope.set(p.name, std::move(value));
  }
}

bool CustomGradient::givesTensors(const Val &v) const {
  if (v.isTensor() || v.isNumber() || v.is(ValKind::Bool) || v.is(ValKind::None)) return true;
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record) && !v.is(ValKind::List)) return false;
  for (const Val &item : v.bundle().items)
    if (!givesTensors(item)) return false;
  return true;
}

bool CustomGradient::changesNothing(const Snapshot &since, const ir::Region *region, SourceRange where) {
  for (const Changed &c : e_.changes(since, region))
    if (c.place >= 0) {
      e_.report(where, Diag::GradientRuleChanges, {fn_.name, e_.nameOf(c)}).help("give the new value as part of the result");
      return false;
    }
  return true;
}

/// The parameters, the value and its cotangent under their names.
bool CustomGradient::bindRule(Scope &scope, std::span<ir::Value *const> args) {
  std::vector<std::string> names;
  bool differ = true;
  for (const Parameter &p : parameters_) names.push_back(p.name);
  std::function<void(const ast::Pattern &)> meet = [&](const ast::Pattern &p) {
    for (const ast::Pattern &inner : p.elements) meet(inner);
    if (p.tuple || p.skips()) return;
    if (std::find(names.begin(), names.end(), p.name.text) != names.end()) e_.report(p.where, Diag::DeclaredTwice, {p.name.text}), differ = false;
    names.push_back(p.name.text);
  };
  meet(rule_.cotangent);
  if (rule_.value) meet(*rule_.value);
  if (!differ) return false;
  bind(scope, args.first(operands_.size()));
  std::vector<Val> values = results_, cotangents = results_;
  size_t at = operands_.size();
  for (Val &v : values)
    if (v.isTensor()) v.value = args[at++];
  for (Val &v : cotangents)
    if (carriesDerivative(v)) v = Val::tensor(args[at++]);
    else v = Val::none();
  size_t next = 0;
  if (rule_.value) e_.bindFresh(*rule_.value, e_.rebuild(value_, values, next), rule_.where);
  next = 0;
  e_.bindFresh(rule_.cotangent, e_.rebuild(value_, cotangents, next), rule_.where);
  return true;
}

bool CustomGradient::fit(const Parameter &p, const Val &part, const Val &given, std::vector<ir::Value *> &out) {
  Val v = e_.read(given);
  if (v.isError()) return false;
  auto differs = [&] {
    e_.report(gives_, Diag::CotangentDiffers, {fn_.name, e_.describe(v), p.name, e_.describe(part)});
    return false;
  };
  if (part.isBundle()) {
    const Bundle &parts = part.bundle();
    bool fills = v.isNumber() || v.is(ValKind::None);
    if (!fills && (!v.isBundle() || v.bundle().items.size() != parts.items.size())) return differs();
    for (size_t i = 0; i < parts.items.size(); ++i) {
      const Val *item = fills ? &v : parts.labels.empty() || v.bundle().labels.empty() ? &v.bundle().items[i] : v.bundle().find(parts.labels[i]);
      if (!item) return differs();
      if (!fit(p, parts.items[i], *item, out)) return false;
    }
    return true;
  }
  if (!carriesDerivative(part)) {
    // A number takes what a tensor in its place would.
    if (!v.is(ValKind::None) && !part.isNumber()) return differs();
    return true;
  }
  if (v.is(ValKind::None)) return out.push_back(e_.zeros(part.type())), true;
  if (v.is(ValKind::List)) v = becomes(e_, v, part.type().elem, gives_, "the cotangent of `" + p.name + "`") ? e_.asTensor(v, gives_, part.type().elem) : Val::error();
  if (v.isError()) return false;
  if (v.isTensor() && !v.weak && v.type().elem != part.type().elem) return differs();
  if (!v.isTensor() && !v.isNumber()) return differs();
  if (v.isTensor() && !v.type().isScalar() == part.type().isScalar()) return differs();
  if (v.isTensor()) {
    bool equal = v.type().rank() == part.type().rank();
    for (size_t i = 0; equal && i < v.type().rank(); ++i) equal = e_.requireEqual(v.type().dims[i], part.type().dims[i]);
    if (!equal) return differs();
  }
  Val fitted = e_.conform(v, part.type(), gives_, "the cotangent of `" + p.name + "`");
  out.push_back(fitted.value);
  return fitted.isTensor();
}

/// One cotangent for each parameter: a tuple, or the value itself when there is one.
bool CustomGradient::cotangents(const Val &given, std::vector<ir::Value *> &out) {
  if (given.isError()) return false;
  std::vector<Val> parts = {given};
  if (parameters_.size() != 1) {
    bool tuple = given.is(ValKind::Tuple) || given.is(ValKind::List);
    if (!tuple || given.bundle().items.size() != parameters_.size()) {
      e_.report(gives_, Diag::CotangentCount, {fn_.name, e_.describe(given), std::to_string(parameters_.size())})
          .help("end it with a tuple; `none` stands for a parameter without a derivative");
      return false;
    }
    parts = given.bundle().items;
  }
  bool good = true;
  for (size_t i = 0; i < parts.size(); ++i) good = fit(parameters_[i], parameters_[i].tree, parts[i], out) && good;
  return good;
}

Val CustomGradient::run(const std::shared_ptr<Scope> &signature, const std::function<Val()> &body) {
  if (!collect()) return Val::error();
  const auto &text = rule_.body.statements;
  gives_ = text.empty() ? rule_.where : text.back()->where;
  makeParams(body);
  int rules = 0;
  bool within = false;
  for (const Frame *at = &e_.frame(); at; at = at->caller) rules += at->rule != nullptr, within |= at->rule == &rule_;
  last_ = within && rules >= kOrders;
  return operands_.empty() ? body() : build(signature, body); // empty: nothing that a derivative could reach
}

Val CustomGradient::build(const std::shared_ptr<Scope> &signature, const std::function<Val()> &body) {
  const ast::Block &text = rule_.body;
  Snapshot before = e_.snapshot();
  std::vector<ir::Type> types;
  if (last_) operands_.clear(), names_.clear();
  for (const ir::Value *v : operands_) types.push_back(v->type);
  ir::Region *primal = e_.newRegion(types);
  std::vector<ir::Value *> yields;
  bool grown = false;
  {
    Elaborator::RegionGuard guard(e_, primal, nullptr);
    for (size_t i = 0; i < names_.size(); ++i) primal->args[i]->name = names_[i];
    if (!last_) bind(*e_.frame().scope, primal->args);
    Snapshot bound = e_.snapshot();
    value_ = body();
    grown = hasGrown();
    if (value_.isError() || !changesNothing(bound, primal, fn_.where)) return e_.restore(before), Val::error();
    e_.leaves(value_, results_);
    bool floats = false;
    for (const Val &v : results_) {
      if (v.isTensor()) yields.push_back(v.value);
      floats |= carriesDerivative(v);
    }
    if (!givesTensors(value_) || !floats) {
      e_.report(fn_.where, Diag::GradientRuleValue, {fn_.name, e_.describe(value_)});
      return e_.restore(before), Val::error();
    }
    e_.ir().yield(yields);
  }
  e_.restore(before);
  if (grown) return results_.clear(), takeApart(), build(signature, body);
  for (const Val &v : results_)
    if (v.isTensor()) types.push_back(v.type());
  for (const Val &v : results_)
    if (carriesDerivative(v)) types.push_back(v.type());
  ir::Region *rule = e_.newRegion(types);
  if (last_) {
    Elaborator::RegionGuard guard(e_, rule, nullptr);
    e_.ir().yield({});
  } else {
    Elaborator::RegionGuard guard(e_, rule, nullptr);
    Frame &frame = e_.frame();
    frame.rule = &rule_;
    frame.scope = std::make_shared<Scope>(*signature);
    frame.facts = frame.scope->facts = &e_.context().facts(text);
    frame.site += "/gradient"; // its draws are others than those of the body
    if (!bindRule(*frame.scope, rule->args)) return e_.restore(before), Val::error();
    Snapshot bound = e_.snapshot();
    std::vector<ir::Value *> gives;
    bool good = cotangents(e_.read(e_.runStatements(text.statements)), gives) && changesNothing(bound, rule, rule_.where);
    if (!good) return e_.restore(before), Val::error();
    e_.ir().yield(gives);
    frame.rule = nullptr;
  }
  e_.restore(before);
  e_.ir().where = calledAt_;
  ir::Op *op = e_.emitOp(OpKind::CustomGrad, operands_, ir::NoAttr{}, {primal, rule});
  if (!op) return Val::error();
  size_t at = 0, next = 0;
  for (Val &v : results_)
    if (v.isTensor()) v.value = op->result(at++);
  return e_.rebuild(value_, results_, next);
}

} // namespace

Val Elaborator::withGradient(const FunctionObject &fn, SourceRange calledAt, const std::shared_ptr<Scope> &signature, const std::function<Val()> &body) {
  return CustomGradient(*this, fn, calledAt).run(signature, body);
}

} // namespace dl::frontend

/// Calls: arguments to parameters, frames, pipelines.
#include "frontend/build/advice.h"
#include "frontend/build/builtin.h"
#include "frontend/build/conversion.h"
#include "frontend/build/findings.h"
#include "frontend/build/unknown_names.h"
#include "frontend/build/walk.h"

namespace dl::frontend {

constexpr size_t kMostCalls = 400'000;     ///< as many as operations
constexpr size_t kMostFaultyCalls = 4'000; ///< of a program with errors: calls that double meet the same one ever again

Val Elaborator::inFrame(Frame frame, const std::function<Val()> &f) {
  int depth = 0;
  for (Frame *at = frame_; at; at = at->caller) ++depth;
  if (c_.diags.hasErrors()) { // a recursion is met on every way that leads to it
    const std::string named = frame.name == "->" ? "" : "`" + frame.name + "`";
    for (const Diagnostic &told : c_.diags.all())
      if (told.kind == Diag::Recursion && (told.where == frame.calledAt || (!named.empty() && told.message.starts_with(named)))) return Val::error();
  }
  if (depth > 400) return reportRecursion(*this, frame), Val::error();
  if (++c_.calls > kMostFaultyCalls && c_.diags.hasErrors()) return Val::error();
  if (c_.calls > kMostCalls) return fail(frame.calledAt, Diag::UnrollsTooFar, {"more than " + std::to_string(kMostCalls)});
  frame.caller = frame_;
  std::vector<std::string> naming = std::move(naming_), yieldNaming = std::move(yieldNaming_);
  naming_.clear(), yieldNaming_.clear();
  Frame *old = frame_;
  frame_ = &frame;
  Val out = f();
  frame_ = old;
  naming_ = std::move(naming), yieldNaming_ = std::move(yieldNaming);
  return out;
}

std::string Elaborator::siteName(const void *node, const std::string &otherwise) {
  if (frame_->facts && node) {
    auto found = frame_->facts->sites.find(node);
    if (found != frame_->facts->sites.end()) return found->second;
  }
  return otherwise;
}

/// `split(d, parts, stratify: y)`: an unknown name that is a field of the table before it.
static void adviseField(Elaborator &e, const std::vector<Arg> &before, const ast::Expr &value) {
  auto *name = ast::tryAs<ast::Name>(&value);
  Diagnostic *d = name ? unknownNameIn(e.context(), value.where) : nullptr;
  if (!d) return;
  for (const Arg &a : before)
    if (a.value.is(ValKind::Table) && a.value.bundle().find(name->text)) {
      d->helps.clear();
      d->help("a field of the table is named by a text: `\"" + name->text + "\"`");
    }
}

Val Elaborator::evalCall(const ast::Call &e, const Val *piped, const ast::Expr *pipedExpr) {
  std::vector<std::string> naming = std::move(naming_);
  naming_.clear();
  Val callee = eval(*e.callee);
  if (callee.isError()) {
    for (auto &a : e.arguments) eval(*a.value); // their own errors
    return callee;
  }
  bool applies = piped && callee.is(ValKind::Model);
  std::vector<Arg> args;
  if (piped && !applies) args.push_back({"", pipedExpr ? pipedExpr->where : e.where, *piped, pipedExpr});
  bool copies = callee.is(ValKind::Model) && c_.hasPlaces(*callee.model().decl, true);
  for (auto &a : e.arguments) {
    Val v = eval(*a.value);
    if (v.isError()) adviseField(*this, args, *a.value);
    if (copies) v = stored(v, *a.value);
    args.push_back({a.name.text, a.value->where, std::move(v), a.value.get(), a.name.where});
  }
  builder_.where = e.where;
  CallSite site{e.where, e.callee->where, &e};
  if (!applies) {
    bool reads = callee.is(ValKind::Table) || (callee.is(ValKind::Function) && callee.function().builtin && callee.function().builtin->takesName);
    if (callee.is(ValKind::Model) || reads) naming_ = naming;
    Val out = call(callee, std::move(args), site);
    naming_.clear();
    return out;
  }
  Val instance = configure(callee, std::move(args), site);
  if (instance.isError()) return instance;
  return call(instance, {{"", pipedExpr ? pipedExpr->where : e.where, *piped, pipedExpr}}, site);
}

Val Elaborator::evalPipe(const ast::Pipe &e) {
  std::vector<const ast::Pipe *> spine = {&e};
  while (auto *left = ast::tryAs<ast::Pipe>(spine.back()->left)) spine.push_back(left);
  Val value = eval(*spine.back()->left);
  for (size_t i = spine.size(); i-- > 0;) {
    const ast::Pipe &p = *spine[i];
    builder_.where = p.where;
    if (auto *c = ast::tryAs<ast::Call>(p.right)) {
      value = value.isError() ? value : evalCall(*c, &value, p.left.get());
      if (!c_.inPrelude(p.where)) origins.made(value, c->where);
      continue;
    }
    Val callee = eval(*p.right);
    if (value.isError() || callee.isError()) {
      value = Val::error();
      continue;
    }
    CallSite site{p.right->where, p.right->where, p.right.get()};
    if (callee.is(ValKind::Model)) callee = configure(callee, {}, site);
    if (callee.isError()) {
      value = callee;
      continue;
    }
    value = call(callee, {{"", p.left->where, value, p.left.get()}}, site);
    if (!c_.inPrelude(p.where)) origins.made(value, p.right->where);
  }
  return value;
}

Val Elaborator::call(const Val &given, std::vector<Arg> args, const CallSite &site) {
  Val callee = read(given);
  for (const Arg &a : args)
    if (a.value.isError()) return Val::error();
  if (callee.isError()) return callee;
  if (callee.is(ValKind::Function)) return callFunction(callee, std::move(args), site);
  if (callee.is(ValKind::Model)) return configureGiven(*this, callee, std::move(args), site);
  if (callee.is(ValKind::Instance)) return applyInstance(callee, std::move(args), site);
  if (callee.is(ValKind::Table)) return callTable(callee, std::move(args), site);
  Diagnostic &d = report(site.callee, Diag::NotCallable, {describe(callee)});
  if (callee.isTensor()) d.help("an element is `" + sourceText(site.callee) + "[i]`; a product has its `*`");
  if (callee.isNumber()) adviseFunction(*this, d, site.callee);
  if (callee.is(ValKind::Vocabulary)) d.help("`encode` makes numbers of a text: `" + sourceText(site.callee) + ".encode(...)`");
  return Val::error();
}

/// Takes `training: true` out of the arguments.
static std::optional<Val> takeTraining(std::vector<Arg> &args, const std::vector<ast::Param> *params) {
  if (params)
    for (const ast::Param &p : *params)
      if (p.name.text == "training") return std::nullopt;
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i].name == "training") {
      Val v = args[i].value;
      args.erase(args.begin() + static_cast<ptrdiff_t>(i));
      return v;
    }
  return std::nullopt;
}

bool Elaborator::setTraining(Frame &frame, std::vector<Arg> &args, const std::vector<ast::Param> *params, SourceRange where) {
  if (std::optional<Val> training = takeTraining(args, params)) {
    std::optional<bool> known = knownBool(*training);
    if (!known) return fail(where, Diag::NotKnown, {"`training`", "a bool", describe(*training)}), false;
    frame.training = *known;
  }
  return true;
}

Val Elaborator::callFunction(const Val &function, std::vector<Arg> args, const CallSite &site) {
  FunctionObject &fn = function.function();
  if (fn.builtin) {
    for (size_t i = fn.bound.size(); i-- > 0;) args.insert(args.begin(), {"", site.callee, fn.bound[i], nullptr});
    return inCall(fn.name, site.where, {}, nullptr, [&] { return callBuiltin(*fn.builtin, std::move(args), site); });
  }
  if (fn.training) return callTraining(function, std::move(args), site);
  Frame frame;
  frame.name = fn.name, frame.calledAt = site.where, frame.training = frame_->training;
  frame.scope = std::make_shared<Scope>();
  frame.scope->parent = fn.scope;
  frame.facts = fn.body ? &c_.facts(*fn.body) : &c_.facts(*fn.expression);
  frame.scope->facts = frame.facts;
  frame.makesNew = fn.isProgram;
  frame.site = frame_->site + "/" + siteName(site.node, fn.name) + frame_->turns;
  if (auto owner = fn.owner.lock()) frame.owner = owner, frame.group = fn.name + ".";
  if (!setTraining(frame, args, fn.params, site.where)) return Val::error();
  std::optional<ir::Elem> drawn = drawElem_;
  if (!drawElem_ && fn.name == "draw") drawElem_ = elemOfDraws(*this, *fn.scope);
  Val result = inCall(fn.name, site.where, fn.where, fn.owner.lock(), [&] { return inFrame(frame, [&]() -> Val {
    if (!bindParameters(*fn.params, std::move(args), site, fn.name, frame_->scope)) return Val::error();
    checkScores(*this, fn);
    auto signature = std::make_shared<Scope>(*frame_->scope); // the body may bind the names of sizes anew
    auto body = [&] {
      Val out = read(fn.body ? runStatements(fn.body->statements) : eval(*fn.expression));
      frame_->scope = signature;
      if (fn.result) out = annotate(out, *fn.result, fn.result->where, "the result of `" + fn.name + "`", true);
      if (c_.inPrelude(fn.where)) origins.gave(fn.name, out);
      return out;
    };
    return fn.gradient ? withGradient(fn, site.where, signature, body) : body();
  }); });
  drawElem_ = drawn;
  return result;
}

/// An argument of a wrong type that another parameter wants, which in turn was given what fits here.
static void adviseSwap(Elaborator &e, const std::vector<ast::Param> &params, const std::vector<const Arg *> &given, size_t at) {
  auto fits = [&](size_t from, size_t to) {
    if (!given[from] || !given[from]->value.isTensor() || !params[to].type || params[to].type->tuple) return false;
    std::optional<ir::Elem> wanted = e.elemNamed(params[to].type->name.text);
    const ir::Elem elem = given[from]->value.type().elem;
    return wanted && ir::isFloat(*wanted) == ir::isFloat(elem) && (*wanted == ir::Elem::Bool) == (elem == ir::Elem::Bool);
  };
  if (e.context().diags.last().kind != Diag::WrongType) return;
  for (size_t other = 0; other < params.size(); ++other)
    if (other != at && fits(at, other) && fits(other, at) && !fits(at, at)) {
      Diagnostic &d = e.context().diags.last();
      d.helps.clear();
      d.help("are the two swapped? first `" + params[std::min(at, other)].name.text + "`, then `" + params[std::max(at, other)].name.text + "`");
      return;
    }
}

/// The type that `float` is in a call where its first argument is a list of numbers, which has none of its own: that of the first
/// argument that has one, among those for `float`, then among those for parameters without a type.
static std::optional<ir::Elem> floatOf(Elaborator &e, const std::vector<ast::Param> &params, const std::vector<const Arg *> &given, Scope *scope) {
  auto generic = [](const ast::Param &p) { return p.type && !p.type->tuple && p.type->name.text == "float"; };
  if (std::none_of(params.begin(), params.end(), generic)) return std::nullopt;
  for (; scope; scope = scope->parent.get())
    if (scope->own(kFloat)) return std::nullopt;
  for (bool typed : {true, false})
    for (size_t i = 0; i < params.size(); ++i) {
      if (!given[i] || (typed ? !generic(params[i]) : params[i].type != nullptr)) continue;
      if (std::optional<ir::Elem> elem = floatIn(e, given[i]->value)) return elem;
    }
  return std::nullopt;
}

bool Elaborator::bindParameters(const std::vector<ast::Param> &params, std::vector<Arg> args, const CallSite &site,
                                const std::string &what, const std::shared_ptr<Scope> &scope) {
  std::vector<const Arg *> given(params.size(), nullptr);
  size_t position = 0;
  std::vector<std::string> names;
  for (const ast::Param &p : params) names.push_back(p.name.text);
  for (const Arg &a : args) {
    size_t at = position;
    if (!a.name.empty()) {
      at = static_cast<size_t>(std::find(names.begin(), names.end(), a.name) - names.begin());
      if (at == names.size()) {
        unknownArgument(a, what, names);
        return false;
      }
    } else {
      while (at < given.size() && given[at]) ++at;
      position = at + 1;
    }
    if (at >= params.size()) {
      Diagnostic &d = report(a.where, Diag::TooManyArguments, {what, countOf(params.size(), "argument", "arguments"), countOf(args.size(), "is", "are")});
      std::string all;
      for (const std::string &name : names) all += (all.empty() ? "`" : ", `") + name + "`";
      if (!names.empty()) d.help("it takes " + all);
      return false;
    }
    if (given[at]) {
      report(a.where, Diag::DuplicateArgument, {names[at]});
      return false;
    }
    given[at] = &a;
  }
  bool good = true;
  if (std::optional<ir::Elem> elem = floatOf(*this, params, given, scope.get())) scope->set(kFloat, Val::number(Dim(static_cast<int64_t>(*elem))));
  for (const ast::Param *next : bindingOrder(params)) {
    const ast::Param &p = *next;
    size_t i = static_cast<size_t>(next - params.data());
    Val v;
    SourceRange where = p.where;
    if (given[i]) {
      v = given[i]->value, where = given[i]->where;
    } else if (p.initial) {
      std::shared_ptr<Scope> old = frame_->scope;
      frame_->scope = scope;
      naming_ = {p.name.text};
      const BodyFacts *body = std::exchange(frame_->facts, &c_.facts(params));
      v = read(eval(*p.initial));
      frame_->facts = body;
      naming_.clear();
      frame_->scope = old;
    } else {
      Diagnostic &d = report(site.where, Diag::MissingArgument, {what, p.name.text});
      if (p.where.valid() && !c_.inPrelude(p.where)) d.note(p.where, "the parameter is declared here");
      return false;
    }
    if (v.isError()) return false;
    bool absent = v.is(ValKind::None) && p.initial && p.initial->kind == ast::ExprKind::None;
    if (p.type && !absent) {
      std::shared_ptr<Scope> old = frame_->scope;
      frame_->scope = scope;
      v = annotate(v, *p.type, where, "`" + p.name.text + "`", true);
      frame_->scope = old;
      const std::optional<ir::Elem> elem = p.type->tuple ? std::nullopt : elemNamed(p.type->name.text);
      if (v.isNumber() && elem && ir::isInteger(*elem) && scope->facts && scope->facts->wrt.count(p.name.text)) v = asTensor(v, where);
      if (v.isError()) good = false, adviseSwap(*this, params, given, i);
    }
    if (scope->facts && scope->facts->wrt.count(p.name.text)) v = asLeaf(v, true);
    scope->set(p.name.text, std::move(v));
    scope->given[p.name.text] = where;
  }
  return good;
}

} // namespace dl::frontend

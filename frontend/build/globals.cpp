/// Top-level names: evaluated once an entry, when first needed, at its head.
#include "frontend/ast/number.h"
#include "frontend/build/builtin.h"
#include "frontend/build/elaborator.h"
#include <limits>

namespace dl::frontend {
using namespace ast;

std::shared_ptr<Scope> Elaborator::fileScope(const Unit &unit) {
  std::shared_ptr<Scope> &scope = fileScopes_[&unit];
  if (!scope) scope = std::make_shared<Scope>(), scope->unit = &unit;
  return scope;
}

bool Elaborator::isGlobal(const std::string &name, const Unit &unit) {
  return c_.find(name, unit) || name == "inf" || name == "nan" || c_.find(name, c_.preludeUnit()) || findBuiltin(name);
}

Val Elaborator::inPrologue(const Unit &unit, const std::function<Val()> &f) {
  RegionGuard guard(*this, prologue_, nullptr);
  key_ = seed_ ? seed_ : key_;
  Frame top;
  top.name = "the file", top.makesNew = top.makesSlots = true;
  top.scope = fileScope(unit);
  Frame *old = frame_;
  bool initialising = std::exchange(initialising_, false);
  std::vector<std::string> naming = std::move(naming_), yieldNaming = std::move(yieldNaming_);
  naming_.clear(), yieldNaming_.clear();
  frame_ = &top;
  key_ = seed();
  const uint32_t site = std::exchange(builder_.where.site, 0);
  Val out = f();
  builder_.where.site = site;
  frame_ = old, initialising_ = initialising, naming_ = naming, yieldNaming_ = yieldNaming;
  return out;
}

Val Elaborator::global(const std::string &name, SourceRange where, const Unit &from) {
  const Decl *decl = c_.find(name, from);
  if (decl && decl->kind == DeclKind::Test && (c_.find(name, c_.preludeUnit()) || findBuiltin(name))) decl = nullptr; // `test zeros`
  const Unit &unit = decl ? from : c_.preludeUnit();
  if (!decl) decl = c_.find(name, unit);
  if (!decl && name == "inf") return Val::number(std::numeric_limits<double>::infinity());
  if (!decl && name == "nan") return Val::number(std::numeric_limits<double>::quiet_NaN());
  std::string key = (unit.isPrelude() ? "library " : "") + unit.qualified(name);
  auto known = globals_.find(key);
  if (known != globals_.end()) return known->second;
  if (!decl) {
    auto fn = std::make_shared<FunctionObject>();
    fn->name = name, fn->builtin = findBuiltin(name);
    return globals_[key] = Val::of(ValKind::Function, std::move(fn));
  }
  if (!evaluating_.insert(key).second) {
    report(where, Diag::CircularDefinition, {name}).note(decl->where, "it is defined here");
    return Val::error();
  }
  Val v = evalGlobal(*decl, name, unit);
  evaluating_.erase(key);
  auto made = globals_.find(key); // a pattern binds several
  if (made != globals_.end()) return made->second;
  return globals_[key] = v;
}

Val Elaborator::evalGlobal(const Decl &decl, const std::string &name, const Unit &unit) {
  c_.reached.insert(&decl);
  auto function = [&](const Function &f) {
    auto fn = std::make_shared<FunctionObject>();
    fn->name = f.name.text, fn->where = f.where, fn->params = &f.params, fn->body = &f.body;
    fn->result = f.result.get(), fn->gradient = f.gradient.get(), fn->scope = fileScope(unit);
    return fn;
  };
  switch (decl.kind) {
  case DeclKind::Import: return Val::imported(as<Import>(decl).target.get());
  case DeclKind::Option: return inPrologue(unit, [&] { return optionValue(as<Option>(decl)); });
  case DeclKind::Data: return inPrologue(unit, [&] { return evalData(as<Data>(decl)); });
  case DeclKind::Fn: return Val::of(ValKind::Function, function(as<FnDecl>(decl).fn));
  case DeclKind::Program: {
    auto fn = function(as<ProgramDecl>(decl).fn);
    fn->isProgram = true;
    return Val::of(ValKind::Function, std::move(fn));
  }
  case DeclKind::Model: {
    auto model = std::make_shared<ModelObject>();
    model->decl = &as<Model>(decl), model->scope = fileScope(unit);
    return Val::of(ValKind::Model, std::move(model));
  }
  case DeclKind::Train: {
    auto &train = as<Train>(decl);
    auto fn = std::make_shared<FunctionObject>();
    fn->name = train.name.text, fn->where = decl.where, fn->params = &train.params, fn->training = &train;
    fn->scope = fileScope(unit);
    return Val::of(ValKind::Function, std::move(fn));
  }
  case DeclKind::Test: return fail(decl.where, Diag::NotCallable, {"a test"});
  case DeclKind::Binding: return evalTopBinding(*as<Binding>(decl).statement, name, unit);
  }
  return Val::error();
}

static bool isTruth(const Expr &value) {
  auto *u = tryAs<Unary>(&value);
  return (u ? u->operand.get() : &value)->kind == ExprKind::Bool;
}

/// `n: int = 3`
static bool isWholeByType(const Bind &bind) {
  const ast::Type *type = bind.pattern.type.get();
  if (!type || type->tuple || !type->dims.empty()) return false;
  return type->name.text == "int" || type->name.text == "i64" || type->name.text == "u8";
}

/// A number as the language writes it, with its sign; nothing if the text is none.
static std::optional<Val> writtenNumber(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const double sign = negative ? -1 : 1;
  if (text == "inf") return Val::number(sign * std::numeric_limits<double>::infinity());
  if (text == "nan") return Val::number(std::numeric_limits<double>::quiet_NaN());
  Number number;
  number.text = text;
  if (!isNumber(text) || !setValue(number)) return std::nullopt;
  if (number.integer) return Val::number(Dim(negative ? -number.whole : number.whole));
  return Val::number(sign * number.real);
}

std::optional<Val> Elaborator::defined(const std::string &qualified, const Expr &value) {
  for (const auto &[key, text] : c_.options.defines) {
    if (key != qualified) continue;
    const bool truth = text == "true" || text == "false";
    if (truth && isTruth(value)) return Val::boolean(text == "true");
    std::optional<Val> number = writtenNumber(text);
    if (number && !isTruth(value)) return *number;
    if (isTruth(value)) return fail(value.where, Diag::WrongType, {"`-D " + qualified + "=" + text + "`: `" + qualified + "`", "`true` or `false`", "`" + text + "`"});
    Diagnostic &d = report(value.where, Diag::BadDefine, {qualified, text});
    if (text.starts_with("0x") || text.starts_with("0X")) d.help("numbers are decimal");
    return Val::error();
  }
  return std::nullopt;
}

Val Elaborator::evalTopBinding(const Stmt &statement, const std::string &name, const Unit &unit) {
  return inPrologue(unit, [&]() -> Val {
    frame_->scope = std::make_shared<Scope>();
    frame_->scope->parent = fileScope(unit);
    frame_->site = "top";
    // Sites of a top-level statement are numbered by themselves.
    static const BodyFacts none;
    frame_->facts = &none;
    frame_->scope->facts = frame_->facts;
    if (auto *bind = tryAs<Bind>(&statement)) {
      frame_->site = "top/" + unit.qualified(name);
      if (bind->value) frame_->facts = frame_->scope->facts = &c_.facts(*bind->value);
      const std::string qualified = unit.qualified(bind->pattern.name.text);
      std::optional<Val> given = bind->pattern.tuple || !bind->value ? std::nullopt : defined(qualified, *bind->value);
      if (given && given->isNumber() && !given->integer && isWholeByType(*bind))
        given = fail(bind->value->where, Diag::WrongType, {"what `-D` gives for `" + qualified + "`", "an int", describe(*given)});
      if (given) bindPattern(bind->pattern, *given, statement.where);
      else evalBind(*bind);
    } else {
      evalStatement(statement);
    }
    std::string prefix = unit.isPrelude() ? "library " : unit.program->prefix;
    Val out = Val::error();
    for (auto &[bound, v] : frame_->scope->names) {
      if (bound.find(' ') != std::string::npos || bound == "...") continue;
      if (!unit.isPrelude() && c_.differentiated().count(bound) != 0) v = asLeaf(v);
      globals_[prefix + bound] = v;
      if (bound == name) out = v;
    }
    return out;
  });
}

} // namespace dl::frontend

/// Statements and bindings.
#include "frontend/build/findings.h"

namespace dl::frontend {
using ast::StmtKind;

Val Elaborator::evalBlock(const ast::Block &block) {
  ScopeGuard guard(*this);
  return runStatements(block.statements);
}

Val Elaborator::runStatements(const std::vector<ast::StmtPtr> &list) {
  Val last = Val::none();
  for (const ast::StmtPtr &s : list) {
    if (c_.diags.errorCount() >= Diagnostics::kMostErrors) return Val::error();
    last = evalStatement(*s);
    // A condition of a library function that does not hold: the rest builds on it.
    if (last.isError() && s->kind == StmtKind::Expr && c_.inPrelude(s->where)) return last;
  }
  return last;
}

Val Elaborator::evalStatement(const ast::Stmt &s) {
  SourceRange old = builder_.where;
  if (s.where.valid()) builder_.where = s.where;
  Val out = Val::none();
  switch (s.kind) {
  case StmtKind::Variable: out = evalVariable(ast::as<ast::Variable>(s)); break;
  case StmtKind::Fn: {
    auto &fn = ast::as<ast::FnStmt>(s).fn;
    auto object = std::make_shared<FunctionObject>();
    object->name = fn.name.text, object->where = fn.where, object->params = &fn.params, object->body = &fn.body;
    object->result = fn.result.get(), object->gradient = fn.gradient.get(), object->scope = frame_->scope;
    const std::shared_ptr<Instance> owner = frame_->group.empty() ? frame_->owner : nullptr; // in the text of a model
    object->owner = owner;
    if (owner && owner->scope != frame_->scope && frame_->scope->facts) { // from outside it sees the configuration, no inputs
      auto outside = std::make_shared<FunctionObject>(*object);
      outside->scope = owner->scope;
      Val *known = owner->scope->own(fn.name.text);
      if (!known || known->is(ValKind::Function)) owner->scope->set(fn.name.text, Val::of(ValKind::Function, std::move(outside)));
    }
    frame_->scope->set(fn.name.text, Val::of(ValKind::Function, std::move(object)));
    break;
  }
  case StmtKind::Yield: {
    auto &y = ast::as<ast::Yield>(s);
    if (!frame_->yields) {
      Diagnostic &d = report(s.where, Diag::YieldOutside, {});
      if (frame_->branches) d.fact("it stands in a branch, which may not run").help("a turn yields once: `yield if c { a } else { b }`");
      else d.help("a function gives its last expression");
      break;
    }
    naming_ = yieldNaming_;
    Val v = eval(*y.value);
    naming_.clear();
    frame_->yields->push_back(stored(v, *y.value));
    break;
  }
  case StmtKind::Minimize: out = evalMinimize(ast::as<ast::Minimize>(s)); break;
  case StmtKind::Bind: out = evalBind(ast::as<ast::Bind>(s)); break;
  case StmtKind::Define: out = evalDefine(ast::as<ast::Define>(s)); break;
  case StmtKind::Update: {
    auto &u = ast::as<ast::Update>(s);
    Val v = eval(*u.value);
    builder_.where = s.where;
    if (!v.isError()) update(*u.place, v, s.where);
    break;
  }
  case StmtKind::Expr: {
    auto &e = ast::as<ast::ExprStmt>(s);
    out = c_.findings && c_.findings->dropped.count(&e) ? evalDropped(*this, e) : evalKind(*e.value); // its value may be nobody's
    break;
  }
  }
  builder_.where = old;
  return out;
}

bool Elaborator::existing(const ast::Expr &e) const {
  if (e.kind == ast::ExprKind::Name) return true;
  if (e.kind == ast::ExprKind::Member || e.kind == ast::ExprKind::Subscript) return existing(*ast::leftOf(e));
  return false;
}

Val Elaborator::stored(const Val &v, const ast::Expr &from) {
  if (!existing(from)) return v;
  if (v.is(ValKind::Instance) && v.instance().hasPlaces) return copyInstance(v, nullptr, from.where);
  if (v.is(ValKind::Tuple)) {
    std::vector<Val> items;
    bool any = false;
    for (const Val &item : v.bundle().items) {
      items.push_back(stored(item, from));
      any |= items.back().object != item.object;
    }
    if (any) return Val::tuple(std::move(items));
  }
  return v;
}

/// Names of a pattern, for what its value makes.
static std::vector<std::string> namesOf(const ast::Pattern &p) {
  if (!p.tuple) return {p.name.text};
  std::vector<std::string> out;
  for (const ast::Pattern &e : p.elements) out.push_back(e.tuple ? std::string() : e.name.text);
  return out;
}

Val Elaborator::evalBind(const ast::Bind &s) {
  Val v;
  if (s.drawn) {
    Val d = eval(*s.value);
    v = d.isError() ? d : draw(d, s.pattern.type.get(), &s, s.where);
  } else {
    naming_ = namesOf(s.pattern);
    if (frame_->makesSlots)
      for (std::string &name : naming_)
        if (!name.empty() && name != "_") name = unit().qualified(name);
    v = eval(*s.value);
    naming_.clear();
    v = stored(v, *s.value);
    if (!s.pattern.tuple) v = settleAtTop(v, unit().qualified(s.pattern.name.text));
  }
  builder_.where = s.where;
  if (s.pattern.type && !s.drawn) {
    v = annotate(v, *s.pattern.type, s.value->where, "`" + s.pattern.name.text + "`");
    if (v.isNumber() && frame_->facts && frame_->facts->wrt.count(s.pattern.name.text)) v = asTensor(v, s.value->where); // an int carries no gradient
  }
  if (s.pattern.tuple) bindPattern(s.pattern, v, s.where);
  else if (!s.pattern.skips()) bindName(s.pattern.name.text, v, s.pattern.name.where);
  return v;
}

/// Numbers, float tensors and lists of them, which are tensors where they are differentiated by.
static bool isReal(const Val &v) {
  if (v.is(ValKind::List)) return !v.bundle().items.empty() && std::all_of(v.bundle().items.begin(), v.bundle().items.end(), isReal);
  return v.isNumber() || (v.isTensor() && ir::isFloat(v.type().elem));
}

Val Elaborator::asLeaf(const Val &v, bool own) {
  if (v.isNumber()) return asLeaf(asTensor(v, builder_.where, ir::Elem::F32), own);
  if (v.is(ValKind::List) && isReal(v)) {
    Val t = asTensor(v, builder_.where);
    return t.isError() ? t : asLeaf(ir::isFloat(t.type().elem) ? t : asTensor(v, builder_.where, ir::Elem::F32), own);
  }
  if (v.isTensor() && ir::isFloat(v.type().elem)) {
    if (!own && v.value->def && v.value->def->kind == ir::OpKind::Leaf && v.value->def->parent == builder_.region()) return v;
    Val out = v;
    out.value = emit(ir::OpKind::Leaf, {v.value});
    return out.value ? out : Val::error();
  }
  if (v.is(ValKind::Tuple) || v.is(ValKind::Record)) {
    auto copy = std::make_shared<Bundle>(v.bundle());
    for (Val &item : copy->items) item = asLeaf(item, own);
    return Val::of(v.kind, std::move(copy));
  }
  return v;
}

void Elaborator::bindName(const std::string &name, Val value, SourceRange where) {
  // Rebinding reaches an enclosing block of the same body; a first binding stays in its block.
  if (frame_->facts && frame_->facts->wrt.count(name)) value = asLeaf(value, true);
  for (Scope *s = frame_->scope.get(); s; s = s->parent.get()) {
    Val *old = s->own(name);
    if (old && old->is(ValKind::Place) && s->facts == frame_->facts && s->facts) {
      report(where, Diag::RebindsPlace, {name}).help("`" + name + " <- ...` changes it");
      return;
    }
    if (old) {
      *old = std::move(value);
      return;
    }
    if (s->facts) break; // the body ends here
  }
  if (Val *outer = find(name); outer && outer->is(ValKind::Place)) {
    report(where, Diag::RebindsPlace, {name}).help("`" + name + " <- ...` changes it");
    return;
  }
  frame_->scope->set(name, std::move(value));
}

void Elaborator::bindPattern(const ast::Pattern &pattern, Val value, SourceRange where) {
  Val v = read(value);
  if (!pattern.tuple) {
    if (pattern.skips()) return;
    if (pattern.type) v = annotate(v, *pattern.type, pattern.where, "`" + pattern.name.text + "`");
    bindName(pattern.name.text, settleAtTop(v, unit().qualified(pattern.name.text)), pattern.name.where);
    return;
  }
  if (v.isError()) {
    for (const ast::Pattern &e : pattern.elements) bindPattern(e, Val::error(), where);
    return;
  }
  bool byName = v.is(ValKind::Record) || v.is(ValKind::Table);
  std::vector<Val> parts;
  if (v.is(ValKind::Tuple) || v.is(ValKind::List) || byName) {
    parts = v.bundle().items;
  } else if (v.isTensor() && !v.type().isScalar() && v.type().dims[0].isConstant()) {
    for (int64_t i = 0; i < v.type().dims[0].value() && i < 64; ++i) parts.push_back(element(v, Val::number(Dim(i)), where));
  }
  bool fits = byName || parts.size() == pattern.elements.size();
  if (!fits) {
    Diagnostic &d = report(pattern.where, Diag::PatternMismatch, {describe(v), std::to_string(pattern.elements.size())});
    if (parts.size() > pattern.elements.size()) d.help("name all " + std::to_string(parts.size()) + "; `_` skips one");
    for (const ast::Pattern &e : pattern.elements) bindPattern(e, Val::error(), where);
    return;
  }
  for (size_t i = 0; i < pattern.elements.size(); ++i) {
    const ast::Pattern &e = pattern.elements[i];
    if (!byName) {
      bindPattern(e, parts[i], where);
      continue;
    }
    if (e.skips()) continue;
    const Val *item = e.tuple ? nullptr : v.bundle().find(e.name.text);
    if (!item) {
      Diagnostic &d = report(e.where, Diag::UnknownMember, {describe(v), e.name.text});
      std::string members;
      for (const std::string &label : v.bundle().labels) members += (members.empty() ? "" : ", ") + label;
      if (auto near = nearest(e.name.text, v.bundle().labels)) d.meant(*near);
      else d.help("a record is taken apart by name: `(" + members + ") = ...`, or named first: `r = ...`, then `r." + v.bundle().labels[0] + "`");
      bindPattern(e, Val::error(), where);
      continue;
    }
    bindPattern(e, *item, where);
  }
}

} // namespace dl::frontend

#include "frontend/check/check.h"
#include "frontend/build/elaborator.h"
#include "frontend/build/walk.h"

namespace dl::frontend {
using ir::Elem;

/// A parameter as an unknown of its type; nothing if the type does not say enough.
std::optional<Val> Elaborator::rigidParameter(const ast::Param &p) {
  auto preset = [&]() -> std::optional<Val> {
    if (!p.initial) return std::nullopt;
    Val v = read(eval(*p.initial));
    return v.isError() ? std::nullopt : std::optional(v);
  };
  if (!p.type) return preset();
  if (p.initial && p.initial->kind == ast::ExprKind::None) return Val::none();
  return rigidValue(*p.type, p.name.text, preset);
}

std::optional<Val> Elaborator::rigidValue(const ast::Type &type, const std::string &name, const std::function<std::optional<Val>()> &preset) {
  if (type.tuple) {
    std::vector<Val> items;
    std::vector<std::string> labels;
    for (const ast::TypeField &f : type.fields) {
      std::optional<Val> item = rigidValue(*f.type, name, [] { return std::nullopt; });
      if (!item) return std::nullopt;
      items.push_back(*item);
      if (!f.name.empty()) labels.push_back(f.name.text);
    }
    return labels.size() == items.size() ? Val::record(labels, items) : Val::tuple(items);
  }
  if (type.name.text == "text") return Val::text("");
  if (type.name.text == "category") return std::nullopt;
  std::optional<Elem> elem = elemNamed(type.name.text);
  if (!elem) return evalType(type), std::nullopt;
  if (type.dims.empty()) {
    if (*elem == Elem::I32 && !type.range) return Val::number(Dim::variable(name, kUnbounded, 1));
    if (*elem == Elem::Bool) {
      std::optional<Val> v = preset();
      return v ? v : std::optional(Val::boolean(true));
    }
    if (std::optional<Val> v = preset(); v && v->isNumber()) return v;
    return Val::tensor(placeholder(ir::Type(*elem)));
  }
  // Names of sizes that are new become unknowns.
  std::vector<Dim> dims;
  for (const ast::TypeDim &d : type.dims) {
    if (d.ellipsis) {
      Val *axes = find("...");
      if (!axes) frame_->scope->set("...", Val::tuple({Val::number(Dim::variable("...", kUnbounded, 1))})), axes = find("...");
      for (const Val &n : axes->bundle().items) dims.push_back(n.whole);
      continue;
    }
    bindSizes(*d.extent, d.bound ? constantInt(eval(*d.bound), d.where, "a bound").value_or(kUnbounded) : kUnbounded);
    std::optional<Dim> n = dimOf(eval(*d.extent), d.where, "a size");
    if (!n) return std::nullopt;
    dims.push_back(*n);
  }
  Val v = Val::tensor(placeholder(ir::Type(*elem, dims)));
  origins.made(v, type.where);
  if (type.range)
    if (std::optional<TypeVal> t = evalType(type)) v.low = t->low, v.high = t->high;
  return v;
}

void Elaborator::bindSizes(const ast::Expr &e, int64_t bound) {
  if (auto *n = ast::tryAs<ast::Name>(&e)) {
    if (!isSizeName(n->text)) frame_->scope->set(n->text, Val::number(Dim::variable(n->text, bound, 1)));
  } else if (auto *b = ast::tryAs<ast::Binary>(&e)) {
    bindSizes(*b->left, bound), bindSizes(*b->right, bound);
  } else if (auto *u = ast::tryAs<ast::Unary>(&e)) {
    bindSizes(*u->operand, bound);
  } else if (auto *c = ast::tryAs<ast::Call>(&e)) {
    for (auto &a : c->arguments) bindSizes(*a.value, bound);
  }
}

bool Elaborator::bindRigid(const std::vector<ast::Param> &params) {
  for (const ast::Param *p : bindingOrder(params)) {
    std::optional<Val> v = rigidParameter(*p);
    if (!v) return false;
    if (frame_->facts && frame_->facts->wrt.count(p->name.text)) v = asLeaf(*v);
    frame_->scope->set(p->name.text, *v);
  }
  return true;
}

void Elaborator::checkBody(const std::string &name, const ast::Block &body, const ast::Type *result) {
  auto signature = std::make_shared<Scope>(*frame_->scope);
  Val out = read(runStatements(body.statements));
  frame_->scope = signature;
  if (result && !out.isError()) out = annotate(out, *result, result->where, "the result of `" + name + "`", true);
  checkedResult = out;
}

void Elaborator::checkFunction(const ast::Function &fn, const std::shared_ptr<Instance> &owner) {
  Frame frame;
  frame.name = fn.name.text, frame.owner = owner, frame.group = owner ? fn.name.text + "." : "";
  frame.scope = std::make_shared<Scope>();
  frame.scope->parent = owner ? owner->scope : fileScope(c_.unitAt(fn.where));
  frame.facts = frame.scope->facts = &c_.facts(fn.body);
  inFrame(frame, [&]() -> Val {
    if (!bindRigid(fn.params)) return Val::none();
    auto run = [&] {
      checkBody(fn.name.text, fn.body, fn.result.get());
      return *checkedResult;
    };
    if (!fn.gradient) return run();
    FunctionObject object;
    object.name = fn.name.text, object.where = fn.where, object.params = &fn.params, object.gradient = fn.gradient.get();
    return withGradient(object, fn.where, std::make_shared<Scope>(*frame_->scope), run);
  });
}

void Elaborator::checkModel(const ast::Model &model) {
  auto inInstance = [&](const std::function<void(const std::shared_ptr<Instance> &)> &check) {
    auto instance = newOwner(model.name.text);
    instance->model = &model, instance->scope = std::make_shared<Scope>();
    instance->scope->parent = fileScope(c_.unitAt(model.where));
    Frame frame;
    frame.name = model.name.text, frame.owner = instance, frame.scope = instance->scope;
    frame.facts = &c_.facts(model.body);
    inFrame(frame, [&]() -> Val {
      if (bindRigid(model.configuration)) check(instance);
      return Val::none();
    });
  };
  if (model.hasInputs) {
    inInstance([&](const std::shared_ptr<Instance> &instance) {
      auto inputs = std::make_shared<Scope>();
      inputs->parent = instance->scope, inputs->facts = frame_->facts;
      frame_->scope = inputs;
      if (bindRigid(model.inputs)) checkBody(model.name.text, model.body, model.result.get());
    });
    return;
  }
  // Each member has an instance for itself: its unknown sizes size the params that it reaches.
  std::vector<const ast::FnStmt *> members = {nullptr};
  for (const ast::StmtPtr &s : model.body.statements)
    if (auto *fn = ast::tryAs<ast::FnStmt>(s)) members.push_back(fn);
  if (members.size() > 1) members.erase(members.begin());
  size_t errors = c_.diags.errorCount();
  for (const ast::FnStmt *member : members)
    inInstance([&](const std::shared_ptr<Instance> &instance) {
      if (c_.diags.errorCount() > errors && member != members[0]) return;
      instance->scope->facts = frame_->facts;
      runStatements(model.body.statements);
      if (!member || c_.diags.errorCount() > errors) return;
      checkFunction(member->fn, instance);
      errors = c_.diags.errorCount();
    });
}

static void checkDeclarations(Context &context, const ast::Program &program) {
  for (const ast::DeclPtr &decl : program.declarations) {
    auto *fn = ast::tryAs<ast::FnDecl>(decl);
    auto *model = ast::tryAs<ast::Model>(decl);
    if (!fn && !model) continue;
    size_t before = context.diags.all().size();
    ir::Function *scratch = context.module.addFunction("checked");
    Elaborator e(context, scratch);
    e.setChecking();
    if (fn) e.checkFunction(fn->fn, nullptr);
    else e.checkModel(*model);
    // What the sizes leave open is a matter of each use.
    bool open = e.undecided();
    for (size_t i = before; i < context.diags.all().size(); ++i)
      open |= context.diags.all()[i].kind == Diag::IndexWithoutRange; // `stride * i` with an unknown stride
    if (open) context.diags.truncate(before);
  }
}

std::vector<const ast::Decl *> unreachedValues(const ast::Program &program, const std::set<const ast::Decl *> &reached) {
  std::vector<const ast::Decl *> values;
  for (const ast::DeclPtr &decl : program.declarations) {
    const bool value = decl->kind == ast::DeclKind::Binding || decl->kind == ast::DeclKind::Data || decl->kind == ast::DeclKind::Option;
    if (value && reached.count(decl.get()) == 0) values.push_back(decl.get());
  }
  return values;
}

void checkValues(Context &context, const std::vector<const ast::Decl *> &values) {
  for (const ast::Decl *decl : values) {
    Elaborator e(context, context.module.addFunction("checked"));
    e.setChecking();
    for (const std::string &name : namesOf(*decl)) e.global(name, decl->where, context.own());
  }
}

void checkBodies(Context &context) {
  for (const auto &unit : context.units()) checkDeclarations(context, *unit->program);
}

} // namespace dl::frontend

#include "frontend/check/names.h"
#include "frontend/build/builtin.h"
#include "frontend/build/unknown_names.h"
#include "frontend/build/walk.h"

namespace dl::frontend {
using namespace ast;

namespace {

/// All names that a declaration binds anywhere, in whatever block: what is bound elsewhere in it is said when it is built.
class Bindings {
public:
  explicit Bindings(std::set<std::string> &names) : names_(names) {
    walker_.expr = [this](const Expr &e) {
      if (auto *l = tryAs<Lambda>(&e)) params(l->params);
      if (auto *f = tryAs<For>(&e)) pattern(f->pattern);
      if (auto *r = tryAs<Repeat>(&e); r && r->pattern) pattern(*r->pattern);
      if (auto *r = tryAs<Reduce>(&e)) indices(r->indices);
      return true;
    };
    walker_.stmt = [this](const Stmt &s) {
      if (auto *v = tryAs<Variable>(&s)) names_.insert(v->name.text), type(v->type.get());
      if (auto *b = tryAs<Bind>(&s)) pattern(b->pattern);
      if (auto *d = tryAs<Define>(&s)) names_.insert(d->name.text), indices(d->indices);
      if (auto *f = tryAs<FnStmt>(&s)) function(f->fn);
      return true;
    };
  }
  void function(const Function &fn) {
    names_.insert(fn.name.text);
    params(fn.params), type(fn.result.get());
    if (!fn.gradient) return;
    pattern(fn.gradient->cotangent);
    if (fn.gradient->value) pattern(*fn.gradient->value);
  }
  void params(const std::vector<Param> &list) {
    for (const Param &p : list) names_.insert(p.name.text), type(p.type.get());
  }
  void type(const Type *t) { // the sizes that it names
    if (!t) return;
    Walker sizes;
    sizes.expr = [this](const Expr &e) {
      if (auto *n = tryAs<Name>(&e)) names_.insert(n->text);
      return true;
    };
    for (const TypeDim &d : t->dims) sizes.walk(d.extent);
    for (const TypeField &f : t->fields) type(f.type.get());
  }
  const Walker &walker() const { return walker_; }

private:
  void pattern(const Pattern &p) {
    names_.insert(p.name.text), type(p.type.get());
    for (const Pattern &e : p.elements) pattern(e);
  }
  void indices(const std::vector<Index> &list) {
    for (const Index &i : list) names_.insert(i.name.text);
  }
  std::set<std::string> &names_;
  Walker walker_;
};

} // namespace

static void checkBody(Context &c, const Unit &unit, const std::set<std::string> &bound, const std::function<void(const Walker &)> &walk) {
  Walker w;
  w.expr = [&](const Expr &e) {
    auto *n = tryAs<Name>(&e);
    if (!n || n->reducer || bound.count(n->text) || c.find(n->text, unit) || c.find(n->text, c.preludeUnit()) || findBuiltin(n->text)) return true;
    if (n->text == "inf" || n->text == "nan") return true;
    if (toldUnknown(c, unit, n->text, n->where)) return true;
    Diagnostic &d = c.diags.report(n->where, Diag::UnknownName, {n->text});
    std::vector<std::string> candidates = c.knownNames(unit);
    candidates.insert(candidates.end(), bound.begin(), bound.end());
    candidates.insert(candidates.end(), {"true", "false", "none"});
    if (auto foreign = foreignName(n->text)) d.help(*foreign);
    else if (auto near = nearest(n->text, candidates)) d.meant(*near, n->where);
    return true;
  };
  walk(w);
}

void checkNames(Context &c) {
  for (const auto &unit : c.units())
    for (const DeclPtr &decl : unit->program->declarations) {
      std::set<std::string> bound;
      Bindings bindings(bound);
      std::function<void(const Walker &)> walk;
      if (auto *fn = tryAs<FnDecl>(decl)) {
        bindings.function(fn->fn);
        walk = [fn](const Walker &w) { w.walk(fn->fn); };
      } else if (auto *model = tryAs<ast::Model>(decl)) {
        bindings.params(model->configuration), bindings.params(model->inputs), bindings.type(model->result.get());
        walk = [model](const Walker &w) { w.walk(model->body); };
      } else {
        continue;
      }
      walk(bindings.walker());
      checkBody(c, *unit, bound, walk);
    }
}

} // namespace dl::frontend

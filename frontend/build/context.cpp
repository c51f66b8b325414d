#include "frontend/build/context.h"
#include "frontend/build/builtin.h"
#include "frontend/build/walk.h"
#include "frontend/parse/parse.h"
#include "frontend/prelude/prelude.h"
#include <set>

namespace dl::frontend {
using namespace ast;

std::vector<std::string> namesOf(const Decl &decl) {
  std::vector<std::string> out;
  if (auto *binding = tryAs<Binding>(&decl)) {
    std::function<void(const Pattern &)> add = [&](const Pattern &p) {
      if (p.tuple)
        for (const Pattern &e : p.elements) add(e);
      else if (!p.skips()) out.push_back(p.name.text);
    };
    if (auto *bind = tryAs<Bind>(binding->statement)) add(bind->pattern);
    if (auto *define = tryAs<Define>(binding->statement)) out.push_back(define->name.text);
  } else if (!nameOf(decl).empty()) {
    out.push_back(std::string(nameOf(decl)));
  }
  return out;
}

Context::Context(const Program &program, SourceManager &sources, const BuildOptions &options, Diagnostics &diags, ir::Module &module)
    : program(program), sources(sources), options(options), diags(diags), module(module) {
  for (const Program *file : filesOf(program)) addUnit(*file);
}

Context::~Context() { Scope::dropNames(); }

thread_local LivingScope *LivingScope::first_ = nullptr;

void Scope::dropNames() {
  std::vector<std::vector<std::pair<std::string, Val>>> dropped; // what is dropped may end scopes
  for (LivingScope *at = first(); at; at = static_cast<Scope *>(at)->next()) dropped.push_back(std::move(static_cast<Scope *>(at)->names));
}

void Context::addUnit(const Program &file) {
  units_.push_back(std::make_unique<Unit>());
  Unit &unit = *units_.back();
  unitOfFile_[file.file] = &unit;
  unit.program = &file;
  std::map<std::string, const Decl *> tests; // have names of their own
  const Decl *unnamed = nullptr;
  auto twice = [&](const Decl &d, const std::string &name, const Decl &other) -> Diagnostic & {
    return diags.report(d.where, Diag::DeclaredTwice, {name}).note(other.where, "the other one is here");
  };
  for (const DeclPtr &d : file.declarations) {
    if (d->kind == DeclKind::Train && nameOf(*d).empty()) {
      if (unnamed) twice(*d, "train", *unnamed).help("name one of them: `train second { ... }`");
      unnamed = d.get();
    }
    for (const std::string &name : namesOf(*d)) {
      if (d->kind == DeclKind::Test) {
        auto [other, first] = tests.emplace(name, d.get());
        if (!first) twice(*d, name, *other->second);
      }
      if (unit.names.emplace(name, d.get()).second || d->kind == DeclKind::Test) continue;
      Diagnostic &again = twice(*d, name, *unit.names[name]);
      if (d->kind == DeclKind::Binding) again.help("a top-level name has one value: choose another name, or compute it in a program");
    }
  }
}

const Unit &Context::unitAt(SourceRange where) const {
  if (inPrelude(where)) return preludeUnit_;
  auto found = unitOfFile_.find(where.file);
  return found == unitOfFile_.end() ? own() : *found->second;
}

const Decl *Context::findQualified(const std::string &name) {
  for (const auto &unit : units_) {
    const std::string &prefix = unit->program->prefix;
    const Decl *decl = name.starts_with(prefix) ? find(name.substr(prefix.size()), *unit) : nullptr;
    if (decl) return decl;
  }
  return nullptr;
}

const Decl *Context::find(const std::string &name, const Unit &unit) {
  auto found = unit.names.find(name);
  if (found != unit.names.end()) return found->second;
  if (!unit.isPrelude()) return nullptr;
  std::optional<PreludeFile> file = preludeFileOf(name);
  if (!file) return nullptr;
  uint32_t id = sources.add(file->name, std::string(file->text));
  preludeFiles_.insert(id);
  std::unique_ptr<Program> tree = parseProgram(id, sources, diags);
  if (!tree) return nullptr;
  for (const DeclPtr &d : tree->declarations)
    for (const std::string &declared : namesOf(*d)) preludeUnit_.names.emplace(declared, d.get());
  prelude_.push_back(std::move(tree));
  found = preludeUnit_.names.find(name);
  return found == preludeUnit_.names.end() ? nullptr : found->second;
}

std::vector<std::string> Context::knownNames(const Unit &unit) {
  std::vector<std::string> out;
  if (!unit.isPrelude())
    for (const DeclPtr &d : unit.program->declarations)
      for (std::string &name : namesOf(*d)) out.push_back(std::move(name));
  for (const std::string &name : preludeNames()) out.push_back(name);
  for (std::string &name : builtinNames()) out.push_back(std::move(name));
  return out;
}

static bool isDifferentiation(const std::string &name) {
  for (const char *one : {"grad", "vjp", "jvp", "hvp", "jacobian", "hessian"})
    if (name == one) return true;
  return false;
}

namespace {
/// Collects the facts of one body; nested functions have their own.
struct Collector {
  BodyFacts facts;
  std::map<std::string, int> counts;
  std::set<const Expr *> piped;

  bool ofDefaults = false; ///< of parameters: told apart from the sites of the body

  void site(const void *node, const std::string &name) {
    const int number = ++counts[name];
    facts.sites[node] = !ofDefaults ? name + "_" + std::to_string(number) : number == 1 ? name : name + "_default_" + std::to_string(number);
  }
  void bind(const Pattern &p) {
    if (p.tuple)
      for (const Pattern &e : p.elements) bind(e);
    else if (!p.skips() && !p.name.text.empty()) facts.bound.insert(p.name.text);
  }
  void wrt(const Expr &e) {
    if (auto *n = tryAs<Name>(&e)) facts.wrt.insert(n->text);
    if (auto *t = tryAs<Tuple>(&e))
      for (const ExprPtr &x : t->elements) wrt(*x);
    if (e.kind == ExprKind::Member || e.kind == ExprKind::Subscript) wrt(*leftOf(e));
  }
  static std::string calleeName(const Expr &e) {
    if (auto *n = tryAs<ast::Name>(&e)) return n->text;
    if (auto *m = tryAs<ast::Member>(&e)) return m->name.text;
    return "call";
  }
  Walker walker() {
    Walker w;
    w.stmt = [this](const Stmt &s) {
      if (auto *bindStmt = tryAs<Bind>(&s)) {
        bind(bindStmt->pattern);
        if (bindStmt->drawn) site(&s, "draw");
      }
      if (auto *define = tryAs<Define>(&s)) facts.bound.insert(define->name.text);
      if (auto *variable = tryAs<Variable>(&s)) facts.bound.insert(variable->name.text);
      if (auto *m = tryAs<Minimize>(&s)) wrt(*m->place);
      if (auto *fn = tryAs<FnStmt>(&s)) return facts.bound.insert(fn->fn.name.text), false;
      return true;
    };
    w.expr = [this](const Expr &e) {
      if (piped.count(&e) != 0) site(&e, calleeName(e));
      if (auto *r = tryAs<Reduce>(&e))
        for (const Index &i : r->indices) facts.reduced.insert(i.name.text);
      if (auto *c = tryAs<Call>(&e)) {
        site(&e, calleeName(*c->callee));
        auto *n = tryAs<Name>(c->callee);
        if (n && isDifferentiation(n->text)) {
          size_t position = 0;
          for (const Argument &a : c->arguments)
            if (a.name.text == "x" || (a.name.empty() && ++position == 2)) wrt(*a.value);
        }
      }
      if (auto *p = tryAs<Pipe>(&e)) {
        if (p->right->kind != ExprKind::Call) piped.insert(p->right.get()); // numbered when the walk comes to it
        auto *c = tryAs<Call>(p->right); // y |> grad(x)
        auto *n = c ? tryAs<Name>(c->callee) : nullptr;
        if (n && isDifferentiation(n->text) && !c->arguments.empty()) wrt(*c->arguments[0].value);
      }
      if (auto *f = tryAs<For>(&e)) bind(f->pattern);
      if (auto *r = tryAs<Repeat>(&e))
        if (r->pattern) bind(*r->pattern);
      return e.kind != ExprKind::Lambda;
    };
    return w;
  }
};
} // namespace

const std::set<std::string> &Context::differentiated() {
  if (differentiated_) return *differentiated_;
  differentiated_.emplace();
  for (const auto &unit : units_)
    for (const DeclPtr &decl : unit->program->declarations) {
      Collector c;
      std::set<std::string> &own = c.facts.bound; // what the declaration binds anywhere is not of the top level
      auto parameters = [&](const std::vector<Param> &params) {
        for (const Param &p : params) own.insert(p.name.text);
      };
      const Walker one = c.walker();
      Walker all;
      all.expr = [&](const Expr &e) { return one.expr(e), true; };
      all.stmt = [&](const Stmt &s) {
        if (auto *fn = tryAs<FnStmt>(&s)) parameters(fn->fn.params);
        return one.stmt(s), true;
      };
      if (auto *fn = tryAs<FnDecl>(decl)) parameters(fn->fn.params), all.walk(fn->fn);
      if (auto *program = tryAs<ProgramDecl>(decl)) parameters(program->fn.params), all.walk(program->fn);
      if (auto *model = tryAs<Model>(decl)) parameters(model->configuration), parameters(model->inputs), all.walk(model->body);
      if (auto *test = tryAs<Test>(decl)) all.walk(test->body);
      if (auto *train = tryAs<Train>(decl)) {
        parameters(train->params);
        for (const ClausePtr &clause : train->clauses) all.walk(*clause);
      }
      if (auto *binding = tryAs<Binding>(decl)) all.walk(*binding->statement), own.clear();
      for (const std::string &name : c.facts.wrt)
        if (own.count(name) == 0) differentiated_->insert(name);
    }
  return *differentiated_;
}

const BodyFacts &Context::facts(const Block &body) {
  auto &slot = facts_[&body];
  if (!slot) {
    Collector c;
    c.walker().walk(body);
    slot = std::make_unique<BodyFacts>(std::move(c.facts));
  }
  return *slot;
}

const BodyFacts &Context::facts(const Expr &body) {
  auto &slot = facts_[&body];
  if (!slot) {
    Collector c;
    c.walker().walk(&body);
    slot = std::make_unique<BodyFacts>(std::move(c.facts));
  }
  return *slot;
}

const BodyFacts &Context::facts(const std::vector<ast::Param> &params) {
  auto &slot = facts_[&params];
  if (!slot) {
    Collector c;
    c.ofDefaults = true;
    for (const ast::Param &p : params)
      if (p.initial) c.walker().walk(p.initial);
    slot = std::make_unique<BodyFacts>();
    slot->sites = std::move(c.facts.sites);
  }
  return *slot;
}

const BodyFacts &Context::facts(const Train &training) {
  auto &slot = facts_[&training];
  if (!slot) {
    Collector c;
    Walker w = c.walker();
    for (const ClausePtr &clause : training.clauses) {
      if (auto *step = tryAs<StepClause>(clause))
        if (step->pattern) c.bind(*step->pattern);
      w.walk(*clause);
    }
    slot = std::make_unique<BodyFacts>(std::move(c.facts));
  }
  return *slot;
}

const BodyFacts &Context::facts(const Data &table) {
  auto &slot = facts_[&table];
  if (!slot) {
    Collector c;
    Walker w = c.walker();
    w.walk(table.source.get());
    for (const StmtPtr &field : table.fields) w.walk(*field);
    if (table.condition) w.walk(table.condition.get());
    slot = std::make_unique<BodyFacts>();
    slot->sites = std::move(c.facts.sites);
  }
  return *slot;
}

bool Context::hasPlaces(const Model &model, bool states) {
  auto found = hasPlaces_.find(&model);
  if (found == hasPlaces_.end()) {
    hasPlaces_[&model] = {false, false}; // recursion ends here
    std::pair<bool, bool> has = placesOf(model.body, unitAt(model.where));
    hasPlaces_[&model] = has;
    found = hasPlaces_.find(&model);
  }
  return states ? found->second.second : found->second.first;
}

/// What `shapes.Block` denotes, if `shapes` is an import of the file.
const Decl *Context::imported(const ast::Member &e, const Unit &unit) {
  std::vector<const std::string *> names = {&e.name.text};
  const Expr *base = e.base.get();
  for (; base->kind == ExprKind::Member; base = as<ast::Member>(*base).base.get()) names.push_back(&as<ast::Member>(*base).name.text);
  auto *first = tryAs<Name>(base);
  auto *import = first ? tryAs<Import>(find(first->text, unit)) : nullptr;
  const ImportTarget *target = import ? import->target.get() : nullptr;
  while (target && !names.empty()) {
    const std::string &name = *names.back();
    names.pop_back();
    if (!target->program) {
      const ImportTarget *folder = std::exchange(target, nullptr);
      for (const auto &[label, member] : folder->members)
        if (label == name) target = member.get();
      continue;
    }
    auto there = unitOfFile_.find(target->program->file);
    const Decl *decl = there == unitOfFile_.end() ? nullptr : find(name, *there->second);
    if (names.empty()) return decl;
    auto *next = tryAs<Import>(decl);
    target = next ? next->target.get() : nullptr;
  }
  return nullptr;
}

/// Whether the text of a block makes params, and params or states, itself or through models.
std::pair<bool, bool> Context::placesOf(const Block &block, const Unit &unit) {
  std::pair<bool, bool> has{false, false};
  auto meet = [&](const Decl *d) {
    if (auto *other = tryAs<Model>(d)) has.first |= hasPlaces(*other, false), has.second |= hasPlaces(*other, true);
  };
  Walker w;
  w.stmt = [&](const Stmt &s) {
    if (auto *v = tryAs<Variable>(&s)) has.second = true, has.first |= v->param;
    // Initialisers and what is drawn are computed, not made.
    return s.kind != StmtKind::Variable && !(s.kind == StmtKind::Bind && as<Bind>(s).drawn);
  };
  w.expr = [&](const Expr &e) {
    if (auto *n = tryAs<Name>(&e)) {
      const Decl *own = find(n->text, unit);
      meet(own ? own : find(n->text, preludeUnit_));
    }
    if (auto *m = tryAs<ast::Member>(&e)) meet(imported(*m, unit));
    return true;
  };
  w.walk(block);
  return has;
}

std::pair<std::string, uint32_t> Context::placeOf(const Expr &repeat) const {
  return {std::string(sources.name(repeat.where.file)), repeat.where.begin};
}

const Context::SlotOrigin *Context::findSlot(const std::string &path) const {
  for (const SlotOrigin &s : slots)
    if (s.path == path) return &s;
  return nullptr;
}

} // namespace dl::frontend

#include "frontend/check/unused.h"
#include "frontend/build/walk.h"
#include <set>

namespace dl::frontend {
using namespace ast;

namespace {

/// The names that a text reads, sizes in types included; "..." stands for axes.
struct Reads {
  std::set<std::string> names;
  Walker walker;

  Reads() {
    walker.expr = [this](const Expr &e) {
      if (auto *n = tryAs<Name>(&e)) names.insert(n->text);
      if (auto *l = tryAs<Lambda>(&e)) params(l->params);
      return true;
    };
    walker.stmt = [this](const Stmt &s) {
      if (auto *v = tryAs<Variable>(&s)) type(v->type.get());
      if (auto *b = tryAs<Bind>(&s)) pattern(b->pattern);
      if (auto *f = tryAs<FnStmt>(&s)) params(f->fn.params), type(f->fn.result.get());
      return true;
    };
  }
  void type(const Type *t) {
    if (!t) return;
    for (const TypeDim &d : t->dims) {
      if (d.ellipsis) names.insert("...");
      walker.walk(d.extent), walker.walk(d.bound);
    }
    walker.walk(t->range);
    for (const TypeField &f : t->fields) type(f.type.get());
  }
  void params(const std::vector<Param> &list) {
    for (const Param &p : list) type(p.type.get()), walker.walk(p.initial);
  }
  void pattern(const Pattern &p) {
    type(p.type.get());
    for (const Pattern &e : p.elements) pattern(e);
  }
};

/// A yield of the loop with this body.
bool yields(const Block &body) {
  bool found = false;
  Walker w;
  w.stmt = [&](const Stmt &s) {
    found |= s.kind == StmtKind::Yield;
    return s.kind != StmtKind::Fn;
  };
  w.expr = [](const Expr &e) { return e.kind != ExprKind::For && e.kind != ExprKind::Repeat && e.kind != ExprKind::While && e.kind != ExprKind::Lambda; };
  w.walk(body);
  return found;
}

class Search {
public:
  Search(const Program &file, Diagnostics &diags) : file_(file), diags_(diags) {
    Walker w; // what a call or a member access names
    w.expr = [this](const Expr &e) {
      if (auto *m = tryAs<ast::Member>(&e)) members_.insert(m->name.text);
      if (auto *c = tryAs<Call>(&e))
        for (const Argument &a : c->arguments)
          if (!a.name.empty()) arguments_.insert(a.name.text);
      return true;
    };
    for (const DeclPtr &d : file.declarations) walkDeclaration(w, *d);
  }

  std::vector<const ExprStmt *> run() {
    bool commands = false;
    for (const DeclPtr &d : file_.declarations) {
      commands |= d->kind == DeclKind::Program || d->kind == DeclKind::Train;
      declaration(*d);
    }
    if (commands) options();
    return std::move(dropped_);
  }

private:
  static void walkDeclaration(const Walker &w, const Decl &d) {
    switch (d.kind) {
    case DeclKind::Import:
    case DeclKind::Option: return;
    case DeclKind::Data: {
      auto &data = as<Data>(d);
      w.walk(data.source), w.walk(data.condition);
      for (const StmtPtr &s : data.fields) w.walk(*s);
      return;
    }
    case DeclKind::Fn: return w.walk(as<FnDecl>(d).fn);
    case DeclKind::Program: return w.walk(as<ProgramDecl>(d).fn);
    case DeclKind::Model: return w.walk(as<ast::Model>(d).body);
    case DeclKind::Train:
      for (const ClausePtr &c : as<Train>(d).clauses) w.walk(*c);
      return;
    case DeclKind::Test: return w.walk(as<Test>(d).body);
    case DeclKind::Binding: return w.walk(*as<Binding>(d).statement);
    }
  }

  /// The models of which the text reads what a part gave, `net.block.output`: their calls do more than give a value.
  static std::set<std::string> observed(const Decl &d) {
    std::set<std::string> names;
    Walker w;
    w.expr = [&](const Expr &e) {
      const auto *member = tryAs<ast::Member>(&e);
      if (!member || member->name.text != "output") return true;
      const Expr *root = member->base.get();
      while (root->kind == ExprKind::Member || root->kind == ExprKind::Subscript) root = leftOf(*root);
      if (auto *name = tryAs<Name>(root)) names.insert(name->text);
      return true;
    };
    walkDeclaration(w, d);
    return names;
  }
  bool observes(const Expr &e) const {
    bool found = false;
    Walker w;
    w.expr = [&](const Expr &x) {
      auto *name = tryAs<Name>(&x);
      found |= name && observed_.count(name->text);
      return true;
    };
    w.walk(&e);
    return found;
  }

  void declaration(const Decl &d) {
    observed_ = observed(d);
    switch (d.kind) {
    case DeclKind::Fn: return function(as<FnDecl>(d).fn, true);
    case DeclKind::Program: return function(as<ProgramDecl>(d).fn, false);
    case DeclKind::Model: return model(as<ast::Model>(d));
    case DeclKind::Train: return training(as<Train>(d));
    case DeclKind::Test: {
      Reads reads;
      reads.walker.walk(as<Test>(d).body);
      locals(as<Test>(d).body, reads.names, nullptr);
      return block(as<Test>(d).body, false);
    }
    case DeclKind::Import:
    case DeclKind::Option:
    case DeclKind::Data:
    case DeclKind::Binding: return;
    }
  }

  static Reads readsOf(const Function &fn) {
    Reads reads;
    reads.walker.walk(fn);
    return reads;
  }

  void function(const Function &fn, bool renames) {
    Reads reads = readsOf(fn);
    if (fn.name.text != "draw") parameters({&fn.params}, reads, renames); // `~` calls it with a shape, wanted or not
    locals(fn.body, reads.names, fn.body.statements.empty() ? nullptr : fn.body.statements.back().get());
    block(fn.body, true);
    if (fn.gradient) block(fn.gradient->body, true);
  }

  void model(const ast::Model &m) {
    Reads reads;
    reads.walker.walk(m.body);
    parameters({&m.configuration, &m.inputs}, reads, true);
    std::set<std::string> names = reads.names;
    names.insert(members_.begin(), members_.end()); // `net.encoder`
    if (m.hasInputs) locals(m.body, names, m.body.statements.empty() ? nullptr : m.body.statements.back().get());
    else
      for (const StmtPtr &s : m.body.statements) // its members are for others
        if (auto *f = tryAs<FnStmt>(s)) function(f->fn, true);
    block(m.body, true);
  }

  void training(const Train &t) {
    Reads reads;
    for (const ClausePtr &c : t.clauses) reads.walker.walk(*c);
    parameters({&t.params}, reads, false);
    std::vector<Bound> bound;
    for (const ClausePtr &c : t.clauses) {
      if (auto *step = tryAs<StepClause>(c)) {
        if (step->pattern && step->pattern->tuple) inPattern(*step->pattern, bound);
        collect(step->body, bound, nullptr);
        block(step->body, false);
      }
      if (auto *every = tryAs<EveryClause>(c)) collect(every->body, bound, nullptr), block(every->body, false);
      if (auto *s = tryAs<StatementClause>(c)) collect(*s->statement, bound, nullptr), statement(*s->statement, false);
    }
    values(bound, reads.names);
  }

  // ---- names

  struct Bound {
    const Identifier *name;
    bool inPattern = false;
  };

  static bool exempt(const std::string &name) { return name.empty() || name[0] == '_'; }

  /// Parameters that nothing reads; one is also used for the sizes and axes that its type is the first to name.
  void parameters(const std::vector<const std::vector<Param> *> &lists, const Reads &body, bool renames) {
    std::set<std::string> names = body.names, sizes;
    for (auto *list : lists) {
      Reads own;
      for (const Param &p : *list) {
        own.walker.walk(p.initial);
        if (p.type && p.type->range) own.walker.walk(p.type->range);
      }
      names.insert(own.names.begin(), own.names.end());
    }
    Reads types;
    for (auto *list : lists)
      for (const Param &p : *list) types.type(p.type.get());
    for (auto *list : lists)
      for (const Param &p : *list) {
        Reads own;
        own.type(p.type.get());
        bool used = names.count(p.name.text) || types.names.count(p.name.text) || p.name.text == "training";
        for (const std::string &size : own.names) used |= sizes.insert(size).second && names.count(size);
        if (used || exempt(p.name.text)) continue;
        Diagnostic &d = diags_.report(p.name.where, Diag::UnusedParameter, {p.name.text});
        const bool renamed = renames && !arguments_.count(p.name.text);
        d.help(renamed ? "`_" + p.name.text + "` says that it is meant to be unused" : "leave it out, or use it");
        if (renamed) d.fix(p.name.where, "_" + p.name.text);
      }
  }

  static void inPattern(const Pattern &p, std::vector<Bound> &out) {
    if (!p.tuple) out.push_back({&p.name, true});
    for (const Pattern &e : p.elements) inPattern(e, out);
  }

  /// A loop's name that stands only where a definition has an index of that name.
  void hidden(const For &loop) {
    const std::string &name = loop.pattern.name.text;
    const Define *over = nullptr;
    Reads reads;
    auto inner = reads.walker.stmt;
    reads.walker.stmt = [&](const Stmt &s) {
      auto *d = tryAs<Define>(&s);
      if (!d || std::none_of(d->indices.begin(), d->indices.end(), [&](const Index &i) { return i.name.text == name; })) return inner(s);
      over = d;
      return false;
    };
    reads.walker.walk(loop.body);
    if (!over || reads.names.count(name)) return;
    const std::string place = over->name.text + "[" + name + "]";
    diags_.report(loop.pattern.name.where, Diag::UnusedValue, {name})
        .note(over->where, "this `" + name + "` is an index of its own: all of `" + over->name.text + "` is defined, in each turn")
        .help("one element is changed by `" + place + " <- ...`");
  }

  /// What a statement binds, nested blocks included; `result`: the one whose value the body gives.
  void collect(const Stmt &given, std::vector<Bound> &out, const Stmt *result) {
    Walker w;
    w.stmt = [&](const Stmt &s) {
      if (auto *b = tryAs<Bind>(&s); b && b->pattern.tuple) inPattern(b->pattern, out);
      else if (b && &s != result && !observes(*b->value)) out.push_back({&b->pattern.name});
      if (auto *d = tryAs<Define>(&s); d && &s != result) out.push_back({&d->name});
      if (auto *v = tryAs<Variable>(&s)) out.push_back({&v->name});
      if (auto *f = tryAs<FnStmt>(&s)) return function(f->fn, true), false;
      return true;
    };
    w.expr = [&](const Expr &e) {
      if (auto *f = tryAs<For>(&e)) {
        if (f->pattern.tuple) inPattern(f->pattern, out);
        else hidden(*f);
      }
      if (auto *r = tryAs<Repeat>(&e); r && r->pattern && r->pattern->tuple) inPattern(*r->pattern, out);
      // The last binding of a block gives its value.
      auto ends = [&](const Block &b) {
        if (!b.statements.empty()) results_.insert(b.statements.back().get());
      };
      if (auto *i = tryAs<If>(&e)) {
        for (const If::Arm &arm : i->arms) ends(arm.body);
        if (i->otherwise) ends(*i->otherwise);
      }
      if (auto *l = tryAs<Lambda>(&e); l && l->block) ends(*l->block);
      if (auto *c = tryAs<Checkpoint>(&e)) ends(c->body);
      return true;
    };
    auto plain = w.stmt;
    w.stmt = [&, plain](const Stmt &s) {
      if (results_.count(&s) && (s.kind == StmtKind::Define || (s.kind == StmtKind::Bind && !as<Bind>(s).pattern.tuple))) return true;
      return plain(s);
    };
    w.walk(given);
  }
  void collect(const Block &block, std::vector<Bound> &out, const Stmt *result) {
    for (const StmtPtr &s : block.statements) collect(*s, out, result);
  }
  void locals(const Block &block, const std::set<std::string> &read, const Stmt *result) {
    std::vector<Bound> bound;
    collect(block, bound, result);
    values(bound, read);
  }
  void values(const std::vector<Bound> &bound, const std::set<std::string> &read) {
    std::set<std::string> reported;
    for (const Bound &b : bound) {
      const std::string &name = b.name->text;
      if (exempt(name) || read.count(name) || !reported.insert(name).second) continue;
      diags_.report(b.name->where, Diag::UnusedValue, {name})
          .help(b.inPattern ? "`_` in its place skips it" : "leave it out, or call it `_" + name + "` if that is meant");
    }
  }

  void options() {
    Reads reads;
    for (const DeclPtr &d : file_.declarations) {
      walkDeclaration(reads.walker, *d);
      if (auto *o = tryAs<Option>(d)) reads.walker.walk(o->value), reads.type(o->type.get());
      if (auto *f = tryAs<FnDecl>(d)) reads.params(f->fn.params), reads.type(f->fn.result.get());
      if (auto *p = tryAs<ProgramDecl>(d)) reads.params(p->fn.params), reads.type(p->fn.result.get());
      if (auto *m = tryAs<ast::Model>(d)) reads.params(m->configuration), reads.params(m->inputs), reads.type(m->result.get());
      if (auto *t = tryAs<Train>(d)) reads.params(t->params);
    }
    for (const DeclPtr &d : file_.declarations) {
      auto *o = tryAs<Option>(d);
      if (!o || exempt(o->name.text) || reads.names.count(o->name.text)) continue;
      diags_.report(o->name.where, Diag::UnusedOption, {o->name.text}).help("leave it out, or use it: as it is, the flag does nothing");
    }
  }

  // ---- values that nobody takes

  void block(const Block &b, bool wanted) {
    for (size_t i = 0; i < b.statements.size(); ++i) statement(*b.statements[i], wanted && i + 1 == b.statements.size());
  }

  void statement(const Stmt &s, bool wanted) {
    auto *plain = tryAs<ExprStmt>(&s);
    if (plain) return expression(*plain->value, wanted, plain);
    Walker w; // the blocks inside of it
    w.expr = [this](const Expr &e) { return inner(e, true); };
    w.stmt = [&](const Stmt &inside) { return inside.kind != StmtKind::Fn; };
    w.walk(s);
  }

  /// Goes into the blocks of an expression; false if that was all.
  bool inner(const Expr &e, bool wanted) {
    if (auto *i = tryAs<If>(&e)) {
      for (const If::Arm &arm : i->arms) block(arm.body, wanted);
      if (i->otherwise) block(*i->otherwise, wanted);
      return false;
    }
    if (auto *f = tryAs<For>(&e)) return block(f->body, false), false;
    if (auto *w = tryAs<While>(&e)) return block(w->body, false), false;
    if (auto *r = tryAs<Repeat>(&e)) return block(r->body, false), false;
    if (auto *c = tryAs<Checkpoint>(&e)) return block(c->body, wanted), false;
    auto *lambda = tryAs<Lambda>(&e);
    if (lambda && lambda->block) block(*lambda->block, true);
    return !lambda;
  }

  void expression(const Expr &e, bool wanted, const ExprStmt *statement) {
    if (!wanted && (e.kind == ExprKind::For || e.kind == ExprKind::Repeat)) {
      const Block &body = e.kind == ExprKind::For ? as<For>(e).body : as<Repeat>(e).body;
      if (yields(body)) diags_.report(e.where, Diag::YieldsDropped).help("bind them, `xs = for ...`; to change a value from turn to turn write `h = ...`");
    }
    if (!inner(e, wanted)) return;
    if (!wanted && !observes(e)) dropped_.push_back(statement);
  }

  const Program &file_;
  Diagnostics &diags_;
  std::set<std::string> members_, arguments_;
  std::set<std::string> observed_; ///< of the declaration at hand
  std::set<const Stmt *> results_; ///< the last statements of blocks that have a value
  std::vector<const ExprStmt *> dropped_;
};

} // namespace

std::vector<const ExprStmt *> reportUnused(const Program &file, Diagnostics &diags) { return Search(file, diags).run(); }

} // namespace dl::frontend

#include "frontend/build/walk.h"
#include <algorithm>
#include <set>
#include <string>

namespace dl::frontend {
using namespace ast;

void Walker::walk(const Block &block) const {
  for (const StmtPtr &s : block.statements) walk(*s);
}

void Walker::walk(const Function &fn) const {
  walk(fn.body);
  if (fn.gradient) walk(fn.gradient->body);
}

void Walker::walk(const Stmt &s) const {
  if (!stmt(s)) return;
  switch (s.kind) {
  case StmtKind::Variable: return walk(as<Variable>(s).value);
  case StmtKind::Fn: return walk(as<FnStmt>(s).fn);
  case StmtKind::Yield: return walk(as<Yield>(s).value);
  case StmtKind::Minimize: {
    auto &m = as<Minimize>(s);
    walk(m.loss), walk(m.place), walk(m.optimiser);
    return;
  }
  case StmtKind::Bind: return walk(as<Bind>(s).value);
  case StmtKind::Define: {
    auto &d = as<Define>(s);
    for (const Index &i : d.indices) walk(i.range);
    return walk(d.value);
  }
  case StmtKind::Update: {
    auto &u = as<Update>(s);
    walk(u.place), walk(u.value);
    return;
  }
  case StmtKind::Expr: return walk(as<ExprStmt>(s).value);
  }
}

void Walker::walk(const Expr *e) const {
  if (!e) return;
  // Chains lean to the left and may be very long.
  if (leftOf(*e)) {
    std::vector<const Expr *> spine;
    const Expr *at = e;
    while (at && leftOf(*at)) {
      if (!expr(*at)) break;
      spine.push_back(at);
      at = leftOf(*at);
    }
    if (at && !leftOf(*at)) walk(at);
    for (size_t i = spine.size(); i-- > 0;) {
      const Expr &x = *spine[i];
      if (auto *b = tryAs<Binary>(&x)) walk(b->right);
      if (auto *p = tryAs<Pipe>(&x)) walk(p->right);
      if (auto *c = tryAs<Call>(&x))
        for (const Argument &a : c->arguments) walk(a.value);
      if (auto *s = tryAs<Subscript>(&x))
        for (const SubscriptItem &item : s->items) walk(item.value), walk(item.begin), walk(item.end), walk(item.step);
    }
    return;
  }
  if (!expr(*e)) return;
  switch (e->kind) {
  case ExprKind::Text:
    for (const TextPiece &p : as<Text>(*e).pieces) walk(p.value);
    return;
  case ExprKind::Tuple:
    for (const ExprPtr &x : as<Tuple>(*e).elements) walk(x);
    return;
  case ExprKind::List:
    for (const ExprPtr &x : as<List>(*e).elements) walk(x);
    return;
  case ExprKind::Record:
    for (const Argument &a : as<Record>(*e).fields) walk(a.value);
    return;
  case ExprKind::Unary: return walk(as<Unary>(*e).operand);
  case ExprKind::Reduce: {
    auto &r = as<Reduce>(*e);
    for (const Index &i : r.indices) walk(i.range);
    walk(r.condition), walk(r.body);
    return;
  }
  case ExprKind::Lambda: {
    auto &l = as<Lambda>(*e);
    if (l.block) walk(*l.block);
    else walk(l.body);
    return;
  }
  case ExprKind::If: {
    auto &i = as<If>(*e);
    for (const If::Arm &arm : i.arms) walk(arm.condition), walk(arm.body);
    if (i.otherwise) walk(*i.otherwise);
    return;
  }
  case ExprKind::For: {
    auto &f = as<For>(*e);
    walk(f.over), walk(f.condition), walk(f.body);
    return;
  }
  case ExprKind::While: {
    auto &w = as<While>(*e);
    walk(w.condition), walk(w.body);
    return;
  }
  case ExprKind::Repeat: {
    auto &r = as<Repeat>(*e);
    walk(r.over), walk(r.body);
    return;
  }
  case ExprKind::Checkpoint: return walk(as<Checkpoint>(*e).body);
  case ExprKind::Number:
  case ExprKind::Bool:
  case ExprKind::None:
  case ExprKind::Training:
  case ExprKind::Name:
  case ExprKind::Binary:
  case ExprKind::Pipe:
  case ExprKind::Call:
  case ExprKind::Member:
  case ExprKind::Subscript: return;
  }
}

void Walker::walk(const Clause &clause) const {
  switch (clause.kind) {
  case ClauseKind::Length: return walk(as<LengthClause>(clause).count);
  case ClauseKind::Step: {
    auto &s = as<StepClause>(clause);
    walk(s.over), walk(s.body);
    return;
  }
  case ClauseKind::Every: {
    auto &e = as<EveryClause>(clause);
    walk(e.count), walk(e.body);
    return;
  }
  case ClauseKind::Keep: return walk(as<KeepClause>(clause).patience);
  case ClauseKind::Statement: return walk(*as<StatementClause>(clause).statement);
  }
}

static bool namesSize(const ast::Type &type, const std::string &name) {
  bool found = false;
  Walker w;
  w.expr = [&](const ast::Expr &e) {
    auto *n = ast::tryAs<ast::Name>(&e);
    found |= n && n->text == name;
    return true;
  };
  for (const ast::TypeDim &d : type.dims) w.walk(d.extent);
  for (const ast::TypeField &f : type.fields) found |= f.type && namesSize(*f.type, name);
  return found;
}

/// The names that a type has as sizes of their own, `n`, and those it computes with, `n // 2`.
static void sizeNames(const ast::Type &type, std::set<std::string> &plain, std::set<std::string> &computed) {
  for (const ast::TypeDim &d : type.dims) {
    if (auto *n = tryAs<Name>(d.extent)) {
      plain.insert(n->text);
      continue;
    }
    Walker w;
    w.expr = [&](const Expr &e) {
      if (auto *n = tryAs<Name>(&e)) computed.insert(n->text);
      return true;
    };
    w.walk(d.extent);
  }
}

/// A size of `giver` that `user` computes with and does not have itself.
static bool givesSize(const ast::Param &giver, const ast::Param &user) {
  if (!giver.type || !user.type) return false;
  std::set<std::string> given, own, computed, other;
  sizeNames(*giver.type, given, other), sizeNames(*user.type, own, computed);
  return std::any_of(computed.begin(), computed.end(), [&](const std::string &n) { return given.count(n) != 0 && own.count(n) == 0; });
}

std::vector<const ast::Param *> bindingOrder(const std::vector<ast::Param> &params) {
  std::vector<const ast::Param *> order;
  for (const ast::Param &p : params) {
    auto user = order.end();
    if (p.type && !p.type->tuple && p.type->dims.empty())
      user = std::find_if(order.begin(), order.end(), [&](const ast::Param *q) { return q->type && namesSize(*q->type, p.name.text); });
    else
      user = std::find_if(order.begin(), order.end(), [&](const ast::Param *q) { return givesSize(p, *q) && !givesSize(*q, p); });
    order.insert(user, &p);
  }
  return order;
}

} // namespace dl::frontend

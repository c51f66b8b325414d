#include "frontend/parse/builder.h"

namespace dl::frontend {

using namespace ast;

namespace {

/// An expression in words, for "... cannot be changed".
std::string inWords(const Expr &e) {
  switch (e.kind) {
  case ExprKind::Number: return "a number";
  case ExprKind::Text: return "a text";
  case ExprKind::Bool:
  case ExprKind::None:
  case ExprKind::Training: return "a constant";
  case ExprKind::Name: return "a name";
  case ExprKind::Tuple: return "a tuple";
  case ExprKind::Record: return "a record";
  case ExprKind::List: return "a list";
  case ExprKind::Unary:
  case ExprKind::Binary:
  case ExprKind::Reduce: return "a computed value";
  case ExprKind::Pipe:
  case ExprKind::Call: return "the result of a call";
  case ExprKind::Member: return "a member";
  case ExprKind::Subscript: return "an element";
  case ExprKind::Lambda: return "a function value";
  case ExprKind::If:
  case ExprKind::For:
  case ExprKind::While:
  case ExprKind::Repeat:
  case ExprKind::Checkpoint: return "a block";
  }
  return "this";
}

/// The target of an assignment, if it is `name[...]`.
Parser::PostfixContext *definitionTarget(Parser::AssignmentContext *c) {
  Parser::ExprContext *target = c->target;
  if (!target || !target->plain || c->typed) return nullptr;
  Parser::PostfixContext *p = target->plain;
  bool oneSubscript = p->suffixes.size() == 1 && p->suffixes[0]->kind->getType() == Parser::OPEN_BRACKET;
  return oneSubscript && p->head->kind->getType() == Parser::NAME ? p : nullptr;
}

} // namespace

Block Builder::block(Parser::BlockContext *c) {
  Block out;
  out.where = range(c);
  for (Parser::StatementContext *each : c->statements)
    if (StmtPtr made = statement(each)) out.statements.push_back(std::move(made));
  return out;
}

StmtPtr Builder::statement(Parser::StatementContext *c) {
  StmtPtr out;
  if (c->bound) {
    out = assignment(c->bound, Place::Body);
  } else {
    switch (c->kind->getType()) {
    case Parser::PARAM:
    case Parser::STATE: {
      auto node = make<Variable>(c);
      node->param = c->kind->getType() == Parser::PARAM;
      node->name = identifier(c->id);
      if (c->typed) node->type = type(c->typed);
      node->drawn = c->op->getType() == Parser::TILDE;
      node->value = expr(c->value);
      out = std::move(node);
      break;
    }
    case Parser::FN: {
      auto node = make<FnStmt>(c);
      node->fn = function(c->routine);
      node->doc = docs_.behind(source(c->routine->body->start).end);
      out = std::move(node);
      break;
    }
    case Parser::YIELD: {
      auto node = make<Yield>(c);
      node->value = expr(c->value);
      out = std::move(node);
      break;
    }
    case Parser::MINIMIZE: {
      auto node = make<Minimize>(c);
      node->loss = expr(c->value);
      node->place = expr(c->place);
      node->optimiser = expr(c->optimiser);
      if (!checkPlace(*node->place)) return nullptr;
      out = std::move(node);
      break;
    }
    default: return nullptr; // reported when it was replaced
    }
  }
  if (out && out->doc.empty()) out->doc = docs_.of(out->where);
  return out;
}

StmtPtr Builder::assignment(Parser::AssignmentContext *c, Place place) {
  size_t op = c->op ? c->op->getType() : size_t{Parser::NL};
  StmtPtr out;
  if (c->into) {
    out = takenApart(c);
  } else if (Parser::PostfixContext *target = op == Parser::ASSIGN ? definitionTarget(c) : nullptr) {
    out = define(c, target);
  } else if (op == Parser::ASSIGN || op == Parser::TILDE) {
    out = bind(c, expr(c->target));
  } else if (op == Parser::UPDATE && place == Place::Body) {
    auto node = make<Update>(c);
    node->place = expr(c->target);
    node->value = expr(c->value);
    if (c->typed) {
      diagnostics_.report(range(c->typed), Diag::TypeOnUpdate).help("the type of a place is fixed where it is made");
      return nullptr;
    }
    if (!checkPlace(*node->place)) return nullptr;
    out = std::move(node);
  } else if (c->typed) {
    ExprPtr target = expr(c->target);
    const auto *name = tryAs<Name>(target);
    if (!name || place != Place::Data) {
      diagnostics_
          .report(range(c), Diag::TypeWithoutValue,
                  {std::string(text_.substr(target->where.begin, target->where.end - target->where.begin))})
          .help(name && (name->text == "epochs" || name->text == "steps") ? "how long a training goes on is written without `:`: `epochs n`, `steps n`"
                                                                          : "write `name: type = value`");
      return nullptr;
    }
    auto node = make<Bind>(c);
    node->pattern.where = target->where;
    node->pattern.name = {name->text, target->where};
    node->pattern.type = type(c->typed);
    out = std::move(node);
  } else if (place == Place::Body) {
    auto node = make<ExprStmt>(c);
    node->value = expr(c->target);
    out = std::move(node);
  } else if (place == Place::Data) {
    diagnostics_.report(range(c), Diag::NotAField).help("write `name: type`, `name: type = value` or `name = value`");
    return nullptr;
  } else {
    diagnostics_.report(range(c), Diag::NotADeclaration)
        .help("statements stand in a `program`, `train`, `test`, `fn` or `model`");
    return nullptr;
  }
  if (out && out->doc.empty()) out->doc = docs_.of(out->where);
  return out;
}

/// `(a, b) = e`
StmtPtr Builder::takenApart(Parser::AssignmentContext *c) {
  auto node = make<Bind>(c);
  node->pattern = patternList(c->into->elements, range(c->into));
  node->value = expr(c->value);
  if (c->op->getType() == Parser::ASSIGN) return node;
  diagnostics_.report(range(c->op), Diag::CannotBind, {"a list of names", spelled(c->op)})
      .help("draw one value, then take it apart: `z ~ d; (a, b) = z`");
  return nullptr;
}

/// `name[i, j in 0..n, ...] = e`
StmtPtr Builder::define(Parser::AssignmentContext *c, Parser::PostfixContext *target) {
  auto node = make<Define>(c);
  node->name = identifier(target->head->kind);
  bool fresh = true;
  for (Parser::ItemContext *each : target->suffixes[0]->items) {
    Index made;
    made.where = range(each);
    made.ellipsis = each->ellipsis != nullptr;
    if (!made.ellipsis) {
      // The name alone: an expression without operator, whose operand is a name without suffix.
      Parser::PostfixContext *plain = each->value && !each->sliced ? each->value->plain : nullptr;
      if (!plain || !plain->suffixes.empty() || plain->head->kind->getType() != Parser::NAME) {
        if (fresh)
          diagnostics_.report(range(each), Diag::IndexNotFresh)
              .help("an index is a new name: `c[i, j in 0..n] = ...`; to change elements write `<-`");
        fresh = false;
        continue;
      }
      made.name = identifier(plain->head->kind);
      if (each->range) made.range = expr(each->range);
    }
    node->indices.push_back(std::move(made));
  }
  node->value = expr(c->value);
  if (!fresh) return nullptr;
  return node;
}

StmtPtr Builder::bind(Parser::AssignmentContext *c, ExprPtr target) {
  auto node = make<Bind>(c);
  node->drawn = c->op->getType() == Parser::TILDE;
  const auto *name = tryAs<Name>(target);
  if (!name || target->parenthesised) {
    Diagnostic &d = diagnostics_.report(target->where, Diag::CannotBind, {inWords(*target), spelled(c->op)});
    const auto *member = tryAs<Member>(target);
    const auto *of = member ? tryAs<Name>(member->base) : nullptr;
    if (of && (of->text == "self" || of->text == "this"))
      d.help("a name that a model binds is its member: `" + member->name.text + " = ...`, read as `" + member->name.text + "`");
    else if (member || target->kind == ExprKind::Subscript)
      d.help("a part of a value is changed with `<-`");
    if (target->kind == ExprKind::Binary) d.help("equality is `==`");
    if (target->kind == ExprKind::Tuple && c->typed) d.help("each name has its type: `(a: f32, b: f32) = ...`");
    return nullptr;
  }
  if (name->reducer) {
    diagnostics_.report(target->where, Diag::ReservedWord, {name->text})
        .help("choose another name, such as `" + name->text + "_1`");
    return nullptr;
  }
  node->pattern.where = target->where;
  node->pattern.name = {name->text, target->where};
  if (c->typed) node->pattern.type = type(c->typed);
  node->value = expr(c->value);
  return node;
}

Pattern Builder::pattern(Parser::PatternContext *c) {
  if (c->apart) return patternList(c->apart->elements, range(c->apart));
  if (!c->id) return patternList(c->elements, range(c));
  Pattern p;
  p.where = range(c);
  p.name = identifier(c->id);
  return p;
}

Pattern Builder::patternList(const std::vector<Parser::PatternElementContext *> &elements, SourceRange where) {
  Pattern p;
  p.where = where;
  p.tuple = true;
  for (Parser::PatternElementContext *each : elements) {
    if (each->inner) {
      p.elements.push_back(pattern(each->inner));
      continue;
    }
    Pattern typed;
    typed.where = range(each);
    typed.name = identifier(each->id);
    typed.type = type(each->typed);
    p.elements.push_back(std::move(typed));
  }
  return p;
}

bool Builder::checkPlace(const Expr &place) {
  const Expr *e = &place;
  while (e->kind == ExprKind::Member || e->kind == ExprKind::Subscript) e = leftOf(*e);
  const auto *name = tryAs<Name>(e);
  if (name && !name->reducer) return true;
  if (const auto *tuple = tryAs<Tuple>(e); tuple && e == &place) {
    bool all = true;
    for (const ExprPtr &element : tuple->elements) all = checkPlace(*element) && all;
    return all;
  }
  diagnostics_.report(e->where, Diag::NotAPlace, {name ? "a function" : inWords(*e)})
      .help("a place is a param, a state, an instance, a member `a.b` or an element `a[i]`");
  return false;
}

} // namespace dl::frontend

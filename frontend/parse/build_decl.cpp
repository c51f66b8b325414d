#include "frontend/parse/builder.h"

namespace dl::frontend {

using namespace ast;

SourceRange Builder::range(const antlr4::ParserRuleContext *c) const {
  const SourceToken &first = source(c->start);
  uint32_t end = c->stop ? source(c->stop).end : first.end;
  return {file_, first.begin, end < first.begin ? first.begin : end};
}

DeclPtr Builder::declaration(Parser::DeclarationContext *c) {
  DeclPtr decl;
  switch (c->start->getType()) {
  case Parser::IMPORT: {
    auto node = make<Import>(c);
    node->name = identifier(c->id);
    decl = std::move(node);
    break;
  }
  case Parser::OPTION: {
    auto node = make<Option>(c);
    node->name = identifier(c->id);
    node->type = type(c->typed);
    node->value = expr(c->value);
    decl = std::move(node);
    break;
  }
  case Parser::DATA: decl = data(c); break;
  case Parser::FN: {
    auto node = make<FnDecl>(c);
    node->fn = function(c->routine);
    decl = std::move(node);
    break;
  }
  case Parser::PROGRAM: {
    auto node = make<ProgramDecl>(c);
    node->fn = function(c->routine);
    decl = std::move(node);
    break;
  }
  case Parser::MODEL: decl = model(c); break;
  case Parser::TRAIN: decl = train(c); break;
  case Parser::TEST: {
    auto node = make<Test>(c);
    node->name = identifier(c->id);
    node->body = block(c->body);
    decl = std::move(node);
    break;
  }
  default: decl = topLevel(c);
  }
  if (!decl) return decl;
  // A comment behind the opening line of a block speaks of the declaration, as one behind its end does.
  uint32_t brace = 0;
  if (c->body) brace = source(c->body->start).end;
  if (c->routine) brace = source(c->routine->body->start).end;
  if (brace) decl->doc = docs_.behind(brace);
  if (decl->doc.empty()) decl->doc = docs_.behind(decl->where.end);
  bool command = brace != 0 || decl->kind == DeclKind::Train;
  if (decl->doc.empty() && (command || !docs_.fileDocAbove(decl->where.begin)))
    decl->doc = docs_.above(decl->where.begin);
  if (auto *binding = tryAs<Binding>(decl)) binding->statement->doc = decl->doc;
  return decl;
}

DeclPtr Builder::data(Parser::DeclarationContext *c) {
  auto node = make<Data>(c);
  node->name = identifier(c->id);
  node->source = expr(c->source);
  if (c->condition) node->condition = expr(c->condition);
  for (Parser::FieldContext *field : c->fields)
    if (field->bound)
      if (StmtPtr s = assignment(field->bound, Place::Data)) node->fields.push_back(std::move(s));
  auto named = [](const StmtPtr &s) {
    auto *bind = tryAs<Bind>(s);
    return bind && bind->pattern.type && !bind->pattern.tuple ? &bind->pattern.name : nullptr;
  };
  for (size_t i = 0; i < node->fields.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (auto *first = named(node->fields[k]), *second = named(node->fields[i]); first && second) once(*first, *second);
  return node;
}

DeclPtr Builder::model(Parser::DeclarationContext *c) {
  auto node = make<Model>(c);
  node->name = identifier(c->id);
  node->configuration = params(c->configuration);
  node->hasInputs = c->inputs != nullptr;
  if (c->inputs) node->inputs = params(c->inputs);
  if (c->typed) node->result = type(c->typed);
  node->body = block(c->body);
  return node;
}

DeclPtr Builder::train(Parser::DeclarationContext *c) {
  auto node = make<Train>(c);
  if (c->id) node->name = identifier(c->id);
  if (c->configuration) node->params = params(c->configuration);
  for (Parser::ClauseContext *each : c->clauses)
    if (ClausePtr made = clause(each)) node->clauses.push_back(std::move(made));
  return node;
}

DeclPtr Builder::topLevel(Parser::DeclarationContext *c) {
  StmtPtr statement = assignment(c->bound, Place::File);
  if (!statement) return nullptr;
  auto node = make<Binding>(c);
  node->statement = std::move(statement);
  return node;
}

ClausePtr Builder::clause(Parser::ClauseContext *c) {
  if (c->plain) {
    auto node = make<StatementClause>(c);
    node->statement = statement(c->plain);
    if (!node->statement) return nullptr;
    return node;
  }
  switch (c->kind->getType()) {
  case Parser::EPOCHS:
  case Parser::STEPS: {
    auto node = make<LengthClause>(c);
    node->epochs = c->kind->getType() == Parser::EPOCHS;
    node->count = expr(c->value);
    return node;
  }
  case Parser::STEP: {
    auto node = make<StepClause>(c);
    if (c->into) node->pattern = std::make_unique<Pattern>(pattern(c->into));
    if (c->value) node->over = expr(c->value);
    node->body = block(c->body);
    return node;
  }
  case Parser::EVERY: {
    auto node = make<EveryClause>(c);
    node->epochs = c->unit->getType() != Parser::STEPS;
    if (c->value) node->count = expr(c->value);
    node->body = block(c->body);
    return node;
  }
  default: {
    auto node = make<KeepClause>(c);
    node->highest = c->unit->getType() == Parser::HIGHEST;
    node->metric = identifier(c->id);
    if (c->value) node->patience = expr(c->value);
    return node;
  }
  }
}

Function Builder::function(Parser::FunctionContext *c) {
  Function fn;
  fn.where = range(c);
  fn.name = identifier(c->id);
  fn.params = params(c->inputs);
  if (c->result) fn.result = type(c->result);
  fn.body = block(c->body);
  if (!c->derivative) return fn;
  fn.gradient = std::make_unique<GradientRule>();
  fn.gradient->where = range(c->derivative);
  fn.gradient->cotangent = pattern(c->derivative->cotangent);
  if (c->derivative->value) fn.gradient->value = pattern(c->derivative->value);
  fn.gradient->body = block(c->derivative->body);
  return fn;
}

void Builder::once(const Identifier &first, const Identifier &second) {
  if (first.text == second.text && second.text != "_" && !second.empty())
    diagnostics_.report(second.where, Diag::DeclaredTwice, {second.text}).note(first.where, "the other one is here");
}

std::vector<Param> Builder::params(Parser::ParamsContext *c) {
  std::vector<Param> out;
  for (Parser::ParamContext *each : c->list) {
    out.push_back(param(each));
    for (size_t i = 0; i + 1 < out.size(); ++i) once(out[i].name, out.back().name);
  }
  return out;
}

Param Builder::param(Parser::ParamContext *c) {
  Param p;
  p.where = range(c);
  p.name = identifier(c->id);
  if (c->typed) p.type = type(c->typed);
  if (c->initial) p.initial = expr(c->initial);
  p.doc = docs_.of(p.where);
  return p;
}

TypePtr Builder::type(Parser::TypeContext *c) {
  auto node = std::make_unique<Type>();
  node->where = range(c);
  if (c->tuple) {
    node->tuple = true;
    for (Parser::TypeFieldContext *field : c->fields) {
      TypeField made;
      if (field->id) made.name = identifier(field->id);
      made.type = type(field->typed);
      node->fields.push_back(std::move(made));
    }
    return node;
  }
  node->name = identifier(c->id);
  node->hasShape = c->open != nullptr;
  for (Parser::DimContext *each : c->dims) node->dims.push_back(dim(each));
  if (c->range) node->range = expr(c->range);
  node->hasCategories = c->names != nullptr;
  for (antlr4::Token *each : c->strings) node->categories.push_back(category(each));
  return node;
}

TypeDim Builder::dim(Parser::DimContext *c) {
  TypeDim d;
  d.where = range(c);
  d.ellipsis = c->extent == nullptr;
  if (d.ellipsis) return d;
  d.extent = expr(c->extent);
  auto *bounded = tryAs<Binary>(d.extent);
  if (bounded && bounded->op == BinaryOp::LessEqual && !bounded->parenthesised) {
    ExprPtr whole = std::move(d.extent);
    d.extent = std::move(as<Binary>(*whole).left);
    d.bound = std::move(as<Binary>(*whole).right);
  }
  return d;
}

} // namespace dl::frontend

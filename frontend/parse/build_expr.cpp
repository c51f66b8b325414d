#include "frontend/parse/builder.h"

namespace dl::frontend {

using namespace ast;

namespace {

BinaryOp binaryOp(size_t token) {
  switch (token) {
  case Parser::POWER: return BinaryOp::Power;
  case Parser::STAR: return BinaryOp::Multiply;
  case Parser::SLASH: return BinaryOp::Divide;
  case Parser::FLOOR_DIVIDE: return BinaryOp::FloorDivide;
  case Parser::PERCENT: return BinaryOp::Remainder;
  case Parser::AT: return BinaryOp::MatMul;
  case Parser::PLUS: return BinaryOp::Add;
  case Parser::MINUS: return BinaryOp::Subtract;
  case Parser::RANGE: return BinaryOp::Range;
  case Parser::EQUAL: return BinaryOp::Equal;
  case Parser::NOT_EQUAL: return BinaryOp::NotEqual;
  case Parser::LESS: return BinaryOp::Less;
  case Parser::LESS_EQUAL: return BinaryOp::LessEqual;
  case Parser::GREATER: return BinaryOp::Greater;
  case Parser::GREATER_EQUAL: return BinaryOp::GreaterEqual;
  case Parser::AND: return BinaryOp::And;
  default: return BinaryOp::Or;
  }
}

constexpr size_t kLongestChain = 500; ///< links of `a.b[c](d)`, arms of an `if`: each is a level of the tree

/// What a loose prefix leaves open at the right end of `e`: its own node, or the one below a chain of minus signs.
const Expr *looseOperand(const Expr &e) {
  const Expr *at = &e;
  while (!at->parenthesised) {
    const auto *minus = tryAs<Unary>(at);
    if (!minus || minus->op != UnaryOp::Negate) break;
    at = minus->operand.get();
  }
  return at;
}

/// A name, or something called or picked from one: what may stand behind `|>`.
bool pipeTarget(const Expr &e) {
  const Expr *at = &e;
  while (!at->parenthesised &&
         (at->kind == ExprKind::Call || at->kind == ExprKind::Member || at->kind == ExprKind::Subscript))
    at = leftOf(*at);
  return at->kind == ExprKind::Name && !at->parenthesised;
}

} // namespace

void Builder::tooDeep(SourceRange where) {
  diagnostics_.report(where, Diag::NestedTooDeep).help("name a part of it and use the name");
}

ExprPtr Builder::expr(Parser::ExprContext *c) {
  std::vector<Parser::ExprContext *> chain; // leaning to the left, as long as the source
  for (; c->left; c = c->left) chain.push_back(c);
  ExprPtr node = leaf(c);
  for (size_t i = chain.size(); i-- > 0;) node = binary(chain[i], std::move(node));
  return node;
}

void Builder::needsParentheses(const Expr &operand) {
  const Expr *e = looseOperand(operand);
  if (e->parenthesised) return;
  std::string what;
  if (e->kind == ExprKind::Lambda) what = "a function value";
  if (const auto *unary = tryAs<Unary>(e); unary && unary->op == UnaryOp::Not) what = "`not`";
  if (!what.empty()) diagnostics_.report(e->where, Diag::NeedsParentheses, {what}).help("put `( )` around it");
}

/// `a < b` in `a < b < c`, `a..b` in `a..b..c`.
static const Binary *chainedTo(const Binary &e) {
  const auto *left = tryAs<Binary>(e.left);
  if (!left || left->parenthesised) return nullptr;
  const bool chains = e.op == BinaryOp::Range ? left->op == BinaryOp::Range : isComparison(e.op) && isComparison(left->op);
  return chains ? left : nullptr;
}

ExprPtr Builder::binary(Parser::ExprContext *c, ExprPtr left) {
  SourceRange where = join(left->where, range(c));
  if (left->kind == ExprKind::Lambda) needsParentheses(*left);
  if (c->into) {
    auto node = make<Pipe>(where);
    node->opWhere = range(c->op);
    node->left = std::move(left);
    node->right = postfix(c->into);
    if (!pipeTarget(*node->right))
      diagnostics_.report(node->right->where, Diag::PipeTarget, {}).help("`x |> f` is `f(x)`; name the function first");
    return node;
  }
  auto node = make<Binary>(where);
  node->op = binaryOp(c->op->getType());
  node->opWhere = range(c->op);
  node->left = std::move(left);
  node->right = expr(c->right);
  if (const Binary *inner = chainedTo(*node); inner && !chainedTo(*inner)) { // once for a chain
    if (node->op == BinaryOp::Range)
      diagnostics_.report(where, Diag::ChainedRange).help("a range with a step is `range(n) * step`; a slice with a step is `x[a:b:s]`");
    else diagnostics_.report(where, Diag::ChainedComparison).help("write `a < b and b < c`");
  }
  const Expr *right = looseOperand(*node->right);
  if (node->op != BinaryOp::And && node->op != BinaryOp::Or)
    needsParentheses(*node->right);
  else if (right->kind == ExprKind::Lambda)
    needsParentheses(*right);
  if (node->op == BinaryOp::Power && right->kind == ExprKind::Reduce && !right->parenthesised)
    diagnostics_.report(right->where, Diag::NeedsParentheses, {"a sum in an exponent"}).help("put `( )` around it");
  return node;
}

ExprPtr Builder::leaf(Parser::ExprContext *c) {
  if (c->plain) return postfix(c->plain);
  if (c->function_) return lambda(c->function_);
  if (c->op->getType() == Parser::REDUCE) return reduce(c);
  auto node = make<Unary>(c);
  node->op = c->op->getType() == Parser::NOT ? UnaryOp::Not : UnaryOp::Negate;
  node->operand = expr(c->right);
  if (node->op == UnaryOp::Negate || node->operand->kind == ExprKind::Lambda) needsParentheses(*node->operand);
  return node;
}

ExprPtr Builder::reduce(Parser::ExprContext *c) {
  auto node = make<Reduce>(c);
  node->opWhere = range(c->op);
  node->op = *reducerNamed(spelled(c->op));
  for (Parser::IndexContext *each : c->indices) node->indices.push_back(index(each));
  if (c->condition) node->condition = expr(c->condition);
  node->body = expr(c->right);
  needsParentheses(*node->body);
  return node;
}

Index Builder::index(Parser::IndexContext *c) {
  Index made;
  made.where = range(c);
  made.ellipsis = c->id == nullptr;
  if (c->id) made.name = identifier(c->id);
  if (c->range) made.range = expr(c->range);
  return made;
}

ExprPtr Builder::lambda(Parser::LambdaContext *c) {
  auto node = make<Lambda>(c);
  if (c->id) {
    Param p;
    p.where = range(c->id);
    p.name = identifier(c->id);
    node->params.push_back(std::move(p));
  } else {
    node->params = params(c->list);
  }
  if (c->body)
    node->block = std::make_unique<Block>(block(c->body));
  else
    node->body = expr(c->value);
  return node;
}

ExprPtr Builder::postfix(Parser::PostfixContext *c) {
  ExprPtr node = primary(c->head);
  for (size_t i = 0; i < c->suffixes.size(); ++i) {
    if (i == kLongestChain) {
      tooDeep(range(c->suffixes[i]));
      break;
    }
    node = suffix(c->suffixes[i], std::move(node));
  }
  return node;
}

ExprPtr Builder::suffix(Parser::SuffixContext *c, ExprPtr base) {
  SourceRange where = join(base->where, range(c));
  switch (c->kind->getType()) {
  case Parser::DOT: {
    auto node = make<Member>(where);
    node->base = std::move(base);
    node->name = identifier(c->id);
    return node;
  }
  case Parser::OPEN_BRACKET: {
    auto node = make<Subscript>(where);
    node->base = std::move(base);
    for (Parser::ItemContext *each : c->items) node->items.push_back(item(each));
    return node;
  }
  default: {
    auto node = make<Call>(where);
    node->callee = std::move(base);
    for (Parser::ArgumentContext *each : c->arguments) node->arguments.push_back(argument(each));
    return node;
  }
  }
}

Argument Builder::argument(Parser::ArgumentContext *c) {
  Argument made;
  if (c->id) made.name = identifier(c->id);
  made.value = expr(c->value);
  return made;
}

SubscriptItem Builder::item(Parser::ItemContext *c) {
  SubscriptItem made;
  made.where = range(c);
  if (c->ellipsis) {
    made.kind = ItemKind::Ellipsis;
    return made;
  }
  ExprPtr value = c->value ? expr(c->value) : nullptr;
  if (c->range)
    diagnostics_.report(range(c), Diag::IndexRangeMisplaced)
        .help("`i in a..b` gives an index its range on the left of `=` and behind a reducer; a slice is `x[a:b]`");
  if (!c->sliced) {
    made.value = std::move(value);
    return made;
  }
  made.kind = ItemKind::Slice;
  made.begin = std::move(value);
  if (c->sliced->stopAt) made.end = expr(c->sliced->stopAt);
  if (c->sliced->by) made.step = expr(c->sliced->by);
  return made;
}

ExprPtr Builder::primary(Parser::PrimaryContext *c) {
  switch (c->kind->getType()) {
  case Parser::NUMBER: return number(c->kind);
  case Parser::STRING: return text(c->kind);
  case Parser::TRUE:
  case Parser::FALSE: {
    auto node = make<Bool>(c);
    node->value = c->kind->getType() == Parser::TRUE;
    return node;
  }
  case Parser::NONE: return make<None>(c);
  case Parser::TRAINING: return make<Training>(c);
  case Parser::NAME:
  case Parser::REDUCER: {
    auto node = make<Name>(c);
    node->text = spelled(c->kind);
    node->reducer = c->kind->getType() == Parser::REDUCER;
    return node;
  }
  case Parser::OPEN_PAREN: return group(c);
  case Parser::OPEN_BRACKET: {
    auto node = make<List>(c);
    for (Parser::ExprContext *each : c->elements) node->elements.push_back(expr(each));
    return node;
  }
  case Parser::IF: return conditional(c);
  default: return loop(c);
  }
}

/// `(e)`, `(a, b)` or `(name: a, other: b)`
ExprPtr Builder::group(Parser::PrimaryContext *c) {
  size_t named = 0;
  for (Parser::ArgumentContext *each : c->entries) named += each->id != nullptr;
  if (c->entries.empty()) {
    diagnostics_.report(range(c), Diag::EmptyParentheses).help("the absent value is `none`");
    return make<None>(c);
  }
  if (named > 0) {
    auto node = make<Record>(c);
    for (Parser::ArgumentContext *each : c->entries) {
      node->fields.push_back(argument(each));
      if (!each->id) diagnostics_.report(range(each), Diag::RecordFieldWithoutName).help("write `name: value`");
    }
    return node;
  }
  if (c->entries.size() == 1 && !c->comma) {
    ExprPtr inner = expr(c->entries[0]->value);
    inner->parenthesised = true;
    inner->where = range(c);
    return inner;
  }
  auto node = make<Tuple>(c);
  for (Parser::ArgumentContext *each : c->entries) node->elements.push_back(expr(each->value));
  return node;
}

ExprPtr Builder::conditional(Parser::PrimaryContext *c) {
  auto node = make<If>(c);
  for (size_t i = 0; i < c->conditions.size(); ++i) {
    if (i == kLongestChain) {
      tooDeep(range(c->conditions[i]));
      break;
    }
    If::Arm arm;
    arm.condition = expr(c->conditions[i]);
    arm.body = block(c->blocks[i]);
    node->arms.push_back(std::move(arm));
  }
  if (c->otherwise) node->otherwise = std::make_unique<Block>(block(c->otherwise));
  return node;
}

ExprPtr Builder::loop(Parser::PrimaryContext *c) {
  switch (c->kind->getType()) {
  case Parser::FOR: {
    auto node = make<For>(c);
    node->pattern = pattern(c->into);
    node->over = expr(c->over);
    if (c->condition) node->condition = expr(c->condition);
    node->body = block(c->body);
    return node;
  }
  case Parser::WHILE: {
    auto node = make<While>(c);
    node->condition = expr(c->condition);
    node->body = block(c->body);
    return node;
  }
  case Parser::CHECKPOINT: {
    auto node = make<Checkpoint>(c);
    node->body = block(c->body);
    return node;
  }
  default: {
    auto node = make<Repeat>(c);
    if (c->into) node->pattern = std::make_unique<Pattern>(pattern(c->into));
    node->over = expr(c->over);
    node->body = block(c->body);
    return node;
  }
  }
}

} // namespace dl::frontend

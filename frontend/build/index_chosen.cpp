/// What an `if` or `where` has chosen: only there is a subscript read, only there must it be inside.
#include "frontend/build/index_notation.h"
#include "ir/index_range.h"

namespace dl::frontend {
using ast::BinaryOp;
using ir::Elem;
using ir::OpKind;

static AffineIndex minus(AffineIndex a, const AffineIndex &b) {
  for (auto &[n, k] : b.terms) {
    auto at = std::find_if(a.terms.begin(), a.terms.end(), [&, i = n](auto &t) { return t.first >= i; });
    if (at != a.terms.end() && at->first == n) at->second -= k;
    else a.terms.insert(at, {n, -k});
  }
  std::erase_if(a.terms, [](auto &t) { return t.second == 0; });
  a.offset = a.offset - b.offset;
  return a;
}

void IndexNotation::conjuncts(const ast::Expr *e, std::vector<const ast::Expr *> &out, bool holds) {
  auto *b = ast::tryAs<ast::Binary>(e);
  if (b && b->op == (holds ? BinaryOp::And : BinaryOp::Or)) conjuncts(b->left.get(), out, holds), conjuncts(b->right.get(), out, holds);
  else out.push_back(e);
}

std::optional<IndexNotation::Difference> IndexNotation::differenceOf(const ast::Expr &condition, bool holds) {
  auto *b = ast::tryAs<ast::Binary>(&condition);
  if (!b) return std::nullopt;
  bool less = b->op == BinaryOp::Less || b->op == BinaryOp::LessEqual, greater = b->op == BinaryOp::Greater || b->op == BinaryOp::GreaterEqual;
  bool equal = b->op == (holds ? BinaryOp::Equal : BinaryOp::NotEqual);
  if (!less && !greater && !equal) return std::nullopt;
  bool strict = !equal && (b->op == BinaryOp::Less || b->op == BinaryOp::Greater) == holds, falling = !equal && less == holds;
  std::optional<AffineIndex> x = affineOf(falling ? *b->right : *b->left), y = affineOf(falling ? *b->left : *b->right);
  if (!x || !y) return std::nullopt;
  AffineIndex at = minus(*x, *y);
  at.offset = at.offset - Dim(strict);
  return Difference{std::move(at), equal};
}

/// From here on, until the list is cut back, the expression is read only where the condition holds (or does not).
void IndexNotation::choose(const ast::Expr *condition, bool holds, std::optional<Indexed> value) {
  Choice choice{condition, holds, scope_.size(), std::move(value), {}};
  std::vector<const ast::Expr *> parts;
  if (condition) conjuncts(condition, parts, holds);
  for (const ast::Expr *part : parts)
    if (std::optional<Difference> d = differenceOf(*part, holds)) {
      choice.atLeast.push_back(d->at);
      if (d->equal) choice.atLeast.push_back(minus({{}, Dim(0)}, d->at));
    }
  chosen_.push_back(std::move(choice));
}

/// True if the ranges and what is chosen prove it.
bool IndexNotation::neverNegative(const AffineIndex &a) const {
  if (ir::isNonNegative(reach(a).first)) return true;
  for (const Choice &c : chosen_)
    for (const AffineIndex &g : c.atLeast)
      if (ir::isNonNegative(reach(minus(a, g)).first)) return true;
  return false;
}

/// Checks at run time that a subscript is inside wherever it is read.
void IndexNotation::checkChosen(const Indexed &index, const Dim &length, SourceRange where) {
  if (e_.checking() || index.error()) return;
  const Val &v = index.v;
  if (v.isNumber() || (v.high > v.low && v.low >= 0 && v.high <= length.lowest())) return;
  Indexed limit{Val::number(length), {}}, zero{Val::number(Dim(0)), {}};
  Indexed fine = combine(BinaryOp::And, combine(BinaryOp::GreaterEqual, index, zero, where), combine(BinaryOp::Less, index, limit, where), where);
  for (size_t k = chosen_.size(); k-- > 0;) {
    Choice &c = chosen_[k];
    if (!c.value) { // indices compared with each other: nothing is read
      auto scope = scope_;
      scope_.resize(c.depth);
      c.value = eval(*c.condition);
      scope_ = std::move(scope);
    }
    Indexed other = *c.value;
    if (c.holds) other.v = e_.unary(ast::UnaryOp::Not, other.v, where);
    fine = combine(BinaryOp::Or, fine, other, where);
  }
  if (fine.error() || !fine.v.isTensor()) return;
  ir::Value *all = fine.v.value;
  for (size_t i = all->type.dims.size(); all && i-- > 0;) all = e_.ir().reduce(ir::ReduceKind::And, all, {static_cast<int>(i)});
  e_.check(all, where, {{"the subscript " + e_.sourceText(where) + " is outside an axis of length ", -1, "", {}}, {"", 1, "", {}}}, {e_.ir().extent(length)});
}

} // namespace dl::frontend

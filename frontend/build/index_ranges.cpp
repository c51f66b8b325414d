/// Which indices a statement has and how far they run.
#include "frontend/build/index_notation.h"
#include "frontend/build/walk.h"
#include "ir/index_range.h"

namespace dl::frontend {

bool IndexNotation::isPossible(const IndexVar &v, SourceRange where) {
  return e_.notNegative(v.extent, where, "the number of values of `" + v.name + "`",
                        "a window must not be larger than what it moves over: make it smaller, or `pad` the tensor");
}

bool IndexNotation::standsAlone(const ast::Index &index, bool left) {
  if (!mentions(*index.range)) return true;
  const std::string &name = index.name.text;
  std::string condition;
  auto add = [&](const std::string &part) { condition += (condition.empty() ? "" : " and ") + name + part; };
  if (auto *range = ast::tryAs<ast::Binary>(index.range); range && range->op == ast::BinaryOp::Range) {
    if (mentions(*range->left)) add(" >= " + e_.sourceText(range->left->where));
    auto *sum = ast::tryAs<ast::Binary>(range->right);
    auto *one = sum && sum->op == ast::BinaryOp::Add ? ast::tryAs<ast::Number>(sum->right) : nullptr;
    const bool closed = one && one->integer && one->whole == 1;
    if (mentions(*range->right)) add((closed ? " <= " : " < ") + e_.sourceText(closed ? sum->left->where : range->right->where));
  }
  Diagnostic &d = e_.report(index.range->where, Diag::IndexForm, {"`" + e_.sourceText(index.range->where) + "`", "the range of `" + name + "` depends on another index"});
  if (condition.empty()) return false;
  d.help(left ? "a range holds for all elements; `if " + condition + " { ... } else { 0 }` behind `=` tells them apart"
              : "a range holds for all elements; a condition chooses among them: `[" + name + " where " + condition + "]`");
  return false;
}

int IndexNotation::declare(const ast::Index &index, bool left) {
  IndexVar v;
  v.name = index.name.text, v.where = index.where;
  int number = static_cast<int>(vars_.size());
  if (index.range) {
    const bool alone = standsAlone(index, left);
    Val range = alone ? plain(*index.range) : Val::error();
    v.stated = true;
    if (range.is(ValKind::Range)) {
      std::optional<Dim> lo = e_.dimOf(range.bundle().items[0], index.range->where, "a range"),
                         hi = e_.dimOf(range.bundle().items[1], index.range->where, "a range");
      if (lo && hi) v.known = true, v.low = *lo, v.extent = *hi - *lo;
      else failed_ = true;
      if (v.known) failed_ |= !isPossible(v, index.range->where);
    } else {
      if (!range.isError()) e_.fail(index.range->where, Diag::WrongType, {"what follows `in`", "a range", e_.describe(range)});
      failed_ = true;
    }
  }
  vars_.push_back(std::move(v));
  numbers_[&index] = number;
  return number;
}

std::optional<int> IndexNotation::indexNamed(const std::string &name) const {
  for (size_t i = scope_.size(); i-- > 0;)
    if (scope_[i].first == name) return scope_[i].second;
  return std::nullopt;
}

bool IndexNotation::mentions(const ast::Expr &e) {
  bool found = false;
  Walker w;
  w.expr = [&](const ast::Expr &x) {
    if (auto *n = ast::tryAs<ast::Name>(&x)) found |= indexNamed(n->text).has_value();
    return !found;
  };
  w.walk(&e);
  return found;
}

bool IndexNotation::mentions(const ast::Expr &e, int index) {
  bool found = false;
  Walker w;
  w.expr = [&](const ast::Expr &x) {
    if (auto *n = ast::tryAs<ast::Name>(&x)) found |= indexNamed(n->text) == index;
    return !found;
  };
  w.walk(&e);
  return found;
}

std::pair<Dim, Dim> IndexNotation::reach(const AffineIndex &a) const {
  Dim least = a.offset, most = a.offset;
  for (auto &[n, k] : a.terms) {
    Dim last = Dim(k) * (vars_[static_cast<size_t>(n)].extent - Dim(1));
    if (k > 0) most = most + last;
    else least = least + last;
  }
  return {least, most};
}

const Val &IndexNotation::plain(const ast::Expr &e) {
  auto found = plain_.find(&e);
  if (found != plain_.end()) return found->second;
  Val v = e_.read(e_.eval(e));
  failed_ |= v.isError();
  return plain_[&e] = std::move(v);
}

std::optional<AffineIndex> IndexNotation::affineOf(const ast::Expr &e) {
  if (!mentions(e)) {
    const Val &v = plain(e);
    if (!v.isNumber() || !v.integer) return std::nullopt;
    return AffineIndex{{}, v.whole};
  }
  if (auto *n = ast::tryAs<ast::Name>(&e)) {
    std::optional<int> index = indexNamed(n->text);
    if (!index || known_.count(*index)) return std::nullopt;
    return AffineIndex{{{*index, 1}}, vars_[static_cast<size_t>(*index)].low};
  }
  auto scaled = [](AffineIndex a, int64_t by) {
    for (auto &t : a.terms) t.second *= by;
    a.offset = a.offset * Dim(by);
    if (by == 0) a.terms.clear();
    return a;
  };
  if (auto *u = ast::tryAs<ast::Unary>(&e); u && u->op == ast::UnaryOp::Negate) {
    std::optional<AffineIndex> a = affineOf(*u->operand);
    if (!a) return std::nullopt;
    return scaled(*a, -1);
  }
  auto *b = ast::tryAs<ast::Binary>(&e);
  if (!b) return std::nullopt;
  if (b->op == ast::BinaryOp::Add || b->op == ast::BinaryOp::Subtract) {
    std::optional<AffineIndex> x = affineOf(*b->left), y = affineOf(*b->right);
    if (!x || !y) return std::nullopt;
    if (b->op == ast::BinaryOp::Subtract) y = scaled(*y, -1);
    for (auto &[index, k] : y->terms) {
      auto at = std::find_if(x->terms.begin(), x->terms.end(), [&, i = index](auto &t) { return t.first >= i; });
      if (at != x->terms.end() && at->first == index) at->second += k;
      else x->terms.insert(at, {index, k});
    }
    std::erase_if(x->terms, [](auto &t) { return t.second == 0; });
    x->offset = x->offset + y->offset;
    return x;
  }
  if (b->op == ast::BinaryOp::Multiply) {
    std::optional<AffineIndex> x = affineOf(*b->left), y = affineOf(*b->right);
    if (!x || !y) return std::nullopt;
    if (y->terms.empty() && y->offset.isConstant()) return scaled(*x, y->offset.value());
    if (x->terms.empty() && x->offset.isConstant()) return scaled(*y, x->offset.value());
  }
  return std::nullopt;
}

void IndexNotation::collectBlock(const ast::Block &block, bool guarded) {
  for (const ast::StmtPtr &s : block.statements)
    if (auto *x = ast::tryAs<ast::ExprStmt>(s)) collect(x->value.get(), guarded);
}

/// Declares the indices of reducers inside and notes what subscripts say about ranges.
void IndexNotation::collect(const ast::Expr *e, bool guarded) {
  if (!e || failed_) return;
  Walker w;
  w.expr = [&](const ast::Expr &x) -> bool {
    if (failed_ || x.kind == ast::ExprKind::Lambda) return false;
    if (auto *r = ast::tryAs<ast::Reduce>(&x)) {
      size_t depth = scope_.size();
      for (const ast::Index &i : r->indices)
        if (!i.ellipsis) {
          int number = declare(i, false);
          scope_.emplace_back(i.name.text, number);
        }
      collect(r->condition.get(), guarded);
      collect(r->body.get(), guarded || r->condition);
      scope_.resize(depth);
      return false;
    }
    if (auto *i = ast::tryAs<ast::If>(&x)) {
      for (auto &arm : i->arms) collect(arm.condition.get(), guarded), collectBlock(arm.body, true);
      if (i->otherwise) collectBlock(*i->otherwise, true);
      return false;
    }
    auto *s = ast::tryAs<ast::Subscript>(&x);
    if (!s) return true;
    if (mentions(*s)) collectSubscript(*s, guarded);
    return false;
  };
  w.walk(e);
}

void IndexNotation::collectSubscript(const ast::Subscript &s, bool guarded) {
  const Access *read = access(s);
  if (!read) return;
  for (size_t axis = 0; axis < read->axes.size(); ++axis) {
    const ast::SubscriptItem *item = read->axes[axis];
    if (!item || !mentions(*item->value)) continue;
    const Dim &length = read->base.type().dims[axis];
    if (std::optional<AffineIndex> a = affineOf(*item->value)) {
      constraints_.push_back({*a, length, item->where, guarded, false, read->base.value, axis});
      continue;
    }
    // i // 2 below n: i is below 2 * n.
    auto *b = ast::tryAs<ast::Binary>(item->value);
    if (b && b->op == ast::BinaryOp::FloorDivide && !mentions(*b->right)) {
      const Val by = plain(*b->right);
      std::optional<AffineIndex> a = affineOf(*b->left);
      if (a && by.isConstantInt() && by.whole.value() > 0) constraints_.push_back({*a, length * by.whole, item->where, guarded, true, read->base.value, axis});
    }
    collect(item->value.get(), guarded);
  }
}

/// `x[i]` alone gives i the range of the axis; all that do must agree.
bool IndexNotation::solvePlain(bool guarded) {
  std::vector<const Constraint *> here(vars_.size(), nullptr);
  for (const Constraint &c : constraints_) {
    if (c.derived || c.guarded != guarded || c.at.terms.size() != 1 || c.at.terms[0].second != 1) continue;
    size_t i = static_cast<size_t>(c.at.terms[0].first);
    IndexVar &v = vars_[i];
    if (v.stated || !(c.at.offset - v.low).isConstant(0)) continue;
    if (!v.known) {
      v.known = true, v.extent = c.length, here[i] = &c;
    } else if (here[i] && !e_.requireEqual(v.extent, c.length)) {
      Diagnostic &d = e_.report(c.where, Diag::IndexRangesDiffer, {v.name, c.length.str(), v.extent.str()});
      if (here[i]->of) noteSize(e_, d, here[i]->of, here[i]->axis);
      if (c.of) noteSize(e_, d, c.of, c.axis);
      const bool numbers = c.length.isConstant() && v.extent.isConstant();
      d.help("to read the first of both only, state the smaller range: `" + v.name + " in 0.." +
             (numbers ? std::to_string(std::min(c.length.value(), v.extent.value())) : "n") + "`");
      return false;
    }
  }
  return true;
}

/// What `i + u` or `n - i` leaves to i when the rest is known; the tightest of what is left.
bool IndexNotation::solveLeft(bool guarded) {
  std::map<int, Dim> left;
  for (const Constraint &c : constraints_) {
    if (c.guarded && !guarded) continue;
    int unknown = -1;
    int64_t by = 0;
    bool one = true;
    Dim least = c.at.offset, most = c.at.offset;
    for (auto &[i, k] : c.at.terms) {
      const IndexVar &v = vars_[static_cast<size_t>(i)];
      if (!v.known) {
        one &= unknown < 0, unknown = i, by = k;
        continue;
      }
      Dim last = Dim(k) * (v.extent - Dim(1));
      (k > 0 ? most : least) = (k > 0 ? most : least) + last;
    }
    if (unknown < 0 || !one) continue;
    Dim room = by > 0 ? c.length - Dim(1) - most : least;
    Dim extent = floorDiv(room, Dim(by > 0 ? by : -by)) + Dim(1);
    auto [at, fresh] = left.emplace(unknown, extent);
    if (!fresh && ir::isNonNegative(at->second - extent)) at->second = extent;
  }
  for (auto &[i, extent] : left) vars_[static_cast<size_t>(i)].known = true, vars_[static_cast<size_t>(i)].extent = extent;
  return !left.empty();
}

bool IndexNotation::solve() {
  for (bool guarded : {false, true}) { // what is always read comes before what an `if` or `where` may leave out
    if (failed_ || !solvePlain(guarded)) return false;
    while (solveLeft(guarded)) {}
  }
  for (const IndexVar &v : vars_)
    if (!v.known) {
      Diagnostic &d = e_.report(v.where, Diag::IndexWithoutRange, {v.name});
      if (!e_.find(v.name)) d.help("state it: `" + v.name + " in 0..n`");
      else if (changes_.empty()) d.help("an index is a name of its own, not the `" + v.name + "` around it; a loop collects by `y = for " + v.name + " in 0..n { yield ... }`");
      else d.help("to change elements of `" + changes_ + "` write `" + changes_ + "[" + v.name + "] <- ...`; `=` names a new tensor and an index of its own");
      return false;
    }
  for (const IndexVar &v : vars_)
    if (!v.stated && !isPossible(v, v.where)) return false;
  return true;
}

} // namespace dl::frontend

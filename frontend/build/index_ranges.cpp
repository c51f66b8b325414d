/// Which indices a statement has and how far they run.
#include "frontend/build/index_notation.h"
#include "frontend/build/walk.h"

namespace dl::frontend {

int IndexNotation::declare(const ast::Index &index) {
  IndexVar v;
  v.name = index.name.text, v.where = index.where;
  int number = static_cast<int>(vars_.size());
  if (index.range) {
    Val range = plain(*index.range);
    v.stated = true;
    if (range.is(ValKind::Range)) {
      std::optional<Dim> lo = e_.dimOf(range.bundle().items[0], index.range->where, "a range"),
                         hi = e_.dimOf(range.bundle().items[1], index.range->where, "a range");
      if (lo && hi) v.known = true, v.low = *lo, v.extent = *hi - *lo;
      else failed_ = true;
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
    if (!index) return std::nullopt;
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
          int number = declare(i);
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
    if (!s || mentions(*s->base)) return true;
    bool any = false;
    for (auto &item : s->items) any |= item.kind == ast::ItemKind::Value && mentions(*item.value);
    if (!any) return false;
    Val base = plain(*s->base);
    if (failed_) return false;
    if (!base.isTensor()) {
      base = e_.asTensor(base, s->base->where);
      if (base.isError()) return failed_ = true, false;
      plain_[s->base.get()] = base;
    }
    const std::vector<Dim> &dims = base.type().dims;
    size_t given = 0, at = 0;
    for (auto &item : s->items) given += item.kind != ast::ItemKind::Ellipsis;
    if (given > dims.size()) {
      e_.report(s->where, Diag::SubscriptCount, {e_.describe(base), std::to_string(dims.size()), std::to_string(given)});
      return failed_ = true, false;
    }
    for (auto &item : s->items) {
      if (item.kind == ast::ItemKind::Ellipsis) {
        at += dims.size() - given;
        continue;
      }
      if (item.kind == ast::ItemKind::Value && mentions(*item.value)) {
        if (std::optional<AffineIndex> a = affineOf(*item.value)) constraints_.push_back({*a, dims[at], item.where, guarded});
        else collect(item.value.get(), guarded);
      }
      ++at;
    }
    return false;
  };
  w.walk(e);
}

bool IndexNotation::solve() {
  if (failed_) return false;
  std::vector<bool> fromPlain(vars_.size(), false);
  auto isPlain = [&](const Constraint &c) { return c.at.terms.size() == 1 && c.at.terms[0].second == 1 && (c.at.offset - vars_[static_cast<size_t>(c.at.terms[0].first)].low).isConstant(0); };
  for (const Constraint &c : constraints_) {
    if (!isPlain(c)) continue;
    size_t i = static_cast<size_t>(c.at.terms[0].first);
    IndexVar &v = vars_[i];
    if (v.stated) continue;
    if (!v.known) {
      v.known = true, v.extent = c.length, fromPlain[i] = true;
    } else if (!e_.requireEqual(v.extent, c.length)) {
      e_.report(c.where, Diag::IndexRangesDiffer, {v.name, c.length.str(), v.extent.str()});
      return false;
    }
  }
  // What `i + u` leaves: the rest is known, one index is not.
  for (bool progress = true; progress;) {
    progress = false;
    for (int pass = 0; pass < 2; ++pass)
      for (const Constraint &c : constraints_) {
        if (c.guarded && pass == 0) continue;
        int unknown = -1;
        bool one = true;
        Dim most = c.at.offset;
        int64_t by = 1;
        for (auto &[i, k] : c.at.terms) {
          const IndexVar &v = vars_[static_cast<size_t>(i)];
          if (v.known) {
            if (k > 0) most = most + Dim(k) * (v.extent - Dim(1));
          } else if (unknown >= 0 || k <= 0) {
            one = false;
          } else {
            unknown = i, by = k;
          }
        }
        if (unknown < 0 || !one || (c.guarded && progress)) continue;
        IndexVar &v = vars_[static_cast<size_t>(unknown)];
        v.extent = floorDiv(c.length - Dim(1) - most, Dim(by)) + Dim(1);
        v.known = progress = true;
        if (v.extent.highest() < 0) v.extent = Dim(0);
      }
  }
  for (const IndexVar &v : vars_)
    if (!v.known) {
      e_.report(v.where, Diag::IndexWithoutRange, {v.name}).help("state it: `" + v.name + " in 0..n`");
      return false;
    }
  return true;
}

} // namespace dl::frontend

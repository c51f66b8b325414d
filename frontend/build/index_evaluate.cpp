/// Expressions of index notation, all elements at once.
#include "frontend/build/builtin.h"
#include "frontend/build/index_notation.h"
#include <algorithm>
#include <numeric>

namespace dl::frontend {
using ast::ExprKind;
using ir::Elem;
using ir::OpKind;

Indexed IndexNotation::refuse(SourceRange where, const std::string &what, const std::string &why, const std::string &instead) {
  e_.report(where, Diag::IndexForm, {what, why}).help(instead);
  return {Val::error(), {}};
}

/// Axes of the leading indices: from an ascending list to a longer one.
ir::Value *IndexNotation::spread(const Indexed &x, const std::vector<int> &names) {
  ir::Value *v = x.v.value;
  if (!v || x.names == names) return v;
  size_t rest = v->type.dims.size() - x.names.size();
  std::vector<Dim> dims;
  std::vector<int> to;
  size_t from = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    dims.push_back(vars_[static_cast<size_t>(names[i])].extent);
    if (from < x.names.size() && x.names[from] == names[i]) to.push_back(static_cast<int>(i)), ++from;
  }
  for (size_t i = 0; i < rest; ++i) {
    to.push_back(static_cast<int>(dims.size()));
    dims.push_back(v->type.dims[x.names.size() + i]);
  }
  return e_.ir().broadcast(v, dims, to);
}

bool IndexNotation::align(std::vector<Indexed> &values, std::vector<int> &names, SourceRange where) {
  names.clear();
  size_t rest = 0;
  for (Indexed &x : values) {
    if (x.error()) return false;
    for (int n : x.names)
      if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  }
  std::sort(names.begin(), names.end());
  if (names.empty()) return true;
  for (Indexed &x : values) {
    if (x.v.isNumber() || x.v.is(ValKind::Bool)) continue;
    Val t = x.v.isTensor() ? x.v : e_.asTensor(x.v, where);
    if (!t.isTensor()) return false;
    x.v = t;
    rest = std::max(rest, t.type().dims.size() - x.names.size());
  }
  for (Indexed &x : values) {
    if (!x.v.isTensor() || (x.names.empty() && x.v.type().isScalar())) continue;
    size_t own = x.v.type().dims.size() - x.names.size();
    if (own < rest && !x.names.empty()) { // left-over axes align at the right
      std::vector<Dim> dims = x.v.type().dims;
      dims.insert(dims.begin() + static_cast<ptrdiff_t>(x.names.size()), rest - own, Dim(1));
      x.v.value = e_.ir().reshape(x.v.value, dims);
    }
    if (x.names.empty()) continue; // right-aligned by the operation itself
    x.v.value = spread(x, names);
    x.names = names;
  }
  return true;
}

Indexed IndexNotation::combine(ast::BinaryOp op, const Indexed &a, const Indexed &b, SourceRange where) {
  std::vector<Indexed> v = {a, b};
  std::vector<int> names;
  if (!align(v, names, where)) return {Val::error(), {}};
  e_.ir().where = where;
  return {e_.binary(op, v[0].v, v[1].v, where), names};
}

Indexed IndexNotation::evalBlock(const ast::Block &block) {
  if (block.statements.size() == 1)
    if (auto *x = ast::tryAs<ast::ExprStmt>(block.statements[0])) return eval(*x->value);
  return refuse(block.where, "a block of statements", "an element is one expression", "give the parts definitions of their own before");
}

Indexed IndexNotation::evalIf(const ast::If &e, size_t arm) {
  if (arm == e.arms.size()) {
    if (!e.otherwise) return {e_.fail(e.where, Diag::MissingArgument, {"if", "else"}), {}};
    return evalBlock(*e.otherwise);
  }
  Indexed c = eval(*e.arms[arm].condition);
  if (c.error()) return c;
  if (c.v.is(ValKind::Bool)) return c.v.truth ? evalBlock(e.arms[arm].body) : evalIf(e, arm + 1);
  size_t before = chosen_.size();
  choose(e.arms[arm].condition.get(), true, c);
  std::vector<Indexed> v = {c, evalBlock(e.arms[arm].body)};
  chosen_.resize(before);
  choose(e.arms[arm].condition.get(), false, c);
  v.push_back(evalIf(e, arm + 1));
  chosen_.resize(before);
  std::vector<int> names;
  if (!align(v, names, e.where)) return {Val::error(), {}};
  return {e_.select(v[0].v, v[1].v, v[2].v, e.where), names};
}

Indexed IndexNotation::eval(const ast::Expr &e) {
  if (failed_) return {Val::error(), {}};
  if (e.kind != ExprKind::Reduce && e.kind != ExprKind::If && !mentions(e)) {
    // A reducer inside still belongs to this statement.
    bool simple = e.kind == ExprKind::Number || e.kind == ExprKind::Name || e.kind == ExprKind::Bool || e.kind == ExprKind::Member ||
                  e.kind == ExprKind::Subscript || e.kind == ExprKind::Call || e.kind == ExprKind::None;
    if (simple) return {plain(e), {}};
  }
  e_.ir().where = e.where;
  if (auto *n = ast::tryAs<ast::Name>(&e)) {
    int index = *indexNamed(n->text);
    if (auto found = known_.find(index); found != known_.end()) return found->second;
    const IndexVar &v = vars_[static_cast<size_t>(index)];
    Val i = Val::tensor(e_.ir().iota(ir::Type(Elem::I32, {v.extent}), 0));
    if (!v.low.isConstant(0)) i = e_.binary(ast::BinaryOp::Add, i, Val::number(v.low), e.where);
    i.low = v.low.lowest(), i.high = std::min<int64_t>((v.low + v.extent).highest(), INT32_MAX);
    return {i, {index}};
  }
  if (auto *u = ast::tryAs<ast::Unary>(&e)) {
    Indexed x = eval(*u->operand);
    return {e_.unary(u->op, x.v, e.where), x.names};
  }
  if (auto *b = ast::tryAs<ast::Binary>(&e)) {
    if (b->op == ast::BinaryOp::MatMul) return refuse(e.where, "`@`", "it acts on whole axes, not on elements", "write the sum: `sum[k] x[i, k] * y[k, j]`");
    if (b->op == ast::BinaryOp::Range) return refuse(e.where, "`..`", "an element is one value", "a range stands behind `in`: `i in a..b`");
    Indexed left = eval(*b->left), right = eval(*b->right);
    return combine(b->op, left, right, b->opWhere.valid() ? b->opWhere : e.where);
  }
  if (auto *s = ast::tryAs<ast::Subscript>(&e)) return evalSubscript(*s);
  if (auto *r = ast::tryAs<ast::Reduce>(&e)) return evalReduce(*r);
  if (auto *i = ast::tryAs<ast::If>(&e)) return evalIf(*i, 0);
  if (auto *l = ast::tryAs<ast::List>(&e); l && mentions(e)) { // one more axis, the first of those left over
    std::vector<Indexed> items;
    std::vector<int> names;
    for (auto &x : l->elements) items.push_back(eval(*x));
    if (!align(items, names, e.where)) return {Val::error(), {}};
    std::vector<Val> parts;
    for (Indexed &x : items) parts.push_back(x.v);
    if (!e_.promote(parts, e.where, "[ ]")) return {Val::error(), {}};
    std::vector<ir::Value *> raw;
    for (size_t k = 0; k < parts.size(); ++k) {
      ir::Value *v = spread({parts[k], parts[k].type().isScalar() ? std::vector<int>{} : items[k].names}, names);
      std::vector<Dim> dims = v->type.dims;
      dims.insert(dims.begin() + static_cast<ptrdiff_t>(names.size()), Dim(1));
      raw.push_back(e_.ir().reshape(v, dims));
      if (raw[k]->type.dims != raw[0]->type.dims) {
        noteSizes(e_, e_.report(e.where, Diag::ShapesDiffer, {"[ ]", e_.describe(parts[0]), e_.describe(parts[k])}), parts[0], parts[k]);
        return {Val::error(), {}};
      }
    }
    return {Val::tensor(e_.emit(OpKind::Concat, raw, ir::ConcatAttr{static_cast<int>(names.size())})), names};
  }
  if (auto *c = ast::tryAs<ast::Call>(&e)) {
    std::vector<Indexed> args;
    std::vector<std::string> labels;
    for (auto &a : c->arguments) args.push_back(eval(*a.value)), labels.push_back(a.name.text);
    return evalCall(plain(*c->callee), c, std::move(args), std::move(labels), e.where);
  }
  if (auto *p = ast::tryAs<ast::Pipe>(&e)) {
    std::vector<Indexed> args = {eval(*p->left)};
    std::vector<std::string> labels = {""};
    if (auto *c = ast::tryAs<ast::Call>(p->right)) {
      for (auto &a : c->arguments) args.push_back(eval(*a.value)), labels.push_back(a.name.text);
      return evalCall(plain(*c->callee), c, std::move(args), std::move(labels), e.where);
    }
    return evalCall(plain(*p->right), nullptr, std::move(args), std::move(labels), e.where);
  }
  if (!mentions(e)) return {plain(e), {}};
  return refuse(e.where, "this expression", "an element is computed from elements", "compute it before, then index it");
}

Val IndexNotation::reduce(const ast::Reduce &r) {
  collect(&r, false);
  if (!solve()) return Val::error();
  return evalReduce(r).v;
}

Val IndexNotation::define(const ast::Define &s) {
  std::optional<size_t> before; // how many indices `...` follows
  for (const ast::Index &i : s.indices) {
    if (i.ellipsis) {
      if (!before) before = scope_.size();
      continue;
    }
    if (indexNamed(i.name.text)) return e_.fail(i.where, Diag::IndexTwice, {i.name.text});
    int number = declare(i, true);
    scope_.emplace_back(i.name.text, number);
  }
  size_t own = scope_.size();
  collect(s.value.get(), false);
  if (e_.find(s.name.text)) changes_ = s.name.text;
  if (!solve()) return Val::error();
  Indexed out = eval(*s.value);
  std::vector<int> names;
  for (size_t i = 0; i < own; ++i) names.push_back(static_cast<int>(i));
  auto whole = [&](const Val &v) -> Val {
    if (v.isError()) return v;
    Val t = v.isTensor() ? v : e_.asTensor(v, s.value->where);
    if (!t.isTensor()) return t;
    t.value = spread({t, out.names}, names);
    if (!t.value) return Val::error();
    t.weak = false;
    if (v.weak) t.value = e_.convert(t.value, Elem::F32);
    const size_t rank = t.type().dims.size();
    if (before && *before < own && own < rank) { // they were put behind all indices
      std::vector<int> order(rank);
      std::iota(order.begin(), order.end(), 0);
      std::rotate(order.begin() + static_cast<ptrdiff_t>(*before), order.begin() + static_cast<ptrdiff_t>(own), order.end());
      t.value = e_.ir().transpose(t.value, order);
    }
    return t;
  };
  if (!out.v.is(ValKind::Tuple)) return whole(out.v);
  std::vector<Val> parts; // argmax over several indices
  for (const Val &v : out.v.bundle().items) parts.push_back(whole(v));
  return Val::tuple(std::move(parts));
}

Val Elaborator::evalDefine(const ast::Define &s) {
  Val v = IndexNotation(*this).define(s);
  bindName(s.name.text, v, s.name.where);
  return v;
}

Val Elaborator::evalReduce(const ast::Reduce &r) { return IndexNotation(*this).reduce(r); }

} // namespace dl::frontend

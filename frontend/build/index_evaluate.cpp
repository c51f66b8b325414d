/// Expressions of index notation, all elements at once.
#include "frontend/build/builtin.h"
#include "frontend/build/index_notation.h"
#include <limits>

namespace dl::frontend {
using ast::ExprKind;
using ir::Elem;
using ir::OpKind;

/// Axes of the leading indices: from an ascending list to a longer one.
ir::Value *IndexNotation::spread(const Indexed &x, const std::vector<int> &names) {
  ir::Value *v = x.v.value;
  if (x.names == names) return v;
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

Indexed IndexNotation::evalBlock(const ast::Block &block) {
  if (block.statements.size() == 1)
    if (auto *x = ast::tryAs<ast::ExprStmt>(block.statements[0])) return eval(*x->value);
  return {e_.unsupported(block.where, "statements inside index notation", "compute them before"), {}};
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
    std::vector<Indexed> v = {eval(*b->left), eval(*b->right)};
    std::vector<int> names;
    if (b->op == ast::BinaryOp::MatMul || b->op == ast::BinaryOp::Range)
      return {e_.unsupported(e.where, "`" + std::string(ast::spelling(b->op)) + "` inside index notation", "write the sum: `sum[k] ...`"), {}};
    if (!align(v, names, e.where)) return {Val::error(), {}};
    e_.ir().where = e.where;
    return {e_.binary(b->op, v[0].v, v[1].v, b->opWhere.valid() ? b->opWhere : e.where), names};
  }
  if (auto *s = ast::tryAs<ast::Subscript>(&e)) return evalSubscript(*s);
  if (auto *r = ast::tryAs<ast::Reduce>(&e)) return evalReduce(*r);
  if (auto *i = ast::tryAs<ast::If>(&e)) {
    std::function<Indexed(size_t)> from = [&](size_t arm) -> Indexed {
      if (arm == i->arms.size()) {
        if (!i->otherwise) return {e_.fail(e.where, Diag::MissingArgument, {"if", "else"}), {}};
        return evalBlock(*i->otherwise);
      }
      Indexed c = eval(*i->arms[arm].condition);
      if (c.error()) return c;
      if (c.v.is(ValKind::Bool)) return c.v.truth ? evalBlock(i->arms[arm].body) : from(arm + 1);
      bool old = std::exchange(guarded_, true);
      std::vector<Indexed> v = {c, evalBlock(i->arms[arm].body), from(arm + 1)};
      guarded_ = old;
      std::vector<int> names;
      if (!align(v, names, e.where)) return {Val::error(), {}};
      return {e_.select(v[0].v, v[1].v, v[2].v, e.where), names};
    };
    return from(0);
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
  return {e_.unsupported(e.where, "this expression inside index notation", "compute it before, then index it"), {}};
}

/// A function of elements: it is applied to all of them at once, so everything it does must go element by element.
Indexed IndexNotation::evalCall(const Val &callee, const ast::Call *call, std::vector<Indexed> args, std::vector<std::string> labels, SourceRange where) {
  std::vector<int> names;
  for (Indexed &a : args)
    if (a.error()) return {Val::error(), {}};
  CallSite site{where, where, call};
  const Builtin *builtin = callee.is(ValKind::Function) ? callee.function().builtin : nullptr;
  std::optional<ast::Reducer> reducer = builtin ? ast::reducerNamed(builtin->name) : std::nullopt;
  if (reducer && args.size() == 1 && !args[0].names.empty() && args[0].v.isTensor()) { // over what is left over
    std::vector<int> dims;
    for (size_t i = args[0].names.size(); i < args[0].v.type().dims.size(); ++i) dims.push_back(static_cast<int>(i));
    return {e_.reduceDims(*reducer, args[0].v, dims, where), args[0].names};
  }
  if (!align(args, names, where)) return {Val::error(), {}};
  std::vector<Arg> list;
  for (size_t i = 0; i < args.size(); ++i) list.push_back({labels[i], where, args[i].v, nullptr});
  std::vector<ir::Op *> made, *old = e_.ir().listener;
  e_.ir().listener = &made;
  Val out = e_.call(callee, std::move(list), site);
  e_.ir().listener = old;
  if (old) old->insert(old->end(), made.begin(), made.end());
  if (out.isError()) return {out, {}};
  bool each = true;
  for (ir::Op *op : made) {
    ir::Family family = ir::info(op->kind).family;
    each &= family == ir::Family::Elementwise || family == ir::Family::Constant || op->kind == OpKind::Broadcast || op->kind == OpKind::StopGradient ||
            op->kind == OpKind::Leaf || (op->kind == OpKind::Reshape && op->operands[0]->type.elementCount() == op->result()->type.elementCount());
  }
  size_t rank = names.size();
  bool fits = out.isNumber() || out.is(ValKind::Bool) || (out.isTensor() && out.type().dims.size() >= rank);
  for (size_t i = 0; fits && out.isTensor() && i < rank; ++i) fits = out.type().dims[i] == vars_[static_cast<size_t>(names[i])].extent;
  if (out.isNumber() || out.is(ValKind::Bool)) return {out, {}};
  if (!each || !fits)
    return {e_.unsupported(where, "a function of whole axes inside index notation", "apply it before, then index its result"), {}};
  return {out, names};
}

Indexed IndexNotation::evalSubscript(const ast::Subscript &s) {
  if (std::optional<Read> read = affineRead(s)) return readAt(*read, plain(*s.base), s.where);
  if (failed_) return {Val::error(), {}};
  if (mentions(*s.base)) {
    // x[i][j]: the left-over axes of what x[i] gave.
    Indexed base = eval(*s.base);
    if (base.error()) return base;
    return {e_.unsupported(s.where, "a subscript of an indexed value", "write all subscripts in one pair of brackets"), {}};
  }
  Val base = plain(*s.base);
  if (!base.isTensor()) base = e_.asTensor(base, s.base->where);
  if (base.isError()) return {base, {}};
  const std::vector<Dim> &dims = base.type().dims;
  size_t given = 0, axis = 0;
  for (auto &item : s.items) given += item.kind != ast::ItemKind::Ellipsis;
  ir::IndexedAttr attr;
  ir::Factor factor;
  factor.operand = 0;
  std::vector<ir::Value *> operands = {base.value};
  // Which indices occur decides the numbers of the names: two passes.
  struct Axis {
    std::optional<AffineIndex> affine;
    std::optional<Indexed> computed;
    bool whole = false;
    SourceRange where;
  };
  std::vector<Axis> axes;
  std::vector<int> names;
  auto use = [&](int n) {
    if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  };
  for (auto &item : s.items) {
    if (item.kind == ast::ItemKind::Ellipsis) {
      for (size_t k = dims.size() - given; k-- > 0; ++axis) axes.push_back({{}, {}, true, item.where});
      continue;
    }
    Axis a;
    a.where = item.where;
    if (item.kind == ast::ItemKind::Slice) {
      if (item.begin || item.end || item.step)
        return {e_.unsupported(item.where, "a part of an axis inside index notation", "take the slice before: `y = x[...]`"), {}};
      a.whole = true;
    } else if (!(a.affine = affineOf(*item.value))) {
      Indexed index = eval(*item.value);
      if (index.error()) return index;
      Val t = e_.asTensor(index.v, item.where);
      if (!t.isTensor()) return {t, {}};
      if (!ir::isInteger(t.type().elem)) return {e_.fail(item.where, Diag::IndexNotInt, {e_.describe(t)}), {}};
      if (t.type().dims.size() != index.names.size())
        return {e_.unsupported(item.where, "a subscript with axes of its own inside index notation", "index it, too"), {}};
      if (!guarded_) e_.checkInside(t, dims[axis], item.where);
      index.v = t;
      for (int n : index.names) use(n);
      a.computed = std::move(index);
    }
    if (a.affine)
      for (auto &[n, k] : a.affine->terms) use(n);
    axes.push_back(std::move(a));
    ++axis;
  }
  while (axes.size() < dims.size()) axes.push_back({{}, {}, true, s.where});
  std::sort(names.begin(), names.end());
  std::map<int, int> position;
  for (int n : names) {
    position[n] = static_cast<int>(attr.names.size());
    attr.names.push_back({vars_[static_cast<size_t>(n)].name, vars_[static_cast<size_t>(n)].extent});
  }
  for (size_t d = 0; d < axes.size(); ++d) {
    ir::Index index;
    if (axes[d].whole) {
      index.affine.terms.push_back({static_cast<int>(attr.names.size()), 1});
      attr.names.push_back({"r" + std::to_string(d), dims[d]});
    } else if (axes[d].affine) {
      for (auto &[n, k] : axes[d].affine->terms) index.affine.terms.push_back({position[n], k});
      index.affine.offset = axes[d].affine->offset;
      index.guarded = !inside(*axes[d].affine, dims[d]);
      if (index.guarded && !guarded_) checkAt(*axes[d].affine, dims[d], axes[d].where);
    } else {
      index.source = static_cast<int>(operands.size());
      operands.push_back(axes[d].computed->v.value);
      for (int n : axes[d].computed->names) index.sourceIndex.push_back({{{position[n], 1}}, Dim(0)});
    }
    factor.index.push_back(std::move(index));
  }
  attr.outCount = static_cast<int>(attr.names.size());
  attr.factors = {std::move(factor)};
  Val out = Val::tensor(e_.emit(OpKind::Gather, operands, std::move(attr)));
  out.low = base.low, out.high = base.high, out.names = base.names;
  if (guarded_) out.low = std::min<int64_t>(out.low, 0);
  return {out, names};
}

Indexed IndexNotation::evalReduce(const ast::Reduce &r) {
  size_t depth = scope_.size();
  std::vector<int> reduced;
  bool rest = false;
  for (const ast::Index &i : r.indices) {
    if (i.ellipsis) {
      rest = true;
      continue;
    }
    scope_.emplace_back(i.name.text, numbers_[&i]);
    reduced.push_back(numbers_[&i]);
  }
  std::sort(reduced.begin(), reduced.end());
  Indexed out;
  bool mean = r.op == ast::Reducer::Mean;
  std::optional<Indexed> product;
  if ((r.op == ast::Reducer::Sum || mean) && !r.condition && !rest && !guarded_) product = contraction(r, reduced);
  if (product) {
    out = *product;
    if (mean && !out.error()) {
      Dim count(1);
      for (int n : reduced) count = count * vars_[static_cast<size_t>(n)].extent;
      out.v = e_.binary(ast::BinaryOp::Divide, out.v, Val::number(count), r.where);
    }
    scope_.resize(depth);
    return out;
  }
  std::optional<Indexed> condition;
  if (r.condition) condition = eval(*r.condition);
  bool old = guarded_;
  guarded_ |= r.condition != nullptr;
  Indexed body = eval(*r.body);
  guarded_ = old;
  scope_.resize(depth);
  if (body.error() || (condition && condition->error())) return {Val::error(), {}};
  Val t = body.v.isTensor() ? body.v : e_.asTensor(body.v, r.body->where);
  if (!t.isTensor()) return {t, {}};
  body.v = t;
  bool arg = r.op == ast::Reducer::ArgMax || r.op == ast::Reducer::ArgMin;
  std::optional<Indexed> count;
  if (condition) {
    if (!condition->v.isTensor()) condition->v = e_.asTensor(condition->v, r.where);
    Val fill = Val::number(Dim(0));
    double inf = std::numeric_limits<double>::infinity();
    bool whole = ir::isInteger(t.type().elem);
    if (r.op == ast::Reducer::Prod) fill = Val::number(Dim(1));
    if (r.op == ast::Reducer::Max || r.op == ast::Reducer::ArgMax) fill = whole ? Val::number(Dim(INT32_MIN)) : Val::number(-inf);
    if (r.op == ast::Reducer::Min || r.op == ast::Reducer::ArgMin) fill = whole ? Val::number(Dim(INT32_MAX)) : Val::number(inf);
    if (r.op == ast::Reducer::Any) fill = Val::boolean(false);
    if (r.op == ast::Reducer::All) fill = Val::boolean(true);
    if (mean) count = *condition;
    std::vector<Indexed> v = {*condition, body, {fill, {}}};
    std::vector<int> names;
    if (!align(v, names, r.where)) return {Val::error(), {}};
    body.v = e_.select(v[0].v, v[1].v, v[2].v, r.where), body.names = names;
    if (body.error()) return body;
  }
  // Every reduced index has an axis.
  std::vector<int> names = body.names;
  for (int n : reduced)
    if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  std::sort(names.begin(), names.end());
  auto dimsOf = [&](const Indexed &x, bool withRest) {
    std::vector<int> dims;
    for (size_t i = 0; i < names.size(); ++i)
      if (std::binary_search(reduced.begin(), reduced.end(), names[i])) dims.push_back(static_cast<int>(i));
    for (size_t i = x.names.size(); withRest && i < x.v.type().dims.size(); ++i) dims.push_back(static_cast<int>(i - x.names.size() + names.size()));
    return dims;
  };
  std::vector<int> dims = dimsOf(body, rest);
  body.v.value = spread(body, names);
  std::vector<int> kept;
  for (int n : names)
    if (!std::binary_search(reduced.begin(), reduced.end(), n)) kept.push_back(n);
  if (arg && dims.size() != 1) return {e_.unsupported(r.where, "`argmax` over several indices"), {}};
  if (!count) {
    Val v = e_.reduceDims(r.op, body.v, dims, r.where);
    if (arg && v.isTensor()) {
      const IndexVar &index = vars_[static_cast<size_t>(reduced[0])];
      if (!index.low.isConstant(0)) v = e_.binary(ast::BinaryOp::Add, v, Val::number(index.low), r.where);
    }
    return {v, kept};
  }
  // mean over those where the condition holds
  Val sum = e_.reduceDims(ast::Reducer::Sum, ir::isInteger(body.v.type().elem) ? e_.asTensor(body.v, r.where, Elem::F32) : body.v, dims, r.where);
  count->v.value = spread(*count, names);
  std::vector<int> countDims = dimsOf(*count, false);
  Val number = e_.reduceDims(ast::Reducer::Sum, e_.asTensor(count->v, r.where, Elem::I32), countDims, r.where);
  std::vector<Indexed> v = {{sum, kept}, {number, kept}};
  std::vector<int> all;
  if (!align(v, all, r.where)) return {Val::error(), {}};
  return {e_.binary(ast::BinaryOp::Divide, v[0].v, v[1].v, r.where), kept};
}

} // namespace dl::frontend

/// Reducers of index notation: sum[i, j where c] x[i, j].
#include "frontend/build/index_notation.h"
#include <limits>

namespace dl::frontend {
using ast::Reducer;
using ir::Elem;
using ir::OpKind;

/// What a maximum of nothing is (a minimum: `greatest`).
Val IndexNotation::leastOf(Elem elem, bool greatest) {
  ir::Type type(elem);
  if (ir::isFloat(elem)) {
    double inf = std::numeric_limits<double>::infinity();
    return Val::tensor(e_.ir().constant(type, greatest ? inf : -inf));
  }
  int64_t least = elem == Elem::I32 ? INT32_MIN : elem == Elem::I64 ? INT64_MIN : 0;
  int64_t most = elem == Elem::I32 ? INT32_MAX : elem == Elem::I64 ? INT64_MAX : 255;
  return Val::tensor(e_.ir().constantInt(type, greatest ? most : least));
}

Indexed IndexNotation::meanOf(const Indexed &sum, const Indexed &count, SourceRange where) {
  if (sum.error() || count.error()) return {Val::error(), {}};
  return combine(ast::BinaryOp::Divide, sum, count, where);
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
  auto give = [&](Indexed out) {
    scope_.resize(depth);
    return out;
  };
  if (!rest && r.condition)
    if (std::optional<Indexed> out = segment(r, reduced)) return give(*out);
  bool mean = r.op == Reducer::Mean;
  std::optional<Indexed> product;
  if ((r.op == Reducer::Sum || mean) && !rest) product = contraction(r, reduced);
  if (failed_) return give({Val::error(), {}});
  if (product && mean && !r.condition) {
    Dim count(1);
    for (int n : reduced) count = count * vars_[static_cast<size_t>(n)].extent;
    return give(meanOf(*product, {Val::number(count), {}}, r.where));
  }
  if (product && !mean) return give(*product);
  std::optional<Indexed> condition;
  if (r.condition) {
    condition = eval(*r.condition);
    if (condition->error()) return give(*condition);
    condition->v = e_.asTensor(condition->v, r.condition->where);
    if (!condition->v.isTensor()) return give({Val::error(), {}});
    if (condition->v.type().elem != Elem::Bool) return give({e_.fail(r.condition->where, Diag::ConditionNotBool, {e_.describe(condition->v)}), {}});
  }
  size_t before = chosen_.size();
  if (condition) choose(r.condition.get(), true, condition);
  Indexed body = product ? *product : eval(*r.body);
  chosen_.resize(before);
  if (body.error()) return give(body);
  if (mean && condition) { // over those where the condition holds
    Indexed sum = product ? *product : reduceAll(r, Reducer::Sum, reduced, rest, body, condition);
    Indexed count = reduceAll(r, Reducer::Sum, reduced, false, {Val::number(Dim(1)), {}}, condition);
    if (!product && rest && body.v.isTensor()) { // and over what is left over
      Dim each(1);
      for (size_t i = body.names.size(); i < body.v.type().dims.size(); ++i) each = each * body.v.type().dims[i];
      count.v = e_.binary(ast::BinaryOp::Multiply, count.v, Val::number(each), r.where);
    }
    return give(meanOf(sum, count, r.where));
  }
  return give(reduceAll(r, r.op, reduced, rest, body, condition));
}

/// The plain way: an axis for every index, then a reduction over those of the reducer.
Indexed IndexNotation::reduceAll(const ast::Reduce &r, Reducer op, const std::vector<int> &reduced, bool rest, Indexed body,
                                 const std::optional<Indexed> &condition) {
  body.v = body.v.isTensor() ? body.v : e_.asTensor(body.v, r.body->where);
  if (!body.v.isTensor()) return {Val::error(), {}};
  bool max = op == Reducer::Max || op == Reducer::ArgMax, min = op == Reducer::Min || op == Reducer::ArgMin;
  bool arg = op == Reducer::ArgMax || op == Reducer::ArgMin;
  if ((op == Reducer::Any || op == Reducer::All) && body.v.type().elem != Elem::Bool) {
    e_.report(r.body->where, Diag::ConditionNotBool, {e_.describe(body.v)}).help("a comparison goes into parentheses, `any[i] (x[i] > 0)`: a reducer takes the product that follows");
    return {Val::error(), {}};
  }
  if ((max || min) && body.v.type().elem == Elem::Bool) body.v = e_.asTensor(body.v, r.body->where, Elem::I32);
  if (condition) {
    Elem elem = body.v.type().elem;
    Val fill = Val::number(Dim(0));
    if (op == Reducer::Prod) fill = Val::number(Dim(1));
    if (max || min) fill = leastOf(elem, min);
    if (op == Reducer::Any || op == Reducer::All) fill = Val::boolean(op == Reducer::All);
    std::vector<Indexed> v = {*condition, body, {fill, {}}};
    std::vector<int> names;
    if (!align(v, names, r.where)) return {Val::error(), {}};
    body = {e_.select(v[0].v, v[1].v, v[2].v, r.where), names};
    if (body.error()) return body;
  }
  // Every reduced index has an axis.
  std::vector<int> names = body.names, kept, dims;
  for (int n : reduced)
    if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
  std::sort(names.begin(), names.end());
  body.v.value = spread(body, names);
  if (!body.v.value) return {Val::error(), {}};
  if (arg) {
    if (rest) return refuse(r.where, "`...` behind `argmax`", "the position has no name there", "name the axes: `argmax[i, j]`");
    return positions(max, reduced, body, names, condition, r.where);
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::binary_search(reduced.begin(), reduced.end(), names[i])) dims.push_back(static_cast<int>(i));
    else kept.push_back(names[i]);
  }
  for (size_t i = names.size(); rest && i < body.v.type().dims.size(); ++i) dims.push_back(static_cast<int>(i));
  return {e_.reduceDims(op, body.v, dims, r.where), kept};
}

/// Where the greatest (or least) element stands: an int for one index, a tuple of them for several. The first of equal
/// ones in the order of the indices; with a condition the first that it allows.
Indexed IndexNotation::positions(bool max, const std::vector<int> &reduced, Indexed body, const std::vector<int> &names,
                                 const std::optional<Indexed> &condition, SourceRange where) {
  std::vector<int> kept;
  std::vector<Dim> extents;
  for (int n : names)
    if (!std::binary_search(reduced.begin(), reduced.end(), n)) kept.push_back(n);
  for (int n : reduced) extents.push_back(vars_[static_cast<size_t>(n)].extent);
  // Indices of a reducer are numbered behind those around it: their axes follow each other.
  auto joined = [&](ir::Value *v) {
    std::vector<Dim> dims(v->type.dims.begin(), v->type.dims.begin() + static_cast<ptrdiff_t>(kept.size()));
    Dim all(1);
    for (const Dim &d : extents) all = all * d;
    dims.push_back(all);
    dims.insert(dims.end(), v->type.dims.begin() + static_cast<ptrdiff_t>(names.size()), v->type.dims.end());
    return extents.size() == 1 ? v : e_.ir().reshape(v, dims);
  };
  Reducer op = max ? Reducer::ArgMax : Reducer::ArgMin;
  std::vector<int> axis = {static_cast<int>(kept.size())};
  ir::Value *flat = joined(body.v.value);
  Val at = e_.reduceDims(op, Val::tensor(flat), axis, where);
  if (condition && at.isTensor()) { // where all that is allowed is as small as what fills
    Val best = e_.reduceDims(max ? Reducer::Max : Reducer::Min, Val::tensor(flat), axis, where);
    Indexed allowed = *condition;
    std::vector<Indexed> both = {allowed, body};
    std::vector<int> all;
    if (!best.isTensor() || !align(both, all, where)) return {Val::error(), {}};
    Val filled = e_.binary(ast::BinaryOp::Equal, best, leastOf(flat->type.elem, !max), where);
    Val open = Val::tensor(joined(e_.broadcastTo(both[0].v.value, body.v.type().dims)));
    at = e_.select(filled, e_.reduceDims(Reducer::ArgMax, open, axis, where), at, where);
  }
  if (!at.isTensor()) return {Val::error(), {}};
  std::vector<Val> parts(extents.size());
  ir::Value *left = at.value;
  auto number = [&](const Dim &d) { return e_.broadcastTo(e_.convert(e_.ir().extent(d), Elem::I32), left->type.dims); };
  for (size_t k = extents.size(); k-- > 0;) {
    ir::Value *here = k == 0 ? left : e_.emit(OpKind::Rem, {left, number(extents[k])});
    if (k > 0) left = e_.emit(OpKind::Div, {left, number(extents[k])});
    Val v = Val::tensor(here);
    v.low = 0, v.high = extents[k].highest();
    const Dim &low = vars_[static_cast<size_t>(reduced[k])].low;
    parts[k] = low.isConstant(0) ? v : e_.binary(ast::BinaryOp::Add, v, Val::number(low), where);
    if (parts[k].isError()) return {Val::error(), {}};
  }
  return {parts.size() == 1 ? parts[0] : Val::tuple(std::move(parts)), kept};
}

} // namespace dl::frontend

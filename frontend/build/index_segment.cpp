/// Conditions that say what an index is: `sum[e where key[e] == i] x[e]` adds x[e] at key[e], without a mask of all pairs.
#include "frontend/build/index_notation.h"

namespace dl::frontend {
using ast::Reducer;
using ir::Elem;
using ir::OpKind;

/// Takes the conditions `key == i` apart: i is an index around the reducer and has a computed value for every element of
/// the reducer's indices. The rest of the condition stays.
bool IndexNotation::segments(const ast::Reduce &r, std::vector<int> &reduced, std::vector<Key> &keys, std::vector<const ast::Expr *> &others) {
  std::vector<const ast::Expr *> all;
  conjuncts(r.condition.get(), all);
  for (const ast::Expr *c : all) {
    auto *b = ast::tryAs<ast::Binary>(c);
    bool taken = false;
    for (int side = 0; b && b->op == ast::BinaryOp::Equal && side < 2 && !taken; ++side) {
      const ast::Expr *name = (side ? b->right : b->left).get(), *key = (side ? b->left : b->right).get();
      auto *n = ast::tryAs<ast::Name>(name);
      std::optional<int> index = n ? indexNamed(n->text) : std::nullopt;
      if (!index || known_.count(*index) || std::binary_search(reduced.begin(), reduced.end(), *index)) continue;
      if (!mentions(*key) || affineOf(*key)) continue; // compared as they are
      bool inner = false, other = false;
      for (int k : reduced) inner |= mentions(*key, k);
      for (const Key &k : keys) other |= mentions(*key, k.index) || k.index == *index;
      if (!inner || other || mentions(*key, *index)) continue;
      Indexed value = eval(*key);
      if (value.error()) return false;
      if (!value.v.isTensor() || !ir::isInteger(value.v.type().elem) || value.v.type().elem == Elem::Bool ||
          value.v.type().dims.size() != value.names.size())
        continue;
      keys.push_back({*index, std::move(value)});
      taken = true;
    }
    if (!taken) others.push_back(c);
  }
  return !keys.empty();
}

std::optional<Indexed> IndexNotation::segment(const ast::Reduce &r, const std::vector<int> &reducedBy) {
  Reducer op = r.op;
  if (op == Reducer::Prod || op == Reducer::ArgMax || op == Reducer::ArgMin) return std::nullopt;
  std::vector<int> reduced = reducedBy;
  std::vector<Key> keys;
  std::vector<const ast::Expr *> others;
  if (!segments(r, reduced, keys, others)) return failed_ ? std::optional(Indexed{Val::error(), {}}) : std::nullopt;
  // Inside, the index is the key; a key outside the range of the index belongs to no element.
  std::map<int, Indexed> before = known_;
  size_t chosen = chosen_.size();
  for (const Key &k : keys) {
    known_[k.index] = k.value;
    const IndexVar &v = vars_[static_cast<size_t>(k.index)];
    Indexed from{Val::number(v.low), {}}, to{Val::number(v.low + v.extent), {}};
    choose(nullptr, true, combine(ast::BinaryOp::And, combine(ast::BinaryOp::GreaterEqual, k.value, from, r.where), combine(ast::BinaryOp::Less, k.value, to, r.where), r.where));
  }
  std::optional<Indexed> condition;
  for (const ast::Expr *c : others) {
    Indexed x = eval(*c);
    choose(c, true, x);
    condition = condition ? combine(ast::BinaryOp::And, *condition, x, c->where) : x;
  }
  Indexed body = eval(*r.body);
  known_ = std::move(before);
  chosen_.resize(chosen);
  if (body.error() || (condition && condition->error())) return Indexed{Val::error(), {}};
  auto asTensor = [&](Indexed &x, std::optional<Elem> elem = {}) {
    x.v = x.v.isTensor() && !x.v.weak && !elem ? x.v : e_.asTensor(x.v, r.where, elem);
  };
  asTensor(body);
  if (condition) asTensor(*condition);
  if (!body.v.isTensor() || (condition && !condition->v.isTensor())) return Indexed{Val::error(), {}};
  if (condition && condition->v.type().elem != Elem::Bool) return Indexed{e_.fail(r.condition->where, Diag::ConditionNotBool, {e_.describe(condition->v)}), {}};
  bool logical = op == Reducer::Any || op == Reducer::All;
  if (logical && body.v.type().elem != Elem::Bool) return Indexed{e_.fail(r.body->where, Diag::ConditionNotBool, {e_.describe(body.v)}), {}};
  bool mean = op == Reducer::Mean;
  if (body.v.type().elem == Elem::Bool) asTensor(body, mean ? Elem::F32 : Elem::I32);
  if (mean && ir::isInteger(body.v.type().elem)) asTensor(body, Elem::F32);
  Elem elem = body.v.type().elem;
  bool most = op == Reducer::Max || op == Reducer::Any, least = op == Reducer::Min || op == Reducer::All;
  Val start = logical ? Val::tensor(e_.ir().constantInt(ir::Type(elem), least)) : most || least ? leastOf(elem, least) : Val::tensor(e_.zeros(ir::Type(elem)));
  auto filtered = [&](const Indexed &x, const Val &fill) -> Indexed {
    if (!condition) return x;
    std::vector<Indexed> v = {*condition, x, {fill, {}}};
    std::vector<int> names;
    if (!align(v, names, r.where)) return {Val::error(), {}};
    return {e_.select(v[0].v, v[1].v, v[2].v, r.where), names};
  };
  // All indices that occur: those that are summed, those that stay, those that the keys replace.
  std::vector<int> domain = reduced, kept;
  auto use = [&](const std::vector<int> &names) {
    for (int n : names)
      if (std::find(domain.begin(), domain.end(), n) == domain.end()) domain.push_back(n);
  };
  for (const Key &k : keys) use(k.value.names);
  use(body.names);
  if (condition) use(condition->names);
  std::sort(domain.begin(), domain.end());
  for (int n : domain)
    if (!std::binary_search(reduced.begin(), reduced.end(), n)) kept.push_back(n);
  for (const Key &k : keys) kept.push_back(k.index);
  std::sort(kept.begin(), kept.end());
  ir::ScatterMode mode = most ? ir::ScatterMode::Max : least ? ir::ScatterMode::Min : ir::ScatterMode::Add;
  Indexed out = scatter(mode, start, filtered(body, start), domain, keys, kept);
  if (out.error()) return out;
  if (logical) out.v = e_.binary(ast::BinaryOp::NotEqual, out.v, Val::number(Dim(0)), r.where);
  if (!mean) return out;
  Indexed one = {Val::tensor(e_.ir().constantInt(ir::Type(Elem::I32), 1)), {}};
  Val none = Val::tensor(e_.zeros(ir::Type(Elem::I32)));
  return meanOf(out, scatter(ir::ScatterMode::Add, none, filtered(one, none), domain, keys, kept), r.where);
}

/// `start` everywhere, with the updates of all elements of `domain` combined at the places that the keys give.
Indexed IndexNotation::scatter(ir::ScatterMode mode, Val start, const Indexed &updates, const std::vector<int> &domain,
                               const std::vector<Key> &keys, const std::vector<int> &kept) {
  if (updates.error()) return updates;
  const std::vector<Dim> &own = updates.v.type().dims;
  ir::IndexedAttr attr;
  ir::Factor into, from;
  into.operand = 0, from.operand = 1;
  std::map<int, int> position;
  auto add = [&](const std::string &name, const Dim &extent) {
    attr.names.push_back({name, extent});
    return ir::Affine{{{static_cast<int>(attr.names.size()) - 1, 1}}, Dim(0)};
  };
  std::map<int, ir::Affine> at;
  for (int n : domain) at[n] = add(vars_[static_cast<size_t>(n)].name, vars_[static_cast<size_t>(n)].extent);
  auto plainIndex = [](const ir::Affine &a) {
    ir::Index index;
    index.affine = a;
    return index;
  };
  std::vector<ir::Value *> operands = {nullptr, updates.v.value};
  std::vector<Dim> shape;
  for (int n : kept) {
    const IndexVar &v = vars_[static_cast<size_t>(n)];
    shape.push_back(v.extent);
    auto key = std::find_if(keys.begin(), keys.end(), [&](const Key &k) { return k.index == n; });
    if (key == keys.end()) {
      into.index.push_back(plainIndex(at[n]));
      continue;
    }
    Val place = key->value.v;
    if (!v.low.isConstant(0)) place = e_.binary(ast::BinaryOp::Subtract, place, Val::number(v.low), v.where);
    if (!place.isTensor()) return {Val::error(), {}};
    ir::Index index;
    index.source = static_cast<int>(operands.size());
    operands.push_back(place.value);
    for (int m : key->value.names) index.sourceIndex.push_back(at[m]);
    into.index.push_back(std::move(index));
  }
  for (int n : updates.names) from.index.push_back(plainIndex(at[n]));
  for (size_t d = updates.names.size(); d < own.size(); ++d) { // left over
    ir::Affine rest = add("r" + std::to_string(d), own[d]);
    shape.push_back(own[d]);
    into.index.push_back(plainIndex(rest)), from.index.push_back(plainIndex(rest));
  }
  operands[0] = e_.broadcastTo(start.value, shape);
  attr.outCount = static_cast<int>(attr.names.size());
  attr.mode = mode;
  attr.factors = {std::move(into), std::move(from)};
  return {Val::tensor(e_.emit(OpKind::Scatter, operands, std::move(attr))), kept};
}

} // namespace dl::frontend

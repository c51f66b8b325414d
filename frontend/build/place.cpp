/// `place <- value`.
#include "frontend/build/complete.h"
#include "frontend/build/conversion.h"

namespace dl::frontend {
using ast::ExprKind;

void Elaborator::assignPlace(int place, const Val &given, SourceRange where) {
  Val value = read(given), now = placeValue(place);
  if (value.isError() || now.isError()) return;
  std::string path = places_[static_cast<size_t>(place)].path;
  Val fitted = fitLike(now, value, where, "`" + path + "`");
  if (!fitted.isError()) setPlace(place, fitted);
}

/// `value` with the structure and types of `like`.
Val Elaborator::fitLike(const Val &like, const Val &given, SourceRange where, const std::string &what) {
  Val value = read(given);
  if (value.is(ValKind::File)) return loadLike(value, like, where);
  if (like.isTensor()) {
    if (!value.isTensor() && !value.isNumber() && !value.is(ValKind::List) && !value.is(ValKind::Bool))
      return fail(where, Diag::WrongType, {what, describe(like), describe(value)});
    return conform(value, like.type(), where, what);
  }
  if (like.is(ValKind::List) && value.isTensor()) {
    Val numbers = unspelled(*this, like, value.type().elem) ? asTensor(like, where) : asTensor(like, where, value.type().elem);
    return numbers.isTensor() ? conform(value, numbers.type(), where, what) : numbers;
  }
  if (like.is(ValKind::Tuple) || like.is(ValKind::Record) || like.is(ValKind::List)) {
    if (value.is(ValKind::Instance)) value = bundleOf(value.instance());
    if (!value.isBundle() || value.bundle().items.size() != like.bundle().items.size())
      return fail(where, Diag::BundlesDiffer, {describe(like), describe(value)});
    std::vector<Val> items;
    const Bundle &b = like.bundle();
    for (size_t i = 0; i < b.items.size(); ++i) {
      const Val *item = b.labels.empty() || value.bundle().labels.empty() ? &value.bundle().items[i] : value.bundle().find(b.labels[i]);
      if (!item) return fail(where, Diag::BundlesDiffer, {describe(like), describe(value)});
      items.push_back(fitLike(b.items[i], *item, where, b.labels.empty() ? what : what + "." + b.labels[i]));
      if (items.back().isError()) return Val::error();
    }
    return b.labels.empty() ? Val::tuple(std::move(items), like.kind) : Val::record(b.labels, std::move(items), like.kind);
  }
  return value;
}

Val Elaborator::conform(const Val &v, const ir::Type &type, SourceRange where, const std::string &what) {
  if (v.isError()) return v;
  if (!becomes(*this, v, type.elem, where, what)) return Val::error();
  Val t = asTensor(v, where, type.elem);
  if (!t.isTensor()) return t;
  if (t.type().dims == type.dims) return t;
  if (v.isNumber() || (v.is(ValKind::Bool) && type.elem == ir::Elem::Bool)) return Val::tensor(broadcastTo(t.value, type.dims)); // fills
  bool equalShapes = t.type().dims.size() == type.dims.size();
  for (size_t i = 0; equalShapes && i < type.dims.size(); ++i) equalShapes = requireEqual(t.type().dims[i], type.dims[i]);
  if (equalShapes) return Val::tensor(function_->newValue(type)); // open equalities of a checked body
  Diagnostic &d = report(where, Diag::ShapeKept, {what, describe(type), describe(t)});
  for (size_t i = 0; i < t.type().dims.size(); ++i)
    if (t.type().dims.size() != type.dims.size() || t.type().dims[i] != type.dims[i]) noteSize(*this, d, t.value, i);
  return Val::error();
}

void Elaborator::assignInstance(Instance &to, const Val &value, SourceRange where) {
  std::function<void(Instance &, const Val &, bool)> assign = [&](Instance &target, const Val &record, bool states) {
    if (record.isError()) return;
    Val now = bundleOf(target, states);
    if (now.bundle().items.empty() && record.isBundle() && !record.bundle().items.empty()) {
      report(where, Diag::BundlesDiffer, {"those of `" + target.path + "`, which is not in use yet,", describe(record)})
          .help("its params are known from its first use: call it once before");
      return;
    }
    Val fitted = fitLike(now, record, where, target.path.empty() ? "the model" : "`" + target.path + "`");
    if (fitted.isError()) return;
    std::vector<Val> values;
    leaves(fitted, values);
    size_t next = 0;
    fillPlaces(Val::of(ValKind::Instance, target.self.lock()), values, next, states);
  };
  Val v = read(value);
  if (v.is(ValKind::Instance)) {
    assign(to, bundleOf(v.instance(), true), true);
  } else if (v.is(ValKind::File)) {
    if (!unsettled(*this, Val::of(ValKind::Instance, to.self.lock()), where)) assign(to, loadLike(v, bundleOf(to, true), where), true);
  } else if (v.is(ValKind::Record)) {
    assign(to, v, false);
  } else if (v.is(ValKind::Tuple) && !to.stack.empty() && to.stack[0] == Dim(static_cast<int64_t>(v.bundle().items.size()))) { // one for each
    Val parts = tupleOfTurns(Val::of(ValKind::Instance, to.self.lock()));
    for (size_t i = 0; i < v.bundle().items.size(); ++i) assignInstance(parts.bundle().items[i].instance(), v.bundle().items[i], where);
  } else if (!v.isError()) {
    fail(where, Diag::WrongType, {"what is assigned to a model", "a model or a record of its params", describe(v)});
  }
}

/// The params that the `fn` of a model has made.
void Elaborator::assignGroup(Instance &to, const std::string &fn, const Val &value, SourceRange where) {
  Val all = bundleOf(to);
  const Val *now = all.bundle().find(fn);
  Val fitted = fitLike(*now, recordOf(value), where, "`" + to.path + "." + fn + "`");
  if (fitted.isError()) return;
  auto changed = std::make_shared<Bundle>(all.bundle());
  for (size_t i = 0; i < changed->items.size(); ++i)
    if (changed->labels[i] == fn) changed->items[i] = fitted;
  assignInstance(to, Val::of(ValKind::Record, std::move(changed)), where);
}

/// Assigns leaves in the order of `bundleOf`.
void Elaborator::fillPlaces(const Val &part, const std::vector<Val> &values, size_t &next, bool states) {
  if (part.is(ValKind::Tuple)) {
    for (const Val &item : part.bundle().items) fillPlaces(item, values, next, states);
    return;
  }
  if (!part.is(ValKind::Instance)) return;
  // bundleOf puts the members of one group together: follow the same order.
  std::vector<const Member *> order;
  std::vector<std::string> heads;
  for (const Member &m : part.instance().members) {
    std::string head = m.name.substr(0, m.name.find('.'));
    if (std::find(heads.begin(), heads.end(), head) == heads.end()) heads.push_back(head);
  }
  for (const std::string &head : heads)
    for (const Member &m : part.instance().members)
      if (m.name.substr(0, m.name.find('.')) == head) order.push_back(&m);
  for (const Member *m : order) {
    if (m->place < 0) {
      fillPlaces(m->value, values, next, states);
      continue;
    }
    if (!m->param && !states) continue;
    setPlace(m->place, rebuild(placeValue(m->place), values, next));
  }
}

/// True for a tuple of models (of tuples of them).
static bool holdsModels(const Val &v) {
  if (!v.is(ValKind::Tuple)) return v.is(ValKind::Instance);
  const std::vector<Val> &items = v.bundle().items;
  return !items.empty() && std::all_of(items.begin(), items.end(), holdsModels);
}

/// Each model of a tuple gets its part of the value.
static void assignModels(Elaborator &e, const Val &target, const Val &given, SourceRange where) {
  if (target.is(ValKind::Instance)) return e.assignInstance(target.instance(), given, where);
  Val value = e.read(given);
  if (value.is(ValKind::Instance) && !value.instance().stack.empty() && value.instance().stack[0].isConstant()) value = e.tupleOfTurns(value);
  const std::vector<Val> &items = target.bundle().items;
  if (!value.is(ValKind::Tuple) || value.bundle().items.size() != items.size()) {
    e.fail(where, Diag::BundlesDiffer, {e.describe(target), e.describe(value)});
    return;
  }
  for (size_t i = 0; i < items.size(); ++i) assignModels(e, items[i], value.bundle().items[i], where);
}

void Elaborator::update(const ast::Expr &place, const Val &value, SourceRange where) {
  if (place.kind == ExprKind::Tuple) {
    auto &elements = ast::as<ast::Tuple>(place).elements;
    Val v = read(value);
    if ((!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) || v.bundle().items.size() != elements.size()) {
      fail(where, Diag::PatternMismatch, {describe(v), std::to_string(elements.size())});
      return;
    }
    for (size_t i = 0; i < elements.size(); ++i) update(*elements[i], v.bundle().items[i], where);
    return;
  }
  if (place.kind == ExprKind::Name) {
    auto &name = ast::as<ast::Name>(place);
    Val target = lookup(name.text, name.where);
    if (target.is(ValKind::Place)) return assignPlace(target.place, value, where);
    if (holdsModels(target)) return assignModels(*this, target, value, where);
    if (target.isError()) return;
    if (!find(name.text)) report(place.where, Diag::TopLevelChanged, {name.text}).help("a top-level value never changes: pass it from call to call, or make it a `state` of a model");
    else report(place.where, Diag::NotPlace, {"`" + name.text + "`"}).help("`" + name.text + " = ...` names a new value");
    return;
  }
  if (place.kind == ExprKind::Member) {
    auto &m = ast::as<ast::Member>(place);
    Val base = eval(*m.base);
    if (base.isError()) return;
    if (base.is(ValKind::Instance)) {
      Instance &instance = base.instance();
      Val target = instanceMember(instance, m.name.text, m.name.where);
      if (target.is(ValKind::Place)) return assignPlace(target.place, value, where);
      if (holdsModels(target)) return assignModels(*this, target, value, where);
      if (target.is(ValKind::Function) && recordOf(target).is(ValKind::Record)) return assignGroup(instance, m.name.text, value, where);
      if (!target.isError()) fail(place.where, Diag::NotPlace, {"`" + sourceText(place.where) + "`"});
      return;
    }
    if (base.is(ValKind::Import)) {
      Val target = member(base, m.name, place.where);
      if (holdsModels(target)) return assignModels(*this, target, value, where);
      if (!target.isError()) fail(place.where, Diag::TopLevelChanged, {sourceText(place.where)});
      return;
    }
    if (std::optional<Val> target = memberOfGroup(*this, base, m.name.text)) {
      if (target->is(ValKind::Place)) return assignPlace(target->place, value, where);
      if (holdsModels(*target)) return assignModels(*this, *target, value, where);
    }
    if (base.is(ValKind::Record)) { // one part of a local value
      auto copy = std::make_shared<Bundle>(base.bundle());
      for (size_t i = 0; i < copy->labels.size(); ++i)
        if (copy->labels[i] == m.name.text) {
          copy->items[i] = fitLike(copy->items[i], value, where, "`" + sourceText(place.where) + "`");
          return rebindRoot(*m.base, Val::of(ValKind::Record, std::move(copy)), where);
        }
      fail(m.name.where, Diag::UnknownMember, {describe(base), m.name.text});
      return;
    }
    fail(place.where, Diag::NotPlace, {"`" + sourceText(place.where) + "`"});
    return;
  }
  if (place.kind == ExprKind::Subscript) {
    auto &s = ast::as<ast::Subscript>(place);
    Val base = eval(*s.base);
    if (base.isError()) return;
    if (base.is(ValKind::Tuple)) {
      auto items = evalItems(s.items);
      if (items.size() == 1 && items[0].kind == ast::ItemKind::Value) {
        std::optional<int64_t> at = constantInt(items[0].value, where, "the subscript of a tuple");
        int64_t count = static_cast<int64_t>(base.bundle().items.size());
        if (!at) return;
        if (*at < 0) *at += count;
        if (*at < 0 || *at >= count) return static_cast<void>(fail(where, Diag::IndexOutside, {std::to_string(*at), std::to_string(count)}));
        Val item = base.bundle().items[static_cast<size_t>(*at)];
        if (item.is(ValKind::Place)) return assignPlace(item.place, value, where); // a param of one turn
        if (holdsModels(item)) return assignModels(*this, item, value, where);
        auto copy = std::make_shared<Bundle>(base.bundle());
        copy->items[static_cast<size_t>(*at)] = fitLike(item, value, where, "the element");
        return rebindRoot(*s.base, Val::of(ValKind::Tuple, std::move(copy)), where);
      }
      // A slice of a tuple of models.
      Val part = subscript(base, items, where);
      if (part.isError()) return;
      if (holdsModels(part)) return assignModels(*this, part, value, where);
      fail(where, Diag::NotPlace, {"`" + sourceText(place.where) + "`"});
      return;
    }
    if (base.is(ValKind::Instance)) { // of a stack
      Val part = subscript(base, evalItems(s.items), where);
      if (part.is(ValKind::Instance)) return assignInstance(part.instance(), value, where);
      if (!part.isError()) fail(place.where, Diag::NotPlace, {"`" + sourceText(place.where) + "`"});
      return;
    }
    Val changed = updateElement(base, s, value, where);
    if (!changed.isError()) rebindRoot(*s.base, changed, where);
    return;
  }
  fail(place.where, Diag::NotPlace, {"this expression"});
}

/// Gives the local name (or place) that `e` denotes a changed value.
void Elaborator::rebindRoot(const ast::Expr &e, const Val &value, SourceRange where) {
  if (value.isError()) return;
  if (auto *name = ast::tryAs<ast::Name>(&e)) {
    Val *v = find(name->text);
    if (v && v->is(ValKind::Place)) return assignPlace(v->place, value, where);
    if (v) return bindName(name->text, value, where);
    if (isGlobal(name->text, unit()))
      report(where, Diag::TopLevelChanged, {name->text}).help("copy it first: `mine = " + name->text + "`");
    return;
  }
  update(e, value, where);
}

} // namespace dl::frontend

/// What a body changes: snapshots of names and places, and how two values of one name become one type.
#include "frontend/build/complete.h"
#include "frontend/build/elaborator.h"

namespace dl::frontend {
using ir::Elem;

Snapshot Elaborator::snapshot() {
  Snapshot s;
  for (Scope *scope = frame_->scope.get(); scope; scope = scope->parent.get()) {
    s.scopes.emplace_back(scope, scope->names);
    if (scope->facts) break;
  }
  for (const Place &p : places_) s.places.push_back(p.value);
  return s;
}

void Elaborator::restore(const Snapshot &s) {
  for (const auto &[scope, names] : s.scopes) scope->restore(names);
  for (size_t i = 0; i < places_.size(); ++i) places_[i].value = i < s.places.size() ? s.places[i] : places_[i].initial;
}

bool Elaborator::insideOf(const ir::Region *inner, const ir::Region *outer) const {
  while (inner) {
    if (inner == outer) return true;
    auto up = regionParents_.find(inner);
    inner = up == regionParents_.end() ? nullptr : up->second;
  }
  return false;
}

std::vector<Changed> Elaborator::changes(const Snapshot &since, const ir::Region *body) {
  std::vector<Changed> out;
  for (const auto &[scope, names] : since.scopes)
    for (const auto &[name, before] : names) {
      const Val *now = scope->own(name);
      if (now && !same(before, *now)) out.push_back({scope, name, -1});
    }
  for (size_t i = 0; i < places_.size(); ++i) {
    const Place &p = places_[i];
    if (insideOf(p.home, body)) continue; // made in the body: a new one each turn
    const Val &before = i < since.places.size() ? since.places[i] : p.initial;
    if (!same(before, p.value)) out.push_back({nullptr, "", static_cast<int>(i)});
  }
  return out;
}

Val Elaborator::valueOf(const Changed &c) {
  if (c.place >= 0) return places_[static_cast<size_t>(c.place)].value;
  return *c.scope->own(c.name);
}

Val Elaborator::valueIn(const Snapshot &s, const Changed &c) {
  if (c.place >= 0) {
    size_t i = static_cast<size_t>(c.place);
    return i < s.places.size() ? s.places[i] : places_[i].initial;
  }
  for (const auto &[scope, names] : s.scopes)
    if (scope == c.scope)
      for (const auto &[name, v] : names)
        if (name == c.name) return v;
  return Val::error();
}

void Elaborator::setValue(const Changed &c, Val v) {
  if (c.place >= 0) {
    Place &p = places_[static_cast<size_t>(c.place)];
    bool leaf = p.param;
    if (leaf) v = asLeaf(v);
    places_[static_cast<size_t>(c.place)].value = std::move(v);
    return;
  }
  if (frame_->facts && frame_->facts->wrt.count(c.name)) v = asLeaf(v);
  c.scope->set(c.name, std::move(v));
}

std::string Elaborator::nameOf(const Changed &c) const {
  return c.place >= 0 ? places_[static_cast<size_t>(c.place)].path : c.name;
}

/// The element type of a leaf that is a number, beside what it meets.
static ir::Type typeOfLeaf(const Val &v) {
  if (v.isTensor()) return v.weak ? ir::Type(Elem::F32, v.type().dims) : v.type();
  if (v.is(ValKind::Bool)) return ir::Type(Elem::Bool);
  return ir::Type(v.integer ? Elem::I32 : Elem::F32);
}

std::optional<ir::Type> Elaborator::meet(const Val &a, const Val &b) {
  bool fixedA = a.isTensor() && !a.weak, fixedB = b.isTensor() && !b.weak;
  ir::Type x = typeOfLeaf(a), y = typeOfLeaf(b);
  if (fixedA && fixedB) return x == y ? std::optional(x) : std::nullopt;
  if (!fixedA && !fixedB) {
    Elem e = x.elem == y.elem ? x.elem : ir::isFloat(x.elem) || ir::isFloat(y.elem) ? Elem::F32 : Elem::I32;
    if ((x.elem == Elem::Bool) != (y.elem == Elem::Bool)) return std::nullopt;
    return ir::Type(e, x.dims.empty() ? y.dims : x.dims);
  }
  const ir::Type &fixed = fixedA ? x : y, &free = fixedA ? y : x;
  if (!free.dims.empty() && free.dims != fixed.dims) return std::nullopt;
  if ((free.elem == Elem::Bool) != (fixed.elem == Elem::Bool)) return std::nullopt;
  // A fraction that meets ints makes both f32; an int takes any type.
  if (ir::isFloat(free.elem) && ir::isInteger(fixed.elem)) return fixedA ? std::nullopt : std::optional(ir::Type(Elem::F32, fixed.dims));
  return fixed;
}

/// Everything that is not a tensor or number must be equal.
bool Elaborator::sameShape(const Val &left, const Val &right) {
  Val a = read(left), b = read(right);
  auto leaf = [](const Val &v) { return v.isTensor() || v.isNumber() || v.is(ValKind::Bool); };
  if (leaf(a) && leaf(b)) return true;
  if (a.kind != b.kind) return false;
  if (a.is(ValKind::Instance)) {
    Instance &x = a.instance(), &y = b.instance();
    if (x.model != y.model) return false;
    if (x.members.size() != y.members.size()) complete(*this, x), complete(*this, y); // a copy of what was not used yet
    if (x.members.size() != y.members.size()) return false;
    for (size_t i = 0; i < x.members.size(); ++i) {
      const Member &m = x.members[i], &n = y.members[i];
      if (m.name != n.name || (m.place < 0) != (n.place < 0)) return false;
      if (m.place < 0 && !sameShape(m.value, n.value)) return false;
    }
    return true;
  }
  if (a.is(ValKind::Tuple) || a.is(ValKind::Record) || a.is(ValKind::List) || a.is(ValKind::Table) || a.is(ValKind::Range)) {
    const Bundle &x = a.bundle(), &y = b.bundle();
    if (x.items.size() != y.items.size() || x.labels != y.labels) return false;
    for (size_t i = 0; i < x.items.size(); ++i)
      if (!sameShape(x.items[i], y.items[i])) return false;
    return true;
  }
  return same(a, b);
}

ir::Value *Elaborator::leafAs(const Val &leaf, const ir::Type &type, SourceRange where) {
  Val t = asTensor(leaf, where, type.elem);
  if (!t.isTensor()) return nullptr;
  return t.type().dims == type.dims ? t.value : broadcastTo(t.value, type.dims);
}

} // namespace dl::frontend

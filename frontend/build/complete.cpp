#include "frontend/build/complete.h"
#include "frontend/build/table.h"
#include "frontend/build/context.h"
#include "frontend/build/turns.h"
#include <algorithm>

namespace dl::frontend {

/// A member of a copy's original with all places at their initial values.
static Val atFirst(Elaborator &e, const Val &member, Instance &owner) {
  if (member.is(ValKind::Tuple)) {
    std::vector<Val> items;
    for (const Val &item : member.bundle().items) items.push_back(atFirst(e, item, owner));
    return Val::tuple(std::move(items));
  }
  if (!member.is(ValKind::Instance)) return member;
  Val copy = e.copyInstance(member, nullptr, {});
  std::function<void(Instance &, const Instance &)> reset = [&](Instance &to, const Instance &from) {
    for (size_t i = 0; i < to.members.size() && i < from.members.size(); ++i) {
      Member &m = to.members[i];
      if (m.place >= 0) {
        Place &p = e.places()[static_cast<size_t>(m.place)];
        p.value = p.initial = e.places()[static_cast<size_t>(from.members[i].place)].initial;
        p.home = owner.segment->home;
      } else if (m.value.is(ValKind::Instance) && from.members[i].value.is(ValKind::Instance)) {
        reset(m.value.instance(), from.members[i].value.instance());
      }
    }
  };
  reset(copy.instance(), member.instance());
  copy.instance().owner = owner.self;
  return copy;
}

void complete(Elaborator &e, Instance &instance) {
  if (instance.base) return e.syncView(instance);
  if (!instance.origin || !instance.segment) return e.materialise(instance);
  complete(e, *instance.origin);
  const std::vector<Member> members = instance.origin->members;
  for (const Member &m : members) {
    if (Member *own = instance.find(m.name)) {
      if (own->place < 0 && own->value.is(ValKind::Instance)) complete(e, own->value.instance());
      continue;
    }
    if (m.place < 0) {
      Val copy = atFirst(e, m.value, instance);
      if (instance.slots) e.settleParts(copy, instance.path + "." + m.name, instance);
      if (copy.is(ValKind::Instance)) instance.sites.emplace_back(copy.instance().site, copy.instancePointer());
      instance.members.push_back({m.name, -1, false, copy});
      continue;
    }
    Place p = e.places()[static_cast<size_t>(m.place)];
    if (instance.slots) {
      int place = e.makePlace(instance, m.name, m.param, p.initial, p.where);
      instance.members.push_back({m.name, place, m.param, Val::none()});
      continue;
    }
    p.slot = false, p.copied = true, p.value = p.computed = p.initial, p.home = instance.segment->home;
    for (const Member &own : instance.members) // in the turn in which the copy was made
      if (own.place >= 0) p.home = e.places()[static_cast<size_t>(own.place)].home;
    e.places().push_back(std::move(p));
    instance.members.push_back({m.name, static_cast<int>(e.places().size()) - 1, m.param, Val::none()});
  }
  e.materialise(instance);
}

static bool hasPlace(const Val &part) {
  if (part.is(ValKind::Tuple)) return std::any_of(part.bundle().items.begin(), part.bundle().items.end(), hasPlace);
  if (!part.is(ValKind::Instance)) return false;
  const std::vector<Member> &members = part.instance().members;
  return std::any_of(members.begin(), members.end(), [](const Member &m) { return m.place >= 0 || hasPlace(m.value); });
}

bool unsettled(Elaborator &e, const Val &v, SourceRange where) {
  if (v.is(ValKind::Table) && v.bundle().items.empty() && static_cast<const TableObject &>(v.bundle()).source) {
    e.report(where, Diag::NotATable, {e.describe(v)}).help("give its columns types: `data rows = " + std::string(e.sourceText(where)) + " { x: f32 }`");
    return true;
  }
  if (!v.is(ValKind::Instance) || !v.instance().hasParams || v.instance().applied) return false;
  complete(e, v.instance());
  if (hasPlace(v)) return false;
  if (v.instance().slots && e.context().mayRetry) e.context().retry = true; // another entry may use it
  e.report(where, Diag::ModelUnused, {e.describe(v)}).help("their shapes follow from its first use, which must come before");
  return true;
}

std::optional<Val> memberOfGroup(Elaborator &e, const Val &fn, const std::string &name) {
  std::shared_ptr<Instance> owner = fn.is(ValKind::Function) ? fn.function().owner.lock() : nullptr;
  if (!owner) return std::nullopt;
  complete(e, *owner);
  std::vector<std::pair<std::string, Val>> members;
  for (const Member &m : owner->members) {
    Val v = m.place < 0 ? m.value : Val::of(ValKind::Place);
    v.place = m.place;
    if (m.name == fn.function().name + "." + name) return v;
    members.emplace_back(m.name, v);
  }
  return valueOfTurns(members, fn.function().name + "." + name);
}

} // namespace dl::frontend

/// Leaves of bundles: tuples, records and models as trees of tensors.
#include "frontend/build/complete.h"

namespace dl::frontend {

/// Puts "encode.dense_1" under the record "encode".
static void putNested(std::vector<std::string> &labels, std::vector<Val> &items, const std::string &name, Val value) {
  size_t dot = name.find('.');
  if (dot == std::string::npos) {
    labels.push_back(name), items.push_back(std::move(value));
    return;
  }
  std::string head = name.substr(0, dot);
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == head && items[i].is(ValKind::Record)) {
      Bundle inner = items[i].bundle();
      putNested(inner.labels, inner.items, name.substr(dot + 1), std::move(value));
      items[i] = Val::record(inner.labels, inner.items);
      return;
    }
  std::vector<std::string> innerLabels;
  std::vector<Val> innerItems;
  putNested(innerLabels, innerItems, name.substr(dot + 1), std::move(value));
  labels.push_back(head), items.push_back(Val::record(std::move(innerLabels), std::move(innerItems)));
}

static const Val *getNested(const Val &record, const std::string &name) {
  if (!record.is(ValKind::Record)) return nullptr;
  size_t dot = name.find('.');
  const Val *head = record.bundle().find(name.substr(0, dot));
  if (!head || dot == std::string::npos) return head;
  return getNested(*head, name.substr(dot + 1));
}

Val Elaborator::bundleOfMember(const Val &v, bool states) {
  if (v.is(ValKind::Instance)) return bundleOf(v.instance(), states);
  if (v.is(ValKind::Tuple)) {
    std::vector<Val> items;
    bool any = false;
    for (const Val &item : v.bundle().items) {
      Val inner = bundleOfMember(item, states);
      any |= !inner.is(ValKind::None);
      items.push_back(inner.is(ValKind::None) ? Val::record({}, {}) : std::move(inner));
    }
    return any ? Val::tuple(std::move(items)) : Val::none();
  }
  return Val::none();
}

Val Elaborator::bundleOf(const Instance &instance, bool states) {
  if (std::shared_ptr<Instance> self = instance.self.lock()) complete(*this, *self);
  if (instance.slots) bundled_.insert(instance.root);
  std::vector<std::string> labels;
  std::vector<Val> items;
  for (const Member &m : instance.members) {
    if (m.place >= 0) {
      if (m.param || states) putNested(labels, items, m.name, placeValue(m.place));
      continue;
    }
    Val inner = bundleOfMember(m.value, states);
    bool empty = inner.is(ValKind::None) || (inner.is(ValKind::Record) && inner.bundle().items.empty());
    if (!empty) putNested(labels, items, m.name, std::move(inner));
  }
  return Val::record(std::move(labels), std::move(items));
}

namespace {
/// Clones instances with everything that refers to them.
struct Cloner {
  Elaborator &e;
  std::vector<Place> &places;
  ir::Region *home;
  bool first;         ///< at the head of the entry: nothing has changed yet
  bool leafs = true;  ///< params through `leaf`; false: the values are replaced
  std::unordered_map<const Instance *, std::shared_ptr<Instance>> instances;
  std::unordered_map<int, int> moved;

  /// Of a view: what its stack holds has the same leaves, and nothing is read for it.
  const Val &structureOf(const Place &view) const {
    const Place *p = &view;
    while (p->base >= 0) p = &places[static_cast<size_t>(p->base)];
    return p->value;
  }
  Val value(const Val &v, const Val *params) {
    if (v.is(ValKind::Instance)) return Val::of(ValKind::Instance, instance(v.instancePointer(), params));
    if (v.is(ValKind::Place)) {
      Val out = v;
      auto found = moved.find(v.place);
      if (found != moved.end()) out.place = found->second;
      return out;
    }
    if (v.is(ValKind::Tuple) || v.is(ValKind::Record) || v.is(ValKind::List)) {
      auto copy = std::make_shared<Bundle>(v.bundle());
      for (size_t i = 0; i < copy->items.size(); ++i) {
        const Val *inner = params && params->is(ValKind::Tuple) && i < params->bundle().items.size() ? &params->bundle().items[i] : nullptr;
        copy->items[i] = value(copy->items[i], inner);
      }
      return Val::of(v.kind, std::move(copy));
    }
    return v;
  }
  std::shared_ptr<Instance> instance(const std::shared_ptr<Instance> &from, const Val *params) {
    auto done = instances.find(from.get());
    if (done != instances.end()) return done->second;
    auto to = std::make_shared<Instance>();
    instances[from.get()] = to;
    to->self = to;
    to->model = from->model, to->path = from->path, to->hasParams = from->hasParams, to->hasPlaces = from->hasPlaces, to->applied = from->applied;
    to->segment = from->segment, to->stack = from->stack;
    if (!from->base) to->origin = from, to->repeats = from->repeats;
    to->name = from->name, to->site = from->site;
    if (auto owner = from->owner.lock()) {
      auto mapped = instances.find(owner.get());
      to->owner = mapped == instances.end() ? owner : mapped->second;
    }
    for (const Member &m : from->members) {
      Member copy = m;
      const Val *inner = params && !params->is(ValKind::Tuple) ? getNested(*params, m.name) : nullptr;
      if (m.place >= 0) {
        Place p = places[static_cast<size_t>(m.place)];
        p.slot = false, p.copied = true, p.home = home;
        if (p.base >= 0 && leafs) p.value = e.placeValue(m.place);
        else if (p.base >= 0) p.value = structureOf(p);
        if (p.base >= 0) p.base = -1, p.seenIn = nullptr;
        else if (first) p.value = p.initial;
        if (m.param && inner && !inner->isError()) p.value = *inner;
        if (m.param && leafs) p.value = e.asLeaf(p.value);
        p.initial = p.value;
        copy.place = static_cast<int>(places.size());
        moved[m.place] = copy.place;
        places.push_back(std::move(p));
      } else {
        copy.value = value(m.value, inner);
      }
      to->members.push_back(std::move(copy));
    }
    for (const auto &[site, member] : from->sites) to->sites.emplace_back(site, instance(member, nullptr));
    to->scope = std::make_shared<Scope>(*from->scope);
    for (auto &[name, v] : to->scope->names) {
      v = value(v, nullptr);
      if (v.is(ValKind::Function) && v.function().owner.lock() == from) {
        auto fn = std::make_shared<FunctionObject>(v.function());
        fn->owner = to, fn->scope = to->scope;
        v = Val::of(ValKind::Function, std::move(fn));
      }
    }
    return to;
  }
};
} // namespace

Val Elaborator::copyInstance(const Val &instance, const Val *params, SourceRange) {
  complete(*this, instance.instance());
  Cloner cloner{*this, places_, builder_.region(), builder_.region() == prologue_, true, {}, {}};
  return Val::of(ValKind::Instance, cloner.instance(instance.instancePointer(), params));
}

void Elaborator::leaves(const Val &given, std::vector<Val> &out) {
  Val v = read(given);
  switch (v.kind) {
  case ValKind::Number:
  case ValKind::Bool:
  case ValKind::Tensor: out.push_back(v); return;
  case ValKind::Tuple:
  case ValKind::Record:
  case ValKind::List:
  case ValKind::Range:
  case ValKind::Table:
    for (const Val &item : v.bundle().items) leaves(item, out);
    return;
  case ValKind::Instance:
    complete(*this, v.instance());
    if (v.instance().slots) bundled_.insert(v.instance().root);
    for (const Member &m : v.instance().members) {
      if (m.place >= 0) leaves(placeValue(m.place), out);
      else leaves(m.value, out);
    }
    return;
  case ValKind::Error:
  case ValKind::None:
  case ValKind::Text:
  case ValKind::Function:
  case ValKind::Model:
  case ValKind::Place:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::Vocabulary:
  case ValKind::File:
  case ValKind::Import: return;
  }
}

Val Elaborator::rebuild(const Val &given, const std::vector<Val> &leaves, size_t &next) {
  Val v = read(given);
  switch (v.kind) {
  case ValKind::Number:
  case ValKind::Bool:
  case ValKind::Tensor: {
    Val out = leaves[next++];
    if (out.isTensor() && v.isTensor() && v.names) out.names = v.names;
    return out;
  }
  case ValKind::Tuple:
  case ValKind::Record:
  case ValKind::List:
  case ValKind::Range:
  case ValKind::Table: {
    std::shared_ptr<Bundle> copy = v.bundle().copy();
    for (Val &item : copy->items) item = rebuild(item, leaves, next);
    return Val::of(v.kind, std::move(copy));
  }
  case ValKind::Instance: {
    complete(*this, v.instance());
    Cloner cloner{*this, places_, builder_.region(), false, false, {}, {}};
    Val out = Val::of(ValKind::Instance, cloner.instance(v.instancePointer(), nullptr));
    std::function<void(const Val &)> fill = [&](const Val &part) {
      if (part.is(ValKind::Tuple)) {
        for (const Val &item : part.bundle().items) fill(item);
      } else if (part.is(ValKind::Instance)) {
        for (Member &m : part.instance().members) {
          if (m.place < 0) {
            fill(m.value);
            continue;
          }
          const Val like = places_[static_cast<size_t>(m.place)].value;
          setPlace(m.place, rebuild(like, leaves, next));
          Place &p = places_[static_cast<size_t>(m.place)];
          p.initial = p.value;
        }
      }
    };
    fill(out);
    return out;
  }
  case ValKind::Error:
  case ValKind::None:
  case ValKind::Text:
  case ValKind::Function:
  case ValKind::Model:
  case ValKind::Place:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::Vocabulary:
  case ValKind::File:
  case ValKind::Import: return v;
  }
  return v;
}

/// Bundles in arithmetic; a list is a tensor there.
static bool isTree(const Val &v) { return v.isBundle() && !v.is(ValKind::List); }

Val Elaborator::zip(const std::vector<Val> &operands, SourceRange where, const std::function<Val(const std::vector<Val> &)> &f) {
  std::vector<Val> args;
  const Val *lead = nullptr;
  const Val *model = nullptr;
  for (const Val &v : operands) {
    args.push_back(read(v));
    if (args.back().is(ValKind::Function)) args.back() = recordOf(args.back());
    if (args.back().isError() || unsettled(*this, args.back(), where)) return Val::error();
  }
  for (Val &v : args) {
    if (!lead && isTree(v)) lead = &v;
    if (lead == &v && v.is(ValKind::Instance)) model = &v;
  }
  if (!lead) return f(args);
  const int outer = turnsOfLeaf;
  Val kept = *lead;
  int turns = turnsOfLeaf + (model ? static_cast<int>(model->instance().repeats.size()) : 0);
  for (Val &v : args)
    if (v.is(ValKind::Instance)) v = bundleOf(v.instance());
  const Bundle first = lead->bundle();
  // A list beside numbers known when built (a shape, say) pairs with them; beside tensors it is a vector.
  if (lead->is(ValKind::Tuple) && std::all_of(first.items.begin(), first.items.end(), [](const Val &v) { return v.isNumber(); }))
    for (Val &v : args)
      if (v.is(ValKind::List)) v = Val::tuple(v.bundle().items);
  std::vector<Val> items;
  for (size_t i = 0; i < first.items.size(); ++i) {
    std::vector<Val> inner;
    for (const Val &v : args) {
      if (!isTree(v)) {
        inner.push_back(v);
        continue;
      }
      const Bundle &b = v.bundle();
      const Val *item = b.labels.empty() || first.labels.empty() ? (i < b.items.size() ? &b.items[i] : nullptr) : b.find(first.labels[i]);
      if (!item || b.items.size() != first.items.size())
        return fail(where, Diag::BundlesDiffer, {describe(kept), describe(v)});
      inner.push_back(*item);
    }
    turnsOfLeaf = turns;
    if (!first.labels.empty())
      for (size_t at = first.labels[i].find("[*]"); at != std::string::npos; at = first.labels[i].find("[*]", at + 3)) ++turnsOfLeaf;
    items.push_back(zip(inner, where, f));
    turnsOfLeaf = outer;
    if (items.back().isError()) return Val::error();
  }
  ValKind kind = lead->is(ValKind::Table) ? ValKind::Record : lead->kind;
  Val out = first.labels.empty() ? Val::tuple(std::move(items), kind) : Val::record(first.labels, std::move(items), kind);
  return model ? copyInstance(kept, &out, where) : out;
}

Val Elaborator::recordOf(const Val &given) {
  Val v = read(given);
  if (v.is(ValKind::Instance)) return bundleOf(v.instance());
  if (v.is(ValKind::Function)) { // a member `fn` stands for what its body has made
    std::shared_ptr<Instance> owner = v.function().owner.lock();
    Val all = owner ? bundleOf(*owner) : Val::none();
    const Val *group = all.is(ValKind::Record) ? all.bundle().find(v.function().name) : nullptr;
    return group ? *group : v;
  }
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return v;
  auto copy = std::make_shared<Bundle>(v.bundle());
  for (Val &item : copy->items) item = recordOf(item);
  return Val::of(v.kind, std::move(copy));
}

Val Elaborator::zerosLike(const Val &v, SourceRange where) {
  return zip({recordOf(v)}, where, [&](const std::vector<Val> &x) -> Val {
    Val t = asTensor(x[0], where);
    return t.isTensor() ? Val::tensor(zeros(t.type())) : t;
  });
}

} // namespace dl::frontend

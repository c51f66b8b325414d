/// Stacks of models and their parts: `nets[i]` is an instance whose places are views of the places of `nets`. A view
/// holds nothing: reading it slices its stack, changing it changes its stack.
#include "frontend/build/complete.h"
#include "frontend/build/findings.h"
#include "frontend/build/turns.h"

namespace dl::frontend {
using ir::OpKind;

/// f on every tensor of the value of a place.
static Val mapTensors(const Val &v, const std::function<Val(const Val &)> &f) {
  if (v.isTensor()) return f(v);
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return v;
  auto copy = std::make_shared<Bundle>(v.bundle());
  for (Val &item : copy->items) item = mapTensors(item, f);
  return Val::of(v.kind, std::move(copy));
}

Val Elaborator::partOf(const Val &stacked, const StackPart &part) {
  return mapTensors(stacked, [&](const Val &whole) -> Val {
    Val out = whole;
    const std::vector<Dim> &dims = whole.type().dims;
    if (part.count) {
      out.value = slice(whole.value, 0, part.start, *part.count).value;
      return out;
    }
    ir::Value *one = nullptr;
    if (part.index && dims[0].lowest() < 1) { // a stack that may be empty
      Val at = Val::tensor(builder_.reshape(part.index, {Dim(1)}));
      one = gatherAlong(whole, 0, at).value;
    } else if (part.index) {
      ir::SliceAtAttr attr;
      attr.extent = dims;
      attr.extent[0] = Dim(1);
      std::vector<ir::Value *> operands = {whole.value, part.index};
      for (size_t d = 1; d < dims.size(); ++d) operands.push_back(builder_.i64(0));
      one = emit(OpKind::SliceAt, operands, attr);
    } else {
      one = slice(whole.value, 0, part.start, Dim(1)).value;
    }
    out.value = one ? builder_.reshape(one, {dims.begin() + 1, dims.end()}) : nullptr;
    return out.value ? out : Val::error();
  });
}

/// `stacked` with a part of every leaf replaced by the leaf of `v`.
static Val withPart(Elaborator &e, const Val &stacked, const StackPart &part, const Val &v) {
  if (stacked.is(ValKind::Tuple) || stacked.is(ValKind::Record)) {
    auto copy = std::make_shared<Bundle>(stacked.bundle());
    for (size_t i = 0; i < copy->items.size(); ++i) copy->items[i] = withPart(e, copy->items[i], part, v.bundle().items[i]);
    return Val::of(stacked.kind, std::move(copy));
  }
  std::vector<Dim> block = stacked.type().dims;
  block[0] = part.count.value_or(Dim(1));
  std::vector<ir::Value *> starts = {part.index ? part.index : e.ir().extent(part.start)};
  while (starts.size() < block.size()) starts.push_back(e.ir().i64(0));
  return e.updateBlock(stacked, starts, block, v.value);
}

Val Elaborator::placeValue(int place) {
  auto at = static_cast<size_t>(place);
  if (places_[at].base < 0) {
    for (Roll *roll : rolls_)
      if (roll->wholes.empty() || roll->wholes.back() != place) roll->wholes.push_back(place);
    return places_[at].value;
  }
  if (initialising_ && places_[at].seenIn) return places_[at].seen; // an initial value asks for the type
  Val whole = placeValue(places_[at].base);
  Place &p = places_[at];
  if (p.seenIn && same(whole, p.seenOf) && insideOf(builder_.region(), p.seenIn)) return p.seen;
  Val part = partOf(whole, p.part);
  if (p.param) part = asLeaf(part);
  Place &again = places_[at];
  again.seen = part, again.seenOf = whole, again.seenIn = builder_.region();
  return part;
}

void Elaborator::setPlace(int place, Val value) {
  auto at = static_cast<size_t>(place);
  if (places_[at].param) value = asLeaf(value), noteChange(*this, places_[at]);
  if (places_[at].base < 0) {
    places_[at].value = std::move(value);
    return;
  }
  int base = places_[at].base;
  Val whole = withPart(*this, placeValue(base), places_[at].part, value);
  setPlace(base, whole);
  Place &p = places_[at];
  p.seen = value, p.seenOf = placeValue(base), p.seenIn = builder_.region();
}

int Elaborator::viewRead(const ir::Value *v) const {
  for (size_t i = places_.size(); i-- > 0;)
    if (places_[i].base >= 0 && places_[i].seenIn && places_[i].seen.isTensor() && places_[i].seen.value == v) return static_cast<int>(i);
  return -1;
}

namespace {
/// A member of a stack (an instance or a tuple of them) as a member of its part.
Val partOfMember(Elaborator &e, const Val &v, const StackPart &part, Instance &view) {
  if (v.is(ValKind::Tuple)) {
    std::vector<Val> items;
    for (const Val &item : v.bundle().items) items.push_back(partOfMember(e, item, part, view));
    return Val::tuple(std::move(items));
  }
  if (!v.is(ValKind::Instance) || v.instance().stack.empty()) return v;
  for (const Member &m : view.members) {
    std::vector<Val> work{m.value};
    while (!work.empty()) { // met before
      Val x = work.back();
      work.pop_back();
      if (x.is(ValKind::Instance) && x.instance().base == v.instancePointer()) return x;
      if (x.is(ValKind::Tuple)) work.insert(work.end(), x.bundle().items.begin(), x.bundle().items.end());
    }
  }
  Val out = e.viewOf(v.instancePointer(), part);
  out.instance().owner = view.self;
  return out;
}
} // namespace

void Elaborator::syncView(Instance &view) {
  const std::shared_ptr<Instance> stack = view.base;
  complete(*this, *stack);
  const std::vector<Member> members = stack->members;
  for (const Member &m : members) {
    if (view.find(m.name)) continue;
    if (m.place < 0) {
      view.members.push_back({m.name, -1, false, partOfMember(*this, m.value, view.part, view)});
      continue;
    }
    int part = partOfPlace(m.place, view.part);
    places_[static_cast<size_t>(part)].path = view.path + "." + m.name;
    view.members.push_back({m.name, part, m.param, Val::none()});
  }
  for (const auto &[site, member] : stack->sites) {
    bool have = false;
    for (const auto &known : view.sites) have |= known.first == site;
    if (!have) view.sites.emplace_back(site, partOfMember(*this, Val::of(ValKind::Instance, member), view.part, view).instancePointer());
  }
}

Val Elaborator::viewOf(const std::shared_ptr<Instance> &stack, const StackPart &part) {
  auto view = std::make_shared<Instance>();
  view->self = view, view->base = stack, view->part = part;
  view->model = stack->model, view->hasParams = stack->hasParams, view->hasPlaces = stack->hasPlaces, view->applied = stack->applied, view->name = stack->name, view->site = stack->site;
  std::string where = part.index ? "i" : part.start.str();
  if (part.count) where += ":" + (part.start + *part.count).str();
  view->path = stack->repeats.empty() ? stack->path + "[" + where + "]" : pathOfPart(stack->path, where);
  view->segment = stack->segment;
  if (!stack->repeats.empty()) {
    view->slots = stack->slots, view->root = stack->root; // for the table of layers
    if (!part.count) view->repeats.assign(stack->repeats.begin() + 1, stack->repeats.end());
  }
  view->stack = stack->stack;
  if (part.count) view->stack[0] = *part.count;
  else view->stack.erase(view->stack.begin());
  syncView(*view);
  view->scope = std::make_shared<Scope>(*stack->scope);
  for (auto &[name, v] : view->scope->names) {
    if (v.is(ValKind::Instance) || v.is(ValKind::Tuple)) v = partOfMember(*this, v, part, *view);
    if (v.is(ValKind::Place))
      for (const Member &m : stack->members)
        if (m.place == v.place) v.place = view->find(m.name)->place;
    if (v.is(ValKind::Function) && v.function().owner.lock() == stack) {
      auto fn = std::make_shared<FunctionObject>(v.function());
      fn->owner = view, fn->scope = view->scope;
      v = Val::of(ValKind::Function, std::move(fn));
    }
  }
  return Val::of(ValKind::Instance, view);
}

void Elaborator::markStack(const Val &v, const Dim &turns, const ir::Region *body, SourceRange where) {
  if (v.is(ValKind::Tuple) || v.is(ValKind::Record))
    for (const Val &item : v.bundle().items) markStack(item, turns, body, where);
  if (!v.is(ValKind::Instance)) return;
  std::set<Instance *> seen;
  std::function<void(const Val &)> mark = [&](const Val &part) {
    if (part.is(ValKind::Tuple))
      for (const Val &item : part.bundle().items) mark(item);
    if (!part.is(ValKind::Instance) || !seen.insert(&part.instance()).second) return;
    Instance &i = part.instance();
    i.stack.insert(i.stack.begin(), turns);
    i.origin = nullptr, i.repeats.clear(); // all it will ever hold is here
    for (auto &[name, value] : i.scope->names) {
      std::vector<Val> given;
      if (!value.is(ValKind::Instance)) leaves(value, given);
      for (const Val &leaf : given)
        if (leaf.isTensor() && insideOf(leaf.value->def ? leaf.value->def->parent : leaf.value->region, body)) {
          report(where, Diag::StackConfiguration, {i.model ? i.model->name.text : "a model", name})
              .help("give it to the calls instead; the configuration of a stack of models is the same for all");
          return;
        }
    }
    for (const Member &m : i.members) mark(m.value);
    for (const auto &[site, member] : i.sites) mark(Val::of(ValKind::Instance, member));
  };
  mark(v);
}

Val Elaborator::elementOfStack(const Val &given, const std::vector<Item> &items, SourceRange where) {
  std::shared_ptr<Instance> stack = given.instancePointer();
  if (stack->stack.empty()) {
    report(where, Diag::NotStack, {stack->path.empty() ? describe(given) : "`" + stack->path + "`"})
        .help("`nets = for i in 0..5 { net = Net(); ...; yield net }` is a stack of models");
    return Val::error();
  }
  const Dim n = stack->stack[0];
  const Item &item = items[0];
  if (item.kind == ast::ItemKind::Slice && items.size() > 1) {
    report(item.where, Diag::StackSubscript, {"a slice before another subscript"}).help("`nets[i, j]` and `nets[i, a:b]` choose from a stack of stacks");
    return Val::error();
  }
  StackPart part;
  if (item.kind == ast::ItemKind::Slice && item.step.is(ValKind::None) && !item.begin.isTensor() && !item.end.isTensor()) {
    auto bound = [&](const Val &v, const Dim &otherwise) -> std::optional<Dim> {
      if (v.is(ValKind::None)) return otherwise;
      std::optional<Dim> d = dimOf(v, where, "a bound of the slice");
      if (d && d->isConstant() && d->value() < 0) d = n + *d;
      return d;
    };
    std::optional<Dim> from = bound(item.begin, Dim(0)), to = bound(item.end, n);
    if (!from || !to) return Val::error();
    if (from->lowest() < 0 || (n - *to).lowest() < 0 || (*to - *from).lowest() < 0)
      return fail(item.where, Diag::SliceOutside, {from->str() + ":" + to->str(), n.str()});
    part.start = *from, part.count = *to - *from;
  } else if (item.kind == ast::ItemKind::Value && item.value.isNumber() && item.value.integer) {
    Dim at = item.value.whole.isConstant() && item.value.whole.value() < 0 ? n + item.value.whole : item.value.whole;
    if (at.highest() < 0 || (n - at).highest() <= 0) return fail(item.where, Diag::IndexOutside, {item.value.whole.str(), n.str()});
    if (at.isConstant() && n.isConstant()) part.start = at;
    else {
      Val index = Val::tensor(builder_.extent(at));
      checkInside(index, n, item.where);
      part.index = index.value;
    }
  } else if (item.kind == ast::ItemKind::Value && item.value.isTensor() && item.value.type().isScalar() && ir::isInteger(item.value.type().elem)) {
    checkInside(item.value, n, item.where);
    part.index = index64(item.value, item.where);
    if (!part.index) return Val::error();
  } else {
    report(item.where, Diag::StackSubscript, {item.kind == ast::ItemKind::Value ? describe(item.value) : "this subscript"})
        .help("`nets[i]` is one model, `nets[a:b]` a stack of fewer");
    return Val::error();
  }
  Val out = viewOf(stack, part);
  if (items.size() == 1) return out;
  return subscript(out, {items.begin() + 1, items.end()}, where);
}

} // namespace dl::frontend

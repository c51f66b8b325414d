/// `param` and `state`: places, their initial values, and slots of the module.
#include "frontend/build/advice.h"
#include "frontend/build/complete.h"
#include "frontend/build/conversion.h"
#include "frontend/build/turns.h"
#include "ir/clone.h"

namespace dl::frontend {

int64_t hashText(const std::string &text) {
  uint64_t h = 1469598103934665603ull; // FNV-1a
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ull;
  return static_cast<int64_t>(h >> 1);
}

/// A size of a param or state that the command line gives.
static void adviseNumber(Elaborator &e, Diagnostic &d, const ast::Variable &s) {
  d.helps.clear();
  for (const ast::TypeDim &dim : s.type->dims)
    if (auto *name = ast::tryAs<ast::Name>(dim.extent)) noteSizeName(e, d, name->text);
  d.help(std::string("a size of a ") + (s.param ? "param" : "state") + " is known when built: a plain top-level number, `width = 16`, that `dlc -D width=32` changes; an option or argument comes later");
}

/// Of the calls that led here, the outermost of the model that `owner` is a part of.
static SourceRange callOfRoot(Elaborator &e, const Instance &owner) {
  auto rootOf = [](const Instance *i) {
    for (std::shared_ptr<Instance> next = i->owner.lock(); next && next->model; next = i->owner.lock()) i = next.get();
    return i;
  };
  const Instance *root = rootOf(&owner);
  SourceRange call;
  for (const Frame *f = &e.frame(); f; f = f->caller)
    if (f->owner && f->calledAt.valid() && rootOf(f->owner.get()) == root) call = f->calledAt;
  return call;
}

static void noteFirstUse(const Elaborator &e, Diagnostic &d, SourceRange call) {
  if (call.valid() && !e.context().inPrelude(call)) d.note(call, "the first use is here");
}

Val Elaborator::evalVariable(const ast::Variable &s) {
  std::shared_ptr<Instance> part = frame_->owner, instance = part;
  while (instance && instance->base) instance = instance->base; // the whole stack gets it
  const char *word = s.param ? "param" : "state";
  if (!instance || !instance->model) {
    frame_->scope->set(s.name.text, Val::error());
    return fail(s.where, Diag::PlaceOutsideModel, {word, s.name.text});
  }
  std::string name = frame_->group + s.name.text + frame_->turns;
  frame_->scope->set(s.name.text, Val::error()); // what a failure leaves
  std::optional<TypeVal> type;
  if (s.type) {
    const size_t messages = c_.diags.all().size();
    type = evalType(*s.type);
    if (!type) {
      if (c_.diags.all().size() > messages && c_.diags.last().kind == Diag::NotKnown) adviseNumber(*this, c_.diags.last(), s);
      return Val::error();
    }
    for (const Dim &d : type->type.dims)
      if (!d.isConstant() && !checking_) {
        adviseNumber(*this, report(s.type->where, Diag::ShapeNotConstant, {s.name.text, d.str()}), s);
        return Val::error();
      }
  }
  Val place = Val::of(ValKind::Place);
  if (part != instance) syncView(*part);
  if (Member *m = part->find(name); m && m->place >= 0) {
    place.place = placeInTurn(m->place);
    const Place &found = places_[static_cast<size_t>(place.place)];
    const Val now = found.base >= 0 ? placeValue(place.place) : found.initial;
    if (type && now.isTensor() && now.type() != type->type && checking_) {
      undecided_ = true; // two unknown sizes that each use may make equal
      return Val::error();
    }
    if (type && now.isTensor() && now.type() != type->type) {
      Diagnostic &d = report(s.where, Diag::UseDiffers, {instance->path + "." + name, describe(now.type()), describe(type->type)});
      noteFirstUse(*this, d, found.rootUse);
      d.help("a model keeps the shapes of its first use; use two models");
      std::vector<const ast::Expr *> repeats = instance->repeats;
      for (const Roll *roll : frame_->rolls) repeats.push_back(roll->repeat);
      refuseToRoll(repeats);
      return Val::error();
    }
  } else {
    std::vector<Dim> turns = instance->stack;
    for (const Roll *roll : frame_->rolls) turns.push_back(roll->trip);
    if (part != instance && instance->repeats.empty()) {
      report(s.where, Diag::StackIncomplete, {part->path + "." + name}).help("call it before the `yield`, `net(x)`: then its shape is known");
      return Val::error();
    }
    if (s.param && frame_->runtimeDepth > 0) return fail(s.where, Diag::MemberInLoop, {std::string("param ") + s.name.text});
    for (const Member &m : instance->members)
      if (m.place >= 0 && mixesTurns(m.name, name)) return mixedTurns(instance->repeats, instance->path + "." + name, s.where);
    // A copy starts as what it is a copy of: the place is made there.
    std::shared_ptr<Instance> copy = instance;
    while (instance->origin && !instance->find(name)) instance = instance->origin;
    Member *there = instance->find(name);
    Val initial = there && there->place >= 0 ? places_[static_cast<size_t>(there->place)].computed : inSegment(instance->segment, [&] { return initialOfTurns(turns, [&]() -> Val {
      Val v;
      std::vector<int64_t> inPath;
      std::string path = withoutTurns(instance->path + "." + name, inPath);
      size_t rolled = 0;
      for (int64_t turn : inPath) {
        ir::Value *number = turn >= 0 ? builder_.i64(turn) : rolled < initialTurns_.size() ? initialTurns_[rolled++] : builder_.i64(0);
        key_ = emit(ir::OpKind::KeyFold, {key(), number});
      }
      if (s.drawn) {
        Val d = eval(*s.value);
        if (d.isError()) return d;
        std::string site = std::exchange(frame_->site, "");
        key_ = emit(ir::OpKind::KeyFold, {key(), builder_.i64(hashText(path))});
        v = draw(d, s.type.get(), &s, s.where);
        frame_->site = site;
      } else {
        v = eval(*s.value);
      }
      if (v.isError()) return v;
      if (!s.drawn && isDistribution(v) && !v.instance().hasPlaces) {
        const std::string value = c_.inPrelude(s.value->where) ? "..." : sourceText(s.value->where);
        report(s.value->where, Diag::WrongType, {"`" + s.name.text + "`", "a tensor or a number", describe(v)})
            .help("`~` draws from a distribution: `" + std::string(word) + " " + s.name.text + ": " + (s.type ? sourceText(s.type->where) : "f32[...]") + " ~ " + value + "`");
        return Val::error();
      }
      if (type) return fitInitial(v, *type, s.value->where, "`" + s.name.text + "`");
      if (v.isNumber() || v.is(ValKind::Bool) || v.is(ValKind::List) || v.is(ValKind::Range)) v = asTensor(v, s.value->where);
      if (v.is(ValKind::Instance)) v = bundleOf(v.instance(), true);
      return v;
    }); });
    if (initial.isError()) return initial;
    if (!there) {
      if (!checking_ && !computableIn(*instance->segment, initial)) {
        Diagnostic &d = report(s.value->where, Diag::InitialUsesInput, {s.name.text});
        if (initial.isTensor() && !ir::dimValues(initial.type()).empty()) d.fact("its shape is " + describe(initial) + ", a size that is found later");
        return Val::error();
      }
      if (!initial.isTensor() && !initial.is(ValKind::Record) && !initial.is(ValKind::Tuple))
        return fail(s.value->where, Diag::WrongType, {"an initial value", "a tensor or a bundle", describe(initial)});
      place.place = makePlace(*instance, name, s.param, initial, s.where);
      addMember(*instance, {name, place.place, s.param, Val::none()});
    }
    if (copy != instance) complete(*this, *copy);
    if (part != copy) syncView(*part);
    Member *own = part->find(name);
    if (!own) return Val::none();
    place.place = placeInTurn(own->place);
  }
  frame_->scope->set(s.name.text, place);
  return Val::none();
}

Val Elaborator::fitInitial(const Val &v, const TypeVal &type, SourceRange where, const std::string &what) {
  if (v.isTensor() && v.type().isScalar() && !type.type.isScalar() && becomes(*this, v, type.type.elem, where, what))
    return Val::tensor(broadcastTo(tensor(v, where, type.type.elem), type.type.dims));
  return conform(v, type.type, where, what);
}

bool Elaborator::computableIn(const Segment &segment, const Val &v) {
  std::vector<Val> flat;
  leaves(v, flat);
  std::vector<const ir::Value *> work;
  for (const Val &leaf : flat)
    if (leaf.isTensor()) {
      work.push_back(leaf.value);
      for (ir::Value *size : ir::dimValues(leaf.type())) work.push_back(size);
    }
  std::set<const ir::Op *> seen;
  const std::vector<ir::Op *> &home = segment.home->ops;
  auto anchor = segment.after ? std::find(home.begin(), home.end(), segment.after) : home.end();
  while (!work.empty()) {
    const ir::Value *x = work.back();
    work.pop_back();
    const ir::Region *at = x->def ? x->def->parent : x->region;
    if (!at) continue; // what a slot holds at the start
    if (!x->def && at == main_ && segment.fresh && function_->params[x->index].role == ir::ParamRole::Argument) return false;
    if (x->def && insideOf(at, segment.region)) {
      if (!seen.insert(x->def).second) continue;
      for (const ir::Value *operand : x->def->operands) work.push_back(operand);
      for (const ir::Value *used : ir::freeValues(*x->def)) work.push_back(used);
      continue;
    }
    if (at == prologue_) continue; // put in order when the entry is finished
    if (!insideOf(segment.region, at)) return false;
    if (x->def && at == main_ && insideOf(segment.home, prologue_)) return false;
    if (x->def && at == segment.home && std::find(home.begin(), home.end(), x->def) > anchor) return false;
    if (x->def && at == segment.home && !segment.after) return false;
  }
  return true;
}

/// For a copy: the initial value of the same place of what it was copied from.
Val Elaborator::originPlace(const Instance &instance, const std::string &name) {
  if (!instance.origin) return Val::error();
  if (Member *m = instance.origin->find(name); m && m->place >= 0) return places_[static_cast<size_t>(m->place)].initial;
  return originPlace(*instance.origin, name);
}

int Elaborator::makePlace(Instance &owner, const std::string &name, bool param, Val initial, SourceRange where) {
  Segment &segment = *owner.segment;
  Place p;
  p.path = owner.path.empty() ? name : owner.path + "." + name;
  p.param = param, p.where = where, p.home = segment.home, p.slot = owner.slots;
  p.computed = initial;
  p.firstUse = frame_->calledAt.valid() ? frame_->calledAt : where;
  outOfLibrary(p.firstUse);
  p.rootUse = callOfRoot(*this, owner);
  std::shared_ptr<Instance> root = owner.self.lock();
  for (std::shared_ptr<Instance> i = root; i && i->model; i = i->owner.lock()) root = i, p.copied |= i->origin != nullptr;
  p.root = root->path;
  if (owner.slots) {
    if (c_.mayRetry && bundled_.count(owner.root)) c_.retry = true; // an earlier bundle lacks it
    std::vector<Val> flat, values;
    leaves(initial, flat);
    std::vector<std::string> paths;
    leafPaths(initial, p.path, paths);
    for (size_t i = 0; i < flat.size(); ++i) {
      Val t;
      {
        RegionGuard guard(*this, segment.region, nullptr);
        t = asTensor(flat[i], where);
      }
      values.push_back(t.isTensor() ? slotValue(owner, flat.size() == 1 ? name : "", paths[i], param, t.value, where) : Val::error());
    }
    size_t next = 0;
    initial = rebuild(initial, values, next);
  }
  if (param) {
    RegionGuard guard(*this, segment.post, nullptr);
    initial = asLeaf(initial);
  }
  p.value = p.initial = std::move(initial);
  places_.push_back(std::move(p));
  return static_cast<int>(places_.size()) - 1;
}

void Elaborator::leafPaths(const Val &v, const std::string &path, std::vector<std::string> &out) {
  if (v.isTensor() || v.isNumber() || v.is(ValKind::Bool)) return out.push_back(path);
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return;
  const Bundle &b = v.bundle();
  for (size_t i = 0; i < b.items.size(); ++i)
    leafPaths(b.items[i], b.labels.empty() ? path + "[" + std::to_string(i) + "]" : path + "." + b.labels[i], out);
}

Val Elaborator::slotValue(Instance &owner, const std::string &name, const std::string &path, bool param, ir::Value *initial, SourceRange where) {
  Segment &segment = *owner.segment;
  const ir::Type type = initial->type;
  if (const ir::Slot *slot = c_.module.findSlot(path)) {
    if (slot->type != type && checking_) {
      undecided_ = true; // sizes of two bodies, which their uses may make equal
      return Val::error();
    }
    if (slot->type != type) {
      Diagnostic &d = report(where, Diag::UseDiffers, {path, describe(slot->type), describe(type)});
      if (const Context::SlotOrigin *made = c_.findSlot(path)) noteFirstUse(*this, d, made->use);
      d.help("a model keeps the shapes of its first use; use two models");
      return Val::error();
    }
  } else {
    c_.module.slots.push_back({path, type, param ? ir::SlotRole::Param : ir::SlotRole::State});
  }
  ir::Param description;
  description.role = ir::ParamRole::Slot, description.name = path;
  ir::Value *argument = parameter(description, type);
  ir::Value *result = function_->newValue(type);
  segment.arguments.push_back(argument), segment.initials.push_back(initial), segment.results.push_back(result);
  slotResults_.emplace_back(path, result);
  if (!c_.findSlot(path)) {
    Context::SlotOrigin origin{owner.root, path, name, {}, function_, initial, param, callOfRoot(*this, owner)};
    std::vector<std::shared_ptr<Instance>> chain;
    for (std::shared_ptr<Instance> i = owner.self.lock(); i && i->owner.lock(); i = i->owner.lock()) chain.insert(chain.begin(), i);
    for (auto &i : chain) origin.links.push_back({i->name, i->site, i->model, i->stack, i->repeats});
    c_.slots.push_back(std::move(origin));
  }
  return Val::tensor(result);
}

namespace {
/// Copies the computation of a value from another entry, parameters by name.
struct Transplant {
  Elaborator &e;
  const ir::Function &from;
  std::function<ir::Value *(const ir::Param &, const ir::Type &)> parameter;
  ir::ValueMap map;

  ir::Value *operator()(ir::Value *v) {
    auto found = map.values.find(v);
    if (found != map.values.end()) return found->second;
    if (!v->def) {
      for (size_t i = 0; i < from.body->args.size(); ++i)
        if (from.body->args[i] == v) {
          ir::Value *mine = parameter(from.params[i], v->type);
          map.map(v, mine);
          return mine;
        }
      return nullptr;
    }
    for (ir::Value *operand : v->def->operands)
      if (!(*this)(operand)) return nullptr;
    for (ir::Value *used : ir::freeValues(*v->def))
      if (!(*this)(used)) return nullptr;
    for (ir::Value *result : v->def->results)
      for (ir::Value *dim : ir::dimValues(result->type))
        if (dim->def != v->def && !(*this)(dim)) return nullptr;
    ir::cloneOp(*v->def, map, e.ir());
    found = map.values.find(v);
    return found == map.values.end() ? nullptr : found->second;
  }
};
} // namespace

void Elaborator::materialise(Instance &instance) {
  if (!instance.slots) return;
  std::string prefix = instance.path + ".";
  for (size_t n = 0; n < c_.slots.size(); ++n) {
    const Context::SlotOrigin origin = c_.slots[n];
    if (origin.root != instance.root || origin.path.compare(0, prefix.size(), prefix) != 0 || origin.name.empty()) continue;
    if (origin.entry == function_) continue;
    bool have = false;
    for (const Place &p : places_) have |= p.slot && p.path == origin.path;
    if (have) continue;
    // The instances on the way to it.
    std::shared_ptr<Instance> root = instance.self.lock();
    while (root->owner.lock()) root = root->owner.lock();
    std::shared_ptr<Instance> at = root;
    for (const auto &link : origin.links) {
      std::shared_ptr<Instance> next;
      for (auto &[site, member] : at->sites)
        if (site == link.site && member->name == link.name) next = member;
      if (Member *m = at->find(link.name); !next && m && m->value.is(ValKind::Instance)) next = m->value.instancePointer();
      if (!next) {
        next = std::make_shared<Instance>();
        next->self = next, next->model = link.model, next->owner = at, next->name = link.name, next->site = link.site;
        next->path = at->path + "." + link.name, next->slots = true, next->root = at->root, next->segment = at->segment;
        next->hasParams = c_.hasPlaces(*link.model, false), next->hasPlaces = true;
        next->stack = link.stack, next->repeats = link.repeats;
        next->scope = std::make_shared<Scope>();
        next->scope->parent = fileScope(c_.unitAt(link.model->where));
        at->sites.emplace_back(link.site, next);
        addMember(*at, {link.name, -1, false, Val::of(ValKind::Instance, next)});
      }
      at = next;
    }
    if (at->find(origin.name)) continue;
    ir::Value *initial = nullptr;
    {
      RegionGuard guard(*this, at->segment->region, nullptr);
      Transplant copy{*this, *origin.entry, [&](const ir::Param &p, const ir::Type &t) { return parameter(p, t); }, {}};
      initial = copy(origin.initial);
    }
    if (!initial) continue;
    int place = makePlace(*at, origin.name, origin.param, Val::tensor(initial), {});
    places_[static_cast<size_t>(place)].rootUse = origin.use;
    addMember(*at, {origin.name, place, origin.param, Val::none()});
  }
}

} // namespace dl::frontend

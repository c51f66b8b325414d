/// Instances: who owns them, what they are called, and their calls.
#include "frontend/build/advice.h"
#include "frontend/build/complete.h"
#include "frontend/build/turns.h"
#include "frontend/build/unknown_names.h"
#include <algorithm>

namespace dl::frontend {

std::shared_ptr<Segment> Elaborator::newSegment() {
  auto s = std::make_shared<Segment>();
  s->home = builder_.region();
  s->after = s->home->ops.empty() ? nullptr : s->home->ops.back();
  s->region = newRegion({}), s->post = newRegion({});
  s->key = key_;
  segments_.push_back(s);
  return s;
}

std::shared_ptr<Instance> Elaborator::newOwner(const std::string &path) {
  auto owner = std::make_shared<Instance>();
  owner->self = owner, owner->path = path, owner->segment = newSegment();
  return owner;
}

Val Elaborator::inSegment(const std::shared_ptr<Segment> &segment, const std::function<Val()> &f) {
  RegionGuard guard(*this, segment->region, segment->key);
  bool old = std::exchange(initialising_, true);
  Val out = f();
  initialising_ = old;
  return out;
}

static bool isPlain(const std::vector<std::string> &naming) { return naming.size() == 1 && !naming[0].empty() && naming[0] != "_"; }

/// The member of a copy's original that corresponds to a member the copy is getting; it is made there, too.
static std::shared_ptr<Instance> twinIn(Elaborator &e, const std::shared_ptr<Instance> &owner, const Instance &like) {
  for (auto &[key, member] : owner->sites)
    if (key == like.site) return member;
  auto twin = std::make_shared<Instance>();
  twin->self = twin, twin->model = like.model, twin->hasParams = like.hasParams, twin->hasPlaces = like.hasPlaces, twin->name = like.name, twin->site = like.site;
  twin->scope = std::make_shared<Scope>(*like.scope);
  twin->owner = owner, twin->path = owner->path.empty() ? like.name : owner->path + "." + like.name;
  twin->slots = owner->slots, twin->root = owner->root, twin->segment = owner->segment;
  twin->stack = like.stack, twin->repeats = like.repeats;
  owner->sites.emplace_back(like.site, twin);
  e.addMember(*owner, {like.name, -1, false, Val::of(ValKind::Instance, twin)});
  if (owner->origin) twin->origin = twinIn(e, owner->origin, like);
  return twin;
}

/// Whether a model given by its name, as in `stacked(lstm, 64)`, makes params (or, with `states`, params or states).
static bool givesPlaces(Context &c, const Scope &configuration, bool states) {
  return std::any_of(configuration.names.begin(), configuration.names.end(), [&](const auto &entry) {
    return entry.second.is(ValKind::Model) && c.hasPlaces(*entry.second.model().decl, states);
  });
}

/// `dropout(x, 0.5)`: an input stands where the configuration does.
static void adviseConfiguration(Elaborator &e, const ast::Model &model, const std::vector<Arg> &args, size_t messages) {
  auto isTensor = [](const ast::Param &p) { return p.type && !p.type->dims.empty(); };
  const std::vector<ast::Param> &first = model.configuration, &second = model.inputs;
  if (std::any_of(first.begin(), first.end(), isTensor) && !second.empty() && std::none_of(second.begin(), second.end(), isTensor)) {
    e.context().diags.last().help("the first list of a model is its configuration, the second its input: are they swapped? `model Net(h: int)(x: f32[b, d])`")
        .note(model.where, "`" + model.name.text + "` is declared here");
    return;
  }
  if (!model.hasInputs && std::any_of(first.begin(), first.end(), isTensor)) {
    e.context().diags.last().help("a model has two lists, configuration and input: `model " + model.name.text + "()(" + e.sourceText(first[0].where) + (first.size() > 1 ? ", ..." : "") + ")`");
    return;
  }
  // `dense(2, 3)`: the input's size where a switch stands.
  if (args.size() >= 2 && first.size() >= 2 && args[0].name.empty() && args[1].name.empty() && args[0].value.isNumber() && args[1].value.isNumber() && first[1].type &&
      first[1].type->name.text == "bool" && e.context().diags.last().where == args[1].where) {
    e.context().diags.last().help("the size of the input is found from the input: `" + model.name.text + "(" + e.sourceText(args[1].where) + ")(x)`");
    return;
  }
  auto input = std::find_if(args.begin(), args.end(), [](const Arg &a) { return a.name.empty() && a.value.isTensor() && !a.value.type().isScalar(); });
  if (!model.hasInputs || input == args.end()) return;
  std::string rest;
  for (const Arg &a : args)
    if (&a != &*input) rest += (rest.empty() ? "" : ", ") + (a.name.empty() ? "" : a.name + ": ") + e.sourceText(a.where);
  size_t position = static_cast<size_t>(std::count_if(args.begin(), args.end(), [](const Arg &a) { return a.name.empty(); })) - 1;
  for (const ast::Param &p : first) {
    if (position > 0) {
      --position;
      continue;
    }
    const bool given = std::any_of(args.begin(), args.end(), [&](const Arg &a) { return a.name == p.name.text; });
    if (!given && !p.initial) rest += (rest.empty() ? "" : ", ") + p.name.text + ": ...";
  }
  e.context().diags.truncate(messages + 1); // one mistake
  Diagnostic &d = e.context().diags.last();
  d.helps.clear(); // they speak of the parameter that it fell to
  d.help("a model is configured first, then called: `" + model.name.text + "(" + rest + ")(" + e.sourceText(input->where) + ")`");
}

Val Elaborator::configure(const Val &given, std::vector<Arg> args, const CallSite &site) {
  const ModelObject &object = given.model();
  const ast::Model &model = *object.decl;
  std::vector<std::string> naming = std::move(naming_);
  naming_.clear();
  const std::string &kind = model.name.text;
  // The configuration.
  auto scope = std::make_shared<Scope>();
  scope->parent = object.scope;
  bool training = frame_->training;
  Frame binding;
  binding.name = kind, binding.calledAt = site.where, binding.scope = scope, binding.training = training;
  binding.site = frame_->site + "/" + siteName(site.node, kind) + frame_->turns;
  bool bound = false;
  const size_t messages = c_.diags.all().size();
  inFrame(binding, [&]() -> Val {
    bound = bindParameters(model.configuration, args, site, kind, scope);
    return Val::none();
  });
  if (!bound) {
    if (c_.diags.all().size() > messages) adviseConfiguration(*this, model, args, messages);
    return Val::error();
  }
  bool places = c_.hasPlaces(model, true) || givesPlaces(c_, *scope, true), params = c_.hasPlaces(model, false) || givesPlaces(c_, *scope, false);
  if (!places) { // a plain value
    auto instance = std::make_shared<Instance>();
    instance->self = instance, instance->model = &model, instance->scope = scope;
    return finishInstance(instance, site);
  }
  std::string number = siteName(site.node, kind);
  std::shared_ptr<Instance> owner = frame_->owner, part = owner;
  while (owner && owner->base) owner = owner->base; // the whole stack gets it
  if (part != owner) syncView(*part);
  if (!owner && !frame_->makesNew) {
    report(site.where, Diag::FnMakesModel, {kind})
        .help(frame_->name == "->" ? "a model makes one for each use: `model Part()(x) { x |> " + kind + "(...) }`; bound before, `f = " + kind + "(...)`, all uses share it" : "write a model: `model " + frame_->name + "(...)(...) { ... }`");
    return Val::error();
  }
  std::string siteKey = frame_->group + number + frame_->turns;
  std::string name = isPlain(naming) ? naming[0] : number;
  name = frame_->group + name + frame_->turns;
  if (owner) {
    if (params && frame_->runtimeDepth > 0) {
      report(site.where, Diag::MemberInLoop, {kind}).help("make it before the loop, or use `repeat`, which makes one for each turn");
      return Val::error();
    }
    for (auto &[key, member] : part->sites)
      if (key == siteKey) { // the same one whenever this place is reached; plain configuration anew
        for (std::shared_ptr<Instance> at = member; at; at = at->base)
          for (auto &[label, v] : scope->names)
            if (!v.is(ValKind::Instance)) at->scope->set(label, v);
        return inTurn(member, site.where);
      }
    if (part != owner && owner->repeats.empty()) {
      report(site.where, Diag::StackIncomplete, {part->path + "." + name}).help("call it before the `yield`, `net(x)`: then its shape is known");
      return Val::error();
    }
  } else if (params && !isPlain(naming) && frame_->turns.empty()) {
    Diagnostic &d = report(site.where, Diag::UnboundInstance, {kind});
    d.help("bind it: `net = " + kind + "(...)`");
    if (frame_->makesSlots) d.help("layers are joined inside a model: `model Net()(x: f32[b, d]) { x |> dense(16) |> relu |> dense(3) }`");
    return Val::error();
  }
  for (size_t i = 0; owner && i < owner->sites.size(); ++i)
    if (auto &[key, member] = owner->sites[i]; mixesTurns(key, siteKey)) return mixedTurns(member->repeats, member->path, site.where);
  auto instance = std::make_shared<Instance>();
  instance->self = instance, instance->model = &model, instance->scope = scope, instance->hasParams = params, instance->hasPlaces = places;
  instance->name = name, instance->site = siteKey;
  if (owner) {
    instance->owner = owner;
    instance->path = owner->path.empty() ? name : owner->path + "." + name;
    instance->slots = owner->slots, instance->root = owner->root, instance->segment = owner->segment;
    instance->stack = owner->stack, instance->repeats = owner->repeats;
    for (const Roll *roll : frame_->rolls) instance->stack.push_back(roll->trip), instance->repeats.push_back(roll->repeat);
    owner->sites.emplace_back(siteKey, instance);
    addMember(*owner, {name, -1, false, Val::of(ValKind::Instance, instance)});
    if (owner->origin) instance->origin = twinIn(*this, owner->origin, *instance);
  } else {
    instance->path = name, instance->slots = frame_->makesSlots && frame_->runtimeDepth == 0, instance->root = instance->slots ? name : "";
    instance->segment = newSegment();
    if (instance->slots) {
      ir::Param fresh;
      fresh.role = ir::ParamRole::Fresh, fresh.name = name;
      instance->segment->fresh = parameter(fresh, ir::Type(ir::Elem::Bool));
    }
    if (instance->segment->key && !instance->slots) {
      RegionGuard guard(*this, instance->segment->region, nullptr);
      instance->segment->key = emit(ir::OpKind::KeyFold, {key_, builder_.i64(hashText(frame_->site + "/" + siteKey))});
    }
  }
  // Instances given as configuration become members.
  for (auto &[label, v] : scope->names)
    if (v.is(ValKind::Instance) && v.instance().hasPlaces && !v.instance().owner.lock())
      adopt(v.instancePointer(), instance, label);
  Val made = finishInstance(instance, site);
  if (instance->stack.empty() || made.isError()) return made;
  if (part == owner) return inTurn(instance, site.where);
  syncView(*part);
  for (auto &[key, member] : part->sites)
    if (key == siteKey) return inTurn(member, site.where);
  return Val::error();
}

/// A `repeat` that is rolled with some numbers of turns only.
Val Elaborator::mixedTurns(std::vector<const ast::Expr *> repeats, const std::string &path, SourceRange where) {
  for (const Roll *roll : frame_->rolls) repeats.push_back(roll->repeat);
  refuseToRoll(repeats);
  return fail(where, Diag::LoopTypeChanges, {path, "of one turn", "of all turns"});
}

/// What a member made in rolled `repeat`s is in the turn that is being built.
Val Elaborator::inTurn(std::shared_ptr<Instance> member, SourceRange where) {
  for (const auto &[label, v] : member->scope->names) {
    std::vector<Val> given; // all turns have one configuration, known outside
    if (!v.is(ValKind::Instance) && !rolls_.empty() && !member->repeats.empty()) leaves(v, given);
    for (const Val &leaf : given)
      for (const Roll *roll : rolls_)
        if (leaf.isTensor() && insideOf(leaf.value->def ? leaf.value->def->parent : leaf.value->region, roll->body))
          return fail(where, Diag::StackConfiguration, {member->model->name.text, label});
  }
  for (const Roll *roll : frame_->rolls) {
    StackPart turn;
    turn.index = roll->index;
    member = viewOf(member, turn).instancePointer();
  }
  return Val::of(ValKind::Instance, member);
}

void Elaborator::addMember(Instance &owner, Member member) {
  if (Member *old = owner.find(member.name)) { // two of one name: "head", then "head'"
    (void)old;
    member.name += "'";
    return addMember(owner, std::move(member));
  }
  owner.members.push_back(std::move(member));
}

/// Moves an instance and what it holds: its paths, and where its initial values are computed. Places that become slots
/// start as what they are now.
void Elaborator::settle(Instance &i, const std::string &path, bool slots, const std::string &root, const std::shared_ptr<Segment> &segment) {
  i.path = path, i.slots = slots, i.root = root, i.segment = segment;
  for (Member &m : i.members) {
    std::string inner = path + "." + m.name;
    if (m.place < 0) {
      settleParts(m.value, inner, i);
      continue;
    }
    Place old = places_[static_cast<size_t>(m.place)];
    if (!slots) {
      places_[static_cast<size_t>(m.place)].path = inner;
      continue;
    }
    int slot = makePlace(i, m.name, m.param, old.value, old.where);
    for (auto &[name, v] : i.scope->names)
      if (v.is(ValKind::Place) && v.place == m.place) v.place = slot;
    m.place = slot;
  }
}

/// The same for what a member is: an instance, or a tuple of them from `repeat`.
void Elaborator::settleParts(const Val &part, const std::string &path, Instance &owner) {
  if (part.is(ValKind::Instance)) return settle(part.instance(), path, owner.slots, owner.root, owner.segment);
  if (!part.is(ValKind::Tuple)) return;
  for (const Val &item : part.bundle().items)
    if (item.is(ValKind::Instance)) {
      Instance &each = item.instance(); // "layers[3]" by its name
      settle(each, owner.path + "." + each.name, owner.slots, owner.root, owner.segment);
    }
}

/// A copy that is bound at the top level is a top-level instance of its own: saved and loaded under its name, in a tuple
/// under `name[0]`, in a record under `name.label`.
Val Elaborator::settleAtTop(const Val &v, const std::string &name) {
  if (frame_->makesSlots && (v.is(ValKind::Tuple) || v.is(ValKind::List) || v.is(ValKind::Record)))
    for (size_t i = 0; i < v.bundle().items.size(); ++i)
      settleAtTop(v.bundle().items[i], v.is(ValKind::Record) ? name + "." + v.bundle().labels[i] : name + "[" + std::to_string(i) + "]");
  if (!frame_->makesSlots || frame_->runtimeDepth > 0 || !v.is(ValKind::Instance) || v.instance().slots || !v.instance().model) return v;
  if (v.instance().owner.lock() || !v.instance().hasPlaces) return v;
  std::shared_ptr<Segment> segment = newSegment();
  ir::Param fresh;
  fresh.role = ir::ParamRole::Fresh, fresh.name = name;
  segment->fresh = parameter(fresh, ir::Type(ir::Elem::Bool));
  v.instance().name = name;
  settle(v.instance(), name, true, name, segment);
  return v;
}

void Elaborator::adopt(const std::shared_ptr<Instance> &part, const std::shared_ptr<Instance> &owner, const std::string &name) {
  part->owner = owner, part->name = name;
  settle(*part, owner->path + "." + name, owner->slots, owner->root, owner->segment);
  addMember(*owner, {name, -1, false, Val::of(ValKind::Instance, part)});
}

/// Runs the top level of a model with members.
Val Elaborator::finishInstance(const std::shared_ptr<Instance> &instance, const CallSite &site) {
  const ast::Model &model = *instance->model;
  Val out = Val::of(ValKind::Instance, instance);
  if (model.hasInputs) return out;
  Frame frame;
  frame.name = model.name.text, frame.calledAt = site.where, frame.scope = instance->scope, frame.training = frame_->training;
  frame.facts = &c_.facts(model.body);
  instance->scope->facts = frame.facts;
  frame.owner = instance, frame.site = frame_->site + "/" + siteName(site.node, model.name.text) + frame_->turns;
  size_t errors = c_.diags.errorCount();
  inFrame(frame, [&] { return runStatements(model.body.statements); });
  return c_.diags.errorCount() > errors ? Val::error() : out;
}

Val Elaborator::applyInstance(const Val &given, std::vector<Arg> args, const CallSite &site) {
  std::shared_ptr<Instance> instance = given.instancePointer();
  const ast::Model *model = instance->model;
  if (!instance->stack.empty()) {
    report(site.callee, Diag::StackCalled, {model ? model->name.text : "it", instance->stack[0].str()})
        .help("call one of them, `nets[i](x)`, or all: `for net in nets { yield net(x) }`");
    return Val::error();
  }
  if (!model || !model->hasInputs) {
    Diagnostic &d = report(site.callee, Diag::ModelWithMembers, {model ? model->name.text : "it"});
    if (model && !adviseFunction(*this, d, site.callee))
      for (const ast::StmtPtr &s : model->body.statements)
        if (auto *fn = ast::tryAs<ast::FnStmt>(s)) d.help("call a member: `." + fn->fn.name.text + "(...)`");
    if (model && d.helps.empty()) d.help("what is called has two lists, configuration and input: `model " + model->name.text + "()(x: f32[b, n])`");
    return Val::error();
  }
  if (model->name.text == "dense" && unitOf(*instance->scope).isPrelude() && !args.empty()) {
    Val x = read(args[0].value);
    if (x.isTensor() && x.type().dims.size() == 4) {
      const std::vector<Dim> &d = x.type().dims;
      Diagnostic &report_ = report(site.where, Diag::DenseOnImage, {describe(x)});
      report_.fact("its weights would be " + std::string(ir::name(x.type().elem)) + str({d[3], instance->scope->own("out")->whole}));
      report_.help("insert `|> flatten` before `dense` to use all " + (d[1] * d[2] * d[3]).str() + " features");
      return Val::error();
    }
  }
  Frame frame;
  frame.name = model->name.text, frame.calledAt = site.where, frame.training = frame_->training;
  frame.scope = std::make_shared<Scope>();
  frame.scope->parent = instance->scope;
  frame.facts = &c_.facts(model->body), frame.scope->facts = frame.facts;
  frame.owner = instance;
  frame.site = frame_->site + "/" + siteName(site.node, model->name.text) + frame_->turns;
  if (!setTraining(frame, args, &model->inputs, site.where)) return Val::error();
  return inCall(model->name.text, site.where, model->where, instance, [&] { return inFrame(frame, [&]() -> Val {
    if (!bindParameters(model->inputs, std::move(args), site, model->name.text, frame_->scope)) return Val::error();
    auto signature = std::make_shared<Scope>(*frame_->scope); // the body may bind the names of sizes anew
    Val out = read(runStatements(model->body.statements));
    frame_->scope = signature;
    if (model->result) out = annotate(out, *model->result, model->result->where, "the result of `" + model->name.text + "`", true);
    return instance->output = out;
  }); });
}

/// `net.block.output`: what its latest call gave, where that is still there.
static Val outputOf(Elaborator &e, const Instance &instance, SourceRange where) {
  std::vector<Val> flat;
  e.leaves(instance.output, flat);
  bool here = !instance.output.isError();
  for (const Val &leaf : flat)
    here &= !leaf.isTensor() || e.insideOf(e.ir().region(), leaf.value->def ? leaf.value->def->parent : leaf.value->region);
  if (here) return instance.output;
  Diagnostic &d = e.report(where, Diag::NoOutput, {instance.path});
  bool part = false; // of a stack
  for (const Instance *at = &instance; at; at = at->owner.lock().get()) part |= at->base != nullptr;
  if (part) d.help("`nets[i]` is taken anew each time; the name of a loop stays one of them: `for net in nets { net(x); ... net.output ... }`");
  else if (!instance.output.isError()) d.help("its latest call stands in a branch or loop that has ended: read `.output` there, or call it here again");
  else d.help("call it before, in the same body");
  return Val::error();
}

Val Elaborator::instanceMember(Instance &instance, const std::string &name, SourceRange where) {
  if (Val *v = instance.scope ? instance.scope->own(name) : nullptr) return *v;
  auto search = [&]() -> std::optional<Val> {
    std::vector<std::pair<std::string, Val>> members;
    for (const Member &m : instance.members) {
      Val v = m.place < 0 ? m.value : Val::of(ValKind::Place);
      v.place = m.place;
      if (m.name == name) return v;
      members.emplace_back(m.name, v);
    }
    return valueOfTurns(members, name);
  };
  if (auto found = search()) return *found;
  complete(*this, instance);
  if (auto found = search()) return *found;
  if (name == "output" && instance.model && instance.model->hasInputs) return outputOf(*this, instance, where);
  std::vector<std::string> names;
  for (const Member &m : instance.members) names.push_back(m.name);
  if (instance.scope)
    for (auto &entry : instance.scope->names) names.push_back(entry.first);
  if (instance.slots && c_.mayRetry) c_.retry = true; // another entry may show what it holds
  const bool shown = instance.applied || std::any_of(c_.slots.begin(), c_.slots.end(), [&](const Context::SlotOrigin &s) { return s.root == instance.root; });
  const bool byCalls = instance.slots && instance.model && instance.model->hasInputs;
  if (byCalls && !shown && !c_.mayRetry && c_.diags.hasErrors()) return Val::error(); // which would have, but is wrong itself
  std::string kind = instance.model ? "the model `" + instance.model->name.text + "`" : "it";
  Diagnostic &d = report(where, Diag::UnknownMember, {kind, name});
  if (auto near = nearest(name, names)) d.meant(*near);
  else if (auto foreign = foreignName(name)) d.help(*foreign);
  else if (instance.model && instance.model->hasInputs && !instance.applied)
    d.help("nothing has called it before: the first call makes its members");
  else if (!names.empty()) {
    std::string all;
    for (const std::string &n : names)
      if (n.find(' ') == std::string::npos && n != "...") all += (all.empty() ? "" : ", ") + n;
    d.help("it has " + all);
  }
  return Val::error();
}

} // namespace dl::frontend

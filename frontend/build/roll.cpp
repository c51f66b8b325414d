/// `repeat` as a run-time loop. What its body makes becomes stacks, one part for each turn; the body is built once, over
/// the parts of the turn at hand, which the loop scans and, where they change, stacks again. A `repeat` whose turns turn
/// out to differ is noted as refused, and the module is built again with that one unrolled.
#include "frontend/build/complete.h"
#include "frontend/build/turns.h"
#include <unordered_set>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// So few turns that make nothing and walk no stack are written out: their bodies are small, and fuse.
constexpr int64_t kFewTurns = 16;

void Elaborator::refuseToRoll(const std::vector<const ast::Expr *> &repeats) {
  for (size_t i = repeats.size(); i-- > 0;)
    if (c_.rolling->refused.insert(c_.placeOf(*repeats[i])).second) return;
}

/// True if the body computes floats from the number of the turn alone: written out they are known when built, and not rounded.
static bool roundsTurns(const ir::Region &body) {
  std::unordered_set<const ir::Value *> ofTurn = {body.args[0]}, constant;
  bool rounds = false;
  ir::walk(body, [&](const ir::Op *op) {
    bool any = false, alone = op->regions.empty();
    for (const ir::Value *v : op->operands) {
      bool turn = ofTurn.count(v);
      any |= turn, alone &= turn || constant.count(v) || (v->def && v->def->kind == OpKind::Const);
    }
    if (!any && alone && !op->operands.empty()) constant.insert(op->results.begin(), op->results.end());
    if (!any || !alone) return;
    for (const ir::Value *v : op->results) ofTurn.insert(v);
    ir::Family family = ir::info(op->kind).family;
    bool computes = family == ir::Family::Elementwise && op->kind != OpKind::Convert;
    rounds |= computes && ir::isFloat(op->result()->type.elem);
  });
  return rounds;
}

std::optional<Val> Elaborator::rollRepeat(const ast::Repeat &e, const Val &over, const std::vector<std::string> &naming) {
  if (checking_ || initialising_ || !c_.rolling || !c_.rolling->allowed || c_.rolling->refused.count(c_.placeOf(e))) return std::nullopt;
  bool walks = over.is(ValKind::Instance), numbers = over.is(ValKind::Range);
  if (walks || numbers ? !e.pattern : e.pattern || !over.isConstantInt()) return std::nullopt;
  Roll roll;
  roll.repeat = &e, roll.trip = walks ? over.instance().stack[0] : numbers ? over.bundle().items[1].whole - over.bundle().items[0].whole : over.whole;
  if (!roll.trip.isConstant() || roll.trip.value() < 2) return std::nullopt;
  bool makes = c_.placesOf(e.body, unit()).second;
  if (makes && !frame_->owner) return std::nullopt; // new instances each turn
  if (!makes && !walks && roll.trip.value() <= kFewTurns) return std::nullopt;
  std::optional<RangeTurns> range;
  if (numbers && !(range = rangeTurns(over, e.over->where))) return std::nullopt;
  LoopSpec spec;
  spec.where = e.where, spec.trip = roll.trip, spec.roll = &roll;
  spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &) {
    yieldNaming_ = naming;
    ScopeGuard guard(*this);
    StackPart part;
    part.index = index;
    if (walks) bindFresh(*e.pattern, viewOf(over.instancePointer(), part), e.pattern->where);
    if (numbers) bindFresh(*e.pattern, rangeItem(*range, index), e.pattern->where);
    ScopeGuard inner(*this);
    runStatements(e.body.statements);
  };
  std::string turns = frame_->turns;
  frame_->turns += "[*]";
  frame_->rolls.push_back(&roll);
  size_t errors = c_.diags.errorCount(), refused = c_.rolling->refused.size();
  Val out = loop(spec);
  frame_->rolls.pop_back();
  frame_->turns = turns;
  c_.rolling->used = true;
  bool differs = c_.diags.errorCount() > errors || (numbers && roundsTurns(*roll.body));
  if (differs && c_.rolling->refused.size() == refused) refuseToRoll({&e});
  return out;
}

/// The place that stands for the part of `place` that a turn works on.
int Elaborator::addPart(Roll &roll, int place, Val value) {
  const Place &whole = places_[static_cast<size_t>(place)];
  Place p;
  p.param = whole.param, p.where = whole.where, p.path = pathOfPart(whole.path, "i");
  p.value = p.initial = p.param ? asLeaf(value) : std::move(value);
  p.home = roll.body, p.turnOf = place;
  roll.parts.emplace_back(place, static_cast<int>(places_.size()));
  places_.push_back(std::move(p));
  return roll.parts.back().second;
}

int Elaborator::partOfPlace(int place, const StackPart &part) {
  for (size_t i = rolls_.size(); part.index && i-- > 0;) {
    Roll &roll = *rolls_[i];
    if (roll.index != part.index) continue;
    for (auto &[whole, mine] : roll.parts)
      if (whole == place) return mine;
    // The loop will scan it, once it is known to: until then only its type counts.
    std::vector<std::pair<Roll *, size_t>> before; // this is no reading of the whole
    for (Roll *around : rolls_) before.emplace_back(around, around->wholes.size());
    Val whole = placeValue(place);
    for (auto &[around, count] : before) around->wholes.resize(count);
    std::vector<Val> slices;
    leaves(whole, slices);
    for (Val &v : slices) {
      if (v.type().dims[0] != roll.trip) report(builder_.where, Diag::LoopTypeChanges, {places_[static_cast<size_t>(place)].path, v.type().dims[0].str(), roll.trip.str()});
      v = Val::tensor(function_->newValue(ir::Type(v.type().elem, {v.type().dims.begin() + 1, v.type().dims.end()})));
      v.value->region = roll.body;
    }
    size_t next = 0;
    return addPart(roll, place, rebuild(whole, slices, next));
  }
  const Place &whole = places_[static_cast<size_t>(place)];
  std::string number = part.index ? "i" : part.count ? part.start.str() + ":" + (part.start + *part.count).str() : part.start.str();
  Place p;
  p.param = whole.param, p.where = whole.where, p.path = pathOfPart(whole.path, number);
  p.home = builder_.region(), p.base = place, p.part = part;
  places_.push_back(std::move(p));
  int made = static_cast<int>(places_.size()) - 1;
  if (!initialising_) placeValue(made);
  return made;
}

/// The turn that is about to be built in `body`, which scans the given places.
void Elaborator::enterTurn(Roll &roll, ir::Region *body, const std::vector<int> &scanned, const std::vector<Val> &stacked, size_t firstArg) {
  roll.index = body->args[0], roll.body = body;
  roll.parts.clear(), roll.wholes.clear();
  rolls_.push_back(&roll);
  for (size_t i = 0; i < scanned.size(); ++i) {
    std::vector<Val> values;
    leaves(stacked[i], values);
    for (Val &v : values) v = Val::tensor(body->args[firstArg++]);
    size_t next = 0;
    addPart(roll, scanned[i], rebuild(stacked[i], values, next));
  }
}

int Elaborator::placeInTurn(int place) {
  for (const Roll *roll : frame_->rolls) {
    StackPart part;
    part.index = roll->index;
    place = partOfPlace(place, part);
  }
  return place;
}

/// f in loops over all turns, stacked.
Val Elaborator::initialOfTurns(const std::vector<Dim> &turns, const std::function<Val()> &f, size_t depth) {
  if (depth == turns.size()) return f();
  ir::Region *body = newRegion({ir::Type(Elem::I64)});
  Val one;
  std::vector<Val> flat;
  {
    RegionGuard guard(*this, body, nullptr);
    initialTurns_.push_back(body->args[0]);
    one = initialOfTurns(turns, f, depth + 1);
    initialTurns_.pop_back();
    if (one.isError()) return one;
    leaves(one, flat);
    std::vector<ir::Value *> values;
    for (const Val &leaf : flat) values.push_back(tensor(leaf, builder_.where));
    for (ir::Value *v : values)
      if (!v) return Val::error();
    builder_.yield(values);
  }
  ir::ForAttr attr;
  attr.tripIsDim = true, attr.trip = turns[depth];
  ir::Op *op = emitOp(OpKind::For, {}, attr, {body});
  if (!op) return Val::error();
  for (size_t i = 0; i < flat.size(); ++i) flat[i] = Val::tensor(op->result(i));
  size_t next = 0;
  return rebuild(one, flat, next);
}

std::optional<Val> Elaborator::initialPart(int place, size_t &depth) {
  const Place &p = places_[static_cast<size_t>(place)];
  int whole = p.base >= 0 ? p.base : p.turnOf;
  if (whole < 0) {
    depth = 0;
    return p.computed;
  }
  StackPart part = p.part;
  std::optional<Val> stacked = initialPart(whole, depth);
  if (!stacked || stacked->isError() || part.count || depth >= initialTurns_.size()) return std::nullopt;
  part.index = initialTurns_[depth++];
  return partOf(*stacked, part);
}

Val Elaborator::tupleOfTurns(const Val &stack) {
  std::vector<Val> items;
  const Dim n = stack.instance().stack[0];
  for (int64_t i = 0; i < n.lowest(); ++i) {
    StackPart part;
    part.start = Dim(i);
    items.push_back(viewOf(stack.instancePointer(), part));
  }
  return Val::tuple(std::move(items));
}

} // namespace dl::frontend

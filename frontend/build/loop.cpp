/// Run-time branches and loops over regions: the body is built in scratch regions until what it changes, and with
/// which types, is settled; the last building is the real one.
#include "frontend/build/conversion.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

ir::Region *Elaborator::newRegion(const std::vector<ir::Type> &args) {
  ir::Region *region = builder_.newRegion(args);
  regionParents_[region] = builder_.region();
  return region;
}

/// A list beside a tensor is one, in the same place of two bundles too.
static Val listsBesideTensors(Elaborator &e, const Val &v, const Val &other, SourceRange where) {
  if (v.is(ValKind::List) && other.isTensor() && !other.weak && !unspelled(e, v, other.type().elem)) return e.asTensor(v, where, other.type().elem);
  if ((!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) || v.kind != other.kind || v.bundle().labels != other.bundle().labels) return v;
  std::vector<Val> items = v.bundle().items;
  const std::vector<Val> &others = other.bundle().items;
  for (size_t i = 0; i < items.size() && i < others.size(); ++i) items[i] = listsBesideTensors(e, items[i], others[i], where);
  return v.is(ValKind::Record) ? Val::record(v.bundle().labels, std::move(items)) : Val::tuple(std::move(items));
}

Val Elaborator::branch(ir::Value *condition, SourceRange where, const std::function<Val()> &then, const std::function<Val()> &otherwise) {
  if (!condition) return Val::error();
  Snapshot before = snapshot();
  std::vector<Val> *yields = std::exchange(frame_->yields, nullptr);
  ++frame_->runtimeDepth, ++frame_->branches;
  struct Side {
    ir::Region *region;
    Val value;
    std::vector<Changed> changed;
    std::vector<Val> values;
    Snapshot end; ///< a model's leaves lie in places: they are read as they are at the end of the side
  } sides[2];
  size_t errors = c_.diags.errorCount();
  for (int i = 0; i < 2; ++i) {
    Side &side = sides[i];
    side.region = newRegion({});
    {
      RegionGuard guard(*this, side.region, nullptr);
      side.value = read(i == 0 ? then() : otherwise());
    }
    side.changed = changes(before, side.region);
    for (const Changed &c : side.changed) side.values.push_back(valueOf(c));
    side.end = snapshot();
    if (i == 1 || c_.diags.errorCount() == errors) restore(before);
  }
  --frame_->runtimeDepth, --frame_->branches;
  frame_->yields = yields;
  restore(before);
  if (c_.diags.errorCount() != errors) return Val::error();
  std::vector<Changed> changed = sides[0].changed;
  for (const Changed &c : sides[1].changed)
    if (std::find(changed.begin(), changed.end(), c) == changed.end()) changed.push_back(c);
  // Pairs of values to merge: the value of the branch first.
  struct Pair {
    Val sides[2];
    std::vector<Val> leaves[2];
  };
  std::vector<Pair> pairs;
  // Nobody may want it: that the sides have nothing in common is said to whom it may concern.
  Val noValue = Val::none();
  for (const Side &side : sides)
    if (side.value.is(ValKind::None) && side.value.object) noValue = side.value;
  auto disagree = [&](const Val &a, const Val &b) {
    noValue.object = std::make_shared<NoValue>(Diag::BranchesDiffer, where, std::vector<std::string>{"the value", describe(a), describe(b)});
  };
  auto alignLists = [&](Val *values) {
    for (int i = 0; i < 2; ++i) {
      RegionGuard guard(*this, sides[i].region, nullptr);
      values[i] = listsBesideTensors(*this, values[i], values[1 - i], where);
    }
  };
  bool hasValue = !sides[0].value.is(ValKind::None) && !sides[1].value.is(ValKind::None);
  if (hasValue) {
    Pair p{{sides[0].value, sides[1].value}, {}};
    alignLists(p.sides);
    hasValue = sameShape(p.sides[0], p.sides[1]);
    if (hasValue) pairs.push_back(std::move(p));
    else disagree(sides[0].value, sides[1].value);
  } else if (!noValue.object && sides[0].value.kind != sides[1].value.kind) {
    disagree(sides[0].value, sides[1].value);
  }
  for (const Changed &c : changed) {
    Pair p;
    for (int i = 0; i < 2; ++i) {
      auto found = std::find(sides[i].changed.begin(), sides[i].changed.end(), c);
      p.sides[i] = found == sides[i].changed.end() ? valueIn(before, c) : sides[i].values[static_cast<size_t>(found - sides[i].changed.begin())];
    }
    alignLists(p.sides);
    if (!sameShape(p.sides[0], p.sides[1])) {
      noteSizes(*this, report(where, Diag::BranchesDiffer, {"`" + nameOf(c) + "`", describe(p.sides[0]), describe(p.sides[1])}), p.sides[0], p.sides[1]);
      return Val::error();
    }
    pairs.push_back(std::move(p));
  }
  std::vector<ir::Value *> yielded[2];
  std::vector<std::vector<Val>> merged; // per pair: leaves, tensors still empty
  std::vector<std::pair<size_t, size_t>> slots;
  for (int i = 0; i < 2; ++i) {
    RegionGuard guard(*this, sides[i].region, nullptr);
    restore(sides[i].end);
    for (Pair &p : pairs) leaves(p.sides[i], p.leaves[i]);
  }
  restore(before);
  for (size_t k = 0; k < pairs.size(); ++k) {
    Pair &p = pairs[k];
    merged.emplace_back();
    for (size_t j = 0; j < p.leaves[0].size(); ++j) {
      const Val &a = p.leaves[0][j], &b = p.leaves[1][j];
      if (same(a, b)) {
        merged.back().push_back(a);
        continue;
      }
      std::optional<ir::Type> type = meet(a, b);
      if (!type) type = meet(b, a);
      if (!type) {
        if (hasValue && k == 0) {
          hasValue = false;
          disagree(a, b);
          merged.back().assign(p.leaves[0].size(), Val::error());
          break;
        }
        std::string name = k == 0 && hasValue ? "the value" : "`" + nameOf(changed[k - (pairs.size() - changed.size())]) + "`";
        noteSizes(*this, report(where, Diag::BranchesDiffer, {name, describe(a), describe(b)}), a, b);
        return Val::error();
      }
      for (int i = 0; i < 2; ++i) {
        RegionGuard guard(*this, sides[i].region, nullptr);
        yielded[i].push_back(leafAs(i == 0 ? a : b, *type, where));
        if (!yielded[i].back()) return Val::error();
      }
      slots.emplace_back(k, j);
      merged.back().push_back(Val::error());
    }
  }
  for (int i = 0; i < 2; ++i) {
    RegionGuard guard(*this, sides[i].region, nullptr);
    builder_.yield(yielded[i]);
  }
  ir::Op *op = emitOp(OpKind::If, {condition}, ir::NoAttr{}, {sides[0].region, sides[1].region});
  if (!op) return Val::error();
  for (size_t i = 0; i < slots.size(); ++i) merged[slots[i].first][slots[i].second] = Val::tensor(op->result(i));
  size_t first = pairs.size() - changed.size();
  for (size_t k = 0; k < changed.size(); ++k) {
    size_t next = 0;
    setValue(changed[k], rebuild(pairs[first + k].sides[0], merged[first + k], next));
  }
  if (!hasValue) return noValue;
  size_t next = 0;
  return rebuild(pairs[0].sides[0], merged[0], next);
}

namespace {
/// A name or place a loop carries.
struct Carry {
  Changed what;
  Val before;
  std::vector<Val> leaves;      ///< of `before`
  std::vector<ir::Type> types;  ///< the carried types
};
} // namespace

/// True if a name that a turn of `repeat` rebinds means the same in a run-time loop: no number known when built becomes
/// one of the run, and what is not a tensor stays.
static bool rollsAlike(const Val &before, const Val &after) {
  if (Elaborator::same(before, after)) return true;
  if (after.isTensor()) {
    bool number = before.isNumber() || before.is(ValKind::Bool) || (before.isTensor() && before.weak);
    return !after.weak && (before.isTensor() || before.is(ValKind::List) || before.isNumber() || before.is(ValKind::Bool)) &&
           (!number || after.type().isScalar());
  }
  if (after.kind != before.kind || (!after.is(ValKind::Tuple) && !after.is(ValKind::Record))) return false;
  const Bundle &x = before.bundle(), &y = after.bundle();
  if (x.items.size() != y.items.size()) return false;
  for (size_t i = 0; i < x.items.size(); ++i)
    if (!rollsAlike(x.items[i], y.items[i])) return false;
  return true;
}

/// Tensors, and tuples and records of them.
static bool holdsTensors(const Val &v) {
  if (v.isTensor()) return !v.weak;
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return false;
  const std::vector<Val> &items = v.bundle().items;
  return std::all_of(items.begin(), items.end(), holdsTensors);
}

/// What is in the way of running the turns of a `repeat` as a loop, after its body was built; nothing: null.
std::optional<std::string> Elaborator::refusal(const Roll &roll, const Snapshot &start, const std::vector<Changed> &changed, const std::vector<Val> &yields) {
  auto root = [&](int place) {
    while (places_[static_cast<size_t>(place)].base >= 0) place = places_[static_cast<size_t>(place)].base;
    return place;
  };
  for (const Changed &c : changed) {
    if (c.place < 0 && !rollsAlike(read(valueIn(start, c)), read(valueOf(c)))) return c.name;
    for (auto &[whole, part] : roll.parts)
      if (c.place == root(whole)) return nameOf(c);
  }
  for (auto &[whole, part] : roll.parts) {
    const Place &p = places_[static_cast<size_t>(part)];
    if (!same(p.initial, p.value) && std::count(roll.wholes.begin(), roll.wholes.end(), root(whole))) return p.path;
  }
  for (const Val &v : yields)
    if (!holdsTensors(v) && !(v.is(ValKind::Instance) && v.instance().base && v.instance().part.index == roll.index)) return "yield";
  // A gradient by a value from outside goes through the turns before.
  bool outside = false;
  ir::walk(*roll.body, [&](const ir::Op *op) {
    size_t first = op->kind == OpKind::Grad ? static_cast<size_t>(op->as<ir::GradAttr>().values)
                   : op->kind == OpKind::Jvp ? static_cast<size_t>(op->as<ir::JvpAttr>().values) : op->operands.size();
    for (size_t i = first; i < op->operands.size(); ++i) {
      const ir::Value *v = op->operands[i];
      outside |= !insideOf(v->def ? v->def->parent : v->region, roll.body);
    }
  });
  return outside ? std::optional<std::string>("grad") : std::nullopt;
}

/// What a turn gives, as it is stacked: a list is a tensor, `yield [i, j]` gives [n, 2]; a text or a function has no place in a stack.
static Val stackable(Elaborator &e, const Val &v, SourceRange where) {
  if (v.is(ValKind::List)) return e.asTensor(v, where);
  if (v.is(ValKind::Text) || v.is(ValKind::Function)) {
    e.report(where, Diag::NotATensor, {e.describe(v)}).help("a `for` stacks the tensors that its turns yield; a `repeat` gives a tuple of anything");
    return Val::error();
  }
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) return v;
  std::shared_ptr<Bundle> copy = v.bundle().copy();
  for (Val &item : copy->items) item = stackable(e, item, where);
  return Val::of(v.kind, std::move(copy));
}

Val Elaborator::loop(const LoopSpec &spec) {
  Snapshot start = snapshot();
  std::vector<Carry> carries;
  std::vector<int> scanned; // places whose parts the turns of a `repeat` work on
  bool asWhile = spec.condition != nullptr || !spec.counted;
  int64_t bound = spec.counted && !spec.tripValue ? spec.trip.bound() : 0;
  if (bound >= kUnbounded) bound = 0;
  std::vector<Val> *outerYields = frame_->yields;
  size_t errors = c_.diags.errorCount();
  auto give = [&](Val v) {
    frame_->yields = outerYields;
    return v;
  };
  for (int round = 0;; ++round) {
    restore(start);
    std::vector<ir::Type> carryTypes;
    for (const Carry &c : carries) carryTypes.insert(carryTypes.end(), c.types.begin(), c.types.end());
    // Region arguments: index, slices, carries. A while carries its index.
    std::vector<ir::Type> args = {ir::Type(Elem::I64)};
    std::vector<ir::Value *> scans = spec.scans;
    std::vector<Val> stacked;
    for (int place : scanned) {
      std::vector<Val> flat;
      stacked.push_back(placeValue(place));
      leaves(stacked.back(), flat);
      for (const Val &leaf : flat) scans.push_back(leaf.value);
    }
    for (ir::Value *scan : scans) args.push_back(ir::Type(scan->type.elem, {scan->type.dims.begin() + 1, scan->type.dims.end()}));
    args.insert(args.end(), carryTypes.begin(), carryTypes.end());
    ir::Region *test = asWhile ? newRegion(args) : nullptr;
    ir::Region *body = newRegion(args);
    size_t firstCarry = 1 + scans.size();
    auto bindCarries = [&](ir::Region *region) {
      size_t at = firstCarry;
      for (const Carry &c : carries) {
        std::vector<Val> values;
        for (size_t i = 0; i < c.types.size(); ++i) values.push_back(Val::tensor(region->args[at++]));
        size_t next = 0;
        setValue(c.what, rebuild(c.before, values, next));
      }
    };
    frame_->runtimeDepth += !spec.roll;
    if (test) {
      RegionGuard guard(*this, test, nullptr);
      bindCarries(test);
      ir::Value *go = nullptr;
      if (spec.counted) go = emit(OpKind::Lt, {test->args[0], spec.tripValue ? spec.tripValue : builder_.extent(spec.trip)});
      if (spec.condition) {
        Val c = asTensor(spec.condition(), spec.where);
        if (c.isTensor() && (c.type().elem != Elem::Bool || !c.type().isScalar())) c = notBool(c, spec.where);
        if (c.isTensor()) go = go ? emit(OpKind::And, {go, c.value}) : c.value;
      }
      if (go) builder_.yield({go});
      restore(start);
    }
    std::vector<Val> yields;
    frame_->yields = spec.yields ? &yields : nullptr;
    std::vector<Val> after;
    std::vector<Changed> changed;
    std::vector<Val> turnStart;
    {
      RegionGuard guard(*this, body, nullptr);
      if (spec.foldsKey && key_) key_ = emit(OpKind::KeyFold, {key_, body->args[0]});
      bindCarries(body);
      std::vector<ir::Value *> slices(body->args.begin() + 1, body->args.begin() + 1 + static_cast<ptrdiff_t>(spec.scans.size()));
      if (spec.roll) enterTurn(*spec.roll, body, scanned, stacked, 1 + spec.scans.size());
      spec.body(body->args[0], slices);
      if (spec.roll) rolls_.pop_back();
    }
    frame_->runtimeDepth -= !spec.roll;
    frame_->yields = outerYields;
    changed = changes(start, body);
    if (c_.diags.errorCount() != errors) { // what it changes keeps its type, but a list would have become a tensor of some
      restore(start);
      for (const Changed &c : changed)
        if (valueOf(c).is(ValKind::List)) setValue(c, Val::error());
      return give(Val::error());
    }
    bool settled = true;
    if (spec.roll) {
      if (std::optional<std::string> what = refusal(*spec.roll, start, changed, yields)) {
        report(spec.where, Diag::LoopTypeChanges, {*what, "of each turn", "of all turns"});
        restore(start);
        return give(Val::error());
      }
      for (size_t i = scanned.size(); i < spec.roll->parts.size(); ++i) scanned.push_back(spec.roll->parts[i].first), settled = false;
    }
    std::vector<Carry> fresh;
    std::vector<Val> ends;
    std::vector<std::vector<Val>> leavesAtEnd;
    for (const Changed &c : changed) {
      if (std::any_of(carries.begin(), carries.end(), [&](const Carry &old) { return old.what == c; })) continue;
      fresh.push_back({c, valueIn(start, c), {}, {}}), ends.push_back(valueOf(c)), leavesAtEnd.emplace_back();
      RegionGuard guard(*this, body, nullptr);
      leaves(ends.back(), leavesAtEnd.back());
    }
    if (!fresh.empty()) { // a model's leaves lie in places, which the body has changed
      settled = false;
      const Snapshot end = snapshot();
      restore(start);
      for (size_t i = 0; i < fresh.size(); ++i) {
        fresh[i].before = listsBesideTensors(*this, fresh[i].before, ends[i], spec.where);
        leaves(fresh[i].before, fresh[i].leaves);
      }
      restore(end);
    }
    for (size_t k = 0; k < fresh.size(); ++k) {
      Carry &c = fresh[k];
      const std::vector<Val> &now = leavesAtEnd[k];
      bool fits = sameShape(c.before, ends[k]) && now.size() == c.leaves.size();
      for (size_t i = 0; fits && i < now.size(); ++i) {
        std::optional<ir::Type> t = meet(c.leaves[i], now[i]);
        if (t) c.types.push_back(*t);
        else fits = false;
      }
      if (!fits) {
        if (!ends[k].isError()) noteSizes(*this, report(spec.where, Diag::LoopTypeChanges, {nameOf(c.what), describe(c.before), describe(ends[k])})
            .help("a run-time loop keeps the types of what it changes; `repeat` may change them"), c.before, ends[k]);
        restore(start);
        return give(Val::error());
      }
      carries.push_back(std::move(c));
    }
    // The carried types hold at the end of a turn too.
    std::vector<std::vector<Val>> endLeaves;
    for (Carry &c : carries) {
      std::vector<Val> now;
      Val value = valueOf(c.what);
      {
        RegionGuard guard(*this, body, nullptr);
        leaves(value, now);
      }
      bool fits = now.size() == c.types.size() && sameShape(c.before, value);
      for (size_t i = 0; fits && i < now.size(); ++i) {
        ir::Type t = now[i].isTensor() && !now[i].weak ? now[i].type() : ir::Type(c.types[i].elem);
        bool number = !now[i].isTensor() || now[i].weak;
        if (number && !(now[i].isNumber() && !now[i].integer && ir::isInteger(c.types[i].elem))) continue;
        if (t == c.types[i]) continue;
        bool wasNumber = !c.leaves[i].isTensor() || c.leaves[i].weak;
        std::optional<ir::Type> better = wasNumber ? meet(c.leaves[i], now[i]) : std::nullopt;
        if (better && *better != c.types[i] && round < 6) c.types[i] = *better, settled = false;
        else fits = false;
      }
      if (!fits) {
        noteSizes(*this, report(spec.where, Diag::LoopTypeChanges, {nameOf(c.what), describe(c.before), describe(value)})
            .help("a run-time loop keeps the types of what it changes; `repeat` may change them"), c.before, value);
        restore(start);
        return give(Val::error());
      }
      endLeaves.push_back(std::move(now));
    }
    if (!settled) continue;
    // Build it: the turn's results, then the op.
    if (yields.size() > 1) {
      restore(start);
      return give((report(spec.where, Diag::YieldTwice, {}).help("yield one tuple: `yield (a, b)`"), Val::error()));
    }
    std::vector<ir::Value *> results;
    std::vector<Val> yieldLeaves;
    Val made; // what a `repeat` yields is a stack already
    if (spec.roll && !yields.empty() && yields[0].is(ValKind::Instance)) made = Val::of(ValKind::Instance, yields[0].instance().base), yields.clear();
    std::vector<size_t> stackedAgain; // of `scanned`
    {
      RegionGuard guard(*this, body, nullptr);
      if (asWhile) results.push_back(emit(OpKind::Add, {body->args[0], builder_.i64(1)}));
      for (size_t k = 0; k < carries.size(); ++k)
        for (size_t i = 0; i < endLeaves[k].size(); ++i) results.push_back(leafAs(endLeaves[k][i], carries[k].types[i], spec.where));
      if (!yields.empty()) {
        if (!spec.roll) yields[0] = stackable(*this, yields[0], spec.where);
        leaves(yields[0], yieldLeaves);
        for (const Val &leaf : yieldLeaves) results.push_back(tensor(leaf, spec.where));
      }
      for (size_t i = 0; i < scanned.size(); ++i) {
        const Place &part = places_[static_cast<size_t>(spec.roll->parts[i].second)];
        if (same(part.initial, part.value)) continue;
        stackedAgain.push_back(i);
        std::vector<Val> flat;
        leaves(part.value, flat);
        for (const Val &leaf : flat) results.push_back(leaf.value);
      }
      for (ir::Value *v : results)
        if (!v) return restore(start), give(Val::error());
      builder_.yield(results);
    }
    restore(start);
    if (!yields.empty() && asWhile && bound == 0) return give(fail(spec.where, Diag::YieldUnbounded, {}));
    if (!yields.empty() && spec.tripValue) {
      report(spec.where, Diag::YieldUnbounded, {}).help("give the number of turns a range: `n: int in 1..101`");
      return give(Val::error());
    }
    std::vector<ir::Value *> operands;
    if (asWhile) operands.push_back(builder_.i64(0));
    else if (spec.tripValue) operands.push_back(spec.tripValue);
    for (ir::Value *scan : scans) operands.push_back(scan);
    for (const Carry &c : carries)
      for (size_t i = 0; i < c.types.size(); ++i) operands.push_back(leafAs(c.leaves[i], c.types[i], spec.where));
    ir::Op *op = nullptr;
    size_t at = 0;
    if (spec.where.valid()) builder_.where = spec.where;
    if (asWhile) {
      ir::WhileAttr attr;
      attr.bound = bound, attr.carries = 1 + static_cast<int>(carryTypes.size());
      op = emitOp(OpKind::While, operands, attr, {test, body});
      at = bound > 0 ? 2 : 1;
    } else {
      ir::ForAttr attr;
      attr.tripIsDim = !spec.tripValue, attr.trip = spec.trip, attr.carries = static_cast<int>(carryTypes.size());
      attr.scanDims.assign(scans.size(), 0);
      op = emitOp(OpKind::For, operands, attr, {body});
    }
    if (!op) return give(Val::error());
    for (const Carry &c : carries) {
      std::vector<Val> values;
      for (size_t i = 0; i < c.types.size(); ++i) values.push_back(Val::tensor(op->result(at++)));
      size_t next = 0;
      setValue(c.what, rebuild(c.before, values, next));
    }
    size_t firstPart = at + yieldLeaves.size();
    for (size_t i : stackedAgain) {
      std::vector<Val> values;
      leaves(stacked[i], values);
      for (Val &v : values) v = Val::tensor(op->result(firstPart++));
      size_t next = 0;
      setPlace(scanned[i], rebuild(stacked[i], values, next));
    }
    if (yields.empty() && made.isError() && spec.yields && !spec.roll)
      return give(Val::of(ValKind::None, std::make_shared<NoValue>(Diag::NothingYielded, spec.where, std::vector<std::string>{})));
    if (yields.empty()) return give(made.isError() ? Val::none() : made);
    std::vector<Val> stacks;
    for (const Val &leaf : yieldLeaves) {
      Val stack = Val::tensor(op->result(at++));
      stack.low = leaf.low, stack.high = leaf.high, stack.names = leaf.names;
      stacks.push_back(std::move(stack));
    }
    if (spec.roll) { // a value for each turn
      std::vector<Val> turns;
      for (int64_t i = 0; i < spec.trip.value(); ++i) {
        std::vector<Val> values;
        for (const Val &whole : stacks) values.push_back(element(whole, Val::number(Dim(i)), spec.where));
        size_t next = 0;
        turns.push_back(rebuild(yields[0], values, next));
      }
      return give(Val::tuple(std::move(turns)));
    }
    size_t next = 0, failed = c_.diags.errorCount();
    Val stack = rebuild(yields[0], stacks, next);
    markStack(stack, stacks.empty() ? spec.trip : stacks[0].type().dims[0], body, spec.where);
    return give(c_.diags.errorCount() == failed ? stack : Val::error());
  }
}

} // namespace dl::frontend

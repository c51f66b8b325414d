/// Trainings, desugared into loops that carry everything they need (language reference, section 12).
#include "frontend/build/train.h"
#include <cmath>
#include "frontend/build/builtin.h"
#include "frontend/build/walk.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

namespace {

bool callsStop(const std::vector<const ast::Block *> &blocks) {
  bool found = false;
  Walker walker;
  walker.expr = [&](const ast::Expr &e) {
    auto *call = ast::tryAs<ast::Call>(&e);
    auto *callee = call ? ast::tryAs<ast::Name>(call->callee) : nullptr;
    found |= callee && callee->text == "stop";
    return true;
  };
  for (const ast::Block *block : blocks) walker.walk(*block);
  return found;
}

} // namespace

/// All places of an instance and its members.
void Elaborator::collectPlaces(const Instance &instance, std::vector<int> &out) {
  for (const Member &m : instance.members) {
    if (m.place >= 0) out.push_back(m.place);
    std::vector<Val> work{m.value};
    while (!work.empty()) {
      Val v = work.back();
      work.pop_back();
      if (v.is(ValKind::Instance)) collectPlaces(v.instance(), out);
      else if (v.is(ValKind::Tuple) || v.is(ValKind::List)) work.insert(work.end(), v.bundle().items.begin(), v.bundle().items.end());
    }
  }
  for (const auto &[site, member] : instance.sites) collectPlaces(*member, out);
}

Val lengthOf(Elaborator &e, const TrainClauses &clauses) {
  const ast::LengthClause &length = *clauses.length;
  Val count = e.eval(*length.count);
  if (!count.isConstantInt() || count.whole.value() >= 0) return count;
  return e.fail(length.count->where, Diag::NegativeLength, {length.epochs ? "epochs" : "steps", count.whole.str()});
}

Val Elaborator::callTraining(const Val &function, std::vector<Arg> args, const CallSite &site) {
  FunctionObject &fn = function.function();
  const ast::Train &decl = *fn.training;
  std::optional<TrainClauses> clauses = sortClauses(decl, c_.diags);
  if (!clauses) return Val::error();
  std::string label = fn.name.empty() ? "train" : fn.name;
  for (const Frame *at = frame_; at; at = at->caller)
    if (at->facts == &c_.facts(decl)) return fail(site.where, Diag::Recursion, {label});
  const char *unit = clauses->length->epochs ? "epochs" : "steps";
  std::optional<Arg> length;
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i].name == unit) {
      length = std::move(args[i]);
      args.erase(args.begin() + static_cast<ptrdiff_t>(i));
      break;
    }
  Frame frame;
  frame.name = label, frame.calledAt = site.where, frame.facts = &c_.facts(decl);
  frame.scope = std::make_shared<Scope>();
  frame.scope->parent = fn.scope, frame.scope->facts = frame.facts;
  frame.site = frame_->site + "/" + siteName(site.node, label) + frame_->turns;
  TrainingState state, *outer = training_;
  Dim rows = std::exchange(batchRows_, Dim(0));
  auto observed = std::exchange(onMinimize, [this](const Val &loss, SourceRange where) { reportMetric("loss", loss, where); });
  Val out = inFrame(frame, [&]() -> Val {
    frame_->owner = newOwner(label); // of what the defaults make, too
    if (!bindParameters(*fn.params, std::move(args), site, label, frame_->scope)) return Val::error();
    Val count = length ? length->value : lengthOf(*this, *clauses);
    ir::Value *turns = count.isError() ? nullptr : index64(count, length ? length->where : clauses->length->where);
    if (!turns) return Val::error();
    state.scope = frame_->scope, state.name = label, state.isCommand = !site.node, state.nested = outer != nullptr;
    training_ = &state;
    return runTraining(decl, *clauses, turns);
  });
  training_ = outer, onMinimize = observed, batchRows_ = rows;
  return out;
}

Val Elaborator::runTraining(const ast::Train &decl, const TrainClauses &clauses, ir::Value *length) {
  std::vector<const ast::Block *> blocks{&clauses.step->body};
  for (const ast::EveryClause *hook : clauses.hooks) blocks.push_back(&hook->body);
  for (const ast::Stmt *s : clauses.bindings) evalStatement(*s);
  Scope &scope = *training_->scope;
  training_->ofSteps = reportedNames({&clauses.step->body});
  training_->metrics = reportedNames(blocks);
  training_->stops = callsStop(blocks) || (clauses.keep && clauses.keep->patience);
  if (clauses.keep && !training_->metrics.count(clauses.keep->metric.text)) {
    Diagnostic &d = report(clauses.keep->metric.where, Diag::UnknownMetric, {clauses.keep->metric.text});
    std::string all;
    for (const std::string &name : training_->metrics) all += (all.empty() ? "`" : ", `") + name + "`";
    if (auto near = nearest(clauses.keep->metric.text, {training_->metrics.begin(), training_->metrics.end()})) d.meant(*near);
    else if (!all.empty()) d.help("reported are " + all);
    return Val::error();
  }
  std::optional<Val> over;
  std::optional<RangeTurns> range; // with `step i in a..b`
  if (clauses.step->over) {
    over = eval(*clauses.step->over);
    if (over->is(ValKind::Record)) over = asTable(*this, *over, clauses.step->over->where);
    if (over->isError()) return *over;
    if (over->is(ValKind::Range)) {
      range = rangeTurns(*over, clauses.step->over->where);
      if (!range) return Val::error();
    } else if (!over->is(ValKind::Table) && !over->is(ValKind::Batches)) {
      return fail(clauses.step->over->where, Diag::NotIterable, {describe(*over)});
    }
  }
  // What the loops carry.
  ir::Type f32(Elem::F32);
  scope.set("$step", Val::tensor(builder_.i64(0)));
  scope.set("$stopped", Val::tensor(builder_.constantInt(ir::Type(Elem::Bool), 0)));
  clearMetrics("step"), clearMetrics("hook");
  for (const std::string &name : training_->metrics) scope.set("$last." + name, Val::tensor(builder_.constant(f32, NAN)));
  if (clauses.keep) {
    scope.set("$best", Val::tensor(builder_.constant(f32, clauses.keep->highest ? -INFINITY : INFINITY)));
    scope.set("$waited", Val::tensor(builder_.i64(0)));
    scope.set("$due", Val::tensor(builder_.constantInt(ir::Type(Elem::Bool), 0)));
    for (const std::string &name : training_->metrics) scope.set("$kept." + name, *scope.own("$last." + name));
    std::function<Val(ir::Value *)> record;
    if (range) record = [&](ir::Value *turn) { return rangeItem(*range, turn); };
    else if (over) record = [&](ir::Value *turn) { return turnRecord(*over, turn, walkOrder(*over), batchRows_); };
    if (!findKept(clauses, record)) return Val::error();
    for (int p : training_->kept) scope.set("$place" + std::to_string(p), placeValue(p));
  }
  // How long it is.
  bool byEpochs = clauses.length->epochs;
  ir::Value *perEpoch = nullptr;
  if (range) perEpoch = range->count ? range->count : builder_.extent(range->trip);
  else if (over) perEpoch = builder_.extent(turnsOf(*over));
  TrainLength total;
  total.steps = byEpochs ? emit(OpKind::Mul, {length, perEpoch}) : length;
  if (byEpochs) total.epochs = length;
  else if (over) {
    ir::Value *each = emit(OpKind::Max, {perEpoch, builder_.i64(1)});
    total.epochs = emit(OpKind::Div, {emit(OpKind::Sub, {emit(OpKind::Add, {length, each}), builder_.i64(1)}), each});
  }
  auto going = [&]() -> Val {
    ir::Value *go = training_->stops ? emit(OpKind::Not, {scope.own("$stopped")->value}) : nullptr;
    if (!byEpochs && over) {
      ir::Value *left = emit(OpKind::Lt, {scope.own("$step")->value, total.steps});
      go = go ? emit(OpKind::And, {go, left}) : left;
    }
    return Val::tensor(go);
  };
  bool conditional = training_->stops || (!byEpochs && over);
  auto epochEnd = [&](ir::Value *epoch) {
    showMetrics("step", training_->ofSteps, "epoch", clauses.step->where);
    bool kept = clauses.keep && training_->ofSteps.count(clauses.keep->metric.text);
    runHooks(clauses, true, epoch, total, emit(OpKind::Add, {epoch, builder_.i64(1)}));
    if (kept) keepBest(*clauses.keep);
  };
  if (!over) {
    LoopSpec spec;
    spec.where = clauses.step->where, spec.tripValue = total.steps, spec.yields = false;
    if (training_->stops) spec.condition = going;
    ir::Value *epoch = builder_.i64(0);
    spec.body = [&](ir::Value *, const std::vector<ir::Value *> &) { trainStep(clauses, std::nullopt, epoch, total); };
    if (loop(spec).isError()) return Val::error();
    epochEnd(epoch);
  } else {
    LoopSpec epochs;
    epochs.where = decl.where, epochs.tripValue = total.epochs, epochs.yields = false;
    if (conditional) epochs.condition = going;
    epochs.body = [&](ir::Value *epoch, const std::vector<ir::Value *> &) {
      clearMetrics("step");
      std::function<Val()> condition;
      if (conditional) condition = going;
      if (range) {
        LoopSpec steps;
        steps.where = clauses.step->where, steps.trip = range->trip, steps.tripValue = range->count, steps.yields = false;
        steps.condition = condition;
        steps.body = [&](ir::Value *turn, const std::vector<ir::Value *> &) { trainStep(clauses, rangeItem(*range, turn), epoch, total); };
        loop(steps);
      } else {
        Walk walk;
        walk.where = clauses.step->where, walk.condition = condition;
        walk.body = [&](const Val &record, ir::Value *) { trainStep(clauses, record, epoch, total); };
        walkTable(*over, walk, false);
      }
      epochEnd(epoch);
    };
    if (loop(epochs).isError()) return Val::error();
  }
  if (!training_->nested) emitOp(OpKind::Progress, {}, ir::ProgressAttr{training_->name});
  saveKept("run:last", decl.where);
  for (int p : training_->kept) setPlace(p, *scope.own("$place" + std::to_string(p)));
  std::vector<std::string> labels;
  std::vector<Val> values;
  for (const std::string &name : training_->metrics) {
    labels.push_back(name);
    values.push_back(*scope.own((clauses.keep ? "$kept." : "$last.") + name));
  }
  return labels.empty() ? Val::none() : Val::record(labels, values);
}

/// What `keep` keeps: the places that a step and the hooks change and that outlive the training. One turn is built in a
/// scratch region for it, in which models that nothing has used before get their places.
bool Elaborator::findKept(const TrainClauses &clauses, const std::function<Val(ir::Value *turn)> &record) {
  Snapshot before = snapshot();
  ir::Region *scratch = newRegion({});
  size_t errors = c_.diags.errorCount();
  {
    RegionGuard guard(*this, scratch, nullptr);
    ++frame_->runtimeDepth;
    ir::Value *first = builder_.i64(0), *one = builder_.i64(1);
    TrainLength total{one, one};
    Dim rows = batchRows_;
    trainStep(clauses, record ? std::optional<Val>(record(first)) : std::nullopt, first, total);
    batchRows_ = rows;
    runHooks(clauses, true, first, total, one);
    --frame_->runtimeDepth;
  }
  std::vector<int> own;
  collectPlaces(*frame_->owner, own);
  for (const Changed &c : changes(before, scratch))
    if (c.place >= 0 && std::find(own.begin(), own.end(), c.place) == own.end()) training_->kept.push_back(c.place);
  restore(before);
  return c_.diags.errorCount() == errors;
}

/// `step`, `epoch` and `progress` in the scope of a clause.
void Elaborator::bindCounters(ir::Value *epoch, const TrainLength &total) {
  Scope &names = *frame_->scope;
  ir::Value *step = training_->scope->own("$step")->value;
  names.set("step", intOf(step));
  names.set("epoch", intOf(epoch));
  ir::Value *all = convert(emit(OpKind::Max, {total.steps, builder_.i64(1)}), Elem::F32);
  names.set("progress", Val::tensor(emit(OpKind::Div, {convert(step, Elem::F32), all})));
}

void Elaborator::trainStep(const TrainClauses &clauses, const std::optional<Val> &record, ir::Value *epoch, const TrainLength &total) {
  Scope &carried = *training_->scope;
  {
    ScopeGuard guard(*this);
    bindCounters(epoch, total);
    bool training = std::exchange(frame_->training, true);
    training_->prefix = "step";
    if (record) origins.made(*record, clauses.step->over->where);
    if (record) bindFresh(*clauses.step->pattern, *record, clauses.step->pattern->where);
    ScopeGuard inner(*this);
    runStatements(clauses.step->body.statements);
    training_->prefix = "";
    frame_->training = training;
  }
  ir::Value *step = emit(OpKind::Add, {carried.own("$step")->value, builder_.i64(1)});
  carried.set("$step", Val::tensor(step));
  ir::Value *loss = builder_.constant(ir::Type(Elem::F32), NAN);
  if (training_->metrics.count("loss")) {
    ir::Value *sum = carried.own("$step.loss.sum")->value, *weight = carried.own("$step.loss.weight")->value;
    loss = convert(emit(OpKind::Div, {sum, weight}), Elem::F32);
  }
  ir::Value *examples = batchRows_.isConstant(0) ? builder_.i64(0) : builder_.extent(batchRows_);
  ir::Value *epochs = total.epochs ? total.epochs : builder_.i64(0);
  if (!training_->nested) emitOp(OpKind::Progress, {step, total.steps, epoch, epochs, loss, examples}, ir::ProgressAttr{training_->name});
  runHooks(clauses, false, epoch, total, step);
}

/// The clauses that count epochs, or steps; then, if one of them has given its metric a value, `keep`.
void Elaborator::runHooks(const TrainClauses &clauses, bool ofEpochs, ir::Value *epoch, const TrainLength &total, ir::Value *counter) {
  const std::string metric = clauses.keep ? clauses.keep->metric.text : "";
  bool decides = false;
  auto counts = [&](const ast::EveryClause &hook) { return (!hook.count || hook.epochs) == ofEpochs; };
  for (const ast::EveryClause *hook : clauses.hooks) decides |= counts(*hook) && !metric.empty() && reportedNames({&hook->body}).count(metric) != 0;
  decides = decides && !(ofEpochs && training_->ofSteps.count(metric) != 0); // looked at anyway
  if (decides) training_->scope->set("$due", Val::tensor(builder_.constantInt(ir::Type(Elem::Bool), 0)));
  for (const ast::EveryClause *hook : clauses.hooks)
    if (counts(*hook)) runHook(*hook, clauses, epoch, total, counter);
  if (decides) branch(training_->scope->own("$due")->value, clauses.keep->where, [&] { return keepBest(*clauses.keep), Val::none(); }, [] { return Val::none(); });
}

/// One `every` clause, now if `counter` is a multiple of its count.
void Elaborator::runHook(const ast::EveryClause &hook, const TrainClauses &clauses, ir::Value *epoch, const TrainLength &total, ir::Value *counter) {
  std::set<std::string> names = reportedNames({&hook.body});
  auto body = [&]() -> Val {
    clearMetrics("hook");
    {
      ScopeGuard guard(*this);
      bindCounters(epoch, total);
      training_->prefix = "hook";
      Dim rows = std::exchange(batchRows_, Dim(0));
      ScopeGuard inner(*this);
      runStatements(hook.body.statements);
      batchRows_ = rows;
      training_->prefix = "";
    }
    showMetrics("hook", names, "hook", hook.where);
    Val *due = training_->scope->own("$due");
    if (due && clauses.keep && names.count(clauses.keep->metric.text)) training_->scope->set("$due", Val::tensor(builder_.constantInt(ir::Type(Elem::Bool), 1)));
    return Val::none();
  };
  if (!hook.count) {
    body();
    return;
  }
  Val every = eval(*hook.count);
  if (every.isConstantInt() && every.whole.value() < 1) return static_cast<void>(fail(hook.count->where, Diag::BadBatchSize, {"`every`", every.whole.str()}));
  ir::Value *count = index64(every, hook.count->where);
  if (!count) return;
  check(emit(OpKind::Ge, {count, builder_.i64(1)}), hook.count->where, {{"`every` counts 1 or more, not ", -1, "", {}}, {"", 1, "", {}}}, {count});
  ir::Value *now = emit(OpKind::Eq, {emit(OpKind::Rem, {counter, count}), builder_.i64(0)});
  branch(now, hook.where, body, [] { return Val::none(); });
}

} // namespace dl::frontend

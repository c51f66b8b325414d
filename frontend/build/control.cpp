/// `if`, `for`, `while`, `repeat` as written.
#include "frontend/build/elaborator.h"
#include "frontend/build/table.h"
#include "frontend/build/unknown_names.h"
#include "frontend/build/walk.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

Val Elaborator::evalIf(const ast::If &e) {
  std::vector<std::string> naming = std::move(naming_);
  naming_.clear();
  std::function<Val(size_t)> from = [&](size_t arm) -> Val {
    if (arm == e.arms.size()) {
      if (!e.otherwise) return Val::none();
      naming_ = naming;
      Val v = evalBlock(*e.otherwise);
      naming_.clear();
      return v;
    }
    const ast::Expr &test = *e.arms[arm].condition;
    Val c = eval(test);
    if (c.isError()) return c;
    if (c.is(ValKind::Bool)) {
      if (!c.truth) return from(arm + 1);
      naming_ = naming;
      Val v = evalBlock(e.arms[arm].body);
      naming_.clear();
      return v;
    }
    if (!c.isTensor() || c.type().elem != Elem::Bool || !c.type().isScalar()) {
      return notBool(c, test.where);
    }
    if (checking_) { // unknown sizes: either side may be the one, under its condition
      auto *test_ = ast::tryAs<ast::Binary>(&test);
      size_t depth = assumed_.size();
      if (test_ && test_->op == ast::BinaryOp::Equal) {
        Val a = eval(*test_->left), b = eval(*test_->right);
        if (a.isNumber() && a.integer && b.isNumber() && b.integer) assumed_.push_back(a.whole - b.whole);
      }
      Snapshot before = snapshot();
      ++frame_->branches;
      Val first = evalBlock(e.arms[arm].body);
      assumed_.resize(depth);
      Snapshot after = snapshot();
      restore(before);
      Val second = from(arm + 1); // it holds without the condition
      --frame_->branches;
      restore(after);
      return second.is(ValKind::None) || second.isError() ? first : second;
    }
    return branch(c.value, e.where, [&] { return evalBlock(e.arms[arm].body); }, [&] { return from(arm + 1); });
  };
  return from(0);
}

void Elaborator::bindFresh(const ast::Pattern &pattern, const Val &value, SourceRange where) {
  // The names of a loop are its own: they hide outer ones.
  std::function<void(const ast::Pattern &)> declare = [&](const ast::Pattern &p) {
    if (p.tuple)
      for (const ast::Pattern &inner : p.elements) declare(inner);
    else if (!p.skips()) frame_->scope->set(p.name.text, Val::error());
  };
  declare(pattern);
  bindPattern(pattern, value, where);
}

std::optional<RangeTurns> Elaborator::rangeTurns(const Val &range, SourceRange where) {
  Val lo = range.bundle().items[0], hi = range.bundle().items[1];
  bool loKnown = lo.isNumber(), hiKnown = hi.isNumber();
  RangeTurns out;
  if (!loKnown || !lo.whole.isConstant(0)) {
    out.first = index64(lo, where);
    if (!out.first) return std::nullopt;
  }
  if (loKnown && hiKnown) {
    out.trip = hi.whole - lo.whole;
    if (out.trip.lowest() < 0 && out.trip.isConstant()) out.trip = Dim(0);
    if (out.trip.lowest() < 0) { // a..b with run-time ends: no turns when b < a
      ir::Value *n = emit(OpKind::Max, {builder_.i64(0), builder_.extent(out.trip)});
      out.trip = builder_.toDim(n, out.trip.bound(), "turns")->dim;
    }
  } else {
    ir::Value *end = index64(hi, where);
    ir::Value *count = out.first ? emit(OpKind::Sub, {end, out.first}) : end;
    if (!count) return std::nullopt;
    bool bounded = hi.isTensor() && hi.high > hi.low && loKnown;
    if (hi.isNumber() && lo.isTensor() && lo.high > lo.low) bounded = true;
    int64_t most = !bounded ? 0 : std::max<int64_t>(0, hi.isTensor() ? hi.high - 1 - lo.whole.lowest() : hi.whole.highest() - lo.low);
    if (bounded) out.trip = builder_.toDim(emit(OpKind::Max, {builder_.i64(0), count}), most, "turns")->dim;
    else out.count = emit(OpKind::Max, {builder_.i64(0), count});
  }
  int64_t low = loKnown ? lo.whole.lowest() : lo.low, high = hiKnown ? hi.whole.highest() : hi.high;
  if ((loKnown || lo.high > lo.low) && (hiKnown || hi.high > hi.low) && high <= INT32_MAX) out.low = low, out.high = std::max(high, low);
  return out;
}

Val Elaborator::rangeItem(const RangeTurns &turns, ir::Value *turn) {
  ir::Value *at = turns.first ? emit(OpKind::Add, {turns.first, turn}) : turn;
  return intOf(at, turns.low, turns.high);
}

/// Numbers and tensors alone, in lists of them too.
static bool holdsNumbers(const Val &v) {
  if (v.is(ValKind::List)) return std::all_of(v.bundle().items.begin(), v.bundle().items.end(), holdsNumbers);
  return v.isNumber() || v.isTensor() || v.is(ValKind::Bool) || v.is(ValKind::Range) || v.isError();
}

/// A run-time loop where `repeat` is needed: what its body would have changed is not known.
static Val needsRepeat(Elaborator &e, const ast::Block &body) {
  Walker w;
  w.expr = [](const ast::Expr &x) { return x.kind != ast::ExprKind::Lambda; };
  w.stmt = [&](const ast::Stmt &s) {
    auto *bind = ast::tryAs<ast::Bind>(&s);
    Val *known = bind && !bind->pattern.tuple ? e.find(bind->pattern.name.text) : nullptr;
    if (known && !known->is(ValKind::Place)) e.bindName(bind->pattern.name.text, Val::error(), s.where);
    return s.kind != ast::StmtKind::Fn;
  };
  w.walk(body);
  return Val::error();
}

static bool binds(const ast::Pattern &pattern, std::string_view name) {
  return pattern.name.text == name || std::any_of(pattern.elements.begin(), pattern.elements.end(), [&](const ast::Pattern &p) { return binds(p, name); });
}

/// `for v in t while v != 0`: the condition comes before the turn that binds `v`.
static void adviseCondition(Elaborator &e, const ast::For &loop) {
  Diagnostic *d = unknownNameIn(e.context(), loop.condition->where);
  if (!d || !binds(loop.pattern, e.sourceText(d->where))) return;
  d->helps.clear();
  d->help("the condition is asked before each turn: it reads what was bound outside the loop, as the turns have changed it");
}

Val Elaborator::evalFor(const ast::For &e) {
  std::vector<std::string> naming = std::move(naming_);
  naming_.clear();
  Val over = eval(*e.over);
  if (over.isError()) return over;
  if (over.is(ValKind::Record))
    if (Val table = asTable(*this, over, e.over->where); !table.is(ValKind::Record)) over = table; // or an error
  if (over.isError()) return over;
  if (over.is(ValKind::Table) || over.is(ValKind::Batches)) return evalForTable(e, over);
  LoopSpec spec;
  spec.where = e.where;
  auto condition = [&]() -> Val {
    Val c = eval(*e.condition);
    if (c.isError()) adviseCondition(*this, e);
    return c;
  };
  if (e.condition) spec.condition = condition;
  auto turn = [&](const Val &item) {
    ScopeGuard guard(*this);
    bindFresh(e.pattern, item, e.pattern.where);
    ScopeGuard inner(*this);
    runStatements(e.body.statements);
  };
  if (over.is(ValKind::Range)) {
    std::optional<RangeTurns> turns = rangeTurns(over, e.over->where);
    if (!turns) return Val::error();
    spec.trip = turns->trip, spec.tripValue = turns->count;
    spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &) { turn(rangeItem(*turns, index)); };
    return loop(spec);
  }
  if (over.isTensor() || (over.is(ValKind::List) && holdsNumbers(over))) {
    Val t = asTensor(over, e.over->where);
    if (!t.isTensor()) return t;
    if (t.type().isScalar()) return fail(e.over->where, Diag::NotIterable, {describe(over)});
    spec.trip = t.type().dims[0];
    if (!e.condition) spec.scans = {t.value};
    spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &slices) {
      Val at = intOf(index, 0, t.type().dims[0].lowest());
      Val item = slices.empty() ? element(t, at, e.over->where) : Val::tensor(slices[0]);
      item.low = t.low, item.high = t.high, item.names = t.names;
      turn(item);
    };
    return loop(spec);
  }
  if (over.is(ValKind::Instance) && !over.instance().stack.empty()) { // the loop's name stands for one of them
    spec.trip = over.instance().stack[0];
    spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &) {
      StackPart part;
      part.index = index;
      turn(viewOf(over.instancePointer(), part));
    };
    return loop(spec);
  }
  Diagnostic &d = report(e.over->where, Diag::NotIterable, {describe(over)});
  if (over.is(ValKind::Tuple) || over.is(ValKind::List)) {
    d.help("`repeat x in ...` walks it, whatever its parts are");
    return needsRepeat(*this, e.body);
  }
  if (over.isNumber()) d.help("write a range: `for i in 0.." + sourceText(e.over->where) + "`");
  return Val::error();
}

Val Elaborator::evalWhile(const ast::While &e) {
  naming_.clear();
  LoopSpec spec;
  spec.where = e.where, spec.counted = false, spec.yields = false;
  spec.condition = [&] { return eval(*e.condition); };
  spec.body = [&](ir::Value *, const std::vector<ir::Value *> &) { evalBlock(e.body); };
  return loop(spec);
}

static bool isKnownRange(const Val &v) {
  return v.is(ValKind::Range) && v.bundle().items[0].isConstantInt() && v.bundle().items[1].isConstantInt();
}

Val Elaborator::evalRepeat(const ast::Repeat &e) {
  std::vector<std::string> naming = std::move(naming_), outerNaming = std::move(yieldNaming_);
  naming_.clear();
  Val over = evalPlace(*e.over); // the loop's name stands for an instance itself
  if (over.isError()) return over;
  if (bool stack = over.is(ValKind::Instance) && !over.instance().stack.empty() && e.pattern; stack || over.isConstantInt() || isKnownRange(over)) {
    if (std::optional<Val> rolled = rollRepeat(e, over, naming)) return *rolled;
    if (stack && over.instance().stack[0].isConstant()) over = tupleOfTurns(over);
  }
  std::vector<Val> items;
  bool counted = false;
  if (over.isConstantInt()) {
    counted = true;
    if (over.whole.value() > 100000) return fail(e.over->where, Diag::UnrollsTooFar, {over.whole.str()});
    for (int64_t i = 0; i < over.whole.value(); ++i) items.push_back(Val::number(Dim(i)));
  } else if (over.is(ValKind::Tuple) || over.is(ValKind::List)) {
    items = over.bundle().items;
  } else if (isKnownRange(over)) {
    int64_t turns = over.bundle().items[1].whole.value() - over.bundle().items[0].whole.value();
    if (turns > 100000) return fail(e.over->where, Diag::UnrollsTooFar, {std::to_string(turns)});
    for (int64_t i = over.bundle().items[0].whole.value(); i < over.bundle().items[1].whole.value(); ++i) items.push_back(Val::number(Dim(i)));
  } else if (over.is(ValKind::Record)) {
    items = over.bundle().items;
  } else if (checking_ && (over.isNumber() || over.is(ValKind::Range))) {
    undecided_ = true; // a number of turns that is known at each use
    return Val::error();
  } else {
    Diagnostic &d = report(e.over->where, Diag::RepeatUnknown, {describe(over)});
    d.help("`for` loops at run time");
    return Val::error();
  }
  if (!e.pattern && !counted) return unsupported(e.where, "`repeat` over a bundle without a name");
  std::string turns = frame_->turns;
  std::vector<Val> yields, *old = frame_->yields;
  frame_->yields = &yields;
  size_t errors = c_.diags.errorCount();
  for (size_t i = 0; i < items.size(); ++i) {
    frame_->turns = turns + "[" + std::to_string(i) + "]";
    RegionGuard turn(*this, builder_.region(), emit(OpKind::KeyFold, {key_ ? key_ : seed(), builder_.i64(static_cast<int64_t>(i))}));
    yieldNaming_ = naming;
    ScopeGuard guard(*this);
    if (e.pattern) bindFresh(*e.pattern, items[i], e.pattern->where);
    ScopeGuard inner(*this);
    runStatements(e.body.statements);
    if (c_.diags.errorCount() > errors) break;
    if (function_->opCount() > 400000) {
      fail(e.where, Diag::UnrollsTooFar, {std::to_string(function_->opCount())});
      break;
    }
  }
  frame_->turns = turns, frame_->yields = old;
  yieldNaming_ = outerNaming;
  return yields.empty() ? Val::none() : Val::tuple(std::move(yields));
}

} // namespace dl::frontend

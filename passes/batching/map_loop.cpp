#include "passes/batching/map_loop.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

/// Bytes of batched values that may lie in memory beside the results before a loop is batched in strips.
constexpr int64_t kMostBytes = int64_t{1} << 28;

/// Everything that reads a value inside the body.
std::vector<Op *> usesOf(const Value *v, const Region &body) {
  std::vector<Op *> uses;
  walk(body, [&](Op *op) {
    for (const Value *operand : op->operands)
      if (operand == v) uses.push_back(op);
  });
  return uses;
}

/// Adds to its operand 0 (accumulate: to either one) and does nothing else with it.
bool addsTo(const Op &op, const Value *v) {
  size_t places = static_cast<size_t>(std::count(op.operands.begin(), op.operands.end(), v));
  if (places != 1) return false;
  if (op.kind == OpKind::Accumulate) return true;
  if (op.operand(0) != v) return false;
  if (op.kind == OpKind::Scatter) return op.as<IndexedAttr>().mode == ScatterMode::Add;
  return op.kind == OpKind::UpdateAt && op.as<UpdateAtAttr>().mode == ScatterMode::Add;
}

/// What fusion will keep in memory: not what is element-wise, read through or free.
bool isStored(const Op &op) {
  Family family = info(op.kind).family;
  return family == Family::Contraction || family == Family::Reduction || family == Family::Control ||
         family == Family::Indexing || family == Family::LinearAlgebra;
}

int64_t storedBytes(const std::vector<Op *> &ops) {
  int64_t bytes = 0;
  for (const Op *op : ops)
    if (isStored(*op))
      for (const Value *result : op->results) bytes += result->type.boundBytes();
  return bytes;
}

} // namespace

MapLoop::MapLoop(Op &loop, bool sums) : loop_(loop), attr_(loop.as<ForAttr>()), body_(*loop.regions[0]) {
  if (!attr_.tripIsDim || (attr_.carries > 0 && !sums)) return;
  bool expanded = true;
  walk(body_, [&](const Op *op) {
    expanded &= info(op->kind).family != Family::Differentiation || op->kind == OpKind::StopGradient ||
                op->kind == OpKind::Leaf || op->kind == OpKind::Accumulate;
  });
  isMap_ = expanded && findSums();
}

bool MapLoop::findSums() {
  for (size_t i = 0; i < static_cast<size_t>(attr_.carries); ++i)
    if (!findSum(i)) return false;
  return true;
}

bool MapLoop::findSum(size_t carry) {
  Sum sum{body_.args[1 + attr_.scanDims.size() + carry], {}};
  const Op *yield = body_.terminator();
  bool added = false;
  for (Value *at = sum.argument; at != yield->operand(carry);) {
    std::vector<Op *> uses = usesOf(at, body_);
    if (uses.size() != 1 || uses[0]->parent != &body_ || !addsTo(*uses[0], at)) return false;
    added |= uses[0]->kind == OpKind::Accumulate;
    sum.chain.push_back(uses[0]);
    at = uses[0]->result();
    if (usesOf(at, body_).size() != 1) return false;
  }
  // A program's own `scatter add` or `update_at add` keeps its order, which one of them alone does.
  if (!added && sum.chain.size() > 1) return false;
  adds_.insert(adds_.end(), sum.chain.begin(), sum.chain.end());
  sums_.push_back(std::move(sum));
  return true;
}

/// The sum of a batched value over the turns. What is a contraction sums along.
static Value *overTurns(Value *terms, Builder &b) {
  if (!terms->def || terms->def->kind != OpKind::Contract || terms->def->parent != b.region())
    return b.reduce(ReduceKind::Sum, terms, {0});
  IndexedAttr attr = terms->def->as<IndexedAttr>();
  std::vector<int> to;
  for (int n = 0; n < static_cast<int>(attr.names.size()); ++n)
    to.push_back(n == 0 ? attr.outCount - 1 : n < attr.outCount ? n - 1 : n);
  for (Factor &factor : attr.factors)
    for (Index &index : factor.index) index = renamed(index, to);
  std::rotate(attr.names.begin(), attr.names.begin() + 1, attr.names.begin() + attr.outCount);
  --attr.outCount;
  attr.order = {};
  return b.value(OpKind::Contract, terms->def->operands, attr);
}

Value *MapLoop::onto(Value *total, const Op &add, const Value *previous, Batch &batch) {
  Builder &b = batch.b;
  if (add.kind == OpKind::Accumulate) {
    Value *term = add.operand(add.operand(0) == previous ? 1 : 0);
    return b.value(OpKind::Accumulate, {total, overTurns(batch.turns(term), b)});
  }
  return addOnto(add, total, attr_.reverse, batch);
}

bool MapLoop::emit(Builder &b, const Dim &turns, Value *first, const std::vector<Value *> &scans,
                   const std::vector<Value *> &initial, Batched &made) {
  Batch batch(b, turns);
  Value *numbers = b.iota(Type(Elem::I64, {turns}), 0);
  batch.perTurn(body_.args[0], first ? b.add(numbers, b.splat(first, {turns})) : numbers);
  if (!first) batch.number(body_.args[0]);
  for (size_t i = 0; i < scans.size(); ++i) batch.perTurn(body_.args[1 + i], scans[i]);
  for (size_t i = 0; i < sums_.size(); ++i)
    if (sums_[i].chain.empty()) batch.same(sums_[i].argument, initial[i]);
  std::vector<Op *> ops;
  for (Op *op : body_.ops)
    if (std::find(adds_.begin(), adds_.end(), op) == adds_.end()) ops.push_back(op);
  if (!batch.run(ops)) {
    refusal_ = batch.refusal();
    return false;
  }
  for (size_t i = 0; i < sums_.size(); ++i) {
    Value *total = initial[i];
    const Value *previous = sums_[i].argument;
    for (const Op *add : sums_[i].chain) {
      total = onto(total, *add, previous, batch);
      previous = add->result();
    }
    made.sums.push_back(total);
  }
  const Op *yield = body_.terminator();
  for (size_t i = sums_.size(); i < yield->operands.size(); ++i) made.stacks.push_back(batch.turns(yield->operand(i)));
  return true;
}

/// Scanned operands with the scanned dimension in front.
static std::vector<Value *> turnsFirst(const Op &loop, Builder &b) {
  const auto &attr = loop.as<ForAttr>();
  std::vector<Value *> scans;
  for (size_t i = 0; i < attr.scanDims.size(); ++i) {
    Value *x = loop.operand(i);
    std::vector<int> perm{attr.scanDims[i]};
    for (int d = 0; d < static_cast<int>(x->type.rank()); ++d)
      if (d != attr.scanDims[i]) perm.push_back(d);
    scans.push_back(b.transpose(x, perm));
  }
  return scans;
}

bool MapLoop::whole(Builder &b, std::vector<Value *> &results) {
  Batched made;
  std::vector<Value *> initial(loop_.operands.end() - attr_.carries, loop_.operands.end());
  if (!emit(b, attr_.trip, nullptr, turnsFirst(loop_, b), initial, made)) return false;
  results = made.sums;
  results.insert(results.end(), made.stacks.begin(), made.stacks.end());
  return true;
}

/// A loop over strips of `strip` turns (the last may be shorter), results written in place.
bool MapLoop::inStrips(Builder &b, int64_t strip, std::vector<Value *> &results) {
  std::vector<Value *> scans = turnsFirst(loop_, b), initial(loop_.operands.end() - attr_.carries, loop_.operands.end());
  std::vector<Type> types{Type(Elem::I64)};
  std::vector<Value *> operands = initial;
  for (size_t i = static_cast<size_t>(attr_.carries); i < loop_.results.size(); ++i)
    operands.push_back(b.constantBits(loop_.result(i)->type, {0}));
  for (const Value *operand : operands) types.push_back(operand->type);
  Region *body = b.newRegion(types), *outside = b.region();
  b.setRegion(body);
  Value *first = b.mul(body->args[0], b.i64(strip));
  bool even = attr_.trip.isConstant() && attr_.trip.value() % strip == 0;
  Dim turns = even ? Dim(strip) : b.toDim(b.sub(b.extent(attr_.trip), first), strip, "strip")->dim;
  std::vector<Value *> slices;
  for (Value *x : scans) {
    std::vector<Value *> at{x, first};
    SliceAtAttr slice{x->type.dims};
    slice.extent[0] = turns;
    for (size_t d = 1; d < x->type.rank(); ++d) at.push_back(b.i64(0));
    slices.push_back(b.value(OpKind::SliceAt, at, slice));
  }
  Batched made;
  std::vector<Value *> carried(body->args.begin() + 1, body->args.begin() + 1 + attr_.carries);
  if (!emit(b, turns, first, slices, carried, made)) return false;
  std::vector<Value *> yields = made.sums;
  for (size_t i = 0; i < made.stacks.size(); ++i) {
    Value *whole = body->args[1 + static_cast<size_t>(attr_.carries) + i];
    std::vector<Value *> at{whole, made.stacks[i], first};
    for (size_t d = 1; d < whole->type.rank(); ++d) at.push_back(b.i64(0));
    yields.push_back(b.value(OpKind::UpdateAt, at, UpdateAtAttr{ScatterMode::Set}));
  }
  b.yield(yields);
  b.setRegion(outside);
  ForAttr attr;
  attr.trip = floorDiv(attr_.trip + Dim(strip - 1), Dim(strip));
  attr.carries = static_cast<int>(operands.size());
  results = b.create(OpKind::For, operands, attr, {body})->results;
  return true;
}

std::vector<Op *> MapLoop::batch(Module &module, std::vector<Value *> &results) {
  Function &function = *loop_.parent->function;
  auto attempt = [&](auto &&emitInto) -> std::vector<Op *> {
    Region *scratch = function.newRegion(nullptr);
    Builder b(module, scratch);
    b.where = loop_.where;
    if (!emitInto(b)) return {};
    return scratch->ops;
  };
  std::vector<Op *> ops = attempt([&](Builder &b) { return whole(b, results); });
  if (!refusal_.empty()) return {};
  int64_t bytes = storedBytes(ops), turns = std::max<int64_t>(attr_.trip.bound(), 1);
  for (const Value *result : loop_.results) bytes -= result->type.boundBytes();
  if (bytes <= kMostBytes) return ops;
  int64_t strip = kMostBytes / (bytes / turns + 1);
  if (strip < 2) {
    refusal_ = "a turn alone takes " + std::to_string(bytes / turns) + " bytes";
    return {};
  }
  if (attr_.trip.isConstant()) // strips of one length, if that does not make them much shorter
    for (int64_t length = strip; length > strip / 2; --length)
      if (turns % length == 0) {
        strip = length;
        break;
      }
  return attempt([&](Builder &b) { return inStrips(b, strip, results); });
}

} // namespace dl::passes

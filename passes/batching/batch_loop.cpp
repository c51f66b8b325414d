// Loops in a body: the same loop over batched bodies. Turns that end at different times go on until the last one has
// ended; what a turn has computed then stays as it was.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

namespace {

/// As `carry` wants it: per turn if the carried argument varies.
Value *asCarried(Value *v, const Value *argument, Batch &batch) {
  return batch.varies(argument) ? batch.turns(v) : batch.image(v);
}

/// What the loop scans, the scanned dimension first: rows of it lie together.
Value *scannedFirst(const Op &op, size_t i, Batch &batch) {
  const auto &attr = op.as<ForAttr>();
  Value *inner = op.operand((attr.tripIsDim ? 0 : 1) + i);
  Value *x = batch.varies(inner) ? batch.turns(inner) : batch.image(inner);
  int dim = attr.scanDims[i] + (batch.varies(inner) ? 1 : 0);
  std::vector<int> perm{dim};
  for (int d = 0; d < static_cast<int>(x->type.rank()); ++d)
    if (d != dim) perm.push_back(d);
  return batch.b.transpose(x, perm);
}

Value *stackByTurn(Value *stack, Batch &batch) {
  std::vector<int> perm{1, 0};
  for (int d = 2; d < static_cast<int>(stack->type.rank()); ++d) perm.push_back(d);
  return batch.b.transpose(stack, perm);
}

void sharedCount(const Op &op, Batch &batch) {
  const Region &body = *op.regions[0];
  ForAttr attr = batch.attrs<ForAttr>(op);
  size_t counts = attr.tripIsDim ? 0 : 1, scans = attr.scanDims.size(), carries = static_cast<size_t>(attr.carries);
  std::vector<Value *> operands;
  if (counts) operands.push_back(batch.image(op.operand(0)));
  for (size_t i = 0; i < scans; ++i) {
    operands.push_back(scannedFirst(op, i, batch));
    attr.scanDims[i] = 0;
  }
  for (size_t i = 0; i < carries; ++i)
    operands.push_back(asCarried(op.operand(counts + scans + i), body.args[1 + scans + i], batch));
  Region *made = batch.open(body), *outside = batch.b.region();
  if (batch.refused()) return;
  batch.b.setRegion(made);
  std::vector<Value *> yields;
  for (size_t i = 0; i < op.results.size(); ++i) {
    Value *v = body.terminator()->operand(i);
    yields.push_back(batch.varies(op.results[i]) ? batch.turns(v) : batch.image(v));
  }
  batch.b.yield(yields);
  batch.b.setRegion(outside);
  Op *loop = batch.b.create(OpKind::For, operands, attr, {made});
  for (size_t i = 0; i < op.results.size(); ++i) {
    Value *result = loop->results[i];
    batch.give(op.results[i], i >= carries && batch.varies(op.results[i]) ? stackByTurn(result, batch) : result);
  }
}

/// Each turn counts to its own number: all to the largest, each as far as its own.
void ownCount(const Op &op, Batch &batch) {
  Builder &b = batch.b;
  const Region &body = *op.regions[0];
  size_t carries = static_cast<size_t>(op.as<ForAttr>().carries);
  Value *trip = batch.turns(op.operand(0)), *zero = b.constantInt(trip->type, 0);
  if (Value *mask = batch.mask()) trip = b.select(mask, trip, zero);
  std::vector<Value *> operands{b.binary(OpKind::Max, b.reduce(ReduceKind::Max, trip, {0}), b.i64(0))};
  for (size_t i = 0; i < carries; ++i) operands.push_back(batch.turns(op.operand(1 + i)));
  // The mask stands in the body, before it: open it by hand.
  std::vector<Type> types{Type(Elem::I64)};
  for (size_t i = 0; i < carries; ++i) types.push_back(operands[1 + i]->type);
  Region *made = b.newRegion(types), *outside = b.region();
  for (size_t i = 0; i <= carries; ++i) batch.give(body.args[i], made->args[i]);
  b.setRegion(made);
  Value *active = b.binary(OpKind::Lt, b.splat(made->args[0], trip->type.dims), trip);
  Value *before = batch.narrow(active);
  batch.nested(body);
  if (batch.refused()) return;
  std::vector<Value *> yields;
  for (size_t i = 0; i < carries; ++i) yields.push_back(batch.choose(active, batch.turns(body.terminator()->operand(i)), made->args[1 + i]));
  b.yield(yields);
  batch.restoreMask(before);
  b.setRegion(outside);
  Op *loop = b.create(OpKind::For, operands, op.attrs, {made});
  for (size_t i = 0; i < carries; ++i) batch.give(op.results[i], loop->results[i]);
}

bool carriesLength(const Op &op) {
  for (const Value *arg : op.regions.back()->args)
    if (arg->type.elem == Elem::Dim) return true;
  return false;
}

/// The condition does not vary: all turns end together.
void sharedEnd(const Op &op, Batch &batch) {
  size_t counted = op.as<WhileAttr>().bound > 0, carries = static_cast<size_t>(op.as<WhileAttr>().carries);
  const Region &body = *op.regions[1];
  std::vector<Value *> operands;
  for (size_t i = 0; i < carries; ++i) operands.push_back(asCarried(op.operand(i), body.args[i], batch));
  std::vector<Region *> regions;
  for (const Region *region : op.regions) {
    Region *made = batch.open(*region), *outside = batch.b.region();
    if (batch.refused()) return;
    regions.push_back(made);
    batch.b.setRegion(made);
    std::vector<Value *> yields;
    for (size_t i = 0; i < region->terminator()->operands.size(); ++i) {
      Value *v = region->terminator()->operand(i);
      bool varies = region == &body && batch.varies(op.results[counted + i]);
      yields.push_back(varies ? batch.turns(v) : batch.image(v));
    }
    batch.b.yield(yields);
    batch.b.setRegion(outside);
  }
  Op *loop = batch.b.create(OpKind::While, operands, op.attrs, regions);
  for (size_t i = 0; i < op.results.size(); ++i) {
    Value *result = loop->results[i];
    batch.give(op.results[i], i >= counted + carries && batch.varies(op.results[i]) ? stackByTurn(result, batch) : result);
  }
}

/// A mask of the turns that go on is carried first; the loop ends when it is empty.
void ownEnd(const Op &op, Batch &batch) {
  Builder &b = batch.b;
  WhileAttr attr = op.as<WhileAttr>();
  size_t counted = attr.bound > 0, carries = static_cast<size_t>(attr.carries);
  if (op.results.size() > counted + carries) return batch.refuse(op, "stacks a number of its own in every turn");
  const Region &condition = *op.regions[0], &body = *op.regions[1];
  if (attr.bound == 0) batch.flushChecks();
  auto goesOn = [&](const std::vector<Value *> &values, Value *among) {
    for (size_t i = 0; i < carries; ++i) batch.give(condition.args[i], values[i]);
    batch.nested(condition);
    if (batch.refused()) return among;
    Value *verdict = batch.turns(condition.terminator()->operand(0));
    return among ? b.binary(OpKind::And, among, verdict) : verdict;
  };
  std::vector<Value *> operands;
  for (size_t i = 0; i < carries; ++i) operands.push_back(batch.turns(op.operand(i)));
  Value *first = goesOn(operands, batch.mask());
  if (batch.refused()) return;
  operands.insert(operands.begin(), first);
  std::vector<Type> argTypes;
  for (const Value *operand : operands) argTypes.push_back(operand->type);
  Region *outside = b.region(), *regions[2] = {b.newRegion(argTypes), b.newRegion(argTypes)};
  b.setRegion(regions[0]);
  b.yield({b.reduce(ReduceKind::Or, regions[0]->args[0], {0})});
  b.setRegion(regions[1]);
  Value *active = regions[1]->args[0], *before = batch.narrow(active);
  for (size_t i = 0; i < carries; ++i) batch.give(body.args[i], regions[1]->args[1 + i]);
  batch.nested(body);
  if (batch.refused()) return;
  std::vector<Value *> yields;
  for (size_t i = 0; i < carries; ++i) yields.push_back(batch.choose(active, batch.turns(body.terminator()->operand(i)), regions[1]->args[1 + i]));
  Value *next = goesOn(yields, active);
  if (batch.refused()) return;
  batch.restoreMask(before);
  yields.insert(yields.begin(), next);
  b.yield(yields);
  b.setRegion(outside);
  ++attr.carries;
  Op *loop = b.create(OpKind::While, operands, attr, {regions[0], regions[1]});
  for (size_t i = 0; i < carries; ++i) batch.give(op.results[counted + i], loop->results[counted + 1 + i]);
}

} // namespace

void batchFor(const Op &op, Batch &batch) {
  const auto &attr = op.as<ForAttr>();
  bool own = !attr.tripIsDim && batch.varies(op.operand(0));
  if (own && carriesLength(op)) return batch.refuse(op, "has a length of its own in every turn");
  if (own) return ownCount(op, batch);
  sharedCount(op, batch);
}

void batchWhile(const Op &op, Batch &batch) {
  bool own = batch.endsPerTurn(op);
  if (own && carriesLength(op)) return batch.refuse(op, "has a length of its own in every turn");
  if (own) return ownEnd(op, batch);
  sharedEnd(op, batch);
}

} // namespace dl::passes

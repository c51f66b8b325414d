// Branches, regions that run once, checks.
#include "passes/batching/batch_ops.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

/// Turns go different ways: all go both, and each keeps the results of its own.
void bothWays(const Op &op, Batch &batch) {
  Builder &b = batch.b;
  for (const Value *result : op.results)
    if (result->type.elem == Elem::Dim) return batch.refuse(op, "gives a length of its own in every turn");
  Value *takes = batch.turns(op.operand(0));
  std::vector<Value *> sides[2];
  for (size_t side = 0; side < 2; ++side) {
    const Region &region = *op.regions[side];
    Value *before = batch.narrow(side == 0 ? takes : b.unary(OpKind::Not, takes));
    batch.inside(region);
    if (batch.refused()) return;
    for (Value *v : region.terminator()->operands) sides[side].push_back(batch.turns(v));
    batch.restoreMask(before);
  }
  for (size_t i = 0; i < op.results.size(); ++i) batch.give(op.results[i], batch.choose(takes, sides[0][i], sides[1][i]));
}

/// Ends an opened region with the yields of `region`, as `results` (behind `skip` ones) want them.
void closeLike(const Region &region, Region &made, const std::vector<Value *> &results, Batch &batch) {
  Region *outside = batch.b.region();
  batch.b.setRegion(&made);
  std::vector<Value *> yields;
  for (size_t i = 0; i < results.size(); ++i) {
    Value *v = region.terminator()->operand(i);
    yields.push_back(batch.varies(results[i]) ? batch.turns(v) : batch.image(v));
  }
  batch.b.yield(yields);
  batch.b.setRegion(outside);
}

void giveAll(const Op &op, const Op &made, Batch &batch) {
  for (size_t i = 0; i < op.results.size(); ++i) batch.give(op.results[i], made.results[i]);
}

} // namespace

void batchIf(const Op &op, Batch &batch) {
  if (batch.varies(op.operand(0))) return bothWays(op, batch);
  std::vector<Region *> regions;
  for (const Region *region : op.regions) {
    regions.push_back(batch.open(*region));
    if (batch.refused()) return;
    closeLike(*region, *regions.back(), op.results, batch);
  }
  giveAll(op, *batch.b.create(OpKind::If, {batch.image(op.operand(0))}, NoAttr{}, regions), batch);
}

/// checkpoint; custom_grad, whose two sides hold the turn everywhere: what all turns share is repeated outside, where
/// its gradient is the sum. A region may be here for its checks alone: then nothing in it holds the turn.
void batchOnce(const Op &op, Batch &batch) {
  std::vector<Value *> operands;
  for (size_t i = 0; i < op.operands.size(); ++i)
    operands.push_back(batch.varies(op.regions[0]->args[i]) ? batch.turns(op.operand(i)) : batch.image(op.operand(i)));
  std::vector<Region *> regions;
  for (const Region *region : op.regions) {
    regions.push_back(batch.open(*region));
    if (batch.refused()) return;
    if (regions.size() == 1) {
      closeLike(*region, *regions[0], op.results, batch);
      continue;
    }
    Region *outside = batch.b.region();
    batch.b.setRegion(regions[1]);
    std::vector<Value *> cotangents;
    bool vary = std::any_of(region->args.begin(), region->args.end(), [&](const Value *arg) { return batch.varies(arg); });
    for (Value *v : region->terminator()->operands) cotangents.push_back(vary ? batch.turns(v) : batch.image(v));
    batch.b.yield(cotangents);
    batch.b.setRegion(outside);
  }
  giveAll(op, *batch.b.create(op.kind, operands, NoAttr{}, regions), batch);
}

void batchCheck(const Op &op, Batch &batch) { batch.check(op); }

void Batch::check(const Op &op) {
  Check check{&op, turns(op.operand(0)), {}, {}};
  if (mask_) check.holds = b.binary(OpKind::Or, check.holds, b.unary(OpKind::Not, mask_));
  for (size_t i = 1; i < op.operands.size(); ++i) {
    check.perTurn.push_back(varies(op.operand(i)));
    check.message.push_back(check.perTurn.back() ? turns(op.operand(i)) : image(op.operand(i)));
  }
  checks_.push_back(std::move(check));
  if (depth_ > 0) flushChecks();
}

/// Of the turns in which one of the checks fails the first is the one to speak of, and of its checks the first.
void Batch::flushChecks() {
  if (checks_.empty()) return;
  Value *good = nullptr;
  for (const Check &check : checks_) good = good ? b.binary(OpKind::And, good, check.holds) : check.holds;
  Value *allGood = b.reduce(ReduceKind::And, good, {0});
  Value *fails = b.convert(b.unary(OpKind::Not, good), Elem::I32);
  Value *first = b.value(OpKind::ArgReduce, {fails}, ArgReduceAttr{true, 0});
  auto atFirst = [&](Value *v) {
    IndexedAttr attr;
    Factor factor;
    factor.operand = 0;
    Index turn;
    turn.source = 1;
    factor.index.push_back(turn);
    for (size_t d = 1; d < v->type.rank(); ++d) {
      attr.names.push_back({"i" + std::to_string(d), v->type.dims[d]});
      Index index;
      index.affine = nameAffine(static_cast<int>(d) - 1);
      factor.index.push_back(index);
    }
    attr.outCount = static_cast<int>(attr.names.size());
    attr.factors = {factor};
    return b.value(OpKind::Gather, {v, first}, attr);
  };
  for (const Check &check : checks_) {
    const ir::Origin before = b.where;
    b.where = check.op->where;
    bool alone = checks_.size() == 1;
    std::vector<Value *> operands{alone ? allGood : b.binary(OpKind::Or, allGood, atFirst(check.holds))};
    for (size_t i = 0; i < check.message.size(); ++i)
      operands.push_back(check.perTurn[i] ? atFirst(check.message[i]) : check.message[i]);
    b.create(OpKind::Check, operands, check.op->attrs);
    b.where = before;
  }
  checks_.clear();
}

} // namespace dl::passes

/// sink_into_loops. Before: element-wise work on whole stacks behind the loop that makes them. After: it stands in the
/// loop, on the slice of each turn: its other operands are scanned, what others read of it is stacked. So the update of
/// layer l runs behind its gradient, which is never stored as a whole. Only where a stack is gone afterwards; what the
/// sunk operations need moves in front of the loop. Exact: slices of element-wise results. Needs and gives nothing;
/// after unscan and batch_maps, which decide what stays a loop. Test: test/passes/loops/sink_into_loops.dlir.
#include "passes/loops/side_loop.h"
#include "passes/pass.h"
#include <algorithm>
#include <unordered_set>

namespace dl::passes {

namespace {

using namespace ir;

std::vector<Value *> readBy(const Op &op) {
  std::vector<Value *> all(op.operands.begin(), op.operands.end());
  if (!op.regions.empty())
    for (Value *v : freeValues(op)) all.push_back(v);
  for (const DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner) all.push_back(static_cast<Value *>(atom->owner));
  for (const Value *result : op.results)
    for (Value *dim : dimValues(result->type))
      if (dim->def != &op) all.push_back(dim);
  return all;
}

class Sinker {
public:
  Sinker(Module &module, Region &region, size_t at, Rewriter &rewriter)
      : module_(module), region_(region), loop_(*region.ops[at]), trip_(loop_.as<ForAttr>().trip), rewriter_(rewriter) {
    behind_.assign(region.ops.begin() + static_cast<long>(at) + 1, region.ops.end());
    for (Op *op : behind_)
      for (Value *v : readBy(*op)) readers_[v].insert(op);
  }

  bool run() {
    collect();
    if (sunk_.empty() || !endsAStack()) return false;
    moveForward();
    rewrite();
    return true;
  }

private:
  bool isStack(const Value *v) const { return v->def == &loop_ && v->index >= static_cast<size_t>(loop_.as<ForAttr>().carries); }
  bool perTurn(const Type &type) const { return type.rank() > 0 && type.dims[0] == trip_; }

  /// Ops behind the loop that follow from its results are sunk or have to stay; of the others, those that only sunk ones
  /// read are sunk too.
  void collect() {
    std::unordered_set<const Value *> after(loop_.results.begin(), loop_.results.end()); // depends on the loop
    std::unordered_set<const Op *> front;
    for (Op *op : behind_) {
      bool depends = !isSpeculatable(*op);
      for (const Value *v : readBy(*op)) depends |= after.count(v) != 0;
      if (!depends) {
        front.insert(op);
        continue;
      }
      after.insert(op->results.begin(), op->results.end());
      if (isSlicewise(*op, after)) sink(op);
    }
    for (size_t i = behind_.size(); i-- > 0;) {
      Op *op = behind_[i];
      if (front.count(op) == 0 || !isSlicewise(*op, after) || !onlySunkRead(op->result()) || isReadWhole(op->result())) continue;
      sink(op);
    }
    std::vector<Op *> ordered;
    for (Op *op : behind_)
      if (isSunk(op)) ordered.push_back(op);
    sunk_ = ordered;
  }
  void sink(Op *op) {
    sunk_.push_back(op);
    sunkSet_.insert(op);
    inside_.insert(op->results.begin(), op->results.end());
  }
  bool isSunk(const Op *op) const { return sunkSet_.count(op) != 0; }
  bool onlySunkRead(const Value *v) const {
    auto found = readers_.find(v);
    if (found == readers_.end()) return false;
    return std::all_of(found->second.begin(), found->second.end(), [&](const Op *reader) { return isSunk(reader); });
  }

  /// Every turn reads all of it: rows become something else than turns.
  static bool makesTurns(const Op &broadcast) {
    const auto &to = broadcast.as<BroadcastAttr>().to;
    return to.empty() || to[0] != 0;
  }
  bool isReadWhole(const Value *v) const {
    const auto &readers = readers_.at(v);
    return std::any_of(readers.begin(), readers.end(), [](const Op *reader) { return reader->kind == OpKind::Broadcast && makesTurns(*reader); });
  }

  /// Turn i of the result is the same op on turn i of the operands.
  bool isSlicewise(const Op &op, const std::unordered_set<const Value *> &after) const {
    if (!isElementwise(op.kind) && op.kind != OpKind::Accumulate && op.kind != OpKind::Broadcast) return false;
    if (!perTurn(op.result()->type)) return false;
    for (const Value *v : readBy(op)) // sizes, too
      if (inside_.count(v) == 0 && !isStack(v) && after.count(v) != 0) return false;
    for (const Value *v : op.operands) {
      bool here = inside_.count(v) != 0 || isStack(v);
      if (op.kind == OpKind::Broadcast && here && makesTurns(op)) return false;
    }
    return true;
  }

  bool endsAStack() const {
    return std::any_of(loop_.results.begin(), loop_.results.end(), [&](const Value *v) { return isStack(v) && onlySunkRead(v); });
  }

  /// What sunk ops read and is made behind the loop, in front of it.
  void moveForward() {
    std::unordered_set<const Op *> moved;
    std::vector<Value *> work;
    for (const Op *op : sunk_)
      for (Value *v : readBy(*op)) work.push_back(v);
    while (!work.empty()) {
      Value *v = work.back();
      work.pop_back();
      if (!v->def || inside_.count(v) != 0 || std::find(behind_.begin(), behind_.end(), v->def) == behind_.end()) continue;
      if (!moved.insert(v->def).second) continue;
      for (Value *read : readBy(*v->def)) work.push_back(read);
    }
    auto place = std::find(region_.ops.begin(), region_.ops.end(), &loop_);
    std::stable_partition(place, region_.ops.end(), [&](const Op *op) { return moved.count(op) != 0; });
  }

  void rewrite() {
    Region &body = *loop_.regions[0];
    end_ = body.terminator();
    body.ops.pop_back();
    Builder b(module_, &body);
    for (Op *op : sunk_) {
      b.where = op->where;
      Value *slice = sliceOf(*op, b);
      if (slice->name.empty()) slice->name = op->result()->name;
      slices_[op->result()] = slice;
    }
    Rewriter::keep(end_, body);
    for (Op *op : sunk_) {
      Value *result = op->result();
      if (!onlySunkRead(result)) rewriter_.replace(result, stackInLoop(loop_, slices_.at(result)));
    }
    std::erase_if(region_.ops, [&](const Op *op) { return isSunk(op); });
  }

  Value *sliceOf(const Op &op, Builder &b) {
    std::vector<Value *> operands;
    if (op.kind == OpKind::Broadcast) {
      BroadcastAttr attr = op.as<BroadcastAttr>();
      Value *x = op.operand(0);
      bool rows = !attr.to.empty() && attr.to[0] == 0;
      if (rows) x = slice(x, b), attr.to.erase(attr.to.begin());
      for (int &d : attr.to) --d;
      attr.dims.erase(attr.dims.begin());
      return b.broadcast(x, attr.dims, attr.to);
    }
    for (Value *v : op.operands) operands.push_back(slice(v, b));
    return b.value(op.kind, operands, op.attrs);
  }

  /// Turn i of a value that has a row for every turn.
  Value *slice(Value *v, Builder &b) {
    if (auto found = slices_.find(v); found != slices_.end()) return found->second;
    if (isStack(v)) return end_->operand(v->index);
    if (auto bits = splatBits(v)) return slices_[v] = b.constantBits(Type(v->type.elem, {v->type.dims.begin() + 1, v->type.dims.end()}), {*bits});
    if (v->def && v->def->kind == OpKind::Broadcast) return slices_[v] = sliceOf(*v->def, b); // not stored
    return slices_[v] = scanInLoop(loop_, v);
  }

  Module &module_;
  Region &region_;
  Op &loop_;
  Dim trip_;
  Rewriter &rewriter_;
  std::vector<Op *> behind_, sunk_;
  std::unordered_set<const Op *> sunkSet_;
  Op *end_ = nullptr; ///< of the body
  std::unordered_map<const Value *, std::unordered_set<const Op *>> readers_; ///< behind the loop; look-ups only
  std::unordered_set<const Value *> inside_;
  std::unordered_map<const Value *, Value *> slices_; ///< of turn i; look-ups only
};

void sinkIn(Module &module, Region &region) {
  for (size_t i = 0; i < region.ops.size(); ++i) {
    Op *op = region.ops[i];
    for (Region *inner : op->regions) sinkIn(module, *inner);
    if (op->kind != OpKind::For || !op->as<ForAttr>().tripIsDim) continue;
    Rewriter rewriter;
    if (!Sinker(module, region, i, rewriter).run()) continue;
    walk(region, [&](Op *other) { rewriter.operands(*other); });
    i = static_cast<size_t>(std::find(region.ops.begin(), region.ops.end(), op) - region.ops.begin());
  }
}

} // namespace

Status sink_into_loops(Module &module, PassContext &) {
  for (const auto &function : module.functions) sinkIn(module, *function->body);
  return Done{};
}

} // namespace dl::passes

/// eliminate_dead_ops. Before: any module. After: every op is an effect, or reaches one or a result; carried values,
/// stacks, scans and results of region ops that nobody reads are gone too. Needs and gives nothing; runs after every
/// pass that leaves something behind. Test: test/passes/cleanup/eliminate_dead_ops.dlir.
#include "passes/pass.h"
#include "passes/rewriting.h"

namespace dl::passes {

namespace {

using namespace ir;

class DeadOps {
public:
  explicit DeadOps(Function &function) : function_(function), live_(function.valueCount()), liveOp_(function.opCount()) {}

  void run() {
    walk(*function_.body, [&](Op *op) {
      if (info(op->kind).effect || op->kind == OpKind::Call || op->kind == OpKind::Return) markOp(*op);
    });
    while (!work_.empty()) {
      Value *v = work_.back();
      work_.pop_back();
      reach(*v);
    }
    sweep(*function_.body);
  }

private:
  void mark(Value *v) {
    if (live_[v->id]) return;
    live_[v->id] = true;
    work_.push_back(v);
  }

  void reach(Value &v) {
    for (Value *dim : dimValues(v.type)) mark(dim);
    if (v.def) {
      markOp(*v.def);
      markResult(*v.def, v.index);
    } else if (Op *op = v.region->parent) {
      markOp(*op);
      markArgument(*op, v.index);
    }
  }

  /// What an op needs whichever of its results are read.
  void markOp(Op &op) {
    if (liveOp_[op.id]) return;
    liveOp_[op.id] = true;
    if (Op *outer = op.parent->parent) markOp(*outer);
    for (DimAtom *atom : atomsOf(op.attrs))
      if (atom->owner) mark(static_cast<Value *>(atom->owner));
    for (Value *result : op.results)
      for (Value *dim : dimValues(result->type)) mark(dim);
    if (op.kind == OpKind::If) return mark(op.operand(0));
    if (op.kind == OpKind::For) {
      if (!op.as<ForAttr>().tripIsDim) mark(op.operand(0));
      return;
    }
    if (op.kind == OpKind::While) return mark(op.regions[0]->terminator()->operand(0));
    if (op.kind == OpKind::Checkpoint || op.kind == OpKind::Fused) return;
    if (op.kind == OpKind::Yield) return;
    for (Value *operand : op.operands) mark(operand);
    for (Region *region : op.regions) // custom_grad: both sides stay whole
      walk(*region, [&](Op *inner) {
        markOp(*inner);
        for (Value *operand : inner->operands) mark(operand);
      });
  }

  void markCarry(Op &op, size_t i) {
    bool loop = op.kind == OpKind::For;
    size_t firstOperand = loop ? op.operands.size() - static_cast<size_t>(op.as<ForAttr>().carries) : 0;
    size_t firstArg = loop ? 1 + op.as<ForAttr>().scanDims.size() : 0;
    mark(op.operand(firstOperand + i));
    for (Region *region : op.regions) mark(region->args[firstArg + i]);
    mark(op.regions.back()->terminator()->operand(i));
    mark(op.result((op.kind == OpKind::While && op.as<WhileAttr>().bound > 0) + i));
  }

  void markResult(Op &op, size_t i) {
    if (op.kind == OpKind::If || op.kind == OpKind::Checkpoint || op.kind == OpKind::Fused) {
      for (Region *region : op.regions) mark(region->terminator()->operand(i));
    } else if (op.kind == OpKind::For) {
      if (i < static_cast<size_t>(op.as<ForAttr>().carries)) return markCarry(op, i);
      mark(op.regions[0]->terminator()->operand(i));
    } else if (op.kind == OpKind::While) {
      const auto &attr = op.as<WhileAttr>();
      if (attr.bound > 0 && i-- == 0) return;
      if (i < static_cast<size_t>(attr.carries)) return markCarry(op, i);
      mark(op.regions[1]->terminator()->operand(i));
    }
  }

  void markArgument(Op &op, size_t i) {
    if (op.kind == OpKind::For) {
      const auto &attr = op.as<ForAttr>();
      size_t scans = attr.scanDims.size();
      if (i == 0) return;
      if (i <= scans) return mark(op.operand((attr.tripIsDim ? 0 : 1) + i - 1));
      markCarry(op, i - 1 - scans);
    } else if (op.kind == OpKind::While) {
      markCarry(op, i);
    } else if (op.kind == OpKind::Checkpoint || op.kind == OpKind::Fused) {
      mark(op.operand(i));
    }
  }

  void sweep(Region &region) {
    std::erase_if(region.ops, [&](Op *op) { return !isTerminator(op->kind) && !liveOp_[op->id]; });
    for (Op *op : region.ops) {
      if (op->regions.empty()) continue;
      shrink(*op);
      for (Region *inner : op->regions) sweep(*inner);
    }
  }

  std::vector<bool> flags(const std::vector<Value *> &values) const {
    std::vector<bool> result;
    for (const Value *v : values) result.push_back(live_[v->id]);
    return result;
  }

  /// Takes dead operands, arguments, yielded values and results off a region op.
  void shrink(Op &op) {
    if (op.kind == OpKind::CustomGrad) return;
    std::vector<bool> results = flags(op.results), yields = results;
    if (op.kind == OpKind::For) {
      auto &attr = op.as<ForAttr>();
      std::vector<bool> args = flags(op.regions[0]->args), operands;
      args[0] = true;
      if (!attr.tripIsDim) operands.push_back(true);
      operands.insert(operands.end(), args.begin() + 1, args.end());
      std::vector<bool> scans(args.begin() + 1, args.begin() + 1 + static_cast<long>(attr.scanDims.size()));
      keepFlagged(attr.scanDims, scans);
      int carries = 0;
      for (int i = 0; i < attr.carries; ++i) carries += results[static_cast<size_t>(i)];
      attr.carries = carries;
      keepFlagged(op.operands, operands);
      keepFlagged(op.regions[0]->args, args);
    } else if (op.kind == OpKind::While) {
      auto &attr = op.as<WhileAttr>();
      if (attr.bound > 0) results[0] = true, yields.erase(yields.begin());
      std::vector<bool> carried(yields.begin(), yields.begin() + attr.carries);
      attr.carries = 0;
      for (bool kept : carried) attr.carries += kept;
      keepFlagged(op.operands, carried);
      for (Region *region : op.regions) keepFlagged(region->args, carried);
    } else if (!op.regions[0]->args.empty()) {
      std::vector<bool> args = flags(op.regions[0]->args);
      keepFlagged(op.operands, args);
      keepFlagged(op.regions[0]->args, args);
    }
    keepFlagged(op.results, results);
    renumber(op.results);
    for (Region *region : op.regions) {
      renumber(region->args);
      if (op.kind == OpKind::While && region == op.regions[0]) continue;
      keepFlagged(region->terminator()->operands, yields);
    }
  }

  Function &function_;
  std::vector<bool> live_, liveOp_;
  std::vector<Value *> work_;
};

} // namespace

Status eliminate_dead_ops(Module &module, PassContext &) {
  for (const auto &function : module.functions) DeadOps(*function).run();
  return Done{};
}

} // namespace dl::passes

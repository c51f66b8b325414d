/// Makes every buffer that a loop, a branch or an inout parameter shares explicit: one `copy` per value that enters or
/// leaves it. Coalescing then removes all those that are not needed (plan_memory.cpp).
#include "passes/fusion/candidates.h"
#include "passes/memory/storage.h"
#include <algorithm>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Region;
using ir::Value;

namespace {

struct Inserter {
  ir::Function &entry;

  Op *copyOf(Value *from, Region &at, ir::Origin where) {
    Op *copy = entry.newOp(OpKind::Copy, where);
    copy->parent = &at;
    copy->operands = {from};
    Value *result = entry.newValue(from->type, from->name);
    result->def = copy;
    copy->results = {result};
    return copy;
  }
  bool isTensor(const Value *v) const { return v->type.rank() != 0; }

  /// The value whose buffer `v` looks into, itself if it is no view.
  static const Value *seen(const Value *v) {
    while (v->def && placementOf(*v->def) == Placement::View) v = v->def->operand(0);
    return v;
  }

  void beforeEnd(Region &region, const std::vector<Op *> &copies) {
    region.ops.insert(region.ops.end() - 1, copies.begin(), copies.end());
  }

  /// The yields of a loop body: carries go through temporaries where one carry's argument is another's next value.
  void yields(Region &body, size_t carries) {
    Op *end = body.terminator();
    size_t firstArg = body.args.size() - carries;
    std::vector<Op *> early, late;
    for (size_t k = 0; k < end->operands.size(); ++k) {
      Value *next = end->operands[k];
      if (!isTensor(next)) continue;
      bool isCarry = k < carries;
      if (isCarry && next == body.args[firstArg + k]) continue;
      if (isCarry) {
        bool otherArg = std::find(body.args.begin() + static_cast<long>(firstArg), body.args.end(), seen(next)) != body.args.end();
        if (otherArg) {
          early.push_back(copyOf(next, body, end->where));
          next = early.back()->result();
        }
      }
      late.push_back(copyOf(next, body, end->where));
      end->operands[k] = late.back()->result();
    }
    // Stacked copies read arguments too: they come before any carry is overwritten.
    std::stable_partition(late.begin(), late.end(), [&](Op *copy) {
      auto at = std::find(end->operands.begin(), end->operands.end(), copy->result());
      return static_cast<size_t>(at - end->operands.begin()) >= carries;
    });
    early.insert(early.end(), late.begin(), late.end());
    beforeEnd(body, early);
  }

  void region(Region &region) {
    std::vector<Op *> list = std::move(region.ops);
    region.ops.clear();
    for (Op *op : list) {
      if (op->kind != OpKind::Fused)
        for (Region *inner : op->regions) this->region(*inner);
      bool loop = op->kind == OpKind::For || op->kind == OpKind::While;
      if (loop) {
        size_t carries = static_cast<size_t>(op->kind == OpKind::For ? op->as<ir::ForAttr>().carries : op->as<ir::WhileAttr>().carries);
        for (size_t k = op->operands.size() - carries; k < op->operands.size(); ++k) {
          if (!isTensor(op->operands[k])) continue;
          region.ops.push_back(copyOf(op->operands[k], region, op->where));
          op->operands[k] = region.ops.back()->result();
        }
        yields(*op->regions.back(), carries);
      } else if (op->kind == OpKind::If) {
        for (Region *branch : op->regions) yields(*branch, 0);
      }
      region.ops.push_back(op);
    }
  }

  /// Whatever else leaves the entry and lies in a parameter that gets a new value is copied before that.
  void finals() {
    Op *end = entry.body->terminator();
    size_t next = entry.results.size();
    std::vector<Op *> early, late;
    for (size_t k = 0; k < next; ++k) {
      const Value *from = seen(end->operands[k]);
      if (!isTensor(from) || from->def || !entry.params[from->index].inout) continue;
      early.push_back(copyOf(end->operands[k], *entry.body, end->where));
      end->operands[k] = early.back()->result();
    }
    for (size_t k = 0; k < entry.params.size(); ++k) {
      if (!entry.params[k].inout) continue;
      Value *&final = end->operands[next++];
      if (!isTensor(final) || final == entry.body->args[k]) continue;
      bool otherParam = !seen(final)->def;
      if (otherParam) {
        early.push_back(copyOf(final, *entry.body, end->where));
        final = early.back()->result();
      }
      late.push_back(copyOf(final, *entry.body, end->where));
      final = late.back()->result();
    }
    early.insert(early.end(), late.begin(), late.end());
    beforeEnd(*entry.body, early);
  }
};

} // namespace

void insertCopies(ir::Function &entry) {
  Inserter inserter{entry};
  inserter.region(*entry.body);
  inserter.finals();
}

} // namespace dl::passes

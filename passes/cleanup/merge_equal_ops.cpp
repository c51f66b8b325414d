/// merge_equal_ops. Before: any module. After: of two pure ops with equal kind, operands and attributes, where one
/// dominates the other, only the first is left. `leaf` is an identity of its own and never merged; region ops stay.
/// Needs and gives nothing. Test: test/passes/cleanup/merge_equal_ops.dlir.
#include "passes/pass.h"
#include "passes/rewriting.h"

namespace dl::passes {

namespace {

using namespace ir;

bool isCommutative(OpKind k) {
  return k == OpKind::Add || k == OpKind::Mul || k == OpKind::And || k == OpKind::Or || k == OpKind::Xor ||
         k == OpKind::Eq || k == OpKind::Ne;
}

bool isMergeable(const Op &op) {
  return op.regions.empty() && !info(op.kind).effect && !isTerminator(op.kind) && op.kind != OpKind::Leaf &&
         op.kind != OpKind::Call && op.kind != OpKind::Copy && op.kind != OpKind::Grad && op.kind != OpKind::Jvp;
}

class Merger {
public:
  explicit Merger(Function &function) : function_(function) {}

  void region(Region &at) {
    std::vector<uint64_t> added;
    size_t out = 0; // the list is compacted in place: merging dimensions has to find the ops that follow
    for (size_t i = 0; i < at.ops.size(); ++i) {
      Op *op = at.ops[i];
      rewriter_.operands(*op);
      if (isMergeable(*op)) {
        if (isCommutative(op->kind) && op->operand(0)->id > op->operand(1)->id) std::swap(op->operands[0], op->operands[1]);
        uint64_t key = hash(*op);
        if (Op *first = find(key, *op)) {
          replace(*op, *first);
          continue;
        }
        table_[key].push_back(op);
        added.push_back(key);
      }
      at.ops[out++] = op;
      for (Region *inner : op->regions) region(*inner);
    }
    at.ops.resize(out);
    for (size_t i = added.size(); i-- > 0;) table_[added[i]].pop_back();
  }

private:
  static uint64_t hash(const Op &op) {
    uint64_t h = static_cast<uint64_t>(op.kind) + 1;
    auto mix = [&](uint64_t v) { h = (h ^ v) * 0x9E3779B97F4A7C15u, h ^= h >> 29; };
    for (const Value *v : op.operands) mix(v->id);
    for (const Value *v : op.results) mix(v->type.rank() * 16 + static_cast<uint64_t>(v->type.elem));
    if (const auto *constant = std::get_if<ConstAttr>(&op.attrs))
      for (uint64_t bits : constant->bits) mix(bits);
    return h;
  }

  Op *find(uint64_t key, const Op &op) const {
    auto found = table_.find(key);
    if (found == table_.end()) return nullptr;
    for (Op *other : found->second)
      if (other->kind == op.kind && other->operands == op.operands && other->attrs == op.attrs) return other;
    return nullptr;
  }

  void replace(Op &op, Op &by) {
    for (size_t i = 0; i < op.results.size(); ++i) {
      if (op.results[i]->type.elem == Elem::Dim)
        replaceDimension(function_, op.results[i]->dim.asAtom(), by.results[i]->dim);
      rewriter_.replace(op.results[i], by.results[i]);
    }
  }

  Function &function_;
  Rewriter rewriter_;
  std::unordered_map<uint64_t, std::vector<Op *>> table_;
};

} // namespace

Status merge_equal_ops(Module &module, PassContext &) {
  for (const auto &function : module.functions) Merger(*function).region(*function->body);
  return Done{};
}

} // namespace dl::passes

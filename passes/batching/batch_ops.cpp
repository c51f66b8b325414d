#include "passes/batching/batch_ops.h"
#include <cmath>

namespace dl::passes {

using namespace ir;

Batch::Batch(Builder &into, Dim turns)
    : b(into), extent_(std::move(turns)), variance_(!(extent_.isConstant() && extent_.value() > 0)) {}

std::function<std::optional<Dim>(DimAtom *)> Batch::lookup() const {
  return [this](DimAtom *atom) -> std::optional<Dim> {
    auto found = map_.dims.find(atom);
    if (found == map_.dims.end()) return std::nullopt;
    return found->second;
  };
}

bool Batch::run(const std::vector<Op *> &ops) {
  variance_.follow(ops, false);
  for (const Op *op : ops) {
    if (isTerminator(op->kind)) continue;
    step(*op);
    if (refused()) return false;
  }
  flushChecks();
  return true;
}

void Batch::step(const Op &op) {
  const ir::Origin before = b.where;
  if (op.where.valid()) b.where = op.where;
  if (!variance_.touches(op)) {
    if (hasEffect(op)) refuse(op, "is an effect of every turn");
    else cloneOp(op, map_, b);
  } else if (variance_.dimensionsVary(op)) {
    refuse(op, "has a length of its own in every turn");
  } else {
    batchRuleOf(op.kind)(op, *this);
  }
  b.where = before;
}

void Batch::refuse(const Op &op, std::string why) {
  if (!refused()) refusal_ = "`" + std::string(info(op.kind).mnemonic) + "` " + why;
}

void batchRefused(const Op &op, Batch &batch) {
  batch.refuse(op, op.kind == OpKind::Grad || op.kind == OpKind::Jvp ? "is not expanded yet" : "belongs to one turn");
}

std::vector<Dim> Batch::withTurn(std::vector<Dim> dims) const {
  dims.insert(dims.begin(), extent_);
  return dims;
}

Value *Batch::turns(Value *v) {
  if (auto found = batched_.find(v); found != batched_.end()) return found->second;
  Value *one = image(v);
  if (auto bits = splatBits(one)) return b.constantBits(withTurn(one->type), {*bits});
  std::vector<int> to;
  for (size_t d = 0; d < one->type.rank(); ++d) to.push_back(static_cast<int>(d) + 1);
  return b.broadcast(one, withTurn(one->type.dims), to);
}

std::optional<int64_t> Batch::beyondNumber(const Value *v) const {
  constexpr int64_t kSmall = int64_t{1} << 30; // conversions between integers keep what is small
  if (!number_ || extent_.highest() > kSmall) return std::nullopt;
  if (v == number_) return 0;
  if (!v->def || (v->type.elem != Elem::I64 && v->type.elem != Elem::I32)) return std::nullopt;
  const Op &op = *v->def;
  if (op.kind == OpKind::Convert) return beyondNumber(op.operand(0));
  if (op.kind != OpKind::Add && op.kind != OpKind::Sub) return std::nullopt;
  for (size_t side = 0; side < (op.kind == OpKind::Add ? 2u : 1u); ++side) {
    auto constant = splatNumber(op.operand(1 - side));
    auto rest = constant ? beyondNumber(op.operand(side)) : std::nullopt;
    if (!rest || std::fabs(*constant) > static_cast<double>(kSmall)) continue;
    int64_t c = static_cast<int64_t>(*constant), sum = op.kind == OpKind::Add ? *rest + c : *rest - c;
    if (sum > -kSmall && sum < kSmall) return sum;
  }
  return std::nullopt;
}

void Batch::give(Value *result, Value *image) {
  if (image->name.empty()) image->name = result->name;
  if (varies(result)) batched_[result] = image;
  else map_.map(result, image);
}

Value *Batch::spread(Value *perTurn, const Type &like) { return b.broadcast(perTurn, like.dims, {0}); }

Value *Batch::choose(Value *active, Value *now, Value *before) {
  return now == before ? now : b.select(spread(active, now->type), now, before);
}

void Batch::inside(const Region &region) {
  for (const Op *op : region.ops) {
    if (isTerminator(op->kind) || refused()) continue;
    step(*op);
  }
}

void Batch::nested(const Region &region) {
  ++depth_;
  inside(region);
  --depth_;
}

Region *Batch::open(const Region &region) {
  Region *made = b.function().newRegion(nullptr);
  for (Value *arg : region.args) {
    Type type = place(arg->type);
    Value *image = b.function().newValue(varies(arg) ? withTurn(type) : type, arg->name);
    image->region = made;
    image->index = static_cast<uint32_t>(made->args.size());
    made->args.push_back(image);
    give(arg, image);
  }
  Region *outside = b.region();
  b.setRegion(made);
  nested(region);
  b.setRegion(outside);
  return made;
}

Value *Batch::narrow(Value *active) {
  Value *before = mask_;
  mask_ = mask_ ? b.binary(OpKind::And, mask_, active) : active;
  return before;
}

} // namespace dl::passes

#include "passes/rewriting.h"

namespace dl::passes {

using namespace ir;

void Rewriter::replace(Value *from, Value *to) {
  to = (*this)(to);
  if (from == to) return;
  if (to->name.empty() && to->def) to->name = from->name;
  map_[from] = to;
}

Value *Rewriter::operator()(Value *v) const {
  for (auto found = map_.find(v); found != map_.end(); found = map_.find(v)) v = found->second;
  return v;
}

void Rewriter::operands(Op &op) const {
  if (map_.empty()) return;
  for (Value *&operand : op.operands) operand = (*this)(operand);
}

void Rewriter::keep(Op *op, Region &region) {
  region.ops.push_back(op);
  op->parent = &region;
}

void replaceDimension(Function &function, DimAtom *from, const Dim &to, std::span<Op *const> unlisted) {
  auto of = [&](DimAtom *atom) -> std::optional<Dim> {
    if (atom != from) return std::nullopt;
    return to;
  };
  auto inType = [&](Type &type) {
    for (Dim &dim : type.dims) dim = dim.substitute(of);
  };
  auto inRegion = [&](const Region &region) {
    for (Value *arg : region.args) inType(arg->type);
  };
  inRegion(*function.body);
  for (Type &type : function.results) inType(type);
  auto inOp = [&](Op *op) {
    op->attrs = substitute(op->attrs, of);
    for (Value *result : op->results) inType(result->type);
    for (const Region *region : op->regions) inRegion(*region);
  };
  walk(*function.body, inOp);
  for (Op *op : unlisted) {
    inOp(op);
    for (const Region *region : op->regions) walk(*region, inOp);
  }
}

const ConstAttr *constantOf(const Value *v) {
  return v->def && v->def->kind == OpKind::Const ? &v->def->as<ConstAttr>() : nullptr;
}

std::optional<uint64_t> splatBits(const Value *v) {
  const ConstAttr *constant = constantOf(v);
  if (!constant || constant->bits.size() != 1) return std::nullopt;
  return constant->bits[0];
}

std::optional<double> splatNumber(const Value *v) {
  auto bits = splatBits(v);
  Elem elem = v->type.elem;
  if (!bits || elem == Elem::Key || elem == Elem::Dim) return std::nullopt;
  return decodeNumber(elem, *bits);
}

bool isDefinedInside(const Value *v, const Op &op) {
  const Region *at = v->def ? v->def->parent : v->region;
  for (; at && at->parent; at = at->parent->parent)
    if (at->parent == &op) return true;
  return false;
}

bool dependsOnlyOnOutside(const Op &op, const Op &loop) {
  auto outside = [&](const Value *v) { return !isDefinedInside(v, loop); };
  for (const Value *v : op.operands)
    if (!outside(v)) return false;
  for (const DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner && !outside(static_cast<const Value *>(atom->owner))) return false;
  for (const Value *result : op.results)
    for (const Value *dim : dimValues(result->type))
      if (dim->def != &op && !outside(dim)) return false;
  if (!op.regions.empty())
    for (const Value *v : freeValues(op))
      if (!outside(v)) return false;
  return true;
}

bool isSpeculatable(const Op &op) {
  if (info(op.kind).effect || isTerminator(op.kind) || op.kind == OpKind::Call) return false;
  if (op.kind == OpKind::While && op.as<WhileAttr>().bound == 0) return false;
  for (const Region *region : op.regions)
    for (const Op *inner : region->ops)
      if (!isTerminator(inner->kind) && !isSpeculatable(*inner)) return false;
  return true;
}

bool isFreeToRepeat(const Op &op) {
  return op.kind == OpKind::Const || op.kind == OpKind::Iota || op.kind == OpKind::Broadcast || op.kind == OpKind::Extent;
}

Value *withDimensionFirst(Value *x, int dim, Builder &at) {
  if (dim == 0) return x;
  std::vector<int> perm{dim};
  for (int d = 0; d < static_cast<int>(x->type.rank()); ++d)
    if (d != dim) perm.push_back(d);
  return at.transpose(x, perm);
}

void renumber(std::vector<Value *> &values) {
  for (size_t i = 0; i < values.size(); ++i) values[i]->index = static_cast<uint32_t>(i);
}

} // namespace dl::passes

#include "codegen/loops/region_emitter.h"
#include "support/result.h"

namespace dl::codegen {

using ir::Elem;
using ir::Op;
using ir::OpKind;
using ir::Value;

Prim primOf(Elem e) {
  switch (e) {
  case Elem::F64: return Prim::F64;
  case Elem::F32: return Prim::F32;
  case Elem::BF16: return Prim::I16; // as bits: conversions are integer arithmetic on every CPU
  case Elem::F16: return Prim::F16;
  case Elem::I64: case Elem::Key: case Elem::Dim: return Prim::I64;
  case Elem::I32: return Prim::I32;
  case Elem::U8: return Prim::I8;
  case Elem::Bool: return Prim::I1;
  }
  DL_UNREACHABLE();
}

std::vector<int64_t> boundStrides(const ir::Type &type) {
  std::vector<int64_t> strides(type.rank(), 1);
  for (size_t d = type.rank(); d-- > 1;) strides[d - 1] = strides[d] * std::max<int64_t>(type.dims[d].bound(), 1);
  return strides;
}

bool isDense(const ir::Type &type) {
  for (size_t d = 1; d < type.rank(); ++d)
    if (!type.dims[d].isConstant()) return false;
  return true;
}

Val RegionEmitter::dim(const dl::Dim &d) {
  Val sum = b_.i64(d.constantPart());
  if (d.isConstant()) return sum;
  for (const dl::Dim::Term &term : d.poly()->terms) {
    Val product = b_.i64(term.coefficient);
    for (const auto &[node, power] : term.factors) {
      Val factor;
      if (node->atom) {
        const auto *owner = static_cast<const Value *>(node->atom->owner);
        DL_CHECK(owner);
        factor = scalar(owner);
      } else {
        factor = b_.floorDiv(dim(*node->dividend), b_.smax(dim(*node->divisor), b_.i64(1)));
      }
      for (int i = 0; i < power; ++i) product = b_.mul(product, factor);
    }
    sum = b_.add(sum, product);
  }
  return sum;
}

std::vector<uint64_t> RegionEmitter::keyOf(const Value *v, const At &at) const {
  std::vector<uint64_t> key{reinterpret_cast<uint64_t>(v), static_cast<uint64_t>(at.lanes) * 2 + at.linear,
                            at.smask ? at.smask->id : 0, at.vmask ? at.vmask->id : 0};
  for (const Idx &i : at.idx) key.push_back(i.v->id), key.push_back(static_cast<uint64_t>(i.stride));
  return key;
}

Val RegionEmitter::eval(const Value *v, const At &where) {
  auto known = scalars_.find(v);
  if (known != scalars_.end()) return known->second;
  auto bound = tensors_.find(v);
  At at = where;
  if (v->type.isScalar()) at = At{};
  std::vector<uint64_t> key = keyOf(v, at);
  auto cached = cache_.find(key);
  if (cached != cache_.end() && b_.inScope(cached->second)) return cached->second;
  Val made;
  if (bound != tensors_.end()) made = load(bound->second, at);
  else if (!v->def || v->def->kind == OpKind::If || v->def->kind == OpKind::For || v->def->kind == OpKind::While) {
    DL_CHECK(v->type.isScalar() && findScalar);
    made = findScalar(v);
  } else {
    Val found = v->type.isScalar() && findScalar ? findScalar(v) : nullptr;
    made = found ? found : compute(*v->def, at);
  }
  cache_[std::move(key)] = made;
  return made;
}

Val RegionEmitter::compute(const Op &op, const At &at) {
  switch (ir::info(op.kind).family) {
  case ir::Family::Elementwise: {
    std::vector<Val> operands;
    for (const Value *x : op.operands) operands.push_back(eval(x, at));
    return elementwise(op, operands);
  }
  case ir::Family::Constant: return evalConstant(op, at);
  case ir::Family::Shape: return evalShape(op, at);
  case ir::Family::Indexing:
    if (op.kind == OpKind::Gather) return evalIndexed(op, at);
    if (op.kind == OpKind::SliceAt) return evalSliceAt(op, at);
    break;
  case ir::Family::Random:
    if (op.kind == OpKind::RandomBits || op.kind == OpKind::KeyFold) return evalRandomBits(op, at);
    break;
  case ir::Family::Differentiation: // markers that no pass removed mean their operand
    if (op.kind == OpKind::StopGradient || op.kind == OpKind::Leaf) return eval(op.operand(0), at);
    if (op.kind == OpKind::Accumulate) return elementwise(OpKind::Add, op.operand(0)->type.elem, op.operand(0)->type.elem, {eval(op.operand(0), at), eval(op.operand(1), at)});
    break;
  case ir::Family::Reduction: case ir::Family::Contraction: case ir::Family::LinearAlgebra: case ir::Family::Control: case ir::Family::Effect: case ir::Family::Data: break;
  }
  std::fprintf(stderr, "operation `%s` is read before it is computed\n", ir::info(op.kind).mnemonic);
  DL_UNREACHABLE();
}

// Index arithmetic ---------------------------------------------------------------------------------------------------

Val RegionEmitter::lanesOf(const Idx &a, int lanes) {
  if (a.v->type.lanes > 1 || a.stride == 0) return a.v;
  return b_.ramp(a.v, a.stride, lanes);
}

Idx RegionEmitter::add(const Idx &a, const Idx &b, int lanes) {
  if (a.v->type.lanes == 1 && b.v->type.lanes == 1) return {b_.add(a.v, b.v), a.stride + b.stride};
  return {b_.add(b_.splat(lanesOf(a, lanes), lanes), b_.splat(lanesOf(b, lanes), lanes))};
}

Idx RegionEmitter::mul(const Idx &a, Val n, int lanes) {
  int64_t c = 0;
  if (a.v->type.lanes == 1 && (a.stride == 0 || LoopBuilder::isConst(n, &c))) return {b_.mul(a.v, n), a.stride * c};
  return {b_.mul(b_.splat(lanesOf(a, lanes), lanes), n)};
}

Idx RegionEmitter::floorDiv(const Idx &a, Val n, int lanes) { return {b_.floorDiv(lanesOf(a, lanes), n)}; }
Idx RegionEmitter::floorRem(const Idx &a, Val n, int lanes) { return {b_.floorRem(lanesOf(a, lanes), n)}; }

Idx RegionEmitter::select(Val condition, const Idx &a, const Idx &b, int lanes) {
  if (condition->type.lanes == 1 && a.v->type.lanes == 1 && b.v->type.lanes == 1 && a.stride == b.stride)
    return {b_.select(condition, a.v, b.v), a.stride};
  return {b_.select(b_.splat(condition, lanes), b_.splat(lanesOf(a, lanes), lanes), b_.splat(lanesOf(b, lanes), lanes))};
}

Val RegionEmitter::inRange(const Idx &i, Val n, int lanes) { return b_.binary(LoopOp::ULt, lanesOf(i, lanes), n); }

At RegionEmitter::restricted(RegionEmitter &e, At at, Val condition) {
  if (!condition) return at;
  Val &mask = condition->type.lanes == 1 ? at.smask : at.vmask;
  mask = e.b_.logicalAnd(mask, condition);
  return at;
}

// Memory -------------------------------------------------------------------------------------------------------------

Idx RegionEmitter::linearIndex(const TensorRef &ref, const std::vector<Idx> &idx, int lanes, Val *scalarPart) {
  Idx sum = constantIdx(0);
  // Dimensions that the lanes run over together are one when their strides keep the proportions.
  size_t run = idx.size(), runEnd = idx.size();
  size_t parts = lanes > 1 ? flat_.parts.size() : 0;
  for (size_t d = 0; parts > 0 && d + parts <= idx.size() && run == idx.size(); ++d) {
    int64_t scale = ref.strides[d + parts - 1] / flat_.strides[parts - 1];
    bool fits = true;
    for (size_t k = 0; k < parts; ++k) fits &= idx[d + k].v == flat_.parts[k] && ref.strides[d + k] == scale * flat_.strides[k];
    if (!fits) continue;
    run = d, runEnd = d + parts;
    sum = mul(flat_.flat, b_.i64(scale), lanes);
  }
  // Scalars and vectors apart: the sum of the vectors often holds for a whole loop.
  for (size_t d = 0; d < idx.size(); ++d)
    if (idx[d].v->type.lanes == 1 && (d < run || d >= runEnd)) sum = add(sum, mul(idx[d], b_.i64(ref.strides[d]), lanes), lanes);
  Idx spread;
  for (size_t d = 0; d < idx.size(); ++d) {
    if (idx[d].v->type.lanes == 1 || (d >= run && d < runEnd)) continue;
    Idx term = mul(idx[d], b_.i64(ref.strides[d]), lanes);
    spread = spread.v ? add(spread, term, lanes) : term;
  }
  if (!spread.v) return sum;
  if (scalarPart && sum.uniform()) {
    *scalarPart = sum.v;
    return spread;
  }
  return add(spread, sum, lanes);
}

Val RegionEmitter::load(const TensorRef &from, const At &at) {
  Val scalarPart = nullptr;
  Idx i = at.linear ? at.idx[0] : linearIndex(from, at.idx, at.lanes, &scalarPart);
  if (scalarPart) { // the scalar part goes into the address
    Val mask = at.vmask;
    if (at.smask) mask = mask ? b_.logicalAnd(mask, b_.splat(at.smask, at.lanes)) : b_.splat(at.smask, at.lanes);
    const Buffer &whole = *from.buffer;
    Val base = b_.add(whole.base, b_.mul(scalarPart, primBytes(whole.elem)));
    return b_.gather(base == whole.base ? &whole : b_.buffer(whole.name, whole.elem, base, 0, whole.constant), i.v, mask);
  }
  if (i.uniform() || at.lanes == 1) {
    // Where nothing is to be read the first element is, harmlessly.
    Val index = at.smask ? b_.select(at.smask, i.v, b_.i64(0)) : i.v;
    if (at.lanes == 1 && at.vmask) index = b_.select(at.vmask, index, b_.i64(0));
    return b_.load(from.buffer, index);
  }
  Val mask = at.vmask;
  if (at.smask) mask = mask ? b_.logicalAnd(mask, b_.splat(at.smask, at.lanes)) : b_.splat(at.smask, at.lanes);
  if (i.v->type.lanes == 1 && i.stride == 1) return b_.load(from.buffer, i.v, at.lanes, mask);
  return b_.gather(from.buffer, lanesOf(i, at.lanes), mask);
}

void RegionEmitter::store(const TensorRef &to, const At &at, Val value) {
  Idx i = at.linear ? at.idx[0] : linearIndex(to, at.idx, at.lanes);
  Val mask = at.vmask;
  if (at.smask) mask = mask ? b_.logicalAnd(mask, b_.splat(at.smask, at.lanes)) : b_.splat(at.smask, at.lanes);
  if (at.lanes == 1) b_.store(to.buffer, i.v, value, mask);
  else if (i.v->type.lanes == 1 && i.stride == 1) b_.store(to.buffer, i.v, b_.splat(value, at.lanes), mask);
  else b_.scatter(to.buffer, lanesOf(i, at.lanes), value, mask);
}

} // namespace dl::codegen

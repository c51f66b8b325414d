// Reads at computed places: remap, gather, slice_at; random bits, which are a function of the place.
#include "codegen/loops/math.h"
#include "codegen/loops/region_emitter.h"
#include "support/result.h"

namespace dl::codegen {

using ir::Op;
using ir::OpKind;

Idx RegionEmitter::affine(const ir::Affine &a, const std::vector<Idx> &names, int lanes) {
  Idx sum{dim(a.offset)};
  for (int pass = 0; pass < 2; ++pass) // scalar names first
    for (const auto &[name, coefficient] : a.terms) {
      const Idx &i = names[static_cast<size_t>(name)];
      if ((i.v->type.lanes > 1) == (pass == 1)) sum = add(sum, mul(i, b_.i64(coefficient), lanes), lanes);
    }
  return sum;
}

RegionEmitter::Read RegionEmitter::readOf(const Op &op, const ir::IndexedAttr &attr, const ir::Factor &factor,
                                          const std::vector<Idx> &names, const At &at) {
  (void)attr;
  Read read;
  auto require = [&](Val condition) {
    int64_t c = 0;
    if (LoopBuilder::isConst(condition, &c) && c) return;
    Val &to = condition->type.lanes == 1 ? read.sCondition : read.vCondition;
    to = b_.logicalAnd(to, condition);
  };
  for (size_t d = 0; d < factor.index.size(); ++d) {
    const ir::Index &index = factor.index[d];
    dl::Dim extent = factor.operand < 0 ? factor.extent : op.operand(static_cast<size_t>(factor.operand))->type.dims[d];
    Idx i;
    if (index.source >= 0) {
      const ir::Value *source = op.operand(static_cast<size_t>(index.source));
      At inner = at;
      inner.linear = false;
      inner.idx.clear();
      for (const ir::Affine &a : index.sourceIndex) inner.idx.push_back(affine(a, names, at.lanes));
      Val found = convert(eval(source, inner), source->type.elem, ir::Elem::I64);
      i = {found};
      require(inRange(i, dim(extent), at.lanes));
    } else {
      i = affine(index.affine, names, at.lanes);
      if (index.divisor != 1) {
        Val n = b_.i64(index.divisor);
        require(b_.compare(LoopOp::Eq, floorRem(i, n, at.lanes).v, b_.i64(0)));
        i = floorDiv(i, n, at.lanes);
      }
      if (index.guarded) require(inRange(i, dim(extent), at.lanes));
    }
    read.idx.push_back(i);
  }
  return read;
}

Val RegionEmitter::evalIndexed(const Op &op, const At &at) {
  const auto &attr = op.as<ir::IndexedAttr>();
  const ir::Factor &factor = attr.factors[0];
  Read read = readOf(op, attr, factor, at.idx, at);
  At inner = restricted(*this, restricted(*this, at, read.sCondition), read.vCondition);
  inner.idx = read.idx;
  return zeroWhereAbsent(eval(op.operand(static_cast<size_t>(factor.operand)), inner), conditionOf(read));
}

Val RegionEmitter::evalSliceAt(const Op &op, const At &at) {
  const auto &attr = op.as<ir::SliceAtAttr>();
  At inner = at;
  for (size_t d = 0; d < attr.extent.size(); ++d) {
    Val last = b_.sub(dim(op.operand(0)->type.dims[d]), dim(attr.extent[d]));
    Val start = b_.smax(b_.smin(scalar(op.operand(d + 1)), last), b_.i64(0));
    inner.idx[d] = add(at.idx[d], Idx{start}, at.lanes);
  }
  return eval(op.operand(0), inner);
}

/// The number of an element among those of its key.
static Idx elementOf(RegionEmitter &e, const ir::Type &type, const At &at, size_t keyDims) {
  std::vector<int64_t> strides = boundStrides(type);
  strides.erase(strides.begin(), strides.begin() + static_cast<long>(keyDims));
  std::vector<Idx> idx(at.idx.begin() + static_cast<long>(keyDims), at.idx.end());
  return e.linearIndex({nullptr, strides}, idx, at.lanes);
}

Val RegionEmitter::evalRandomBits(const Op &op, const At &at) {
  // A tensor of keys: the first dimensions choose the key, the others number its elements.
  size_t keyDims = op.operand(0)->type.rank();
  At keyAt = at;
  if (op.kind == OpKind::RandomBits && keyDims > 0) keyAt.idx.resize(keyDims);
  Val key = eval(op.operand(0), keyDims == 0 ? At{} : keyAt);
  auto low = [&](Val v) { return b_.cast(LoopOp::Trunc, v, Prim::I32); };
  auto high = [&](Val v) { return b_.cast(LoopOp::Trunc, b_.binary(LoopOp::LShr, v, b_.i64(32)), Prim::I32); };
  auto pack = [&](RandomWords w) {
    return b_.binary(LoopOp::Or, b_.cast(LoopOp::ZExt, w.first, Prim::I64), b_.binary(LoopOp::Shl, b_.cast(LoopOp::ZExt, w.second, Prim::I64), b_.i64(32)));
  };
  if (op.kind == OpKind::KeyFold) {
    Val index = eval(op.operand(1), op.operand(1)->type.isScalar() ? At{} : at);
    return pack(emitThreefry(b_, low(key), high(key), low(index), high(index)));
  }
  const ir::Type &type = op.result()->type;
  Idx element = at.linear ? at.idx[0] : elementOf(*this, type, at, keyDims);
  Val e = lanesOf(element, at.lanes);
  if (type.elem == ir::Elem::I64) return pack(emitThreefry(b_, low(key), high(key), low(e), high(e)));
  auto counterOf = [&](Val x) {
    return b_.add(b_.mul(b_.binary(LoopOp::LShr, x, b_.i64(5)), 16), b_.binary(LoopOp::And, x, b_.i64(15)));
  };
  // Sixteen consecutive aligned elements take one word of sixteen consecutive counters.
  if (at.lanes == 1 || (element.v->type.lanes == 1 && element.stride == 1 && at.lanes <= 16 && isMultipleOf(element.v, at.lanes))) {
    Val start = counterOf(element.v);
    Val isSecond = b_.compare(LoopOp::Ne, b_.binary(LoopOp::And, element.v, b_.i64(16)), b_.i64(0));
    RandomWords w = emitThreefry(b_, low(key), high(key), b_.ramp(low(start), 1, at.lanes), high(start));
    return b_.select(b_.splat(isSecond, at.lanes), w.second, w.first);
  }
  Val counter = counterOf(e);
  Val isSecond = b_.compare(LoopOp::Ne, b_.binary(LoopOp::And, e, b_.i64(16)), b_.i64(0));
  RandomWords w = emitThreefry(b_, low(key), high(key), low(counter), high(counter));
  return b_.select(isSecond, w.second, w.first);
}

} // namespace dl::codegen

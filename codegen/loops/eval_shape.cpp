// Constants and the operations that only move elements: an index vector of the result becomes one of the operand.
#include "codegen/loops/region_emitter.h"
#include "support/result.h"
#include <algorithm>
#include <cstring>

// Each family is dispatched on its own operations.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

using ir::Op;
using ir::OpKind;

Val RegionEmitter::evalConstant(const Op &op, const At &at) {
  switch (op.kind) {
  case OpKind::Const: {
    const auto &a = op.as<ir::ConstAttr>();
    Prim prim = primOf(a.type.elem);
    if (a.bits.size() == 1) return b_.constant({prim, 1}, a.bits[0]);
    if (a.bits.empty()) return b_.zero({prim, 1});
    // All values: read-only data of the program.
    Constant data;
    data.name = op.result()->name;
    size_t width = static_cast<size_t>(primBytes(prim));
    data.bytes.resize((a.bits.size() * width + 127) / 64 * 64); // vectors may be read past the end
    for (size_t i = 0; i < a.bits.size(); ++i) std::memcpy(data.bytes.data() + i * width, &a.bits[i], width);
    auto &all = b_.program().constants;
    size_t number = 0;
    while (number < all.size() && (all[number].bytes != data.bytes || !all[number].links.empty() || all[number].exported)) ++number;
    if (number == all.size()) all.push_back(std::move(data));
    bindTensor(op.result(), {b_.buffer("constant", prim, b_.globalAddress(static_cast<int>(number)), 64, true), boundStrides(a.type)});
    return eval(op.result(), at);
  }
  case OpKind::Iota: {
    const auto &a = op.as<ir::IotaAttr>();
    Val index = lanesOf(at.idx[static_cast<size_t>(a.dim)], at.lanes);
    return convert(index, ir::Elem::I64, a.type.elem);
  }
  case OpKind::ToDim: {
    Val n = eval(op.operand(0), at);
    return b_.smin(b_.smax(n, b_.i64(0)), b_.i64(op.as<ir::ToDimAttr>().bound));
  }
  case OpKind::Extent: return dim(op.as<ir::ExtentAttr>().extent);
  default: DL_UNREACHABLE();
  }
}

Val RegionEmitter::zeroWhereAbsent(Val v, Val condition) { return condition ? b_.select(condition, v, b_.zero(v->type)) : v; }

Val RegionEmitter::evalShape(const Op &op, const At &at) {
  At inner = at;
  switch (op.kind) {
  case OpKind::Reshape: return evalReshape(op, at);
  case OpKind::Transpose: {
    const auto &perm = op.as<ir::DimsAttr>().dims;
    for (size_t i = 0; i < perm.size(); ++i) inner.idx[static_cast<size_t>(perm[i])] = at.idx[i];
    return eval(op.operand(0), inner);
  }
  case OpKind::Reverse:
    for (int d : op.as<ir::DimsAttr>().dims) {
      Idx last{b_.sub(dim(op.result()->type.dims[static_cast<size_t>(d)]), 1)};
      inner.idx[static_cast<size_t>(d)] = sub(last, at.idx[static_cast<size_t>(d)], at.lanes);
    }
    return eval(op.operand(0), inner);
  case OpKind::Broadcast: {
    if (op.operand(0)->type.isScalar()) return eval(op.operand(0), at);
    inner.idx.clear();
    for (int to : op.as<ir::BroadcastAttr>().to) inner.idx.push_back(at.idx[static_cast<size_t>(to)]);
    return eval(op.operand(0), inner);
  }
  case OpKind::Slice: return evalSlice(op, at);
  case OpKind::Pad: return evalPad(op, at);
  case OpKind::Concat: return evalConcat(op, at);
  case OpKind::Interleave: return evalInterleave(op, at);
  case OpKind::Copy: return eval(op.operand(0), at);
  case OpKind::Remap: return evalIndexed(op, at);
  default: DL_UNREACHABLE();
  }
}

Val RegionEmitter::evalReshape(const Op &op, const At &at) {
  const auto &from = op.operand(0)->type.dims, &to = op.result()->type.dims;
  if (at.linear) return eval(op.operand(0), at);
  // Groups of dimensions with equal products; within a group the index is made linear and taken apart again.
  At inner = at;
  inner.idx.assign(from.size(), constantIdx(0));
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    size_t i0 = i, j0 = j;
    dl::Dim a = i < from.size() ? from[i++] : dl::Dim(1), b = j < to.size() ? to[j++] : dl::Dim(1);
    if (a != b) {
      // Extend the smaller side; when that is not known, to the end.
      while (a != b && (i < from.size() || j < to.size())) {
        bool growA = j >= to.size() || (i < from.size() && (a.isConstant() && b.isConstant() ? a.value() < b.value() : a.bound() <= b.bound()));
        if (growA) a = a * from[i++];
        else b = b * to[j++];
      }
      if (a != b) { // equal as a whole only
        i0 = j0 = 0;
        i = from.size(), j = to.size();
      }
    }
    if (i - i0 == 1 && j - j0 == 1) {
      inner.idx[i0] = at.idx[j0];
      continue;
    }
    if (i == i0) continue; // unit dimensions of the result
    Idx linear = constantIdx(0);
    for (size_t d = j0; d < j; ++d) {
      linear = mul(linear, dim(to[d]), at.lanes);
      linear = add(linear, at.idx[d], at.lanes);
    }
    for (size_t d = i; d-- > i0;) {
      if (d == i0) {
        inner.idx[d] = linear;
        break;
      }
      if (from[d].isConstant(1)) continue;
      Val n = b_.smax(dim(from[d]), b_.i64(1));
      int64_t c = 0;
      // Lanes that stay within one row of the inner dimension keep their stride.
      if (LoopBuilder::isConst(n, &c) && linear.v->type.lanes == 1 && linear.stride == 1 && c % at.lanes == 0 && isMultipleOf(linear.v, at.lanes)) {
        inner.idx[d] = {b_.floorRem(linear.v, n), 1};
        linear = {b_.floorDiv(linear.v, n)};
      } else {
        inner.idx[d] = floorRem(linear, n, at.lanes);
        linear = floorDiv(linear, n, at.lanes);
      }
    }
  }
  return eval(op.operand(0), inner);
}

bool RegionEmitter::isMultipleOf(Val v, int64_t n) const {
  int64_t c = 0;
  if (n == 1) return true;
  if (LoopBuilder::isConst(v, &c)) return c % n == 0;
  if (v->op == LoopOp::Add || v->op == LoopOp::Sub) return isMultipleOf(v->args[0], n) && isMultipleOf(v->args[1], n);
  if (v->op == LoopOp::Mul) return isMultipleOf(v->args[0], n) || isMultipleOf(v->args[1], n);
  if (v->op == LoopOp::Induction) {
    auto known = alignment_.find(v);
    return known != alignment_.end() && known->second % n == 0;
  }
  return false;
}

Val RegionEmitter::evalSlice(const Op &op, const At &at) {
  const auto &a = op.as<ir::SliceAttr>();
  At inner = at;
  for (size_t d = 0; d < a.start.size(); ++d)
    inner.idx[d] = add(mul(at.idx[d], b_.i64(a.step[d]), at.lanes), Idx{dim(a.start[d])}, at.lanes);
  return eval(op.operand(0), inner);
}

Val RegionEmitter::evalPad(const Op &op, const At &at) {
  const auto &a = op.as<ir::PadAttr>();
  At inner = at;
  Val present = nullptr;
  auto require = [&](Val condition) {
    int64_t c = 0;
    if (LoopBuilder::isConst(condition, &c) && c) return;
    inner = restricted(*this, inner, condition);
    present = present ? b_.binary(LoopOp::And, present, condition) : condition;
  };
  for (size_t d = 0; d < a.low.size(); ++d) {
    const dl::Dim &extent = op.operand(0)->type.dims[d];
    if (a.low[d].isConstant(0) && a.step[d] == 1 && extent == a.extent[d]) continue;
    Idx shifted = sub(at.idx[d], Idx{dim(a.low[d])}, at.lanes);
    if (a.step[d] != 1) {
      Val step = b_.i64(a.step[d]);
      require(b_.compare(LoopOp::Eq, floorRem(shifted, step, at.lanes).v, b_.i64(0)));
      shifted = floorDiv(shifted, step, at.lanes);
    }
    require(inRange(shifted, dim(extent), at.lanes));
    inner.idx[d] = shifted;
  }
  Val x = eval(op.operand(0), inner);
  if (!present) return x;
  return b_.select(present, x, eval(op.operand(1), at));
}

Val RegionEmitter::evalConcat(const Op &op, const At &at) {
  size_t d = static_cast<size_t>(op.as<ir::ConcatAttr>().dim);
  Val result = nullptr, start = b_.i64(0);
  Val position = lanesOf(at.idx[d], at.lanes);
  for (const ir::Value *x : op.operands) {
    Val extent = dim(x->type.dims[d]);
    At inner = at;
    inner.idx[d] = sub(at.idx[d], Idx{start}, at.lanes);
    Val here = inRange(inner.idx[d], extent, at.lanes);
    Val part = eval(x, restricted(*this, inner, here));
    result = result ? b_.select(here, part, result) : part;
    start = b_.add(start, extent);
  }
  (void)position;
  return result;
}

Val RegionEmitter::evalInterleave(const Op &op, const At &at) {
  const auto &a = op.as<ir::InterleaveAttr>();
  Val result = nullptr;
  for (size_t r = 0; r < op.operands.size(); ++r) {
    At inner = at;
    Val here = nullptr;
    size_t rest = r;
    for (size_t k = a.over.size(); k-- > 0;) {
      auto step = static_cast<size_t>(a.step[k]);
      size_t d = static_cast<size_t>(a.over[k]), residue = rest % step;
      rest /= step;
      Idx shifted = sub(at.idx[d], constantIdx(static_cast<int64_t>(residue)), at.lanes);
      Val n = b_.i64(a.step[k]);
      Val fits = b_.compare(LoopOp::Eq, floorRem(shifted, n, at.lanes).v, b_.i64(0));
      here = here ? b_.binary(LoopOp::And, here, fits) : fits;
      inner.idx[d] = floorDiv(shifted, n, at.lanes);
    }
    Val part = eval(op.operand(r), restricted(*this, inner, here));
    result = result && here ? b_.select(here, part, result) : part;
  }
  return result;
}

} // namespace dl::codegen

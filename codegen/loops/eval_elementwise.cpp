// Element-wise arithmetic of every element type. bf16 and f16 are computed in f32 and rounded once per operation.
#include "codegen/loops/math.h"
#include "codegen/loops/region_emitter.h"
#include "codegen/loops/subnormals.h"
#include "support/result.h"

// The element types are dispatched one after the other, each on its own operations.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

using ir::Elem;
using ir::OpKind;

using ir::isHalf;

static Val bf16ToF32(LoopBuilder &b, Val v) {
  Val wide = b.cast(LoopOp::ZExt, v, Prim::I32);
  return b.cast(LoopOp::Bitcast, b.binary(LoopOp::Shl, wide, b.i32(16)), Prim::F32);
}

static Val f32ToBf16(LoopBuilder &b, Val v) {
  Val bits = b.cast(LoopOp::Bitcast, v, Prim::I32);
  Val nan = b.binary(LoopOp::Gt, b.binary(LoopOp::And, bits, b.i32(0x7fffffff)), b.i32(0x7f800000));
  Val odd = b.binary(LoopOp::And, b.binary(LoopOp::LShr, bits, b.i32(16)), b.i32(1));
  Val rounded = b.binary(LoopOp::Add, b.binary(LoopOp::Add, bits, b.i32(0x7fff)), odd);
  Val chosen = b.select(nan, b.binary(LoopOp::Or, bits, b.i32(0x400000)), rounded);
  return b.cast(LoopOp::Trunc, b.binary(LoopOp::LShr, chosen, b.i32(16)), Prim::I16);
}

Val RegionEmitter::convert(Val v, Elem from, Elem to) {
  auto canonical = [](Elem e) { return e == Elem::Dim || e == Elem::Key ? Elem::I64 : e; };
  from = canonical(from), to = canonical(to);
  if (from == to) return v;
  if (isHalf(from) && to == Elem::Bool) // by bits: their subnormals count in every mode
    return b_.binary(LoopOp::Ne, b_.binary(LoopOp::And, b_.cast(LoopOp::Bitcast, v, Prim::I16), b_.constant({Prim::I16, 1}, 0x7fff)), b_.constant({Prim::I16, 1}, 0));
  if (from == Elem::BF16) return convert(bf16ToF32(b_, v), Elem::F32, to);
  if (to == Elem::BF16) return f32ToBf16(b_, from == Elem::F32 ? v : convert(v, from, Elem::F32));
  if (from == Elem::F16) return convert(b_.cast(LoopOp::FloatCast, v, Prim::F32), Elem::F32, to);
  if (to == Elem::F16) return b_.cast(LoopOp::FloatCast, from == Elem::F32 ? v : convert(v, from, Elem::F32), Prim::F16);
  if (to == Elem::Bool) return b_.binary(LoopOp::Ne, v, b_.zero(v->type));
  if (from == Elem::Bool) {
    if (ir::isFloat(to)) return b_.cast(LoopOp::IntToFloat, b_.cast(LoopOp::ZExt, v, Prim::I32), primOf(to));
    return b_.cast(LoopOp::ZExt, v, primOf(to));
  }
  if (ir::isFloat(from) && ir::isFloat(to)) return settledCast(b_, v, primOf(to));
  if (ir::isFloat(from)) {
    if (to != Elem::U8) return b_.cast(LoopOp::FloatToInt, v, primOf(to));
    return b_.cast(LoopOp::Trunc, b_.binary(LoopOp::SMin, b_.binary(LoopOp::SMax, b_.cast(LoopOp::FloatToInt, v, Prim::I32), b_.i32(0)), b_.i32(255)), Prim::I8);
  }
  if (ir::isFloat(to)) {
    Val wide = from == Elem::U8 ? b_.cast(LoopOp::ZExt, v, Prim::I32) : v;
    return b_.cast(LoopOp::IntToFloat, wide, primOf(to));
  }
  // Between integers: saturating.
  if (from == Elem::U8) return b_.cast(LoopOp::ZExt, v, primOf(to));
  if (to == Elem::I64) return b_.cast(LoopOp::SExt, v, Prim::I64);
  auto clamp = [&](int64_t low, int64_t high) {
    VecType t = v->type.withLanes(1);
    return b_.binary(LoopOp::SMin, b_.binary(LoopOp::SMax, v, b_.constant(t, static_cast<uint64_t>(low))), b_.constant(t, static_cast<uint64_t>(high)));
  };
  return b_.cast(LoopOp::Trunc, to == Elem::U8 ? clamp(0, 255) : clamp(INT32_MIN, INT32_MAX), primOf(to));
}

static Val compare(LoopBuilder &b, OpKind kind, Elem elem, Val x, Val y) {
  if (elem == Elem::U8 || elem == Elem::Bool) x = b.cast(LoopOp::ZExt, x, Prim::I32), y = b.cast(LoopOp::ZExt, y, Prim::I32);
  switch (kind) {
  case OpKind::Eq: return b.binary(LoopOp::Eq, x, y);
  case OpKind::Ne: return b.binary(LoopOp::Ne, x, y);
  case OpKind::Lt: return b.binary(LoopOp::Lt, x, y);
  case OpKind::Le: return b.binary(LoopOp::Le, x, y);
  case OpKind::Gt: return b.binary(LoopOp::Gt, x, y);
  case OpKind::Ge: return b.binary(LoopOp::Ge, x, y);
  default: DL_UNREACHABLE();
  }
}

static Val realUnary(LoopBuilder &b, OpKind kind, Val x) {
  Val one = b.real(x->type.withLanes(1), 1), zero = b.zero(x->type.withLanes(1));
  switch (kind) {
  case OpKind::Neg: return b.unary(LoopOp::Neg, x);
  case OpKind::Abs: return b.unary(LoopOp::Abs, x);
  case OpKind::Floor: return b.unary(LoopOp::Floor, x);
  case OpKind::Ceil: return b.unary(LoopOp::Ceil, x);
  case OpKind::Round: return b.unary(LoopOp::RoundEven, x);
  case OpKind::Sqrt: return b.unary(LoopOp::Sqrt, x);
  case OpKind::Sign:
    return b.select(b.binary(LoopOp::Gt, x, zero), one, b.select(b.binary(LoopOp::Lt, x, zero), b.real(one->type, -1), x));
  case OpKind::ErfInv: return emitErfInv(b, x);
  default: return emitMath(b, kind, x);
  }
}

static Val realBinary(LoopBuilder &b, OpKind kind, Val x, Val y) {
  switch (kind) {
  case OpKind::Add: return settledBinary(b, LoopOp::Add, x, y);
  case OpKind::Sub: return settledBinary(b, LoopOp::Sub, x, y);
  case OpKind::Mul: return settledBinary(b, LoopOp::Mul, x, y);
  case OpKind::Div: return settledBinary(b, LoopOp::Div, x, y);
  default: return emitMath(b, kind, x, y);
  }
}

/// Division towards minus infinity and its remainder; by 0 both are 0, by -1 nothing overflows.
static Val integerDivide(LoopBuilder &b, bool remainder, bool isSigned, Val x, Val y) {
  Prim narrow = x->type.prim;
  if (!isSigned) x = b.cast(LoopOp::ZExt, x, Prim::I32), y = b.cast(LoopOp::ZExt, y, Prim::I32);
  auto constant = [&](int64_t n) { return b.constant(x->type.withLanes(1), static_cast<uint64_t>(n)); };
  Val byZero = b.binary(LoopOp::Eq, y, constant(0)), byMinusOne = b.binary(LoopOp::Eq, y, constant(-1));
  Val safe = b.select(b.binary(LoopOp::Or, byZero, byMinusOne), constant(1), y);
  Val rest = b.binary(LoopOp::SRem, x, safe);
  Val off = b.binary(LoopOp::And, b.binary(LoopOp::Ne, rest, constant(0)), b.binary(LoopOp::Lt, b.binary(LoopOp::Xor, rest, safe), constant(0)));
  Val result;
  if (remainder) result = b.select(b.binary(LoopOp::Or, byZero, byMinusOne), constant(0), b.select(off, b.binary(LoopOp::Add, rest, safe), rest));
  else {
    Val quotient = b.binary(LoopOp::SDiv, x, safe);
    quotient = b.select(off, b.binary(LoopOp::Sub, quotient, constant(1)), quotient);
    result = b.select(byZero, constant(0), b.select(byMinusOne, b.binary(LoopOp::Sub, constant(0), x), quotient));
  }
  return isSigned ? result : b.cast(LoopOp::Trunc, result, narrow);
}

static Val integerOp(LoopBuilder &b, OpKind kind, Elem elem, const std::vector<Val> &v) {
  bool isSigned = elem != Elem::U8;
  VecType scalar = v[0]->type.withLanes(1);
  auto constant = [&](int64_t n) { return b.constant(scalar, static_cast<uint64_t>(n)); };
  auto shift = [&](LoopOp op) {
    return b.binary(op, v[0], b.binary(LoopOp::And, v[1], constant(primBytes(scalar.prim) * 8 - 1)));
  };
  switch (kind) {
  case OpKind::Neg: return b.binary(LoopOp::Sub, constant(0), v[0]);
  case OpKind::Abs: return isSigned ? b.select(b.binary(LoopOp::Lt, v[0], constant(0)), b.binary(LoopOp::Sub, constant(0), v[0]), v[0]) : v[0];
  case OpKind::Sign:
    return isSigned ? b.binary(LoopOp::SMin, b.binary(LoopOp::SMax, v[0], constant(-1)), constant(1)) : b.binary(LoopOp::UMin, v[0], constant(1));
  case OpKind::Floor: case OpKind::Ceil: case OpKind::Round: return v[0];
  case OpKind::Not: return b.binary(LoopOp::Xor, v[0], constant(-1));
  case OpKind::Add: return b.binary(LoopOp::Add, v[0], v[1]);
  case OpKind::Sub: return b.binary(LoopOp::Sub, v[0], v[1]);
  case OpKind::Mul: return b.binary(LoopOp::Mul, v[0], v[1]);
  case OpKind::Div: return integerDivide(b, false, isSigned, v[0], v[1]);
  case OpKind::Rem: return integerDivide(b, true, isSigned, v[0], v[1]);
  case OpKind::Max: return b.binary(isSigned ? LoopOp::SMax : LoopOp::UMax, v[0], v[1]);
  case OpKind::Min: return b.binary(isSigned ? LoopOp::SMin : LoopOp::UMin, v[0], v[1]);
  case OpKind::And: return b.binary(LoopOp::And, v[0], v[1]);
  case OpKind::Or: return b.binary(LoopOp::Or, v[0], v[1]);
  case OpKind::Xor: return b.binary(LoopOp::Xor, v[0], v[1]);
  case OpKind::Shl: return shift(LoopOp::Shl);
  case OpKind::Shr: return shift(LoopOp::LShr);
  case OpKind::Fma: return b.binary(LoopOp::Add, b.binary(LoopOp::Mul, v[0], v[1]), v[2]);
  case OpKind::IsFinite: return b.constant({Prim::I1, 1}, 1);
  default: DL_UNREACHABLE();
  }
}

static Val boolOp(LoopBuilder &b, OpKind kind, const std::vector<Val> &v) {
  switch (kind) {
  case OpKind::Not: return b.logicalNot(v[0]);
  case OpKind::And: case OpKind::Min: case OpKind::Mul: return b.binary(LoopOp::And, v[0], v[1]);
  case OpKind::Or: case OpKind::Max: return b.binary(LoopOp::Or, v[0], v[1]);
  case OpKind::Xor: return b.binary(LoopOp::Xor, v[0], v[1]);
  default: DL_UNREACHABLE();
  }
}

Val RegionEmitter::elementwise(const ir::Op &op, const std::vector<Val> &operands) {
  return elementwise(op.kind, op.operands.back()->type.elem, op.result()->type.elem, operands);
}

Val RegionEmitter::choose(OpKind kind, Elem elem, Val x, Val y) {
  if (!ir::isFloat(elem)) return elementwise(kind, elem, elem, {x, y});
  if (isHalf(elem)) return convert(choose(kind, Elem::F32, convert(x, elem, Elem::F32), convert(y, elem, Elem::F32)), Elem::F32, elem);
  // The inner selection is one instruction.
  Val chosen = b_.select(b_.binary(kind == OpKind::Max ? LoopOp::Gt : LoopOp::Lt, x, y), x, y);
  bool isNumber = x->op == LoopOp::Const && x->type.prim == Prim::F32 && (x->imm & 0x7fffffff) <= 0x7f800000;
  return isNumber ? chosen : b_.select(b_.binary(LoopOp::Ne, x, x), x, chosen);
}

Val RegionEmitter::flush(Elem elem, Val x) {
  if (!ir::isFloat(elem)) return x;
  return isHalf(elem) ? convert(settle(b_, convert(x, elem, Elem::F32)), Elem::F32, elem) : settle(b_, x);
}

Val RegionEmitter::elementwise(OpKind kind, Elem from, Elem to, const std::vector<Val> &v) {
  switch (kind) {
  case OpKind::Select: return b_.select(v[0], v[1], v[2]);
  case OpKind::Convert: return convert(v[0], from, to);
  case OpKind::Bitcast: return b_.cast(LoopOp::Bitcast, v[0], primOf(to));
  default: break;
  }
  if (isHalf(from)) {
    if (kind == OpKind::Neg || kind == OpKind::Abs) { // bits, not arithmetic
      Val bits = b_.cast(LoopOp::Bitcast, v[0], Prim::I16), sign = b_.constant({Prim::I16, 1}, 0x8000), rest = b_.constant({Prim::I16, 1}, 0x7fff);
      return b_.cast(LoopOp::Bitcast, kind == OpKind::Neg ? b_.binary(LoopOp::Xor, bits, sign) : b_.binary(LoopOp::And, bits, rest), primOf(from));
    }
    std::vector<Val> wide;
    for (Val x : v) wide.push_back(convert(x, from, Elem::F32));
    Val result = elementwise(kind, Elem::F32, to == from ? Elem::F32 : to, wide);
    return to == from ? convert(result, Elem::F32, to) : result;
  }
  if (kind >= OpKind::Eq && kind <= OpKind::Ge) return compare(b_, kind, from, v[0], v[1]);
  if (from == Elem::Bool) return boolOp(b_, kind, v);
  if (!ir::isFloat(from)) return integerOp(b_, kind, from, v);
  if (kind == OpKind::IsFinite) {
    Val size = b_.unary(LoopOp::Abs, v[0]);
    uint64_t infinity = from == Elem::F64 ? 0x7ff0000000000000u : 0x7f800000u;
    return b_.binary(LoopOp::Lt, size, b_.constant(size->type.withLanes(1), infinity));
  }
  if (kind == OpKind::Fma) return settledFma(b_, v[0], v[1], v[2]);
  if (kind == OpKind::Max || kind == OpKind::Min) return settle(b_, choose(kind, from, v[0], v[1]));
  return v.size() == 1 ? realUnary(b_, kind, v[0]) : realBinary(b_, kind, v[0], v[1]);
}

} // namespace dl::codegen

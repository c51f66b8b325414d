#include "codegen/loops/subnormals.h"
#include <algorithm>
#include <bit>

// Arithmetic is told from moves by the few operations that matter.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

namespace {

uint64_t signBit(Prim p) { return uint64_t{1} << (primBytes(p) * 8 - 1); }

uint64_t bitsOf(Prim p, double c) { return p == Prim::F32 ? std::bit_cast<uint32_t>(static_cast<float>(c)) : std::bit_cast<uint64_t>(c); }

/// What flushed() makes.
bool isFlushed(Val v) {
  if (v->op != LoopOp::Select || v->args[1]->op != LoopOp::Bitcast) return false;
  Val sign = v->args[1]->args[0];
  return sign->op == LoopOp::And && sign->args[0]->op == LoopOp::Bitcast && sign->args[0]->args[0] == v->args[2];
}

bool maybeSubnormal(Val v) {
  switch (v->op) {
  case LoopOp::Const: {
    uint64_t size = v->imm & ~signBit(v->type.prim), least = v->type.prim == Prim::F32 ? 0x00800000u : uint64_t{1} << 52;
    return size != 0 && size < least;
  }
  case LoopOp::Add: case LoopOp::Sub: case LoopOp::Mul: case LoopOp::Div: case LoopOp::Sqrt: case LoopOp::Fma:
  case LoopOp::Floor: case LoopOp::Ceil: case LoopOp::RoundEven: case LoopOp::IntToFloat: case LoopOp::UIntToFloat:
  case LoopOp::FloatCast: return false;
  case LoopOp::Neg: case LoopOp::Abs: case LoopOp::Splat: return maybeSubnormal(v->args[0]);
  case LoopOp::Select: return !isFlushed(v) && (maybeSubnormal(v->args[1]) || maybeSubnormal(v->args[2]));
  default: return true;
  }
}

/// Where LLVM may know the number: it is computed from constants, or goes through the words of a frame.
bool isKnown(const LoopBuilder &b, Val v, int depth = 6) {
  if (v->op == LoopOp::Const) return true;
  if (b.function().kind == FunctionKind::Host) return true;
  return depth > 0 && !v->args.empty() && !v->buffer && !v->reg && std::all_of(v->args.begin(), v->args.end(), [&](Val a) { return isKnown(b, a, depth - 1); });
}

bool maybe(const LoopBuilder &b, Val v, double number) {
  return v->op == LoopOp::Const ? v->imm == bitsOf(v->type.prim, number) : isKnown(b, v);
}
bool maybeOne(const LoopBuilder &b, Val v) { return maybe(b, v, 1) || maybe(b, v, -1); }

/// Made of values that a cast has widened from `from`.
bool isWidened(Val v, Prim from) {
  switch (v->op) {
  case LoopOp::FloatCast: return v->args[0]->type.prim == from;
  case LoopOp::Neg: case LoopOp::Abs: case LoopOp::Splat: return isWidened(v->args[0], from);
  case LoopOp::Select: return isWidened(v->args[1], from) || isWidened(v->args[2], from);
  default: return false;
  }
}

/// By bits: of a comparison with zero LLVM would know that it leaves x as it is.
Val flushed(LoopBuilder &b, Val x) {
  if (!b.program().flushDenormals) return x;
  Prim prim = x->type.prim, whole = prim == Prim::F32 ? Prim::I32 : Prim::I64;
  uint64_t exponent = prim == Prim::F32 ? 0x7f800000u : 0x7ff0000000000000u;
  Val bits = b.cast(LoopOp::Bitcast, x, whole), sign = b.binary(LoopOp::And, bits, b.constant({whole, 1}, signBit(prim)));
  Val small = b.binary(LoopOp::Eq, b.binary(LoopOp::And, bits, b.constant({whole, 1}, exponent)), b.zero({whole, 1}));
  return b.select(small, b.cast(LoopOp::Bitcast, sign, prim), x);
}

} // namespace

Val settle(LoopBuilder &b, Val x) { return maybeSubnormal(x) ? flushed(b, x) : x; }

Val settledBinary(LoopBuilder &b, LoopOp op, Val x, Val y) {
  Val made = b.binary(op, x, y);
  if (!maybeSubnormal(x) && !maybeSubnormal(y)) return made;
  bool moves = false;
  switch (op) {
  case LoopOp::Add: moves = maybe(b, x, -0.0) || maybe(b, y, -0.0); break;
  case LoopOp::Sub: moves = maybe(b, x, -0.0) || maybe(b, y, 0); break;
  case LoopOp::Mul: moves = maybeOne(b, x) || maybeOne(b, y); break;
  case LoopOp::Div: moves = maybeOne(b, y); break;
  default: break;
  }
  return moves ? flushed(b, made) : made;
}

Val settledFma(LoopBuilder &b, Val x, Val y, Val z) {
  Val made = b.fma(x, y, z);
  bool moves = (maybeOne(b, x) || maybeOne(b, y)) && maybe(b, z, -0.0) && (maybeSubnormal(x) || maybeSubnormal(y));
  return moves ? flushed(b, made) : made;
}

Val settledCast(LoopBuilder &b, Val x, Prim to) {
  Val made = b.cast(LoopOp::FloatCast, x, to);
  bool moves = to == Prim::F32 && x->type.prim == Prim::F64 && (isWidened(x, to) || b.function().kind == FunctionKind::Host);
  return moves ? flushed(b, made) : made;
}

} // namespace dl::codegen

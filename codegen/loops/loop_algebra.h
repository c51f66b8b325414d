/// The algebra of numerics over loop values: the functions of support/numerics emit the operations that they would
/// perform on numbers.
#pragma once
#include "codegen/loops/loop_builder.h"
#include "support/numerics/functions.h"

namespace dl::codegen {

template <int Width> struct LoopAlgebra {
  using Real = Val;
  using Bits = Val;
  using Mask = Val;
  static constexpr int kWidth = Width;
  static constexpr Prim kReal = Width == 32 ? Prim::F32 : Prim::F64, kBits = Width == 32 ? Prim::I32 : Prim::I64;
  LoopBuilder *b;

  Real real(double c) { return b->real({kReal, 1}, c); }
  Bits bits(int64_t c) { return b->constant({kBits, 1}, static_cast<uint64_t>(c)); }
  Real add(Real x, Real y) { return b->binary(LoopOp::Add, x, y); }
  Real sub(Real x, Real y) { return b->binary(LoopOp::Sub, x, y); }
  Real mul(Real x, Real y) { return b->binary(LoopOp::Mul, x, y); }
  Real div(Real x, Real y) { return b->binary(LoopOp::Div, x, y); }
  Real fma(Real x, Real y, Real z) { return b->fma(x, y, z); }
  Real sqrt(Real x) { return b->unary(LoopOp::Sqrt, x); }
  Real roundEven(Real x) { return b->unary(LoopOp::RoundEven, x); }
  Real neg(Real x) { return b->unary(LoopOp::Neg, x); }
  Real abs(Real x) { return b->unary(LoopOp::Abs, x); }
  Bits addBits(Bits x, Bits y) { return b->binary(LoopOp::Add, x, y); }
  Bits subBits(Bits x, Bits y) { return b->binary(LoopOp::Sub, x, y); }
  Bits andBits(Bits x, Bits y) { return b->binary(LoopOp::And, x, y); }
  Bits orBits(Bits x, Bits y) { return b->binary(LoopOp::Or, x, y); }
  Bits xorBits(Bits x, Bits y) { return b->binary(LoopOp::Xor, x, y); }
  Bits shl(Bits x, int n) { return b->binary(LoopOp::Shl, x, b->constant({kBits, 1}, static_cast<uint64_t>(n))); }
  Bits shr(Bits x, int n) { return b->binary(LoopOp::LShr, x, b->constant({kBits, 1}, static_cast<uint64_t>(n))); }
  Bits toBits(Real x) { return b->cast(LoopOp::Bitcast, x, kBits); }
  Real fromBits(Bits x) { return b->cast(LoopOp::Bitcast, x, kReal); }
  Real toReal(Bits x) { return b->cast(LoopOp::IntToFloat, x, kReal); }
  Mask less(Real x, Real y) { return b->binary(LoopOp::Lt, x, y); }
  Mask lessEqual(Real x, Real y) { return b->binary(LoopOp::Le, x, y); }
  Mask equal(Real x, Real y) { return b->binary(LoopOp::Eq, x, y); }
  Mask equalBits(Bits x, Bits y) { return b->binary(LoopOp::Eq, x, y); }
  Mask andMask(Mask x, Mask y) { return b->binary(LoopOp::And, x, y); }
  Mask orMask(Mask x, Mask y) { return b->binary(LoopOp::Or, x, y); }
  Mask notMask(Mask x) { return b->logicalNot(x); }
  Real select(Mask m, Real x, Real y) { return b->select(m, x, y); }
  Bits selectBits(Mask m, Bits x, Bits y) { return b->select(m, x, y); }
};

} // namespace dl::codegen

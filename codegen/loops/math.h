/// The mathematical functions as loop IR.
#pragma once
#include "codegen/loops/loop_builder.h"
#include "ir/op_kinds.h"

namespace dl::codegen {

/// exp, log, ...: one operand, f32 or f64.
Val emitMath(LoopBuilder &b, ir::OpKind kind, Val x);
/// pow, atan2 and the rem of floats.
Val emitMath(LoopBuilder &b, ir::OpKind kind, Val x, Val y);
/// The inverse of erf: the normal quantile of (x + 1) / 2, over sqrt 2.
Val emitErfInv(LoopBuilder &b, Val x);
/// Both words of threefry(key, counter), operands and results i32.
struct RandomWords {
  Val first, second;
};
RandomWords emitThreefry(LoopBuilder &b, Val keyFirst, Val keySecond, Val counterLow, Val counterHigh);

} // namespace dl::codegen

/// Subnormal numbers in arithmetic that LLVM takes for a move. Where they are flushed the processor's arithmetic does it, but
/// `x * 1` or `max(x, x)` becomes `x`, whose bits would stay: such results are flushed by hand, as if computed.
#pragma once
#include "codegen/loops/loop_builder.h"

namespace dl::codegen {

/// x as arithmetic sees it: in place of a subnormal number a zero of its sign, where they are flushed. x itself where it is
/// known to be the result of arithmetic.
Val settle(LoopBuilder &b, Val x);
/// The operation on floats (of f32 or f64), flushed by hand if it may be seen to give one of its operands, or its negation.
Val settledBinary(LoopBuilder &b, LoopOp op, Val x, Val y);
Val settledFma(LoopBuilder &b, Val x, Val y, Val z);
Val settledCast(LoopBuilder &b, Val x, Prim to);

} // namespace dl::codegen

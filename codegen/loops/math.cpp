#include "codegen/loops/math.h"
#include "codegen/loops/loop_algebra.h"
#include "support/result.h"

// Only the mathematical functions are dispatched here.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

template <int W> static Val unaryOf(LoopBuilder &b, ir::OpKind kind, Val v) {
  using namespace num;
  LoopAlgebra<W> algebra{&b};
  R<LoopAlgebra<W>> x{&algebra, v};
  switch (kind) {
  case ir::OpKind::Exp: return exp(x).v;
  case ir::OpKind::Expm1: return expm1(x).v;
  case ir::OpKind::Log: return log(x).v;
  case ir::OpKind::Log1p: return log1p(x).v;
  case ir::OpKind::Sin: return sin(x).v;
  case ir::OpKind::Cos: return cos(x).v;
  case ir::OpKind::Tan: return tan(x).v;
  case ir::OpKind::Tanh: return tanh(x).v;
  case ir::OpKind::Sigmoid: return sigmoid(x).v;
  case ir::OpKind::Erf: return erf(x).v;
  case ir::OpKind::Lgamma: return lgamma(x).v;
  case ir::OpKind::Digamma: return digamma(x).v;
  default: DL_UNREACHABLE();
  }
}

template <int W> static Val binaryOf(LoopBuilder &b, ir::OpKind kind, Val v, Val w) {
  using namespace num;
  LoopAlgebra<W> algebra{&b};
  R<LoopAlgebra<W>> x{&algebra, v}, y{&algebra, w};
  switch (kind) {
  case ir::OpKind::Pow: return pow(x, y).v;
  case ir::OpKind::Atan2: return atan2(x, y).v;
  case ir::OpKind::Rem: return rem(x, y).v;
  default: DL_UNREACHABLE();
  }
}

Val emitMath(LoopBuilder &b, ir::OpKind kind, Val x) {
  return x->type.prim == Prim::F64 ? unaryOf<64>(b, kind, x) : unaryOf<32>(b, kind, x);
}
Val emitMath(LoopBuilder &b, ir::OpKind kind, Val x, Val y) {
  return x->type.prim == Prim::F64 ? binaryOf<64>(b, kind, x, y) : binaryOf<32>(b, kind, x, y);
}

template <int W> static Val erfInvOf(LoopBuilder &b, Val v) {
  using namespace num;
  LoopAlgebra<W> algebra{&b};
  R<LoopAlgebra<W>> x{&algebra, v};
  return erfInv(x).v;
}
Val emitErfInv(LoopBuilder &b, Val x) { return x->type.prim == Prim::F64 ? erfInvOf<64>(b, x) : erfInvOf<32>(b, x); }

RandomWords emitThreefry(LoopBuilder &b, Val keyFirst, Val keySecond, Val counterLow, Val counterHigh) {
  using A = LoopAlgebra<32>;
  A algebra{&b};
  auto word = [&](Val v) { return num::B<A>{&algebra, v}; };
  num::Words<A> block = num::threefry<A>({word(keyFirst), word(keySecond)}, {word(counterLow), word(counterHigh)});
  return {block.first.v, block.second.v};
}

} // namespace dl::codegen

// The table of batching rules: an op without one does not compile.
#include "passes/batching/batch_ops.h"

namespace dl::passes {

using namespace ir;

BatchRule batchRuleOf(OpKind kind) {
  switch (kind) {
  case OpKind::Neg:
  case OpKind::Abs:
  case OpKind::Sign:
  case OpKind::Floor:
  case OpKind::Ceil:
  case OpKind::Round:
  case OpKind::Exp:
  case OpKind::Expm1:
  case OpKind::Log:
  case OpKind::Log1p:
  case OpKind::Sqrt:
  case OpKind::Sin:
  case OpKind::Cos:
  case OpKind::Tan:
  case OpKind::Tanh:
  case OpKind::Sigmoid:
  case OpKind::Erf:
  case OpKind::ErfInv:
  case OpKind::Lgamma:
  case OpKind::Digamma:
  case OpKind::IsFinite:
  case OpKind::Not:
  case OpKind::Convert:
  case OpKind::Bitcast:
  case OpKind::Add:
  case OpKind::Sub:
  case OpKind::Mul:
  case OpKind::Div:
  case OpKind::Rem:
  case OpKind::Pow:
  case OpKind::Atan2:
  case OpKind::Max:
  case OpKind::Min:
  case OpKind::And:
  case OpKind::Or:
  case OpKind::Xor:
  case OpKind::Shl:
  case OpKind::Shr:
  case OpKind::Eq:
  case OpKind::Ne:
  case OpKind::Lt:
  case OpKind::Le:
  case OpKind::Gt:
  case OpKind::Ge:
  case OpKind::Select:
  case OpKind::Fma:
  case OpKind::Cholesky:
  case OpKind::TriSolve:
  case OpKind::Lu:
  case OpKind::Qr:
  case OpKind::Eigh:
  case OpKind::Svd:
  case OpKind::Copy:
  case OpKind::StopGradient:
  case OpKind::Leaf:
  case OpKind::Accumulate: return batchElementwise;
  case OpKind::Const:
  case OpKind::Iota:
  case OpKind::Extent:
  case OpKind::ToDim: return batchConstant;
  case OpKind::Reduce:
  case OpKind::ArgReduce:
  case OpKind::Cumulate: return batchReduction;
  case OpKind::Contract: return batchContraction;
  case OpKind::Reshape:
  case OpKind::Transpose:
  case OpKind::Reverse:
  case OpKind::Broadcast:
  case OpKind::Slice:
  case OpKind::Pad:
  case OpKind::Concat:
  case OpKind::Interleave: return batchShape;
  case OpKind::Remap:
  case OpKind::Gather:
  case OpKind::Scatter: return batchIndexed;
  case OpKind::SliceAt:
  case OpKind::UpdateAt:
  case OpKind::Sort:
  case OpKind::Compress:
  case OpKind::Search: return batchIndexing;
  case OpKind::Fft: return batchFft;
  case OpKind::RandomBits:
  case OpKind::KeyFold: return batchRandom;
  case OpKind::If: return batchIf;
  case OpKind::For: return batchFor;
  case OpKind::While: return batchWhile;
  case OpKind::CustomGrad:
  case OpKind::Checkpoint: return batchOnce;
  case OpKind::Check: return batchCheck;
  case OpKind::Call:
  case OpKind::Fused:
  case OpKind::Yield:
  case OpKind::Return:
  case OpKind::Grad:
  case OpKind::Jvp:
  case OpKind::Print:
  case OpKind::Report:
  case OpKind::Progress:
  case OpKind::Write:
  case OpKind::Save:
  case OpKind::Load:
  case OpKind::Snapshot:
  case OpKind::LoadTable:
  case OpKind::Encode: return batchRefused;
  }
  DL_UNREACHABLE();
}

} // namespace dl::passes

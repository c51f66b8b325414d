/// The routine of support/linalg behind an operation of linear algebra, and what its workspace is sized by.
#pragma once
#include "ir/module.h"
#include "support/linalg/linalg.h"
#include "support/result.h"

namespace dl::ir {

inline linalg::Routine routineOf(OpKind kind) {
  if (kind == OpKind::Cholesky) return linalg::Routine::Cholesky;
  if (kind == OpKind::TriSolve) return linalg::Routine::TriSolve;
  if (kind == OpKind::Lu) return linalg::Routine::Lu;
  if (kind == OpKind::Qr) return linalg::Routine::Qr;
  if (kind == OpKind::Eigh) return linalg::Routine::Eigh;
  if (kind == OpKind::Svd) return linalg::Routine::Svd;
  DL_CHECK(kind == OpKind::Fft);
  return linalg::Routine::Fft;
}

/// Rows and columns for linalg::workBytes, from the extents (or bounds) of the first and the last operand.
inline std::pair<int64_t, int64_t> workShape(const Op &op, const std::vector<int64_t> &first, const std::vector<int64_t> &last) {
  if (op.kind == OpKind::Fft) return {first[static_cast<size_t>(op.as<FftAttr>().dim)], 1};
  return {last[last.size() - 2], last[last.size() - 1]};
}

} // namespace dl::ir

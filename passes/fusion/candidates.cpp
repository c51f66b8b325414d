#include "passes/fusion/candidates.h"
#include "passes/fusion/rows_domain.h"
#include <algorithm>

namespace dl::passes {

using ir::Op;
using ir::OpKind;

namespace {

bool tensorIn(const std::vector<ir::Value *> &values) {
  return std::any_of(values.begin(), values.end(), [](const ir::Value *v) { return v->type.rank() != 0; });
}

/// Dimensions from the second on are exact (extent = bound), so rows lie without gaps.
bool denseRows(const ir::Type &type) {
  for (size_t d = 1; d < type.rank(); ++d)
    if (!type.dims[d].isConstant()) return false;
  return true;
}

bool reshapeIsView(const Op &op) {
  const ir::Type &from = op.operand(0)->type, &to = op.result()->type;
  if (from.isScalar() || to.isScalar()) return false;
  return denseRows(from) && denseRows(to);
}

/// Leading dimension cut at a constant, all others whole.
bool sliceIsView(const Op &op) {
  const auto &attr = op.as<ir::SliceAttr>();
  const ir::Type &from = op.operand(0)->type;
  if (from.isScalar() || !denseRows(from) || !attr.start[0].isConstant() || attr.step[0] != 1) return false;
  for (size_t d = 1; d < from.rank(); ++d)
    if (!attr.start[d].isConstant(0) || attr.step[d] != 1 || attr.extent[d] != from.dims[d]) return false;
  return true;
}

} // namespace

Placement placementOf(const Op &op) {
  switch (ir::info(op.kind).family) {
  case ir::Family::Control:
    return op.kind == OpKind::Fused ? Placement::Opaque : Placement::Host;
  case ir::Family::Effect:
  case ir::Family::Data:
  case ir::Family::Differentiation: return Placement::Host;
  case ir::Family::Elementwise:
  case ir::Family::Constant:
  case ir::Family::Reduction:
  case ir::Family::Contraction:
  case ir::Family::Shape:
  case ir::Family::Indexing:
  case ir::Family::LinearAlgebra:
  case ir::Family::Random: break;
  }
  std::vector<ir::Value *> results(op.results.begin(), op.results.end());
  if (op.kind == OpKind::Const && op.result()->type.rank() != 0 && op.as<ir::ConstAttr>().bits.size() != 1) return Placement::Host;
  if (!tensorIn(op.operands) && !tensorIn(results)) return Placement::Host;
  if (op.kind == OpKind::Compress) return Placement::Host; // types of later values mention its count
  if (op.kind == OpKind::Reshape && reshapeIsView(op)) return Placement::View;
  if (op.kind == OpKind::Slice && sliceIsView(op)) return Placement::View;
  if (isFree(op)) return Placement::Free;
  bool mergeable = isRead(op) || isReduction(op) || ir::isElementwise(op.kind) || op.kind == OpKind::Contract ||
                   ir::info(op.kind).family == ir::Family::Random || op.kind == OpKind::Copy;
  if (op.kind == OpKind::Concat || op.kind == OpKind::Interleave) mergeable = false;
  return mergeable ? Placement::Kernel : Placement::Opaque;
}

int64_t viewOffset(const Op &op) {
  if (op.kind != OpKind::Slice) return 0;
  int64_t row = 1;
  const ir::Type &from = op.operand(0)->type;
  for (size_t d = 1; d < from.rank(); ++d) row *= from.dims[d].bound();
  return op.as<ir::SliceAttr>().start[0].value() * row;
}

bool isInsideFused(const Op &op) {
  for (const ir::Region *r = op.parent; r && r->parent; r = r->parent->parent)
    if (r->parent->kind == OpKind::Fused) return true;
  return false;
}

} // namespace dl::passes

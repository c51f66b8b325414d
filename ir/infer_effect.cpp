#include "ir/infer_support.h"

namespace dl::ir {
namespace {

/// Pieces name operands behind the first `skip` ones (operand numbers count from 0).
std::optional<TypeError> checkPieces(OpKind kind, Operands operands, const std::vector<PrintPiece> &pieces, size_t skip) {
  for (const PrintPiece &piece : pieces) {
    if (piece.operand < 0) continue;
    if (piece.operand < static_cast<int>(skip) || piece.operand >= static_cast<int>(operands.size()))
      return typeError(kind, "C1", "there is no operand " + std::to_string(piece.operand) + " to show");
    const Type &type = operands[piece.operand]->type;
    if (type.elem == Elem::Key) return typeError(kind, "C2", "a key cannot be shown", piece.operand);
    if (!piece.strings.empty() && !isInteger(type.elem) && type.elem != Elem::Bool)
      return typeError(kind, "C3", "names are chosen by an integer, got " + type.str(), piece.operand);
  }
  return std::nullopt;
}

InferResult inferFiles(OpKind kind, Operands operands, const SaveAttr &attr) {
  bool saves = kind == OpKind::Save;
  size_t tensors = saves ? attr.names.size() : 0;
  if (operands.size() < tensors || (!saves && attr.types.size() != attr.names.size()))
    return typeError(kind, "C4", "needs one tensor for each name");
  if (auto error = checkPieces(kind, operands, attr.path, tensors)) return *error;
  if (saves) return none();
  Inferred result;
  for (const Type &type : attr.types) {
    if (type.elem == Elem::Dim) return typeError(kind, "C5", "a dimension is not stored in files");
    result.types.push_back(type);
    result.fresh.emplace_back();
  }
  return result;
}

InferResult inferProgress(Operands operands) {
  if (operands.empty()) return none(); // it is over
  bool fits = (operands.size() == 5 || operands.size() == 6) && isScalarOf(operands[4], Elem::F32);
  if (operands.size() == 6) fits = fits && isScalarOf(operands[5], Elem::I64);
  for (size_t i = 0; fits && i < 4; ++i) fits = isScalarOf(operands[i], Elem::I64);
  if (!fits) return typeError(OpKind::Progress, "C1", "takes step, steps, epoch and epochs as i64, the loss as f32 and, if known, the examples of the step as i64");
  return none();
}

} // namespace

InferResult inferEffect(OpKind kind, Operands operands, const Attrs &attrs) {
  auto checked = [&](const std::vector<PrintPiece> &pieces, size_t skip) -> InferResult {
    if (auto error = checkPieces(kind, operands, pieces, skip)) return *error;
    return none();
  };
  if (kind == OpKind::Snapshot) return none();
  if (kind == OpKind::Progress) return inferProgress(operands);
  if (kind == OpKind::Print) return checked(std::get<PrintAttr>(attrs).pieces, 0);
  if (kind == OpKind::Save || kind == OpKind::Load) return inferFiles(kind, operands, std::get<SaveAttr>(attrs));
  if (kind == OpKind::Report) {
    const Type &type = operands[0]->type;
    if (!type.isScalar() || !(isNumber(type.elem) || type.elem == Elem::Bool))
      return typeError(kind, "C1", "reports one number, got " + type.str(), 0);
    return none();
  }
  if (operands.empty()) return typeError(kind, "C4", "needs an operand");
  if (kind == OpKind::Check) {
    if (!isScalarOf(operands[0], Elem::Bool)) return typeError(kind, "C5", "checks a bool, got " + operands[0]->type.str(), 0);
    return checked(std::get<CheckAttr>(attrs).message, 1);
  }
  return checked(std::get<WriteAttr>(attrs).path, 1);
}

} // namespace dl::ir

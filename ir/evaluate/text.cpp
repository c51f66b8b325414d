#include "ir/evaluate/op_context.h"
#include "support/numerics/value_text.h"

namespace dl::ir::eval {

static num::Scalar scalarAt(const Tensor &tensor, int64_t i, const std::vector<std::string> &strings) {
  num::Scalar scalar;
  double number = tensor.number(i);
  if (isFloat(tensor.elem)) {
    scalar.kind = tensor.elem == Elem::F64 ? num::Scalar::Kind::Float64 : num::Scalar::Kind::Float32;
    scalar.real = number;
    return scalar;
  }
  scalar.integer = tensor.elem == Elem::I64 ? static_cast<int64_t>(tensor.bits(i)) : static_cast<int64_t>(number);
  bool named = scalar.integer >= 0 && scalar.integer < static_cast<int64_t>(strings.size());
  if (named) {
    scalar.kind = num::Scalar::Kind::Text;
    scalar.text = strings[static_cast<size_t>(scalar.integer)];
  } else scalar.kind = tensor.elem == Elem::Bool ? num::Scalar::Kind::Bool : num::Scalar::Kind::Integer;
  return scalar;
}

Result<std::string> textOf(const std::vector<PrintPiece> &pieces, std::span<const Tensor *const> in) {
  std::string text;
  for (const PrintPiece &piece : pieces) {
    if (piece.operand < 0) {
      text += piece.text;
      continue;
    }
    const Tensor &tensor = *in[static_cast<size_t>(piece.operand)];
    DL_TRY(spec, num::parseSpec(piece.spec));
    if (spec.kind == 's' && tensor.elem == Elem::U8 && tensor.shape.size() == 1) {
      num::Scalar whole;
      whole.kind = num::Scalar::Kind::Text;
      whole.text.assign(reinterpret_cast<const char *>(tensor.bytes.data()), static_cast<size_t>(tensor.count()));
      text += num::scalarText(whole, spec);
      continue;
    }
    std::vector<int64_t> strides = stridesOf(tensor.shape);
    text += num::tensorText(
        tensor.shape,
        [&](const int64_t *index) {
          int64_t at = 0;
          for (size_t d = 0; d < strides.size(); ++d) at += index[d] * strides[d];
          return scalarAt(tensor, at, piece.strings);
        },
        spec);
  }
  return text;
}

} // namespace dl::ir::eval

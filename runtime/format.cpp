#include "runtime/format.h"
#include "runtime/element.h"
#include "support/numerics/value_text.h"

namespace dl::rt {

namespace {

num::Scalar scalarOf(const dl_tensor &value, const uint8_t *at) {
  num::Scalar scalar;
  if (isFloatElement(value.elem)) {
    scalar.kind = value.elem == DL_F64 ? num::Scalar::Kind::Float64 : num::Scalar::Kind::Float32;
    scalar.real = readFloat(at, value.elem);
  } else {
    scalar.integer = readInteger(at, value.elem);
    scalar.kind = value.elem == DL_BOOL ? num::Scalar::Kind::Bool : num::Scalar::Kind::Integer;
    if (value.names && scalar.integer >= 0 && scalar.integer < value.n_names) {
      scalar.kind = num::Scalar::Kind::Text;
      scalar.text = value.names[scalar.integer];
    }
  }
  return scalar;
}

} // namespace

std::string valueText(const dl_tensor &value, const char *spec) {
  num::Spec parsed;
  if (spec && *spec)
    if (auto result = num::parseSpec(spec)) parsed = *result;
  if (value.elem == DL_U8 && value.rank == 1 && parsed.kind == 's') { // the bytes of one text
    num::Scalar whole;
    whole.kind = num::Scalar::Kind::Text;
    for (int64_t i = 0; i < value.extent[0]; ++i) whole.text += static_cast<const char *>(value.data)[i * value.stride[0]];
    return num::scalarText(whole, parsed);
  }
  auto at = [&](const int64_t *index) {
    int64_t offset = 0;
    for (int32_t d = 0; d < value.rank; ++d) offset += index[d] * value.stride[d];
    return scalarOf(value, static_cast<const uint8_t *>(value.data) + offset * elementBytes(value.elem));
  };
  return num::tensorText({value.extent, size_t(value.rank)}, at, parsed);
}

std::string formatText(const dl_format &format, const dl_tensor *values) {
  std::string text;
  for (uint64_t i = 0; i < format.count; ++i) {
    const dl_piece &piece = format.pieces[i];
    if (piece.text) text += piece.text;
    if (piece.has_value) text += valueText(*values++, piece.spec);
  }
  return text;
}

std::string positionText(const dl_program &program, uint32_t where) {
  if (where == 0 || where >= program.n_positions) return "";
  const dl_position &p = program.positions[where];
  return std::string(p.file ? p.file : "?") + ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
}

} // namespace dl::rt

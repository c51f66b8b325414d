#include "ir/type.h"
#include "support/result.h"

namespace dl::ir {

int64_t byteSize(Elem e) {
  switch (e) {
  case Elem::F64:
  case Elem::I64:
  case Elem::Key:
  case Elem::Dim: return 8;
  case Elem::F32:
  case Elem::I32: return 4;
  case Elem::BF16:
  case Elem::F16: return 2;
  case Elem::U8:
  case Elem::Bool: return 1;
  }
  DL_UNREACHABLE();
}

const char *name(Elem e) {
  switch (e) {
  case Elem::F64: return "f64";
  case Elem::F32: return "f32";
  case Elem::BF16: return "bf16";
  case Elem::F16: return "f16";
  case Elem::I64: return "i64";
  case Elem::I32: return "i32";
  case Elem::U8: return "u8";
  case Elem::Bool: return "bool";
  case Elem::Key: return "key";
  case Elem::Dim: return "dim";
  }
  DL_UNREACHABLE();
}

dl::Dim Type::elementCount() const {
  dl::Dim count(1);
  for (const dl::Dim &d : dims) count = count * d;
  return count;
}

int64_t Type::boundCount() const {
  dl::Dim count(1); // the arithmetic of Dim saturates
  for (const dl::Dim &d : dims) count = count * dl::Dim(d.bound());
  return count.value();
}

std::string Type::str(const std::function<std::string(DimAtom *)> &atomName) const {
  std::string text = name(elem);
  if (elem == Elem::Dim) return text + "<=" + std::to_string(bound);
  if (dims.empty()) return text;
  text += "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + dims[i].str(atomName);
  return text + "]";
}

} // namespace dl::ir

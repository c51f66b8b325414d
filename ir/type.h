/// Types of IR values: an element type and a list of extents; rank 0 is a scalar.
#pragma once
#include "support/dim.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dl::ir {

enum class Elem : uint8_t { F64, F32, BF16, F16, I64, I32, U8, Bool, Key, Dim };

inline bool isHalf(Elem e) { return e == Elem::BF16 || e == Elem::F16; }
inline bool isFloat(Elem e) { return e == Elem::F64 || e == Elem::F32 || isHalf(e); }
inline bool isInteger(Elem e) { return e == Elem::I64 || e == Elem::I32 || e == Elem::U8; }
/// Bytes of one element in memory (bool 1, key 8, dim 8).
int64_t byteSize(Elem e);
const char *name(Elem e); ///< "f32", "bool", "key", "dim"

struct Type {
  Elem elem = Elem::F32;
  std::vector<dl::Dim> dims;
  int64_t bound = 0; ///< only for Elem::Dim: the N of `dim<=N`

  Type() = default;
  Type(Elem e, std::vector<dl::Dim> d = {}) : elem(e), dims(std::move(d)) {}
  static Type dimension(int64_t bound) {
    Type t(Elem::Dim);
    t.bound = bound;
    return t;
  }
  size_t rank() const { return dims.size(); }
  bool isScalar() const { return dims.empty(); }
  bool operator==(const Type &o) const { return elem == o.elem && dims == o.dims && bound == o.bound; }
  bool operator!=(const Type &o) const { return !(*this == o); }
  Type withElem(Elem e) const { return Type(e, dims); }
  dl::Dim elementCount() const;
  /// Elements of the buffer that holds it: the product of the bounds of its dimensions.
  int64_t boundCount() const;
  int64_t boundBytes() const { return boundCount() * byteSize(elem); }
  /// "f32[%b, 784]" with atoms named by `name` (default: their own names).
  std::string str(const std::function<std::string(DimAtom *)> &name = {}) const;
};

} // namespace dl::ir

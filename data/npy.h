/// Single arrays in NumPy's format, versions 1 to 3, little-endian, C order; also as members of other files.
#pragma once
#include "data/file.h"
#include "data/safetensors.h"
#include "support/result.h"
#include <string>
#include <vector>

namespace dl::data {

struct Array {
  Element element = Element::F32;
  std::vector<int64_t> shape;
  Bytes bytes; ///< row-major, in memory order of `element`
  int64_t count() const { return countOf(shape); }
  Number at(int64_t index) const { return loadNumber(element, bytes.data() + index * elementBytes(element)); }
};

/// f2 f4 f8, i4 i8 u1 b1; i1 i2 u2 become i32 and u4 i64 on the way.
Result<Array> readNpy(const std::string &path);
Result<Array> parseNpy(std::span<const uint8_t> bytes, const std::string &name);
/// bf16 is written as f4. Atomically.
Status writeNpy(const std::string &path, const TensorView &tensor);

} // namespace dl::data

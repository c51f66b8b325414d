/// Elements in memory: their sizes, names, and access by number type.
#pragma once
#include "runtime/dlrt.h"

namespace dl::rt {

constexpr int64_t elementBytes(int64_t elem) {
  switch (elem) {
  case DL_F32:
  case DL_I32: return 4;
  case DL_BF16:
  case DL_F16: return 2;
  case DL_U8:
  case DL_BOOL:
  case DL_TEXT: return 1;
  default: return 8;
  }
}
constexpr bool isFloatElement(int64_t elem) { return elem <= DL_F16; }

/// "f32", "i64", "text", ...
const char *elementName(int64_t elem);
/// The element at `at` as a number. Integers: floats give 0. Floats: everything is converted.
int64_t readInteger(const void *at, int64_t elem);
double readFloat(const void *at, int64_t elem);
/// Stores a number (rounded to the element, or truncated to its bits).
void writeFloat(void *at, int64_t elem, double value);
void writeInteger(void *at, int64_t elem, int64_t value);

/// Offset in elements of the element `index` of a value of the given extents: row-major, or in panels.
int64_t elementOffset(const dl_type &type, const int64_t *extents, const int64_t *index);
/// The extents a value has now (words: of the frame) and its bounds' bytes in memory, panels filled up.
void currentExtents(const dl_type &type, const int64_t *words, int64_t *extents);
int64_t storageBytes(const dl_type &type);
int64_t elementCount(const int64_t *extents, int64_t rank);

/// Copies between the value's memory and a plain row-major buffer.
void packRows(const dl_type &type, const int64_t *extents, const void *from, void *rows);
void unpackRows(const dl_type &type, const int64_t *extents, const void *rows, void *to);

} // namespace dl::rt

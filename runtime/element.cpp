#include "runtime/element.h"
#include "support/numerics/half.h"
#include <cstring>

namespace dl::rt {

const char *elementName(int64_t elem) {
  static constexpr const char *kNames[] = {"f64", "f32",  "bf16", "f16", "i64", "i32",
                                           "u8",  "bool", "key",  "int", "text"};
  return elem >= 0 && elem <= DL_TEXT ? kNames[elem] : "?";
}

namespace {
template <class T> T load(const void *at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T> void store(void *at, T value) { std::memcpy(at, &value, sizeof value); }
} // namespace

int64_t readInteger(const void *at, int64_t elem) {
  switch (elem) {
  case DL_I64:
  case DL_KEY:
  case DL_DIM: return load<int64_t>(at);
  case DL_I32: return load<int32_t>(at);
  case DL_U8:
  case DL_TEXT:
  case DL_BOOL: return load<uint8_t>(at);
  default: return 0;
  }
}

double readFloat(const void *at, int64_t elem) {
  switch (elem) {
  case DL_F64: return load<double>(at);
  case DL_F32: return load<float>(at);
  case DL_BF16: return num::fromBf16(load<uint16_t>(at));
  case DL_F16: return num::fromF16(load<uint16_t>(at));
  default: return double(readInteger(at, elem));
  }
}

void writeFloat(void *at, int64_t elem, double value) {
  switch (elem) {
  case DL_F64: store(at, value); break;
  case DL_F32: store(at, float(value)); break;
  case DL_BF16: store(at, num::toBf16(float(value))); break;
  case DL_F16: store(at, num::toF16(float(value))); break;
  default: writeInteger(at, elem, int64_t(value));
  }
}

void writeInteger(void *at, int64_t elem, int64_t value) {
  switch (elementBytes(elem)) {
  case 1: store(at, uint8_t(value)); break;
  case 4: store(at, int32_t(value)); break;
  default: store(at, value); break;
  }
}

int64_t elementOffset(const dl_type &type, const int64_t *extents, const int64_t *index) {
  int rank = type.rank;
  const int64_t *sizes = type.packed ? extents : type.extent;
  if (type.panel > 0 && rank > 0) {
    int64_t rest = 0, rows = 1;
    for (int d = 0; d + 1 < rank; ++d) rest = rest * sizes[d] + index[d], rows *= sizes[d];
    int64_t column = index[rank - 1];
    return (column / type.panel * rows + rest) * type.panel + column % type.panel;
  }
  int64_t offset = 0;
  for (int d = 0; d < rank; ++d) offset = offset * sizes[d] + index[d];
  return offset;
}

void currentExtents(const dl_type &type, const int64_t *words, int64_t *extents) {
  for (int d = 0; d < type.rank; ++d)
    extents[d] = type.dim_word && type.dim_word[d] >= 0 ? words[type.dim_word[d]] : type.extent[d];
}

int64_t storageBytes(const dl_type &type) {
  int64_t count = 1;
  for (int d = 0; d < type.rank; ++d) {
    int64_t n = type.extent[d];
    if (type.panel > 0 && d == type.rank - 1) n = (n + type.panel - 1) / type.panel * type.panel;
    count *= n;
  }
  return count * elementBytes(type.elem);
}

int64_t elementCount(const int64_t *extents, int64_t rank) {
  int64_t count = 1;
  for (int64_t d = 0; d < rank; ++d) count *= extents[d];
  return count;
}

namespace {

/// Calls move(place in the value's memory, place in the rows, bytes) for every run of elements that lie together.
template <class F> void eachRun(const dl_type &type, const int64_t *extents, F &&move) {
  int rank = type.rank;
  int64_t size = elementBytes(type.elem), count = elementCount(extents, rank);
  if (count == 0) return;
  if (rank == 0) return move(0, 0, size);
  int64_t index[8] = {}, last = extents[rank - 1];
  int64_t run = type.panel > 0 ? type.panel : last;
  for (int64_t done = 0; done < count;) {
    int64_t length = last - index[rank - 1] < run ? last - index[rank - 1] : run;
    move(elementOffset(type, extents, index) * size, done * size, length * size);
    done += length;
    index[rank - 1] += length;
    for (int d = rank - 1; d > 0 && index[d] >= extents[d]; --d) index[d] = 0, ++index[d - 1];
  }
}

} // namespace

void packRows(const dl_type &type, const int64_t *extents, const void *from, void *rows) {
  eachRun(type, extents, [&](int64_t in, int64_t out, int64_t bytes) {
    std::memcpy(static_cast<uint8_t *>(rows) + out, static_cast<const uint8_t *>(from) + in, size_t(bytes));
  });
}

void unpackRows(const dl_type &type, const int64_t *extents, const void *rows, void *to) {
  eachRun(type, extents, [&](int64_t out, int64_t in, int64_t bytes) {
    std::memcpy(static_cast<uint8_t *>(to) + out, static_cast<const uint8_t *>(rows) + in, size_t(bytes));
  });
}

} // namespace dl::rt

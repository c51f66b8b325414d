// dlrt_sort: stable radix sort of (key bits, position) pairs, then every input is permuted alike.
#include "runtime/dlrt.h"
#include "runtime/element.h"
#include <cstring>
#include <utility>

namespace {

using dl::rt::elementBytes;

struct Pair {
  uint64_t key, position;
};

/// Unsigned bits in the order of the floats, or the descending one: -0 = +0, every NaN last in both. `bits` has `width` bits.
uint64_t orderFloat(uint64_t bits, int width, uint64_t infinity, bool descending) {
  uint64_t sign = uint64_t(1) << (width - 1), magnitude = bits & (sign - 1);
  if (magnitude > infinity) return 2 * sign - 1;
  if (magnitude == 0) return sign;
  return bool(bits & sign) != descending ? sign - magnitude : sign + magnitude;
}

template <class T> T read(const void *at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint64_t orderBits(const uint8_t *at, int32_t elem, bool descending) {
  uint64_t flip = descending ? ~uint64_t(0) : 0;
  switch (elem) {
  case DL_F64: return orderFloat(read<uint64_t>(at), 64, 0x7ff0000000000000, descending);
  case DL_F32: return orderFloat(read<uint32_t>(at), 32, 0x7f800000, descending);
  case DL_BF16: return orderFloat(read<uint16_t>(at), 16, 0x7f80, descending);
  case DL_F16: return orderFloat(read<uint16_t>(at), 16, 0x7c00, descending);
  case DL_I32: return read<uint32_t>(at) ^ 0x80000000u ^ uint32_t(flip);
  case DL_U8:
  case DL_BOOL: return uint8_t(*at ^ flip);
  default: return read<uint64_t>(at) ^ 0x8000000000000000 ^ flip;
  }
}

int keyBytes(int32_t elem) {
  switch (elem) {
  case DL_F32:
  case DL_I32: return 4;
  case DL_BF16:
  case DL_F16: return 2;
  case DL_U8:
  case DL_BOOL: return 1;
  default: return 8;
  }
}

/// Sorts `n` pairs by key, stably; the result is in the array that is returned.
Pair *radixSort(Pair *from, Pair *to, int64_t n, int bytes) {
  if (n <= 32) {
    for (int64_t i = 1; i < n; ++i) {
      Pair pair = from[i];
      int64_t j = i;
      for (; j > 0 && from[j - 1].key > pair.key; --j) from[j] = from[j - 1];
      from[j] = pair;
    }
    return from;
  }
  int64_t counts[8][256];
  std::memset(counts, 0, sizeof(counts[0]) * size_t(bytes));
  for (int64_t i = 0; i < n; ++i)
    for (int byte = 0; byte < bytes; ++byte) ++counts[byte][from[i].key >> (8 * byte) & 255];
  for (int byte = 0; byte < bytes; ++byte) {
    int64_t *count = counts[byte];
    if (count[from[0].key >> (8 * byte) & 255] == n) continue; // all alike
    int64_t sum = 0;
    for (int digit = 0; digit < 256; ++digit) sum += std::exchange(count[digit], sum);
    for (int64_t i = 0; i < n; ++i) to[count[from[i].key >> (8 * byte) & 255]++] = from[i];
    std::swap(from, to);
  }
  return from;
}

template <class T>
void moveLine(const uint8_t *in, uint8_t *out, const Pair *order, int64_t n, int64_t inStride, int64_t outStride) {
  const T *source = reinterpret_cast<const T *>(in);
  T *target = reinterpret_cast<T *>(out);
  for (int64_t i = 0; i < n; ++i) target[i * outStride] = source[int64_t(order[i].position) * inStride];
}

} // namespace

extern "C" void dlrt_sort(const dl_tensor *inputs, const dl_tensor *outputs, int64_t count, int64_t dim,
                          int32_t descending, void *work) {
  const dl_tensor &key = inputs[0];
  int64_t n = key.extent[dim], lines = 1;
  for (int32_t d = 0; d < key.rank; ++d)
    if (d != dim) lines *= key.extent[d];
  if (n == 0) return;
  Pair *first = static_cast<Pair *>(work), *second = first + n;
  int bytes = keyBytes(key.elem);
  int64_t index[8] = {};
  for (int64_t line = 0; line < lines; ++line) {
    auto start = [&](const dl_tensor &tensor) {
      int64_t offset = 0;
      for (int32_t d = 0; d < tensor.rank; ++d)
        if (d != dim) offset += index[d] * tensor.stride[d];
      return static_cast<uint8_t *>(tensor.data) + offset * elementBytes(tensor.elem);
    };
    const uint8_t *keys = start(key);
    int64_t step = key.stride[dim] * elementBytes(key.elem);
    for (int64_t i = 0; i < n; ++i) first[i] = {orderBits(keys + i * step, key.elem, descending), uint64_t(i)};
    const Pair *order = radixSort(first, second, n, bytes);
    for (int64_t t = 0; t < count; ++t) {
      const uint8_t *in = start(inputs[t]);
      uint8_t *out = start(outputs[t]);
      int64_t inStride = inputs[t].stride[dim], outStride = outputs[t].stride[dim];
      switch (elementBytes(inputs[t].elem)) {
      case 1: moveLine<uint8_t>(in, out, order, n, inStride, outStride); break;
      case 2: moveLine<uint16_t>(in, out, order, n, inStride, outStride); break;
      case 4: moveLine<uint32_t>(in, out, order, n, inStride, outStride); break;
      default: moveLine<uint64_t>(in, out, order, n, inStride, outStride); break;
      }
    }
    for (int32_t d = key.rank - 1; d >= 0; --d) { // the next line
      if (d == dim) continue;
      if (++index[d] < key.extent[d]) break;
      index[d] = 0;
    }
  }
}

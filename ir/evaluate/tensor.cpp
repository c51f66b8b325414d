#include "ir/evaluate/tensor.h"
#include "ir/builder.h"
#include <cmath>

namespace dl::ir {

Tensor::Tensor(Elem e, std::vector<int64_t> s) : elem(e), shape(std::move(s)) {
  bytes.resize(static_cast<size_t>(count() * byteSize(e)));
}

uint64_t Tensor::bits(int64_t i) const {
  uint64_t word = 0;
  int64_t width = byteSize(elem);
  std::memcpy(&word, bytes.data() + i * width, static_cast<size_t>(width)); // little-endian
  return word;
}

void Tensor::setBits(int64_t i, uint64_t word) {
  int64_t width = byteSize(elem);
  std::memcpy(bytes.data() + i * width, &word, static_cast<size_t>(width));
}

double Tensor::number(int64_t i) const { return decodeNumber(elem, bits(i)); }

Tensor Tensor::scalar(Elem e, uint64_t bits) {
  Tensor t(e, {});
  t.setBits(0, bits);
  return t;
}

Tensor Tensor::fromNumber(Elem e, double number) { return scalar(e, encodeNumber(e, number)); }

bool Tensor::sameAs(const Tensor &other) const {
  if (elem != other.elem || shape != other.shape) return false;
  for (int64_t i = 0, n = count(); i < n; ++i) {
    if (bits(i) == other.bits(i)) continue;
    if (!isFloat(elem)) return false;
    double a = number(i), b = other.number(i);
    bool alike = (std::isnan(a) && std::isnan(b)) || (a == 0 && b == 0);
    if (!alike) return false;
  }
  return true;
}

} // namespace dl::ir

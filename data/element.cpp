#include "data/element.h"
#include "support/numerics/half.h"
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

namespace dl::data {
namespace {

template <class T> T load(const void *at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T> void store(void *at, T value) { std::memcpy(at, &value, sizeof value); }

bool storeInteger(Element element, void *at, int64_t value) {
  switch (element) {
  case Element::I64: store(at, value); return true;
  case Element::I32:
    if (value != static_cast<int32_t>(value)) return false;
    store(at, static_cast<int32_t>(value));
    return true;
  case Element::U8:
  case Element::Bool:
    if (value < 0 || value > (element == Element::Bool ? 1 : 255)) return false;
    store(at, static_cast<uint8_t>(value));
    return true;
  case Element::F64:
  case Element::F32:
  case Element::BF16:
  case Element::F16: return false;
  }
  return false;
}

} // namespace

const char *elementName(Element element) {
  static constexpr const char *kNames[] = {"f64", "f32", "bf16", "f16", "i64", "int", "u8", "bool"};
  return kNames[static_cast<int>(element)];
}

Number loadNumber(Element element, const void *at) {
  auto real = [](double value) { return Number{false, 0, value}; };
  auto integer = [](int64_t value) { return Number{true, value, 0}; };
  switch (element) {
  case Element::F64: return real(load<double>(at));
  case Element::F32: return real(load<float>(at));
  case Element::BF16: return real(num::fromBf16(load<uint16_t>(at)));
  case Element::F16: return real(num::fromF16(load<uint16_t>(at)));
  case Element::I64: return integer(load<int64_t>(at));
  case Element::I32: return integer(load<int32_t>(at));
  case Element::U8: return integer(load<uint8_t>(at));
  case Element::Bool: return integer(load<uint8_t>(at) != 0);
  }
  return {};
}

bool storeNumber(Element element, void *at, Number number) {
  switch (element) {
  case Element::F64: store(at, number.value()); return true;
  case Element::F32:
    store(at, number.isInteger ? static_cast<float>(number.integer) : static_cast<float>(number.real));
    return true;
  case Element::BF16: store(at, num::toBf16(static_cast<float>(number.value()))); return true;
  case Element::F16: store(at, num::toF16(static_cast<float>(number.value()))); return true;
  case Element::I64:
  case Element::I32:
  case Element::U8:
  case Element::Bool: break;
  }
  if (number.isInteger) return storeInteger(element, at, number.integer);
  if (!(number.real >= -0x1p63 && number.real < 0x1p63) || number.real != std::trunc(number.real)) return false;
  return storeInteger(element, at, static_cast<int64_t>(number.real));
}

std::string numberText(Number number) {
  if (number.isInteger) return std::to_string(number.integer);
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.9g", number.real);
  return buffer;
}

} // namespace dl::data

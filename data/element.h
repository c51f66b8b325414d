/// Element types as they lie in files and in columns.
#pragma once
#include <cstdint>
#include <string>

namespace dl::data {

/// Numbered like the elements of the IR and of the runtime's interface.
enum class Element : uint8_t { F64, F32, BF16, F16, I64, I32, U8, Bool };

constexpr int64_t elementBytes(Element element) {
  switch (element) {
  case Element::F64:
  case Element::I64: return 8;
  case Element::F32:
  case Element::I32: return 4;
  case Element::BF16:
  case Element::F16: return 2;
  case Element::U8:
  case Element::Bool: return 1;
  }
  return 0;
}
constexpr bool isFloat(Element element) { return element <= Element::F16; }
const char *elementName(Element element); ///< "f32"

/// A number on its way from a file into a column: integers stay exact.
struct Number {
  bool isInteger = false;
  int64_t integer = 0;
  double real = 0;
  double value() const { return isInteger ? static_cast<double>(integer) : real; }
};

/// The element at `at` (any alignment).
Number loadNumber(Element element, const void *at);

/// Stores a number: rounded into floats; into integers and bool only when it is whole and in range.
/// False: nothing was stored.
bool storeNumber(Element element, void *at, Number number);

/// How a number reads in a message: "3", "2.5".
std::string numberText(Number number);

/// The product of the extents, or -1 when one is negative or the product exceeds 2^48.
template <class Extents> int64_t countOf(const Extents &extents) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t extent : extents) {
    if (extent < 0) return -1;
    if (extent == 0)
      empty = true;
    else if (count > (int64_t{1} << 48) / extent)
      return -1;
    else
      count *= extent;
  }
  return empty ? 0 : count;
}

} // namespace dl::data

#include "ir/builder.h"
#include <bit>
#include <cmath>
#include <limits>

namespace dl::ir {
namespace {

/// Rounds once, from double, to a format of so many exponent and fraction bits (round to nearest even).
uint64_t encodeSmallFloat(double number, int exponentBits, int fractionBits) {
  uint64_t sign = std::signbit(number) ? uint64_t{1} << (exponentBits + fractionBits) : 0;
  uint64_t infinity = ((uint64_t{1} << exponentBits) - 1) << fractionBits;
  if (std::isnan(number)) return sign | infinity | (uint64_t{1} << (fractionBits - 1));
  number = std::fabs(number);
  if (number == 0) return sign;
  if (std::isinf(number)) return sign | infinity;
  int bias = (1 << (exponentBits - 1)) - 1;
  int exponent = std::ilogb(number);
  if (exponent > bias) return sign | infinity;
  int unit = std::max(exponent, 1 - bias) - fractionBits;
  auto steps = static_cast<uint64_t>(std::nearbyint(std::ldexp(number, -unit)));
  // Normal numbers carry a hidden one; a carry out of the fraction moves the exponent by itself.
  uint64_t bits = steps;
  if (exponent >= 1 - bias) bits += static_cast<uint64_t>(exponent + bias - 1) << fractionBits;
  return sign | std::min(bits, infinity);
}

double decodeSmallFloat(uint64_t bits, int exponentBits, int fractionBits) {
  uint64_t fraction = bits & ((uint64_t{1} << fractionBits) - 1);
  auto exponent = static_cast<int>((bits >> fractionBits) & ((uint64_t{1} << exponentBits) - 1));
  int bias = (1 << (exponentBits - 1)) - 1;
  double magnitude;
  if (exponent == (1 << exponentBits) - 1)
    magnitude = fraction ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  else if (exponent == 0) magnitude = std::ldexp(static_cast<double>(fraction), 1 - bias - fractionBits);
  else magnitude = std::ldexp(static_cast<double>(fraction | (uint64_t{1} << fractionBits)), exponent - bias - fractionBits);
  return (bits >> (exponentBits + fractionBits)) & 1 ? -magnitude : magnitude;
}

/// Nearest integer, half to even, saturating; NaN gives 0.
template <class Int> Int roundToInteger(double number) {
  if (std::isnan(number)) return 0;
  double whole = std::nearbyint(number);
  double above = std::ldexp(1.0, std::numeric_limits<Int>::digits);
  if (whole >= above) return std::numeric_limits<Int>::max();
  if (whole < static_cast<double>(std::numeric_limits<Int>::min())) return std::numeric_limits<Int>::min();
  return static_cast<Int>(whole);
}

} // namespace

uint64_t encodeNumber(Elem elem, double number) {
  switch (elem) {
  case Elem::F64: return std::bit_cast<uint64_t>(number);
  case Elem::F32: return std::bit_cast<uint32_t>(static_cast<float>(number));
  case Elem::BF16: return encodeSmallFloat(number, 8, 7);
  case Elem::F16: return encodeSmallFloat(number, 5, 10);
  case Elem::I64:
  case Elem::Key:
  case Elem::Dim: return static_cast<uint64_t>(roundToInteger<int64_t>(number));
  case Elem::I32: return static_cast<uint32_t>(roundToInteger<int32_t>(number));
  case Elem::U8: return roundToInteger<uint8_t>(number);
  case Elem::Bool: return number != 0;
  }
  DL_UNREACHABLE();
}

double decodeNumber(Elem elem, uint64_t bits) {
  switch (elem) {
  case Elem::F64: return std::bit_cast<double>(bits);
  case Elem::F32: return std::bit_cast<float>(static_cast<uint32_t>(bits));
  case Elem::BF16: return decodeSmallFloat(bits, 8, 7);
  case Elem::F16: return decodeSmallFloat(bits, 5, 10);
  case Elem::I64:
  case Elem::Dim: return static_cast<double>(static_cast<int64_t>(bits));
  case Elem::Key: return static_cast<double>(bits);
  case Elem::I32: return static_cast<int32_t>(static_cast<uint32_t>(bits));
  case Elem::U8: return static_cast<uint8_t>(bits);
  case Elem::Bool: return bits & 1;
  }
  DL_UNREACHABLE();
}

} // namespace dl::ir

/// bf16 and f16 as 16-bit patterns. To them: round to nearest even, NaN stays NaN (quiet); from them: exact. Subnormal
/// f16 values are kept in every mode, as the processor's own conversions do; subnormal bf16 values are f32 subnormals.
#pragma once
#include <bit>
#include <cstdint>

namespace dl::num {

inline float fromBf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

inline uint16_t toBf16(float x) {
  uint32_t bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

inline float fromF16(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  if (fraction == 0) return std::bit_cast<float>(sign);
  int shift = std::countl_zero(fraction) - 21; // puts the leading one at bit 10
  return std::bit_cast<float>(sign | static_cast<uint32_t>(113 - shift) << 23 | ((fraction << shift) & 1023) << 13);
}

inline uint16_t toF16(float x) {
  uint32_t bits = std::bit_cast<uint32_t>(x), magnitude = bits & 0x7fffffff;
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  if (magnitude > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00 | ((magnitude >> 13) & 0x1ff));
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude >= 0x38800000) {
    uint32_t rebiased = magnitude - (112u << 23);
    return static_cast<uint16_t>(sign | ((rebiased + 0xfff + ((rebiased >> 13) & 1)) >> 13));
  }
  if (magnitude < 0x33000000) return sign; // below half of the least subnormal
  // A subnormal result: the significand with its leading one, shifted right, rounded by hand.
  uint32_t shift = 126 - (magnitude >> 23), significand = (magnitude & 0x7fffff) | 0x800000;
  uint32_t kept = significand >> shift, lost = significand & ((1u << shift) - 1), half = 1u << (shift - 1);
  return static_cast<uint16_t>(sign | (kept + (lost > half || (lost == half && (kept & 1)))));
}

} // namespace dl::num

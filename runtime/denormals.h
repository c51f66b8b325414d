/// Sets the calling thread's treatment of denormal numbers, and puts it back at the end of a scope.
#pragma once
#include <cstdint>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace dl::rt {

/// flush: operands and results of arithmetic that are denormal count as zero of the same sign.
inline void setDenormals(bool flush) {
#if defined(__x86_64__)
  constexpr unsigned kBits = 0x8040; // FTZ and DAZ
  unsigned word = _mm_getcsr();
  _mm_setcsr(flush ? word | kBits : word & ~kBits);
#elif defined(__aarch64__)
  uint64_t word;
  asm volatile("mrs %0, fpcr" : "=r"(word));
  constexpr uint64_t kBit = uint64_t(1) << 24;
  word = flush ? word | kBit : word & ~kBit;
  asm volatile("msr fpcr, %0" ::"r"(word));
#else
#error "no control of denormal numbers for this processor"
#endif
}

} // namespace dl::rt

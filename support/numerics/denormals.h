/// Subnormal numbers: the mode of a module, and who applies it.
///
/// In the mode `flush` subnormal operands of arithmetic and comparisons count as zeros of their sign, and subnormal
/// results become such zeros; `neg`, `abs`, `select`, `bitcast`, loads and stores keep bits. The processor does it:
/// * every thread of the runtime and the thread that evaluates or folds holds a DenormalScope while it computes;
/// * compiled functions carry LLVM's attribute `denormal-fp-math` = "preserve-sign" and change no mode themselves;
/// * what is computed outside the processor's arithmetic (constants folded by other means) calls flush() by hand.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace dl::num {

enum class Denormals { Keep, Flush };

/// A subnormal number becomes the zero of its sign; anything else stays.
template <class T> T flush(T x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(T(0), x) : x; }

/// Sets the mode of this thread while it lives.
class DenormalScope {
public:
  explicit DenormalScope(Denormals mode) : saved_(read()) {
    write(mode == Denormals::Flush ? saved_ | kBits : saved_ & ~kBits);
  }
  ~DenormalScope() { write(saved_); }
  DenormalScope(const DenormalScope &) = delete;
  DenormalScope &operator=(const DenormalScope &) = delete;

private:
#if defined(__x86_64__)
  using Word = uint32_t;
  static constexpr Word kBits = 0x8040; // flush results, treat operands as zeros
  static Word read() { return _mm_getcsr(); }
  static void write(Word word) { _mm_setcsr(word); }
#elif defined(__aarch64__)
  using Word = uint64_t;
  static constexpr Word kBits = Word{1} << 24;
  static Word read() {
    Word word;
    asm volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void write(Word word) { asm volatile("msr fpcr, %0" ::"r"(word)); }
#endif
  Word saved_;
};

} // namespace dl::num

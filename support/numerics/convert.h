/// Total arithmetic of the element types: every operation has a defined result for every operand.
#pragma once
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

namespace dl::num {

/// To an integer type: towards zero, saturating; NaN gives 0.
template <std::integral I, std::floating_point F> constexpr I toInteger(F x) {
  if (x != x) return 0;
  // Both bounds are powers of two (or 0), hence exact in F.
  constexpr F kLow = static_cast<F>(std::numeric_limits<I>::min());
  constexpr F kBeyond = static_cast<F>(std::numeric_limits<I>::max() / 2 + 1) * 2;
  if (x <= kLow) return std::numeric_limits<I>::min();
  if (x >= kBeyond) return std::numeric_limits<I>::max();
  return static_cast<I>(x);
}

/// Between integer types: saturating, as from numbers with a fraction.
template <std::integral To, std::integral From> constexpr To toInteger(From x) {
  if constexpr (std::is_signed_v<From> && !std::is_signed_v<To>)
    if (x < 0) return 0;
  using Wide = std::conditional_t<std::is_signed_v<From> && std::is_signed_v<To>, long long, unsigned long long>;
  if (static_cast<Wide>(x) > static_cast<Wide>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  if constexpr (std::is_signed_v<From> && std::is_signed_v<To>)
    if (static_cast<Wide>(x) < static_cast<Wide>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  return static_cast<To>(x);
}

/// Integers wrap.
template <std::integral I> constexpr I wrapAdd(I a, I b) {
  using U = std::make_unsigned_t<I>;
  return static_cast<I>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
}
template <std::integral I> constexpr I wrapSub(I a, I b) {
  using U = std::make_unsigned_t<I>;
  return static_cast<I>(static_cast<U>(static_cast<U>(a) - static_cast<U>(b)));
}
template <std::integral I> constexpr I wrapMul(I a, I b) {
  using U = std::make_unsigned_t<I>;
  return static_cast<I>(static_cast<U>(static_cast<unsigned long long>(a) * static_cast<unsigned long long>(b)));
}
template <std::integral I> constexpr I wrapNeg(I a) { return wrapSub<I>(0, a); }
template <std::integral I> constexpr I wrapAbs(I a) { return a < 0 ? wrapNeg(a) : a; }

/// Division towards minus infinity; by 0 it gives 0; the least number by -1 wraps.
template <std::integral I> constexpr I floorDiv(I a, I b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<I>) {
    if (b == static_cast<I>(-1)) return wrapNeg(a);
    I quotient = static_cast<I>(a / b);
    return static_cast<I>(quotient - (a % b != 0 && (a < 0) != (b < 0)));
  } else
    return static_cast<I>(a / b);
}
/// The remainder with the sign of b; by 0 it gives 0.
template <std::integral I> constexpr I floorRem(I a, I b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<I>) {
    if (b == static_cast<I>(-1)) return 0;
    I rest = static_cast<I>(a % b);
    return rest != 0 && (rest < 0) != (b < 0) ? static_cast<I>(rest + b) : rest;
  } else
    return static_cast<I>(a % b);
}

/// Shifts use the count modulo the width; to the right zeros come in.
template <std::integral I> constexpr I shiftLeft(I a, I count) {
  using U = std::make_unsigned_t<I>;
  return static_cast<I>(static_cast<U>(static_cast<unsigned long long>(static_cast<U>(a))
                                       << (static_cast<U>(count) & (sizeof(I) * 8 - 1))));
}
template <std::integral I> constexpr I shiftRight(I a, I count) {
  using U = std::make_unsigned_t<I>;
  return static_cast<I>(static_cast<U>(static_cast<U>(a) >> (static_cast<U>(count) & (sizeof(I) * 8 - 1))));
}

/// x as arithmetic sees it: where subnormal numbers are flushed, a zero of the same sign for one of them.
template <class T> T settle(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return x == 0 ? std::copysign(T(0), x) : x;
  else
    return x;
}

/// NaN if either is; the second when they are equal (as -0 and 0 are), flushed where the processor flushes: exactly its
/// instructions for `a > b ? a : b`, and a itself where that is NaN.
template <class T> T maxOf(T a, T b) { return a != a ? a : settle(a > b ? a : b); }
template <class T> T minOf(T a, T b) { return a != a ? a : settle(a < b ? a : b); }

/// Half to even.
template <std::floating_point F> F roundEven(F x) { return std::nearbyint(x); }
/// -1, 0 or 1; NaN stays and a zero keeps its sign.
template <class T> constexpr T signOf(T x) { return x > 0 ? static_cast<T>(1) : x < 0 ? static_cast<T>(-1) : x; }

} // namespace dl::num

/// The algebra: the few operations in which every mathematical function of the language is written, once.
///
/// A function in this folder is a template over an algebra A. Instantiated with `ScalarAlgebra` it computes numbers
/// (evaluator, constant folding, runtime); instantiated by code generation, with a builder whose "numbers" are handles
/// of vector values, it emits instructions. Both perform the same operations in the same order, so their results have
/// the same bits on every vector width.
///
/// What an algebra promises:
/// * One algebra is one element type; `kWidth` is 32 (f32) or 64 (f64). bf16 and f16 are computed in f32.
/// * `Real`, `Bits` (integers of the same width) and `Mask` are cheap handles, copied freely; methods may be non-const.
/// * Arithmetic is IEEE 754, to nearest even, one rounding each; `fma` rounds once; nothing is contracted or
///   re-associated. Comparisons are ordered: false when an operand is NaN.
/// * Integers wrap; `shr` shifts in zeros; shift counts are constants below the width.
/// * `real` takes a double that is rounded to the element type; `toReal` converts a signed integer, to nearest.
/// * `neg`, `abs`, `select*`, `toBits` and `fromBits` move bits: they never flush a subnormal. All arithmetic and all
///   comparisons follow the processor's mode (see denormals.h), which must be the same on both sides.
/// * Nothing here needs an instruction that AVX2 with FMA lacks (no scalef, getexp, 64-bit arithmetic shift).
///   For f64 on AVX2, `toReal` (used by random.h only) becomes a short sequence; any exact one gives the same bits.
#pragma once
#include <concepts>
#include <cstdint>

namespace dl::num {

template <class A>
concept Algebra = requires(A a, typename A::Real x, typename A::Bits i, typename A::Mask m) {
  { A::kWidth + 0 } -> std::convertible_to<int>;
  // constants
  { a.real(1.0) } -> std::same_as<typename A::Real>;
  { a.bits(int64_t{1}) } -> std::same_as<typename A::Bits>;
  // arithmetic on reals
  { a.add(x, x) } -> std::same_as<typename A::Real>;
  { a.sub(x, x) } -> std::same_as<typename A::Real>;
  { a.mul(x, x) } -> std::same_as<typename A::Real>;
  { a.div(x, x) } -> std::same_as<typename A::Real>;
  { a.fma(x, x, x) } -> std::same_as<typename A::Real>; // first * second + third
  { a.sqrt(x) } -> std::same_as<typename A::Real>;
  { a.roundEven(x) } -> std::same_as<typename A::Real>; // to an integer, half to even
  { a.neg(x) } -> std::same_as<typename A::Real>;
  { a.abs(x) } -> std::same_as<typename A::Real>;
  // integers
  { a.addBits(i, i) } -> std::same_as<typename A::Bits>;
  { a.subBits(i, i) } -> std::same_as<typename A::Bits>;
  { a.andBits(i, i) } -> std::same_as<typename A::Bits>;
  { a.orBits(i, i) } -> std::same_as<typename A::Bits>;
  { a.xorBits(i, i) } -> std::same_as<typename A::Bits>;
  { a.shl(i, 1) } -> std::same_as<typename A::Bits>;
  { a.shr(i, 1) } -> std::same_as<typename A::Bits>;
  // between the two
  { a.toBits(x) } -> std::same_as<typename A::Bits>;
  { a.fromBits(i) } -> std::same_as<typename A::Real>;
  { a.toReal(i) } -> std::same_as<typename A::Real>;
  // comparison and choice
  { a.less(x, x) } -> std::same_as<typename A::Mask>;
  { a.lessEqual(x, x) } -> std::same_as<typename A::Mask>;
  { a.equal(x, x) } -> std::same_as<typename A::Mask>;
  { a.equalBits(i, i) } -> std::same_as<typename A::Mask>;
  { a.andMask(m, m) } -> std::same_as<typename A::Mask>;
  { a.orMask(m, m) } -> std::same_as<typename A::Mask>;
  { a.notMask(m) } -> std::same_as<typename A::Mask>;
  { a.select(m, x, x) } -> std::same_as<typename A::Real>;
  { a.selectBits(m, i, i) } -> std::same_as<typename A::Bits>;
};

} // namespace dl::num

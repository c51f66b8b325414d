/// Element types as they lie in memory and as they are computed: bf16 and f16 in f32, everything else in itself.
#pragma once
#include "ir/type.h"
#include "support/numerics/half.h"
#include "support/result.h"
#include <type_traits>

namespace dl::ir::eval {

template <Elem E, class S, class C = S> struct Lane {
  static constexpr Elem kElem = E;
  static constexpr bool kFloat = std::is_floating_point_v<C>;
  using Stored = S;
  using Compute = C;
  static C load(S s) { return s; }
  static S store(C c) { return c; }
};
struct Bf16Lane : Lane<Elem::BF16, uint16_t, float> {
  static float load(uint16_t s) { return num::fromBf16(s); }
  static uint16_t store(float c) { return num::toBf16(c); }
};
struct F16Lane : Lane<Elem::F16, uint16_t, float> {
  static float load(uint16_t s) { return num::fromF16(s); }
  static uint16_t store(float c) { return num::toF16(c); }
};
using F64Lane = Lane<Elem::F64, double>;
using F32Lane = Lane<Elem::F32, float>;
using I64Lane = Lane<Elem::I64, int64_t>;
using I32Lane = Lane<Elem::I32, int32_t>;
using U8Lane = Lane<Elem::U8, uint8_t>;
using BoolLane = Lane<Elem::Bool, uint8_t>;

/// f.operator()<Lane>() for the float type.
template <class F> auto withFloat(Elem e, F &&f) {
  if (e == Elem::F64) return f.template operator()<F64Lane>();
  if (e == Elem::BF16) return f.template operator()<Bf16Lane>();
  if (e == Elem::F16) return f.template operator()<F16Lane>();
  DL_CHECK(e == Elem::F32);
  return f.template operator()<F32Lane>();
}
template <class F> auto withInteger(Elem e, F &&f) {
  if (e == Elem::I32) return f.template operator()<I32Lane>();
  if (e == Elem::U8) return f.template operator()<U8Lane>();
  DL_CHECK(e == Elem::I64 || e == Elem::Dim);
  return f.template operator()<I64Lane>();
}
template <class F> auto withNumber(Elem e, F &&f) { return isFloat(e) ? withFloat(e, f) : withInteger(e, f); }
template <class F> auto withNumberOrBool(Elem e, F &&f) {
  return e == Elem::Bool ? f.template operator()<BoolLane>() : withNumber(e, f);
}
/// f.operator()<unsigned type of that many bytes>(): for what only moves elements.
template <class F> auto withWidth(int64_t bytes, F &&f) {
  if (bytes == 1) return f.template operator()<uint8_t>();
  if (bytes == 2) return f.template operator()<uint16_t>();
  if (bytes == 4) return f.template operator()<uint32_t>();
  return f.template operator()<uint64_t>();
}

} // namespace dl::ir::eval

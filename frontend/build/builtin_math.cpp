/// Element-wise primitives and conversions.
#include "frontend/build/builtin.h"
#include "support/numerics/scalar_functions.h"
#include <cmath>
#include <cstdio>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

static Val mapOp(Elaborator &e, BuiltinCall &c) {
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    return e.math(c.builtin->op, c.builtin->fold, x[0], c.where(0));
  });
}

Val Elaborator::math(OpKind kind, double (*f)(double), const Val &v, SourceRange where) {
  if (v.isNumber() && f && (!v.integer || v.whole.isConstant())) {
    double x = v.integer ? static_cast<double>(v.whole.value()) : v.real, y = f(x);
    bool rounds = kind == OpKind::Floor || kind == OpKind::Ceil || kind == OpKind::Round;
    if ((rounds || v.integer) && std::isfinite(y) && y == std::floor(y) && std::fabs(y) < kExactWhole && (rounds || kind == OpKind::Abs || kind == OpKind::Sign))
      return Val::number(Dim(static_cast<int64_t>(y)));
    return Val::number(y);
  }
  if (v.isNumber() && (kind == OpKind::Floor || kind == OpKind::Ceil || kind == OpKind::Round)) return v;
  if (v.isTensor() && ir::isInteger(v.type().elem)) {
    if (kind == OpKind::Floor || kind == OpKind::Ceil || kind == OpKind::Round) return v;
    if (kind != OpKind::Abs && kind != OpKind::Sign) return elementwise(kind, {asTensor(v, where, Elem::F32)}, where);
  }
  if (v.isNumber()) { // a size known at run time
    Val weak = Val::tensor(convert(builder_.extent(v.whole), Elem::F64));
    weak.weak = true;
    return elementwise(kind, {weak}, where);
  }
  return elementwise(kind, {v}, where);
}

static Val twoOp(Elaborator &e, BuiltinCall &c) { return e.elementwise(c.builtin->op, {c[0], c[1]}, c.site.where); }

static Val floorOf(Elaborator &e, BuiltinCall &c) { return mapOp(e, c); }

static Val whereOf(Elaborator &e, BuiltinCall &c) { return e.select(c[0], c[1], c[2], c.site.where); }

static Val isNan(Elaborator &e, BuiltinCall &c) {
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    Val t = e.asTensor(x[0], c.where(0));
    return t.isTensor() ? Val::tensor(e.emit(OpKind::Ne, {t.value, t.value})) : t;
  });
}

static Val convertTo(Elaborator &e, BuiltinCall &c) {
  Elem to = *e.elemNamed(c.builtin->name);
  return e.zip({c[0]}, c.where(0), [&](const std::vector<Val> &x) -> Val {
    const Val &v = x[0];
    if (v.isNumber() && ir::isInteger(to)) {
      if (!v.integer && !(std::fabs(v.real) < kExactWhole)) {
        char text[40];
        std::snprintf(text, sizeof text, "%g", v.real);
        return e.fail(c.where(0), Diag::NumberOutOfRange, {text});
      }
      Val n = v.integer ? v : Val::number(Dim(static_cast<int64_t>(std::trunc(v.real))));
      return to == Elem::I32 ? n : e.asTensor(n, c.where(0), to);
    }
    if (to == Elem::Bool) {
      Val t = e.asTensor(v, c.where(0));
      if (!t.isTensor() || t.type().elem == Elem::Bool) return t;
      return Val::tensor(e.emit(OpKind::Ne, {t.value, e.zeros(t.type())}));
    }
    return e.asTensor(v, c.where(0), to);
  });
}

/// The natural number e, pi, inf, nan are names, too.
static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
static double digamma(double x) { return num::digamma(x); }
static double roundEven(double x) { return std::nearbyint(x); }

std::span<const Builtin> mathBuiltins() {
  static const Builtin table[] = {
      {"exp", "x", mapOp, "e^x", OpKind::Exp, std::exp},
      {"expm1", "x", mapOp, "e^x - 1", OpKind::Expm1, std::expm1},
      {"log", "x", mapOp, "natural logarithm", OpKind::Log, std::log},
      {"log1p", "x", mapOp, "log(1 + x)", OpKind::Log1p, std::log1p},
      {"sqrt", "x", mapOp, "square root", OpKind::Sqrt, std::sqrt},
      {"sin", "x", mapOp, "sine", OpKind::Sin, std::sin},
      {"cos", "x", mapOp, "cosine", OpKind::Cos, std::cos},
      {"tan", "x", mapOp, "tangent", OpKind::Tan, std::tan},
      {"tanh", "x", mapOp, "hyperbolic tangent", OpKind::Tanh, std::tanh},
      {"sigmoid", "x", mapOp, "1 / (1 + e^-x)", OpKind::Sigmoid, sigmoid},
      {"erf", "x", mapOp, "error function", OpKind::Erf, std::erf},
      {"erf_inv", "x", mapOp, "inverse of erf", OpKind::ErfInv, nullptr},
      {"lgamma", "x", mapOp, "log |gamma(x)|", OpKind::Lgamma, std::lgamma},
      {"digamma", "x", mapOp, "derivative of lgamma", OpKind::Digamma, digamma},
      {"floor", "x", floorOf, "largest integer not above x", OpKind::Floor, std::floor},
      {"ceil", "x", floorOf, "smallest integer not below x", OpKind::Ceil, std::ceil},
      {"round", "x", floorOf, "nearest integer, half to even", OpKind::Round, roundEven},
      {"abs", "x", mapOp, "|x|", OpKind::Abs, std::fabs},
      {"sign", "x", mapOp, "-1, 0 or 1", OpKind::Sign, sign},
      {"isfinite", "x", mapOp, "neither NaN nor infinite", OpKind::IsFinite, nullptr},
      {"isnan", "x", isNan, "not a number"},
      {"atan2", "y x", twoOp, "angle of the point (x, y)", OpKind::Atan2},
      {"where", "mask a b", whereOf, "a where the mask holds, else b"},
      {"f64", "x", convertTo, "as f64"},
      {"f32", "x", convertTo, "as f32"},
      {"bf16", "x", convertTo, "as bf16: 8 bits of mantissa, range of f32"},
      {"f16", "x", convertTo, "as f16: 11 bits of mantissa, to 65504"},
      {"i64", "x", convertTo, "as i64, towards zero"},
      {"int", "x", convertTo, "as int, towards zero"},
      {"u8", "x", convertTo, "as u8"},
      {"bool", "x", convertTo, "not zero"},
  };
  return table;
}

} // namespace dl::frontend

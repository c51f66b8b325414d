#include "ir/index_range.h"
#include "ir/infer_support.h"

namespace dl::ir {
namespace {

constexpr int64_t kMostRows = 16384; // of matrices that are factorised: LAPACK counts its workspace with 32 bits

bool isPrecise(Elem e) { return e == Elem::F32 || e == Elem::F64; }

std::optional<TypeError> checkMatrix(OpKind kind, Operands operands, int which) {
  const Type &type = operands[static_cast<size_t>(which)]->type;
  if (!isPrecise(type.elem) || type.rank() < 2)
    return typeError(kind, "C1", "takes matrices of f32 or f64, got " + type.str(), which);
  for (size_t d = type.rank() - 2; d < type.rank(); ++d)
    if (type.dims[d].bound() > kMostRows)
      return typeError(kind, "C2", "takes matrices of at most " + std::to_string(kMostRows) + " rows and columns, got " + type.str(), which);
  return std::nullopt;
}

const dl::Dim &rows(const Type &t) { return t.dims[t.rank() - 2]; }
const dl::Dim &columns(const Type &t) { return t.dims[t.rank() - 1]; }

std::optional<TypeError> checkSquare(OpKind kind, Operands operands) {
  if (auto error = checkMatrix(kind, operands, 0)) return error;
  const Type &type = operands[0]->type;
  if (rows(type) != columns(type)) return typeError(kind, "C3", "takes square matrices, got " + type.str(), 0);
  return std::nullopt;
}

/// The batch dimensions, then these.
Type batched(const Type &like, std::initializer_list<dl::Dim> own) {
  std::vector<dl::Dim> dims(like.dims.begin(), like.dims.end() - 2);
  dims.insert(dims.end(), own);
  return Type(like.elem, dims);
}

Inferred several(std::vector<Type> types) {
  Inferred result;
  result.fresh.resize(types.size());
  result.types = std::move(types);
  return result;
}

InferResult inferTriSolve(Operands operands) {
  constexpr OpKind kind = OpKind::TriSolve;
  if (auto error = checkSquare(kind, operands)) return *error;
  if (auto error = checkMatrix(kind, operands, 1)) return *error;
  const Type &a = operands[0]->type, &b = operands[1]->type;
  if (b.elem != a.elem || b.rank() != a.rank() || batched(b, {columns(a), columns(b)}) != b || batched(a, {}) != batched(b, {}))
    return typeError(kind, "C4", "matrix and right sides have types " + typesOf(operands), 1);
  return one(b);
}

/// q r, u s v: the smaller of the two extents must be known to be it.
InferResult inferThin(OpKind kind, Operands operands) {
  if (auto error = checkMatrix(kind, operands, 0)) return *error;
  const Type &a = operands[0]->type;
  bool tall = isNonNegative(rows(a) - columns(a));
  if (!tall && !isNonNegative(columns(a) - rows(a)))
    return typeError(kind, "C5", "which dimension is the smaller one must be known, got " + a.str(), 0);
  const dl::Dim k = tall ? columns(a) : rows(a);
  if (kind == OpKind::Qr) return several({batched(a, {rows(a), k}), batched(a, {k, columns(a)})});
  return several({batched(a, {rows(a), k}), batched(a, {k}), batched(a, {k, columns(a)})});
}

InferResult inferFft(Operands operands, const FftAttr &attr) {
  constexpr OpKind kind = OpKind::Fft;
  const Type &re = operands[0]->type;
  if (!isPrecise(re.elem) || operands[1]->type != re)
    return typeError(kind, "C1", "takes real and imaginary parts of one type, f32 or f64, got " + typesOf(operands), 1);
  if (!isDim(attr.dim, re.rank())) return typeError(kind, "C2", re.str() + " has no dimension " + std::to_string(attr.dim), 0);
  return several({re, re});
}

} // namespace

InferResult inferLinearAlgebra(OpKind kind, Operands operands, const Attrs &attrs) {
  if (kind == OpKind::TriSolve) return inferTriSolve(operands);
  if (kind == OpKind::Qr || kind == OpKind::Svd) return inferThin(kind, operands);
  if (kind == OpKind::Fft) return inferFft(operands, std::get<FftAttr>(attrs));
  if (auto error = checkSquare(kind, operands)) return *error;
  const Type &a = operands[0]->type;
  if (kind == OpKind::Cholesky) return one(a);
  if (kind == OpKind::Eigh) return several({batched(a, {rows(a)}), a});
  DL_CHECK(kind == OpKind::Lu);
  return several({a, batched(a, {rows(a)}).withElem(Elem::I32), batched(a, {})});
}

} // namespace dl::ir

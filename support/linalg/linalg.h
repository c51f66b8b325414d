/// Factorisations of matrices and Fourier transforms: the one implementation that the evaluator and the runtime both call,
/// so compiled programs and the evaluator agree by bits. The factorisations are the reference LAPACK's, linked statically.
///
/// All take batches (leading dimensions) with any strides, and every extent from 0 on. They are total: what has no result
/// (a matrix that is not positive definite, numbers that are not finite, iterations that do not converge) gives NaN.
#pragma once
#include <cstdint>

namespace dl::linalg {

/// A tensor: strides in elements. The element type of all arrays of one call is the same, but for the i32 of `lu`.
struct Array {
  void *data;
  bool f64;
  int rank;
  const int64_t *extent, *stride;
};

enum class Routine : uint8_t { Cholesky, TriSolve, Lu, Qr, Eigh, Svd, Fft };

/// Bytes of workspace (64-byte aligned) for matrices of at most `rows` and `columns`: of the first operand; of the second
/// one for TriSolve. Fft: `rows` is the length along the transformed dimension.
int64_t workBytes(Routine routine, bool f64, int64_t rows, int64_t columns);

/// a [.., n, n], whose lower triangle is read -> l [.., n, n], lower, positive diagonal: a = l l'.
void cholesky(const Array *in, const Array *out, void *work);
/// a [.., n, n], b [.., n, k] -> x [.., n, k] with a x = b (a' x = b when transposed); reads one triangle of a. NaN
/// where a number on the diagonal of a is 0, also if those equations have solutions.
void trisolve(const Array *in, const Array *out, bool upper, bool transposed, void *work);
/// a [.., n, n] -> packed [.., n, n] (u above, l below with ones on the diagonal), rows i32 [.., n], sign [..]: row i of
/// l u is row rows[i] of a; sign is the parity of that permutation, 1 or -1. A singular matrix has zeros on u's diagonal.
void lu(const Array *in, const Array *out, void *work);
/// a [.., m, n] -> q [.., m, k], r [.., k, n], k = min(m, n): a = q r, r upper with no negative number on its diagonal.
void qr(const Array *in, const Array *out, void *work);
/// a [.., n, n], whose lower triangle is read -> values [.., n] ascending, vectors [.., n, n] in columns; the entry of largest
/// magnitude (the first of equal ones) of each vector is positive.
void eigh(const Array *in, const Array *out, void *work);
/// a [.., m, n] -> u [.., m, k], values [.., k] descending, v [.., k, n], k = min(m, n): a = u diag(values) v. The entry of
/// largest magnitude (the first of equal ones) of each column of u is positive.
void svd(const Array *in, const Array *out, void *work);
/// re, im -> re, im: sum[j] x[j] * e^(-2 pi i j k / n) along a dimension (plus in the exponent when inverse; no division).
void fft(const Array *in, const Array *out, int dim, bool inverse, void *work);

} // namespace dl::linalg

// Each matrix is copied into the workspace, column after column, and given to LAPACK; then the results are made unique.
#include "support/linalg/batch.h"
#include "support/linalg/lapack.h"
#include "support/linalg/work.h"
#include <cmath>
#include <cstring>
#include <limits>

// LAPACK reports wrong arguments here, and would print and stop; nothing below passes any. It must be in this file: the
// linker then has it before it looks for the one of the library.
extern "C" void xerbla_(const char *, const int32_t *, size_t) {}

// The one function of the Fortran runtime that these routines use (they build the name of a variant for their tuning table):
// target = a + b, cut or filled with blanks.
extern "C" void _gfortran_concat_string(size_t size, char *to, size_t sizeA, const char *a, size_t sizeB, const char *b) {
  size_t first = std::min(size, sizeA), second = std::min(size - first, sizeB);
  std::memcpy(to, a, first);
  std::memcpy(to + first, b, second);
  std::memset(to + first + second, ' ', size - first - second);
}

namespace dl::linalg {
namespace {

Int narrow(int64_t n) { return static_cast<Int>(std::min<int64_t>(n, std::numeric_limits<Int>::max())); }

template <class T> constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();

template <class T> void load(const Matrix<T> &from, int64_t m, int64_t n, T *to) {
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < m; ++i) to[j * m + i] = from(i, j);
}
template <class T> void loadLower(const Matrix<T> &from, int64_t n, T *to) {
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < n; ++i) to[j * n + i] = i < j ? T(0) : from(i, j);
}
template <class T> void store(const T *from, int64_t m, int64_t n, const Matrix<T> &to, int64_t lead) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) to(i, j) = from[j * lead + i];
}
template <class T> void fill(const Matrix<T> &to, int64_t m, int64_t n) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) to(i, j) = kNaN<T>;
}
template <class T> void fill(const Vector<T> &to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = kNaN<T>;
}
/// Iterations that meet NaN might not end.
template <class T> bool allFinite(const T *x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    if (!std::isfinite(x[i])) return false;
  return true;
}
template <class T> bool isTurned(const T *column, int64_t n) {
  int64_t largest = 0;
  for (int64_t i = 1; i < n; ++i)
    if (std::fabs(column[i]) > std::fabs(column[largest])) largest = i;
  return n > 0 && column[largest] < 0;
}
template <class T> void negate(T *x, int64_t n, int64_t step = 1) {
  for (int64_t i = 0; i < n; ++i) x[i * step] = -x[i * step];
}

int64_t rowsOf(const Array &a) { return a.extent[a.rank - 2]; }
int64_t columnsOf(const Array &a) { return a.extent[a.rank - 1]; }

template <class T> void choleskyOf(const Array *in, const Array *out, void *work) {
  int64_t n = rowsOf(in[0]);
  T *a = Work(work).take<T>(n * n);
  for (Batch batch(in[0], 2); batch.more(); batch.next()) {
    loadLower(batch.matrix<T>(in[0]), n, a);
    Int info = 0;
    if (n) potrf(narrow(n), a, info);
    Matrix<T> l = batch.matrix<T>(out[0]);
    if (info) fill(l, n, n);
    else store(a, n, n, l, n);
  }
}

template <class T> void trisolveOf(const Array *in, const Array *out, bool upper, bool transposed, void *work) {
  int64_t n = rowsOf(in[1]), k = columnsOf(in[1]);
  Work pieces(work);
  T *a = pieces.take<T>(n * n), *b = pieces.take<T>(n * k);
  for (Batch batch(in[0], 2); batch.more(); batch.next()) {
    load(batch.matrix<T>(in[0]), n, n, a);
    load(batch.matrix<T>(in[1]), n, k, b);
    bool regular = true;
    for (int64_t i = 0; i < n; ++i) regular &= a[i * n + i] != 0;
    if (!regular) {
      fill(batch.matrix<T>(out[0]), n, k);
      continue;
    }
    if (n && k) trsm(upper, transposed, narrow(n), narrow(k), a, b);
    store(b, n, k, batch.matrix<T>(out[0]), n);
  }
}

template <class T> void luOf(const Array *in, const Array *out, void *work) {
  int64_t n = rowsOf(in[0]);
  Work pieces(work);
  T *a = pieces.take<T>(n * n);
  Int *pivots = pieces.take<Int>(n);
  for (Batch batch(in[0], 2); batch.more(); batch.next()) {
    load(batch.matrix<T>(in[0]), n, n, a);
    Int info = 0;
    if (n) getrf(narrow(n), a, pivots, info);
    store(a, n, n, batch.matrix<T>(out[0]), n);
    Vector<Int> rows = batch.vector<Int>(out[1]);
    T sign = 1;
    for (int64_t i = 0; i < n; ++i) rows[i] = static_cast<Int>(i);
    for (int64_t i = 0; i < n; ++i) {
      int64_t other = std::clamp<int64_t>(pivots[i] - 1, 0, n - 1);
      if (other == i) continue;
      std::swap(rows[i], rows[other]);
      sign = -sign;
    }
    *batch.at<T>(out[2]) = sign;
  }
}

template <class T> void qrOf(const Array *in, const Array *out, void *work) {
  int64_t m = rowsOf(in[0]), n = columnsOf(in[0]), k = std::min(m, n), length = qrWork(m, n);
  Work pieces(work);
  T *a = pieces.take<T>(m * n), *tau = pieces.take<T>(k), *space = pieces.take<T>(length);
  for (Batch batch(in[0], 2); batch.more(); batch.next()) {
    load(batch.matrix<T>(in[0]), m, n, a);
    Int info = 0;
    if (k) geqrf(narrow(m), narrow(n), a, tau, space, narrow(length), info);
    Matrix<T> q = batch.matrix<T>(out[0]), r = batch.matrix<T>(out[1]);
    for (int64_t i = 0; i < k; ++i)
      for (int64_t j = 0; j < n; ++j) r(i, j) = j < i ? T(0) : a[j * m + i];
    if (k) orgqr(narrow(m), narrow(k), a, tau, space, narrow(length), info);
    for (int64_t i = 0; i < k; ++i) {
      if (!(r(i, i) < 0)) continue;
      negate(&r(i, i), n - i, r.column);
      negate(a + i * m, m);
    }
    store(a, m, k, q, m);
  }
}

template <class T> void eighOf(const Array *in, const Array *out, void *work) {
  int64_t n = rowsOf(in[0]);
  Work pieces(work);
  T *a = pieces.take<T>(n * n), *values = pieces.take<T>(n), *space = pieces.take<T>(eighWork(n));
  Int *integers = pieces.take<Int>(eighIntegers(n));
  for (Batch batch(in[0], 2); batch.more(); batch.next()) {
    loadLower(batch.matrix<T>(in[0]), n, a);
    Int info = allFinite(a, n * n) ? 0 : 1;
    if (n && !info) syevd(narrow(n), a, values, space, narrow(eighWork(n)), integers, narrow(eighIntegers(n)), info);
    Vector<T> w = batch.vector<T>(out[0]);
    Matrix<T> v = batch.matrix<T>(out[1]);
    if (info) {
      fill(w, n), fill(v, n, n);
      continue;
    }
    for (int64_t j = 0; j < n; ++j) {
      w[j] = values[j];
      if (isTurned(a + j * n, n)) negate(a + j * n, n);
    }
    store(a, n, n, v, n);
  }
}

template <class T> void svdOf(const Array *in, const Array *out, void *work) {
  int64_t m = rowsOf(in[0]), n = columnsOf(in[0]), k = std::min(m, n), length = svdWork(m, n);
  Work pieces(work);
  T *a = pieces.take<T>(m * n), *u = pieces.take<T>(m * k), *s = pieces.take<T>(k), *v = pieces.take<T>(k * n), *space = pieces.take<T>(length);
  Int *integers = pieces.take<Int>(8 * k);
  for (Batch batch(in[0], 2); batch.more(); batch.next()) {
    load(batch.matrix<T>(in[0]), m, n, a);
    Int info = allFinite(a, m * n) ? 0 : 1;
    if (k && !info) gesdd(narrow(m), narrow(n), a, s, u, v, narrow(k), space, narrow(length), integers, info);
    Matrix<T> left = batch.matrix<T>(out[0]), right = batch.matrix<T>(out[2]);
    Vector<T> values = batch.vector<T>(out[1]);
    if (info) {
      fill(left, m, k), fill(values, k), fill(right, k, n);
      continue;
    }
    for (int64_t j = 0; j < k; ++j) {
      values[j] = s[j];
      if (!isTurned(u + j * m, m)) continue;
      negate(u + j * m, m);
      negate(v + j, n, k);
    }
    store(u, m, k, left, m);
    store(v, k, n, right, k);
  }
}

} // namespace

void cholesky(const Array *in, const Array *out, void *work) {
  in[0].f64 ? choleskyOf<double>(in, out, work) : choleskyOf<float>(in, out, work);
}
void trisolve(const Array *in, const Array *out, bool upper, bool transposed, void *work) {
  in[0].f64 ? trisolveOf<double>(in, out, upper, transposed, work) : trisolveOf<float>(in, out, upper, transposed, work);
}
void lu(const Array *in, const Array *out, void *work) { in[0].f64 ? luOf<double>(in, out, work) : luOf<float>(in, out, work); }
void qr(const Array *in, const Array *out, void *work) { in[0].f64 ? qrOf<double>(in, out, work) : qrOf<float>(in, out, work); }
void eigh(const Array *in, const Array *out, void *work) { in[0].f64 ? eighOf<double>(in, out, work) : eighOf<float>(in, out, work); }
void svd(const Array *in, const Array *out, void *work) { in[0].f64 ? svdOf<double>(in, out, work) : svdOf<float>(in, out, work); }

} // namespace dl::linalg

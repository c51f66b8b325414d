/// The routines of LAPACK and BLAS in use, for both precisions under one name. Matrices are column major.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dl::linalg {

using Int = int32_t;

// Behind the arguments come the lengths of the character ones.
#define DL_LAPACK(T, p)                                                                                                       \
  extern "C" {                                                                                                                \
  void p##potrf_(const char *uplo, const Int *n, T *a, const Int *lda, Int *info, size_t);                                    \
  void p##trsm_(const char *side, const char *uplo, const char *trans, const char *diag, const Int *m, const Int *n,          \
                const T *alpha, const T *a, const Int *lda, T *b, const Int *ldb, size_t, size_t, size_t, size_t);            \
  void p##getrf_(const Int *m, const Int *n, T *a, const Int *lda, Int *pivots, Int *info);                                   \
  void p##geqrf_(const Int *m, const Int *n, T *a, const Int *lda, T *tau, T *work, const Int *lwork, Int *info);             \
  void p##orgqr_(const Int *m, const Int *n, const Int *k, T *a, const Int *lda, const T *tau, T *work, const Int *lwork,     \
                 Int *info);                                                                                                  \
  void p##syevd_(const char *jobz, const char *uplo, const Int *n, T *a, const Int *lda, T *w, T *work, const Int *lwork,     \
                 Int *iwork, const Int *liwork, Int *info, size_t, size_t);                                                   \
  void p##gesdd_(const char *jobz, const Int *m, const Int *n, T *a, const Int *lda, T *s, T *u, const Int *ldu, T *vt,       \
                 const Int *ldvt, T *work, const Int *lwork, Int *iwork, Int *info, size_t);                                  \
  }                                                                                                                           \
  inline void potrf(Int n, T *a, Int &info) { p##potrf_("L", &n, a, &n, &info, 1); }                                          \
  inline void trsm(bool upper, bool transposed, Int n, Int k, const T *a, T *b) {                                             \
    T one = 1;                                                                                                                \
    p##trsm_("L", upper ? "U" : "L", transposed ? "T" : "N", "N", &n, &k, &one, a, &n, b, &n, 1, 1, 1, 1);                    \
  }                                                                                                                           \
  inline void getrf(Int n, T *a, Int *pivots, Int &info) { p##getrf_(&n, &n, a, &n, pivots, &info); }                         \
  inline void geqrf(Int m, Int n, T *a, T *tau, T *work, Int lwork, Int &info) {                                              \
    p##geqrf_(&m, &n, a, &m, tau, work, &lwork, &info);                                                                       \
  }                                                                                                                           \
  inline void orgqr(Int m, Int k, T *a, const T *tau, T *work, Int lwork, Int &info) {                                        \
    p##orgqr_(&m, &k, &k, a, &m, tau, work, &lwork, &info);                                                                   \
  }                                                                                                                           \
  inline void syevd(Int n, T *a, T *w, T *work, Int lwork, Int *iwork, Int liwork, Int &info) {                               \
    p##syevd_("V", "L", &n, a, &n, w, work, &lwork, iwork, &liwork, &info, 1, 1);                                             \
  }                                                                                                                           \
  inline void gesdd(Int m, Int n, T *a, T *s, T *u, T *vt, Int k, T *work, Int lwork, Int *iwork, Int &info) {                \
    p##gesdd_("S", &m, &n, a, &m, s, u, &m, vt, &k, work, &lwork, iwork, &info, 1);                                           \
  }
DL_LAPACK(float, s)
DL_LAPACK(double, d)
#undef DL_LAPACK

} // namespace dl::linalg

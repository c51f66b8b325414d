#include "support/numerics/scalar_functions.h"
#include "support/numerics/functions.h"
#include "support/numerics/scalar.h"

namespace dl::num {
namespace {

template <class T> R<ScalarAlgebra<T>> wrap(ScalarAlgebra<T> &algebra, T x) { return {&algebra, x}; }
template <class T> B<ScalarAlgebra<T>> wrapBits(ScalarAlgebra<T> &algebra, typename ScalarAlgebra<T>::Bits x) {
  return {&algebra, x};
}

} // namespace

#define DL_MATH_SCALAR_UNARY(name, T)                                                                                  \
  T name(T x) {                                                                                                        \
    ScalarAlgebra<T> algebra;                                                                                          \
    return name(wrap(algebra, x)).v;                                                                                   \
  }
#define DL_MATH_SCALAR_BINARY(name, T)                                                                                 \
  T name(T a, T b) {                                                                                                   \
    ScalarAlgebra<T> algebra;                                                                                          \
    return name(wrap(algebra, a), wrap(algebra, b)).v;                                                                 \
  }
#define DL_MATH_UNARY(name) DL_MATH_SCALAR_UNARY(name, float) DL_MATH_SCALAR_UNARY(name, double)
#define DL_MATH_BINARY(name) DL_MATH_SCALAR_BINARY(name, float) DL_MATH_SCALAR_BINARY(name, double)
#include "support/numerics/functions.def"

float uniform(uint32_t word) {
  ScalarAlgebra<float> algebra;
  return uniform(wrapBits(algebra, word)).v;
}
double uniform(uint64_t word) {
  ScalarAlgebra<double> algebra;
  return uniform(wrapBits(algebra, word)).v;
}
float standardNormal(uint32_t word) {
  ScalarAlgebra<float> algebra;
  return standardNormal(wrapBits(algebra, word)).v;
}
double standardNormal(uint64_t word) {
  ScalarAlgebra<double> algebra;
  return standardNormal(wrapBits(algebra, word)).v;
}

} // namespace dl::num

/// The mathematical functions for numbers: the same bits as compiled code (functions.h over ScalarAlgebra).
#pragma once
#include <cstdint>

namespace dl::num {

#define DL_MATH_UNARY(name)                                                                                            \
  float name(float x);                                                                                                 \
  double name(double x);
#define DL_MATH_BINARY(name)                                                                                           \
  float name(float a, float b);                                                                                        \
  double name(double a, double b);
#include "support/numerics/functions.def"

/// From one random word: [0, 1) with 24 (53) bits; the standard normal.
float uniform(uint32_t word);
double uniform(uint64_t word);
float standardNormal(uint32_t word);
double standardNormal(uint64_t word);

} // namespace dl::num

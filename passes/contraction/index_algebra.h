/// Affine arithmetic for index notation: combining, scaling, substituting, reducing by common factors.
#pragma once
#include "ir/attributes.h"
#include <optional>

namespace dl::passes {

/// a * x + b * y.
ir::Affine combine(int64_t a, const ir::Affine &x, int64_t b, const ir::Affine &y);
/// The coefficient of a name, 0 if it does not occur.
int64_t coefficientOf(const ir::Affine &affine, int name);
/// `affine` without the term of `name`.
ir::Affine withoutName(const ir::Affine &affine, int name);
ir::Affine nameAffine(int name);
/// Exactly one name with coefficient 1 and offset 0: its number.
std::optional<int> plainName(const ir::Index &index);

/// name = value / divisor, put into `affine / affineDivisor`: the numerator and divisor, reduced. The quotient is
/// meant only where `value / divisor` is an integer.
struct Quotient {
  ir::Affine numerator;
  int64_t divisor = 1; ///< >= 1
};
Quotient substituteName(const Quotient &in, int name, const Quotient &value);
/// Divides numerator and divisor by their common factor; makes the divisor positive.
Quotient reduced(Quotient q);

/// Numbers of names through a table (-1: must not occur).
ir::Affine renamed(const ir::Affine &affine, const std::vector<int> &to);
ir::Index renamed(const ir::Index &index, const std::vector<int> &to);
/// True if the name occurs in the index (also in what it takes from a source).
bool mentions(const ir::Index &index, int name);

} // namespace dl::passes

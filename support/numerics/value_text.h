/// The text of values: numbers as Python shows them, tensors as NumPy does, and the specs of formats (`{x:.3f}`).
/// One writer for everything that prints values, so that the evaluator and compiled programs say the same.
#pragma once
#include "support/result.h"
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace dl::num {

/// What stands behind the colon: [<>^][+][0][width][,][.precision][d f e g % s j w]. j, w: the elements of a tensor one
/// after the other, w with spaces between; empty ones are left out.
struct Spec {
  char align = 0; ///< '<', '>', '^', or 0: numbers to the right, text to the left
  bool sign = false, zeros = false, commas = false;
  int width = 0, precision = -1;
  char kind = 0; ///< 0: as is natural
};
Result<Spec> parseSpec(std::string_view text);

/// A rank-0 value.
struct Scalar {
  enum class Kind : uint8_t { Float32, Float64, Integer, Bool, Text };
  Kind kind = Kind::Integer;
  double real = 0;
  int64_t integer = 0;
  std::string text;
};

std::string scalarText(const Scalar &value, const Spec &spec = {});
/// `at(index)` gives the element at an index of rank numbers. Rank 0 is scalarText.
std::string tensorText(std::span<const int64_t> extents, const std::function<Scalar(const int64_t *)> &at,
                       const Spec &spec = {});
/// The shortest digits that read back as the same number; `single`: as the same f32.
std::string shortest(double value, bool single);

} // namespace dl::num

/// Dimension expressions: integer polynomials over dimension variables and floor-divisions of them, in one normal
/// form, so that equality of extents is equality of values. A constant costs nothing.
///
/// A variable ("atom") stands for one run-time dimension: an IR value of type dim<=N, or a rigid dimension of a body
/// that is checked with its sizes unknown.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dl {

class Dim;

/// One variable. Identity is the object: two atoms with equal names differ.
struct DimAtom {
  uint32_t id = 0;     ///< in creation order; only used to order terms
  int64_t bound = 0;   ///< largest value, or kUnbounded
  int64_t low = 0;     ///< smallest value
  std::string name;    ///< for messages
  void *owner = nullptr; ///< the ir::Value that holds it, when there is one
};
inline constexpr int64_t kUnbounded = int64_t{1} << 40;

class Dim {
public:
  Dim(int64_t constant = 0) : constant_(constant) {}
  /// A new variable with values in low..=bound.
  static Dim variable(std::string name, int64_t bound, int64_t low = 0);

  bool isConstant() const { return !poly_; }
  /// The value of a constant (checked).
  int64_t value() const;
  bool isConstant(int64_t n) const { return !poly_ && constant_ == n; }
  /// The atom, if this is exactly one variable.
  DimAtom *asAtom() const;

  friend Dim operator+(const Dim &a, const Dim &b);
  friend Dim operator-(const Dim &a, const Dim &b);
  friend Dim operator*(const Dim &a, const Dim &b);
  friend Dim operator-(const Dim &a) { return Dim(0) - a; }
  /// Floor division. Exact when every coefficient is divisible; else an opaque floor term. b must not be constant 0.
  friend Dim floorDiv(const Dim &a, const Dim &b);
  friend Dim remainder(const Dim &a, const Dim &b) { return a - floorDiv(a, b) * b; }
  /// Normal forms are equal: the extents are equal for all values of their variables.
  friend bool operator==(const Dim &a, const Dim &b);
  friend bool operator!=(const Dim &a, const Dim &b) { return !(a == b); }

  /// Interval arithmetic over the bounds of the atoms.
  int64_t lowest() const;
  int64_t highest() const;
  /// The bound of an extent (`highest`, clamped below at 0): what buffers and strides use.
  int64_t bound() const { return std::max<int64_t>(highest(), 0); }

  /// All variables in it, in order of first appearance.
  std::vector<DimAtom *> atoms() const;
  /// Replaces variables; those for which `of` answers nothing stay.
  Dim substitute(const std::function<std::optional<Dim>(DimAtom *)> &of) const;
  /// The number for given values of the variables.
  int64_t evaluate(const std::function<int64_t(DimAtom *)> &of) const;
  /// "64", "n", "2*n + 1", "floor((n + 1)/2)"; atoms print through `name` (default: their name).
  std::string str(const std::function<std::string(DimAtom *)> &name = {}) const;
  size_t hash() const;

  struct Node; ///< a floor-division node or an atom: a factor of a term
  struct Term {
    std::vector<std::pair<std::shared_ptr<const Node>, int>> factors; ///< node and power, ordered
    int64_t coefficient;
  };
  struct Poly {
    std::vector<Term> terms; ///< without the constant, ordered, no zero coefficients
  };
  const Poly *poly() const { return poly_.get(); }
  int64_t constantPart() const { return constant_; }

private:
  friend struct DimAlgebra;
  int64_t constant_ = 0;
  std::shared_ptr<const Poly> poly_;
};

struct Dim::Node {
  std::shared_ptr<DimAtom> atom;         ///< set for a variable
  std::shared_ptr<Dim> dividend, divisor; ///< set for a floor-division
};

/// Solves `pattern == value` for the single variable `x` that occurs linearly in `pattern`, or in powers in one that holds nothing else and a
/// constant value. Nothing if it occurs otherwise or a remainder is left.
std::optional<Dim> solveFor(const Dim &pattern, DimAtom *x, const Dim &value);

std::string str(const std::vector<Dim> &dims); ///< "[b, 28, 28]"

} // namespace dl

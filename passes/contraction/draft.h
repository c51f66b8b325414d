/// A contraction under reconstruction, and the steps of the canonical form.
#pragma once
#include "passes/rewriting.h"

namespace dl::passes {

/// Names, factors and operands that may be edited freely; `make` renumbers and drops what is not used.
struct Draft {
  ir::IndexedAttr attr;
  std::vector<ir::Value *> operands;
  ir::Elem elem = ir::Elem::F32;

  explicit Draft(const ir::Op &contract);
  /// As the contraction, or the simpler op that it is (a sum, a product, a read), at the end of the builder's region.
  ir::Value *make(ir::Builder &at) const;
  ir::Type resultType() const;
  const Dim &extentOf(const ir::Factor &factor, size_t dim) const;
  /// Replaces a name everywhere by `scale * name + offset`, its extent by `extent`.
  void substitute(int name, int64_t scale, int64_t offset, const Dim &extent);
  /// Marks `?` where they are not proven away, and only there; drops factors that are 1 everywhere.
  void tidy();
};

/// A product of two broadcasts (`mul`, or `fma` with +0), each of which lacks a dimension that the other has: larger than what it is made of.
bool isOuterProduct(const ir::Op &op);
/// Outer products are read as their factors. True if any was.
bool multiplyOut(Draft &draft);
/// Transposes, broadcasts, slices, reversals, zero pads and reshapes by unit dimensions, read through. True if any was.
bool foldViews(Draft &draft);
/// Summed names of extent 1 are 0.
bool dropUnitNames(Draft &draft);
/// Summed names: taps of windows first, then the others.
bool orderSummedNames(Draft &draft);
/// A tensor that alone holds a summed name is summed over it before it is multiplied.
bool sumEarly(Draft &draft, ir::Builder &at);
/// More than two tensors: multiplied two by two along the cheapest way.
bool makeBinary(Draft &draft, ir::Builder &at);

} // namespace dl::passes

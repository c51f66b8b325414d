/// Tools shared by passes that edit a function in place: replacing values while lists are rebuilt, questions about
/// constants and scopes.
///
/// The usual shape of a pass: take a region's list away, walk it, push kept ops back (`Rewriter::keep`), let a Builder
/// on the same region append new ones.
#pragma once
#include "ir/builder.h"
#include "ir/clone.h"
#include <optional>
#include <unordered_map>

namespace dl::passes {

/// Values that stand for others from now on. Definitions come before uses, so one walk in list order applies it.
class Rewriter {
public:
  void replace(ir::Value *from, ir::Value *to);
  ir::Value *operator()(ir::Value *v) const;
  void operands(ir::Op &op) const;
  bool empty() const { return map_.empty(); }
  /// Lists `op` at the end of `region`.
  static void keep(ir::Op *op, ir::Region &region);

private:
  std::unordered_map<const ir::Value *, ir::Value *> map_;
};

/// Writes `to` for a dimension variable in every type and attribute of the function, and of ops that no region lists at
/// the moment.
void replaceDimension(ir::Function &function, DimAtom *from, const Dim &to, std::span<ir::Op *const> unlisted = {});

/// The attribute if `v` is a constant, else nullptr.
const ir::ConstAttr *constantOf(const ir::Value *v);
/// The bits if `v` is a constant with one value for all elements.
std::optional<uint64_t> splatBits(const ir::Value *v);
/// The number if `v` is such a constant of a numeric type.
std::optional<double> splatNumber(const ir::Value *v);

/// True if `v` is defined inside one of `op`'s regions (at any depth).
bool isDefinedInside(const ir::Value *v, const ir::Op &op);
/// True if every operand, every value used inside and every dimension mentioned is defined outside `loop`.
bool dependsOnlyOnOutside(const ir::Op &op, const ir::Op &loop);
/// Pure and total: may run more or less often than written (an unbounded `while` may not).
bool isSpeculatable(const ir::Op &op);
/// One that costs nothing where it is used, so it is repeated rather than stored: const, iota, broadcast, extent.
bool isFreeToRepeat(const ir::Op &op);

/// `x` with dimension `dim` in front of the others (`x` itself if it is there), as an op at `at`.
ir::Value *withDimensionFirst(ir::Value *x, int dim, ir::Builder &at);

/// Erases the elements whose flag is false; both have equal sizes.
template <class T> void keepFlagged(std::vector<T> &list, const std::vector<bool> &flags) {
  size_t out = 0;
  for (size_t i = 0; i < list.size(); ++i)
    if (flags[i]) list[out++] = list[i];
  list.resize(out);
}
/// Writes the positions of results or arguments into them.
void renumber(std::vector<ir::Value *> &values);

} // namespace dl::passes

/// What the shape rules share: failing with a label, the usual facts about operands, matching of region arguments.
#pragma once
#include "ir/infer.h"
#include <unordered_map>

namespace dl::ir {

using Operands = std::span<Value *const>;

/// TypeError "<mnemonic>.<label>".
inline TypeError typeError(OpKind kind, const char *label, std::string message, int operand = -1) {
  return {std::string(info(kind).mnemonic) + "." + label, operand, std::move(message)};
}
/// One result.
inline InferResult one(Type type) { return Inferred{{std::move(type)}, {dl::Dim()}}; }
inline InferResult none() { return Inferred{}; }

inline bool isNumber(Elem e) { return isFloat(e) || isInteger(e); }
inline bool isBits(Elem e) { return e == Elem::Bool || isInteger(e); }
inline bool isScalarOf(const Value *v, Elem e) { return v->type.elem == e && v->type.isScalar(); }

/// "shapes f32[b, 4] and f32[b, 5]", for "operands have ...".
inline std::string typesOf(Operands operands) {
  std::string text;
  for (size_t i = 0; i < operands.size(); ++i)
    text += (i == 0 ? "" : i + 1 == operands.size() ? " and " : ", ") + operands[i]->type.str();
  return text;
}
inline std::string listOf(const std::vector<int> &numbers) {
  std::string text = "[";
  for (size_t i = 0; i < numbers.size(); ++i) text += (i ? ", " : "") + std::to_string(numbers[i]);
  return text + "]";
}
/// Ascending, distinct, inside 0..rank.
inline bool areDims(const std::vector<int> &dims, size_t rank) {
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] < 0 || dims[i] >= static_cast<int>(rank) || (i && dims[i] <= dims[i - 1])) return false;
  return true;
}
inline bool isDim(int dim, size_t rank) { return dim >= 0 && dim < static_cast<int>(rank); }

/// Dimension variables of one scope renamed to those of another.
class DimRenaming {
public:
  void add(const Value *from, const dl::Dim &to) {
    if (DimAtom *atom = from->dim.asAtom()) map_[atom] = to;
  }
  dl::Dim operator()(const dl::Dim &dim) const {
    if (dim.isConstant() || map_.empty()) return dim;
    return dim.substitute([this](DimAtom *atom) -> std::optional<dl::Dim> {
      auto found = map_.find(atom);
      if (found == map_.end()) return std::nullopt;
      return found->second;
    });
  }
  Type operator()(const Type &type) const {
    Type renamed = type;
    for (dl::Dim &dim : renamed.dims) dim = (*this)(dim);
    return renamed;
  }

private:
  std::unordered_map<const DimAtom *, dl::Dim> map_; ///< only looked up
};

/// Do `values` fit `params` (equal types, dimension parameters standing for the dimensions passed)? Returns the first
/// that does not, or -1. `renaming` receives what the parameters stand for.
int firstMismatch(Operands params, Operands values, DimRenaming &renaming);
/// Types of values that leave a scope: each dimension value among them becomes a fresh variable of the result.
/// `firstDims` are put in front of every shape (stacks). Appends to `into`.
void appendResults(Operands values, DimRenaming &renaming, const std::vector<dl::Dim> &firstDims, Inferred &into);
/// A dimension in `type` that belongs to a value defined inside `region`, or nullptr.
const Value *innerDim(const Type &type, const Region &region);
/// The operands of the region's terminator; empty if there is none.
Operands yieldedBy(const Region &region);

} // namespace dl::ir

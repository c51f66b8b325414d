#include "ir/infer_index.h"
#include "ir/index_range.h"

namespace dl::ir {
namespace {

bool isWellFormed(const Affine &affine, size_t names) {
  for (size_t i = 0; i < affine.terms.size(); ++i) {
    auto [name, coefficient] = affine.terms[i];
    if (!isDim(name, names) || coefficient == 0 || (i && name <= affine.terms[i - 1].first)) return false;
  }
  return true;
}

class IndexChecker {
public:
  IndexChecker(OpKind kind, Operands operands, const IndexedAttr &attr, size_t tensors)
      : kind_(kind), operands_(operands), attr_(attr), tensors_(tensors) {}

  std::optional<TypeError> run() {
    if (auto error = names()) return error;
    std::vector<bool> used(operands_.size());
    for (const Factor &factor : attr_.factors)
      if (auto error = this->factor(factor, used)) return error;
    for (size_t i = 0; i < used.size(); ++i)
      if (!used[i]) return typeError(kind_, "C4", "operand " + std::to_string(i) + " is not read", static_cast<int>(i));
    return std::nullopt;
  }

private:
  std::optional<TypeError> names() const {
    if (attr_.outCount < 0 || attr_.outCount > static_cast<int>(attr_.names.size()))
      return typeError(kind_, "C1", "has fewer names than result dimensions");
    for (size_t i = 0; i < attr_.names.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (attr_.names[i].name == attr_.names[j].name)
          return typeError(kind_, "C1", "the name `" + attr_.names[i].name + "` occurs twice");
    return std::nullopt;
  }

  std::optional<TypeError> factor(const Factor &factor, std::vector<bool> &used) const {
    if (factor.operand < 0) {
      bool plain = kind_ == OpKind::Contract && factor.index.size() == 1 && factor.index[0].source < 0;
      if (!plain) return typeError(kind_, "C2", "a factor `one` has one plain index and stands in a contraction");
      return index(factor.index[0], factor.extent, -1, 0, used);
    }
    if (factor.operand >= static_cast<int>(tensors_))
      return typeError(kind_, "C2", "there is no operand " + std::to_string(factor.operand) + " to read");
    used[factor.operand] = true;
    const Type &type = operands_[factor.operand]->type;
    if (factor.index.size() != type.rank())
      return typeError(kind_, "C3", type.str() + " is read with " + std::to_string(factor.index.size()) + " indices", factor.operand);
    for (size_t d = 0; d < factor.index.size(); ++d)
      if (auto error = index(factor.index[d], type.dims[d], factor.operand, d, used)) return error;
    return std::nullopt;
  }

  std::optional<TypeError> index(const Index &index, const dl::Dim &extent, int operand, size_t d,
                                 std::vector<bool> &used) const {
    if (index.source >= 0) return sourced(index, operand, used);
    if (!isWellFormed(index.affine, attr_.names.size()) || index.divisor < 1)
      return typeError(kind_, "C5", "an index is not in normal form", operand);
    if (index.guarded) return std::nullopt;
    if (index.divisor != 1) return typeError(kind_, "C6", "a divided index needs the mark `?`", operand);
    return inside(index.affine, extent, operand, d);
  }

  std::optional<TypeError> sourced(const Index &index, int operand, std::vector<bool> &used) const {
    bool exists = index.source >= static_cast<int>(tensors_) && index.source < static_cast<int>(operands_.size());
    if (kind_ == OpKind::Contract || kind_ == OpKind::Remap || !exists)
      return typeError(kind_, "C7", "an index is taken from operand " + std::to_string(index.source) + ", which holds none", operand);
    used[index.source] = true;
    const Type &type = operands_[index.source]->type;
    if (type.elem != Elem::I32 && type.elem != Elem::I64)
      return typeError(kind_, "C8", "indices are ints of 32 or 64 bits, not " + type.str(), index.source);
    if (index.sourceIndex.size() != type.rank())
      return typeError(kind_, "C3", type.str() + " is read with " + std::to_string(index.sourceIndex.size()) + " indices", index.source);
    for (size_t d = 0; d < type.rank(); ++d) {
      if (!isWellFormed(index.sourceIndex[d], attr_.names.size()))
        return typeError(kind_, "C5", "an index is not in normal form", index.source);
      if (auto error = inside(index.sourceIndex[d], type.dims[d], index.source, d)) return error;
    }
    return std::nullopt;
  }

  std::optional<TypeError> inside(const Affine &affine, const dl::Dim &extent, int operand, size_t d) const {
    if (isInside(affine, extent, attr_.names)) return std::nullopt;
    std::string ranges;
    for (auto [name, coefficient] : affine.terms)
      ranges += (ranges.empty() ? " for " : ", ") + attr_.names[name].name + " in 0.." + attr_.names[name].extent.str();
    return typeError(kind_, "C9", "index `" + str(affine, attr_.names) + "`" + ranges + " is not proven inside dimension " +
                                      std::to_string(d) + " of extent " + extent.str(), operand);
  }

  OpKind kind_;
  Operands operands_;
  const IndexedAttr &attr_;
  size_t tensors_;
};

} // namespace

std::optional<TypeError> checkIndices(OpKind kind, Operands operands, const IndexedAttr &attr, size_t tensors) {
  return IndexChecker(kind, operands, attr, tensors).run();
}

std::vector<dl::Dim> resultDims(const IndexedAttr &attr) {
  std::vector<dl::Dim> dims;
  for (int i = 0; i < attr.outCount; ++i) dims.push_back(attr.names[i].extent);
  return dims;
}

InferResult inferContraction(OpKind kind, Operands operands, const Attrs &attrs) {
  const auto &attr = std::get<IndexedAttr>(attrs);
  if (operands.empty()) return typeError(kind, "C10", "needs an operand");
  if (!isNumber(operands[0]->type.elem)) return typeError(kind, "C11", "multiplies numbers, got " + operands[0]->type.str(), 0);
  for (size_t i = 1; i < operands.size(); ++i)
    if (operands[i]->type.elem != operands[0]->type.elem)
      return typeError(kind, "C12", "operands have types " + typesOf(operands), static_cast<int>(i));
  if (auto error = checkIndices(kind, operands, attr, operands.size())) return *error;
  return one(Type(operands[0]->type.elem, resultDims(attr)));
}

/// remap and gather: one factor that reads operand 0.
InferResult inferRemap(OpKind kind, Operands operands, const IndexedAttr &attr) {
  if (operands.empty()) return typeError(kind, "C10", "needs an operand");
  Elem elem = operands[0]->type.elem;
  if (elem == Elem::Dim) return typeError(kind, "C11", "cannot read a dimension", 0);
  if (attr.factors.size() != 1 || attr.outCount != static_cast<int>(attr.names.size()))
    return typeError(kind, "C12", "reads one operand at the names of its result");
  if (auto error = checkIndices(kind, operands, attr, 1)) return *error;
  return one(Type(elem, resultDims(attr)));
}

} // namespace dl::ir

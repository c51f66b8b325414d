#include "ir/evaluate/index_map.h"

namespace dl::ir::eval {

FactorMap::Line FactorMap::lineOf(const OpContext &context, const Affine &affine) {
  Line line;
  line.offset = affine.offset.evaluate(context.dims);
  for (auto [name, coefficient] : affine.terms) line.terms.emplace_back(static_cast<size_t>(name), coefficient);
  return line;
}

FactorMap::FactorMap(const OpContext &context, const Factor &factor, const std::vector<int64_t> &shape, size_t names)
    : coefficient_(names, 0) {
  std::vector<int64_t> strides = stridesOf(shape);
  for (size_t d = 0; d < factor.index.size(); ++d) {
    const Index &index = factor.index[d];
    if (index.source < 0 && !index.guarded && index.divisor == 1) {
      Line line = lineOf(context, index.affine);
      base_ += line.offset * strides[d];
      for (auto [name, coefficient] : line.terms) coefficient_[name] += coefficient * strides[d];
      continue;
    }
    Checked checked;
    checked.divisor = index.divisor;
    checked.extent = shape[d];
    checked.stride = strides[d];
    if (index.source >= 0) {
      checked.source = context.in[static_cast<size_t>(index.source)];
      checked.sourceStrides = stridesOf(checked.source->shape);
      for (const Affine &affine : index.sourceIndex) checked.sourceAt.push_back(lineOf(context, affine));
    } else checked.line = lineOf(context, index.affine);
    checked_.push_back(std::move(checked));
  }
}

bool FactorMap::addChecked(const std::vector<int64_t> &names, int64_t &place) const {
  for (const Checked &checked : checked_) {
    int64_t value;
    if (checked.source) {
      int64_t element = 0;
      for (size_t d = 0; d < checked.sourceAt.size(); ++d) element += checked.sourceAt[d].value(names) * checked.sourceStrides[d];
      value = checked.source->elem == Elem::I64 ? checked.source->data<int64_t>()[element] : checked.source->data<int32_t>()[element];
    } else {
      value = checked.line.value(names);
      if (checked.divisor != 1) {
        if (value % checked.divisor != 0) return false;
        value /= checked.divisor;
      }
    }
    if (value < 0 || value >= checked.extent) return false;
    place += value * checked.stride;
  }
  return true;
}

} // namespace dl::ir::eval

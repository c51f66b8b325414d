/// Index notation made ready for loops: extents of the names, and for each factor where it reads.
#pragma once
#include "ir/evaluate/op_context.h"

namespace dl::ir::eval {

/// Where one factor reads, as a function of the values of all names.
class FactorMap {
public:
  FactorMap(const OpContext &context, const Factor &factor, const std::vector<int64_t> &shape, size_t names);
  /// The element number, or nothing if an index is absent or outside.
  bool at(const std::vector<int64_t> &names, int64_t &element) const {
    int64_t place = base_;
    for (size_t n = 0; n < names.size(); ++n) place += coefficient_[n] * names[n];
    if (!checked_.empty() && !addChecked(names, place)) return false;
    element = place;
    return true;
  }
  bool isLinear() const { return checked_.empty(); }
  int64_t coefficient(size_t name) const { return coefficient_[name]; }

private:
  struct Line { ///< an affine expression
    std::vector<std::pair<size_t, int64_t>> terms;
    int64_t offset = 0;
    int64_t value(const std::vector<int64_t> &names) const {
      int64_t sum = offset;
      for (auto [name, coefficient] : terms) sum += coefficient * names[name];
      return sum;
    }
  };
  struct Checked { ///< an index that may be absent
    Line line;
    int64_t divisor = 1, extent = 0, stride = 0;
    const Tensor *source = nullptr;
    std::vector<Line> sourceAt;
    std::vector<int64_t> sourceStrides;
  };
  static Line lineOf(const OpContext &context, const Affine &affine);
  bool addChecked(const std::vector<int64_t> &names, int64_t &place) const;

  std::vector<int64_t> coefficient_; ///< of the plain indices, times strides, by name
  int64_t base_ = 0;
  std::vector<Checked> checked_;
};

/// Counts through name values first..last (exclusive) in lexicographic order.
inline bool advance(std::vector<int64_t> &names, const std::vector<int64_t> &extents, size_t first, size_t last) {
  for (size_t n = last; n-- > first;) {
    if (++names[n] < extents[n]) return true;
    names[n] = 0;
  }
  return false;
}

} // namespace dl::ir::eval

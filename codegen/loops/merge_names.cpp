#include "codegen/loops/merge_names.h"
#include <algorithm>

namespace dl::codegen {

namespace {

int64_t coefficient(const ContractIndex &index, int name) {
  for (auto [n, c] : index.terms)
    if (n == name) return c;
  return 0;
}
bool mentions(const ContractFactor &factor, int name) {
  return std::any_of(factor.index.begin(), factor.index.end(), [&](const ContractIndex &index) { return coefficient(index, name) != 0; });
}
int64_t strideOf(const ContractFactor &factor, int name) {
  int64_t stride = 0;
  for (size_t d = 0; d < factor.index.size(); ++d) stride += coefficient(factor.index[d], name) * factor.strides[d];
  return stride;
}

/// `outer` goes on where `inner` ends, in every factor.
bool walkAsOne(const ContractSpec &spec, int outer, int inner) {
  int64_t extent = spec.names[static_cast<size_t>(inner)].bound;
  int readers = 0;
  for (const ContractFactor &factor : spec.factors) {
    if (mentions(factor, outer) != mentions(factor, inner)) return false;
    if (!mentions(factor, inner)) continue;
    ++readers;
    if (strideOf(factor, outer) != extent * strideOf(factor, inner)) return false;
    for (const ContractIndex &index : factor.index)
      if (index.guarded && (coefficient(index, outer) != 0 || coefficient(index, inner) != 0)) return false;
  }
  return readers == 1 || inner >= spec.outCount;
}

bool canMerge(const ContractSpec &spec, int outer, int inner) {
  if (!spec.names[static_cast<size_t>(inner)].dim.isConstant() || spec.names[static_cast<size_t>(inner)].bound < 1) return false;
  if (inner < spec.outCount ? inner == spec.outCount - 1 : outer < spec.outCount) return false;
  // A lane is the last summed index modulo the number of lanes.
  bool lanesMove = inner >= spec.outCount && spec.names[static_cast<size_t>(inner)].bound % spec.order.lanes != 0;
  return !lanesMove && walkAsOne(spec, outer, inner);
}

void merge(ContractSpec &spec, int outer, int inner) {
  ContractName &kept = spec.names[static_cast<size_t>(inner)];
  const ContractName &gone = spec.names[static_cast<size_t>(outer)];
  kept = {gone.name + kept.name, gone.bound * kept.bound, gone.dim * kept.dim, nullptr};
  spec.names.erase(spec.names.begin() + outer);
  if (outer < spec.outCount) --spec.outCount;
  for (ContractFactor &factor : spec.factors)
    for (ContractIndex &index : factor.index) {
      std::erase_if(index.terms, [&](auto term) { return term.first == outer; });
      for (auto &term : index.terms) term.first -= term.first > outer;
    }
}

} // namespace

std::vector<NameDigit> mergeNames(ContractSpec &spec) {
  std::vector<NameDigit> digits;
  for (int n = 0; n < spec.outCount; ++n) digits.push_back({n, 1, 0});
  for (int inner = static_cast<int>(spec.names.size()) - 1; inner > 0; --inner) {
    int outer = inner - 1;
    if (!canMerge(spec, outer, inner)) continue;
    int64_t extent = spec.names[static_cast<size_t>(inner)].bound;
    for (NameDigit &digit : digits) {
      if (digit.name == inner && digit.extent == 0) digit.extent = extent / digit.below;
      if (digit.name == outer) digit.below *= extent;
      if (digit.name > outer) --digit.name;
    }
    merge(spec, outer, inner);
  }
  return digits;
}

std::vector<Val> takeApart(LoopBuilder &at, const std::vector<NameDigit> &digits, const std::vector<Val> &merged) {
  std::vector<Val> values;
  for (const NameDigit &digit : digits) {
    Val v = at.floorDiv(merged[static_cast<size_t>(digit.name)], at.i64(digit.below));
    values.push_back(digit.extent == 0 ? v : at.floorRem(v, at.i64(digit.extent)));
  }
  return values;
}

} // namespace dl::codegen

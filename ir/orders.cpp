#include "ir/orders.h"
#include <algorithm>

namespace dl::ir {

namespace {

constexpr int64_t kLanes = 64;
constexpr int64_t kMostChunks = 256;   ///< of a plain reduction
constexpr int64_t kRowChunk = 4096;    ///< contiguous sums: short rows are one chunk
constexpr int64_t kContractChunk = 512; ///< the depth of a packed panel

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t roundUp(int64_t n) { return std::max<int64_t>(ceilDiv(n, kLanes), 1) * kLanes; }

Order reduceOrder(const Op &op) {
  const auto &attr = op.as<ReduceAttr>();
  const Type &type = op.operand(0)->type;
  int64_t terms = 1;
  for (int d : attr.dims) terms *= std::max<int64_t>(type.dims[static_cast<size_t>(d)].bound(), 1);
  bool contiguous = std::find(attr.dims.begin(), attr.dims.end(), static_cast<int>(type.rank()) - 1) != attr.dims.end();
  int64_t chunk = roundUp(ceilDiv(terms, kMostChunks));
  if (contiguous) return {std::max(chunk, kRowChunk), kLanes};
  return {chunk, 1};
}

bool mentions(const Factor &factor, int name) {
  for (const Index &index : factor.index)
    for (const auto &term : index.affine.terms)
      if (term.first == name) return true;
  return false;
}
/// The last subscript is exactly the last summed name.
bool runsAlong(const Factor &factor, int name) {
  if (factor.operand < 0 || factor.index.empty()) return false;
  const Index &last = factor.index.back();
  return last.divisor == 1 && last.affine.terms.size() == 1 && last.affine.terms[0] == std::pair<int, int64_t>(name, 1);
}

/// A dot product or a matrix times a vector: no result name that a second operand could be vectorised along.
bool isDot(const IndexedAttr &attr) {
  if (static_cast<int>(attr.names.size()) == attr.outCount) return false;
  int last = static_cast<int>(attr.names.size()) - 1, withResult = 0;
  for (const Factor &factor : attr.factors) {
    if (!runsAlong(factor, last)) return false;
    bool any = false;
    for (int n = 0; n < attr.outCount; ++n) any |= mentions(factor, n);
    withResult += any ? 1 : 0;
  }
  return withResult <= 1;
}

Order contractOrder(const Op &op) {
  const auto &attr = op.as<IndexedAttr>();
  int64_t terms = 1;
  for (size_t n = static_cast<size_t>(attr.outCount); n < attr.names.size(); ++n) terms *= std::max<int64_t>(attr.names[n].extent.bound(), 1);
  int64_t parts = std::max<int64_t>(ceilDiv(terms, kContractChunk), 1);
  return {roundUp(ceilDiv(terms, parts)), isDot(attr) ? kLanes : 1};
}

} // namespace

Order defaultOrder(const Op &op) { return op.kind == OpKind::Contract ? contractOrder(op) : reduceOrder(op); }

Order orderOf(const Op &op) {
  Order order = op.kind == OpKind::Contract ? op.as<IndexedAttr>().order : op.as<ReduceAttr>().order;
  return order.chunk == 0 ? defaultOrder(op) : order;
}

} // namespace dl::ir

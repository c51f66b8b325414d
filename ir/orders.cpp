#include "ir/orders.h"
#include <algorithm>
#include <numeric>

namespace dl::ir {
namespace {

constexpr int64_t kLanes = 64, kContractChunk = 512, kMostChunks = 256, kLeastLaneChunk = 4096, kWindowLanes = 16;

int64_t divideUp(int64_t a, int64_t b) { return a / b + (a % b != 0); }
int64_t roundUp(int64_t a, int64_t unit) { return std::max<int64_t>(divideUp(a, unit), 1) * unit; }

bool mentions(const Index &index, int name) {
  return std::any_of(index.affine.terms.begin(), index.affine.terms.end(), [&](auto &term) { return term.first == name; });
}
bool mentions(const Factor &factor, int name) {
  return std::any_of(factor.index.begin(), factor.index.end(), [&](const Index &index) { return mentions(index, name); });
}

/// Two operands each hold a result name that the other lacks: a matrix product, vectorised along one of them.
bool isProductOfMatrices(const IndexedAttr &attr) {
  auto hasOwnName = [&](const Factor &a, const Factor &b) {
    for (int name = 0; name < attr.outCount; ++name)
      if (mentions(a, name) && !mentions(b, name)) return true;
    return false;
  };
  for (const Factor &a : attr.factors)
    for (const Factor &b : attr.factors)
      if (a.operand >= 0 && b.operand >= 0 && hasOwnName(a, b) && hasOwnName(b, a)) return true;
  return false;
}

/// Every operand that reads the last summed name reads it as its innermost dimension, alone.
bool sumsInnermost(const IndexedAttr &attr) {
  int last = static_cast<int>(attr.names.size()) - 1;
  bool some = false;
  for (const Factor &factor : attr.factors) {
    if (factor.operand < 0 || !mentions(factor, last)) continue;
    const Index &inner = factor.index.back();
    bool alone = inner.affine.terms.size() == 1 && inner.affine.terms[0] == std::pair<int, int64_t>(last, 1) &&
                 inner.divisor == 1 && !inner.guarded;
    if (!alone) return false;
    some = true;
  }
  return some;
}

bool hasWindow(const IndexedAttr &attr) {
  for (const Factor &factor : attr.factors)
    for (const Index &index : factor.index)
      if (index.affine.terms.size() > 1) return true;
  return false;
}

/// The last result name is a tap of a window (i + u) that the longer last summed name moves: the gradient of a
/// convolution's weights. Its sum runs along rows, so rows are what is vectorised.
bool isWindowDot(const IndexedAttr &attr) {
  if (attr.outCount == 0 || static_cast<int>(attr.names.size()) == attr.outCount) return false;
  int summed = static_cast<int>(attr.names.size()) - 1, result = attr.outCount - 1;
  if (attr.names[summed].extent.bound() <= attr.names[result].extent.bound()) return false;
  bool along = false, shared = false;
  for (const Factor &factor : attr.factors) {
    if (factor.operand < 0) continue;
    if (factor.index.empty() || factor.index.back().divisor != 1) return false;
    const auto &terms = factor.index.back().affine.terms;
    auto unit = [&](int name) { return std::find(terms.begin(), terms.end(), std::pair<int, int64_t>(name, 1)) != terms.end(); };
    along |= terms.size() == 1 && unit(summed);
    shared |= unit(summed) && unit(result);
  }
  return along && shared;
}

} // namespace

Order defaultOrder(const ReduceAttr &attr, const Type &operand) {
  if (attr.kind != ReduceKind::Sum && attr.kind != ReduceKind::Prod) return Order();
  Type summed(operand.elem);
  for (int d : attr.dims) summed.dims.push_back(operand.dims[d]);
  bool innermost = !attr.dims.empty() && attr.dims.back() == static_cast<int>(operand.rank()) - 1;
  int64_t chunk = roundUp(divideUp(summed.boundCount(), kMostChunks), kLanes);
  if (innermost) return {std::max(chunk, kLeastLaneChunk), kLanes};
  return {chunk, 1};
}

Order defaultOrder(const IndexedAttr &attr) {
  Type summed;
  for (size_t i = static_cast<size_t>(attr.outCount); i < attr.names.size(); ++i) summed.dims.push_back(attr.names[i].extent);
  int64_t terms = summed.boundCount(), unit = kLanes;
  if (isWindowDot(attr)) {
    int64_t row = std::max<int64_t>(attr.names.back().extent.bound(), 1);
    int64_t whole = std::lcm(kLanes, row); // whole rows
    return {std::max<int64_t>(kLeastLaneChunk / whole, 1) * whole, kWindowLanes};
  }
  if (summed.rank() > 1 && hasWindow(attr)) { // whole channels in a chunk, where that leaves it short enough
    int64_t channels = std::clamp<int64_t>(summed.dims.back().bound(), 1, 2 * kContractChunk);
    int64_t whole = std::lcm(kLanes, channels);
    if (whole <= 2 * kContractChunk) unit = whole;
  }
  int64_t chunks = std::max<int64_t>(divideUp(terms, kContractChunk), 1);
  Order order{roundUp(divideUp(terms, chunks), unit), 1};
  if (summed.rank() > 0 && sumsInnermost(attr) && !isProductOfMatrices(attr)) order.lanes = kLanes;
  return order;
}

Order defaultOrder(const Op &op) {
  if (op.kind == OpKind::Reduce) return defaultOrder(op.as<ReduceAttr>(), op.operands[0]->type);
  if (op.kind == OpKind::Contract) return defaultOrder(op.as<IndexedAttr>());
  return Order();
}

} // namespace dl::ir

#include "ir/work.h"
#include "support/result.h"
#include <algorithm>
#include <bit>
#include <numeric>

namespace dl::ir {

namespace {

int64_t product(const std::vector<int64_t> &extents) {
  int64_t n = 1;
  for (int64_t extent : extents)
    if (__builtin_mul_overflow(n, extent, &n)) return INT64_MAX / 4;
  return n;
}

int64_t bytesOf(Elem elem, const std::vector<int64_t> &shape) { return product(shape) * byteSize(elem); }

int64_t namesOf(const Op &op, const OpSizes &sizes) {
  std::vector<int64_t> extents;
  for (const IndexName &name : op.as<IndexedAttr>().names) extents.push_back(sizes.extent(name.extent));
  return product(extents);
}

/// Steps of halving n places.
int64_t halvings(int64_t n) { return std::bit_width(static_cast<uint64_t>(std::max<int64_t>(n, 1))) - 1; }

/// Moves read no more of an operand than they write; indices beside it are read whole.
bool readsParts(OpKind kind) { return info(kind).family == Family::Shape || kind == OpKind::Gather || kind == OpKind::SliceAt; }

std::vector<int64_t> boundsOf(const Type &type) {
  std::vector<int64_t> shape;
  for (const dl::Dim &d : type.dims) shape.push_back(d.bound());
  return shape;
}

} // namespace

OpSizes boundsOf(const Op &op) {
  OpSizes sizes;
  for (const Value *v : op.operands) sizes.in.push_back(boundsOf(v->type));
  for (const Value *v : op.results) sizes.out.push_back(boundsOf(v->type));
  sizes.extent = [](const dl::Dim &d) { return d.bound(); };
  return sizes;
}

int64_t flopsOf(const Op &op, const OpSizes &sizes) {
  if (sizes.out.empty()) return 0;
  int64_t n = product(sizes.out[0]);
  constexpr int64_t kThreefry = 20;
  switch (info(op.kind).family) {
  case Family::Elementwise: return n;
  case Family::Differentiation: return op.kind == OpKind::Accumulate ? n : 0;
  case Family::Random: return kThreefry * n;
  case Family::Reduction: return product(sizes.in[0]);
  case Family::Contraction: return 2 * namesOf(op, sizes);
  case Family::Indexing:
    if (op.kind == OpKind::Scatter) return op.as<IndexedAttr>().mode == ScatterMode::Set ? 0 : namesOf(op, sizes);
    if (op.kind == OpKind::UpdateAt) return op.as<UpdateAtAttr>().mode == ScatterMode::Set ? 0 : product(sizes.in[1]);
    if (op.kind == OpKind::Sort) return n * halvings(sizes.in[0][static_cast<size_t>(op.as<SortAttr>().dim)]);
    if (op.kind == OpKind::Search) return n * halvings(product(sizes.in[0]));
    if (op.kind == OpKind::Compress) return product(sizes.in[0]);
    return 0;
  case Family::LinearAlgebra: {
    const std::vector<int64_t> &first = sizes.in[0];
    if (op.kind == OpKind::Fft) return 5 * n * halvings(first[static_cast<size_t>(op.as<FftAttr>().dim)]);
    return product(sizes.in.back()) * first.back(); // the leading order, but for its factor
  }
  case Family::Constant:
  case Family::Shape:
  case Family::Control:
  case Family::Effect:
  case Family::Data: return 0;
  }
  DL_UNREACHABLE();
}

int64_t multiplyAddsOf(const Op &op, const OpSizes &sizes) {
  if (op.kind != OpKind::Contract) return 0;
  int64_t factors = 0;
  for (const Factor &factor : op.as<IndexedAttr>().factors) factors += factor.operand >= 0;
  return factors > 1 ? namesOf(op, sizes) : 0;
}

int64_t turnsOf(const Op &op) {
  if (op.kind == OpKind::While) return std::max<int64_t>(op.as<WhileAttr>().bound, 1);
  if (op.kind != OpKind::For) return 1;
  if (op.as<ForAttr>().tripIsDim) return op.as<ForAttr>().trip.bound();
  const Op *count = op.operand(0)->def;
  if (!count || count->kind != OpKind::Const) return 1;
  return std::max<int64_t>(static_cast<int64_t>(count->as<ConstAttr>().bits[0]), 0);
}

int64_t Traffic::total() const { return std::accumulate(read.begin(), read.end(), written); }

Traffic trafficOf(const Op &op, const OpSizes &sizes, bool inPlace) {
  Traffic traffic;
  for (size_t i = 0; i < sizes.out.size(); ++i) traffic.written += bytesOf(op.results[i]->type.elem, sizes.out[i]);
  for (size_t i = 0; i < sizes.in.size(); ++i) traffic.read.push_back(bytesOf(op.operand(i)->type.elem, sizes.in[i]));
  if (op.kind == OpKind::Scatter || op.kind == OpKind::UpdateAt) { // the places updated are read and written, the base is copied unless it dies
    int64_t places = op.kind == OpKind::Scatter ? namesOf(op, sizes) * byteSize(op.result()->type.elem) : traffic.read[1];
    traffic.written = traffic.read[0] = places + (inPlace ? 0 : traffic.read[0]);
  } else if (readsParts(op.kind) && !traffic.read.empty()) {
    traffic.read[0] = std::min(traffic.read[0], traffic.written);
  }
  return traffic;
}

} // namespace dl::ir

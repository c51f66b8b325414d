// Bounds of the whole numbers of a program: below 2^53 every operation on them is exact, in any order.
#include "test/programs/grower.h"
#include <algorithm>
#include <cmath>

namespace dl::test {

using namespace ir;

namespace {

constexpr double kUnknown = 0x1p100;

double terms(const IndexedAttr &attr, size_t first) {
  double n = 1;
  for (size_t i = first; i < attr.names.size(); ++i) n *= static_cast<double>(attr.names[i].extent.bound());
  return n;
}

} // namespace

double Growth::magnitude(const Value *v) {
  auto found = magnitudes.find(v);
  if (found != magnitudes.end()) return found->second;
  double bound = v->def ? magnitudeOf(v) : kUnknown;
  return magnitudes[v] = bound;
}

double Growth::magnitudeOf(const Value *v) {
  const Op &op = *v->def;
  auto in = [&](size_t i) { return magnitude(op.operands[i]); };
  auto yielded = [&](const Region &r, size_t i) { return magnitude(r.terminator()->operands[i]); };
  auto is = [&](std::initializer_list<OpKind> kinds) { return std::find(kinds.begin(), kinds.end(), op.kind) != kinds.end(); };
  auto folded = [&](ReduceKind kind, double count) {
    if (kind == ReduceKind::Sum) return in(0) * count;
    return kind == ReduceKind::Prod ? std::pow(std::max(in(0), 1.0), count) : in(0);
  };
  if (op.kind == OpKind::Const) {
    double most = 0;
    for (uint64_t bits : op.as<ConstAttr>().bits) most = std::max(most, std::fabs(decodeNumber(v->type.elem, bits)));
    return most;
  }
  if (op.kind == OpKind::Iota) return static_cast<double>(v->type.boundCount());
  if (op.kind == OpKind::Extent) return static_cast<double>(std::abs(op.as<ExtentAttr>().extent.highest()));
  if (is({OpKind::Sign, OpKind::Eq, OpKind::Ne, OpKind::Lt, OpKind::Le, OpKind::Gt, OpKind::Ge})) return 1;
  if (is({OpKind::Neg, OpKind::Abs, OpKind::Floor, OpKind::Ceil, OpKind::Round, OpKind::Leaf, OpKind::StopGradient})) return in(0);
  if (op.kind == OpKind::Convert) return op.operands[0]->type.elem == Elem::Bool ? 1 : in(0);
  if (is({OpKind::Add, OpKind::Sub, OpKind::UpdateAt})) return in(0) + in(1);
  if (op.kind == OpKind::Mul) return in(0) * in(1);
  if (op.kind == OpKind::Fma) return in(0) * in(1) + in(2);
  if (op.kind == OpKind::Rem) return in(1);
  if (is({OpKind::Max, OpKind::Min})) {
    auto isConst = [](const Value *x) { return x->def && x->def->kind == OpKind::Const; };
    const Op *inner = op.operands[0]->def;
    bool clamps = inner && inner->kind == OpKind::Min && op.kind == OpKind::Max && isConst(op.operands[1]) && isConst(inner->operands[1]);
    return clamps ? std::max(in(1), magnitude(inner->operands[1])) : std::max(in(0), in(1));
  }
  if (op.kind == OpKind::Select) return std::max(in(1), in(2));
  if (op.kind == OpKind::Pad) return std::max(in(0), in(1));
  if (op.kind == OpKind::Reduce) {
    const auto &attr = op.as<ReduceAttr>();
    double count = 1;
    for (int d : attr.dims) count *= static_cast<double>(op.operands[0]->type.dims[static_cast<size_t>(d)].bound());
    return folded(attr.kind, count);
  }
  if (op.kind == OpKind::Cumulate) {
    const auto &attr = op.as<CumulateAttr>();
    return folded(attr.kind, static_cast<double>(v->type.dims[static_cast<size_t>(attr.dim)].bound()));
  }
  if (op.kind == OpKind::Contract) {
    const auto &attr = op.as<IndexedAttr>();
    double product = terms(attr, static_cast<size_t>(attr.outCount));
    for (const Factor &f : attr.factors)
      if (f.operand >= 0) product *= in(static_cast<size_t>(f.operand));
    return product;
  }
  if (op.kind == OpKind::Scatter) {
    const auto &attr = op.as<IndexedAttr>();
    return attr.mode == ScatterMode::Add ? in(0) + in(1) * terms(attr, 0) : std::max(in(0), in(1));
  }
  if (is({OpKind::Concat, OpKind::Interleave})) {
    double most = 0;
    for (size_t i = 0; i < op.operands.size(); ++i) most = std::max(most, in(i));
    return most;
  }
  if (is({OpKind::Reshape, OpKind::Transpose, OpKind::Reverse, OpKind::Broadcast, OpKind::Slice, OpKind::Remap, OpKind::Gather, OpKind::SliceAt}))
    return in(0);
  if (op.kind == OpKind::Sort) return in(v->index);
  if (op.kind == OpKind::If) return std::max(yielded(*op.regions[0], v->index), yielded(*op.regions[1], v->index));
  if (op.kind == OpKind::Checkpoint) return yielded(*op.regions[0], v->index);
  if (op.kind == OpKind::For) return std::max(yielded(*op.regions[0], v->index), 16.0);
  if (op.kind != OpKind::While) return kUnknown;
  size_t counts = op.as<WhileAttr>().bound > 0;
  return v->index < counts ? kUnknown : std::max(yielded(*op.regions[1], v->index - counts), 16.0);
}

} // namespace dl::test

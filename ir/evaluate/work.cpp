#include "ir/evaluate/work.h"
#include <algorithm>
#include <bit>

namespace dl::ir::eval {
namespace {

bool isUpdate(OpKind kind) { return kind == OpKind::UpdateAt || kind == OpKind::Scatter; }

bool reads(const Op &op, const Value *v) {
  if (std::find(op.operands.begin(), op.operands.end(), v) != op.operands.end()) return true;
  if (op.regions.empty()) return false;
  std::vector<Value *> free = freeValues(op);
  return std::find(free.begin(), free.end(), v) != free.end();
}

/// The base of an update may be overwritten: it is made or carried in the update's own region (or around the branch
/// that the update stands in), and nobody reads it afterwards.
bool baseDies(const Op &update) {
  const Value *base = update.operand(0);
  if (std::count(update.operands.begin(), update.operands.end(), base) != 1) return false;
  for (const Op *at = &update;;) {
    const Region &region = *at->parent;
    for (size_t i = region.ops.size(); i-- > 0 && region.ops[i] != at;)
      if (reads(*region.ops[i], base)) return false;
    if (base->def ? base->def->parent == &region : base->region == &region) {
      if (base->def) return true;
      if (!region.parent) return region.function->params[base->index].inout;
      // Slices of scanned operands are parts of other values.
      return region.parent->kind != OpKind::For || base->index > region.parent->as<ForAttr>().scanDims.size();
    }
    at = region.parent;
    if (!at || at->kind == OpKind::For || at->kind == OpKind::While) return false;
  }
}

int64_t bytesOf(const std::vector<Tensor> &tensors) {
  int64_t sum = 0;
  for (const Tensor &tensor : tensors) sum += static_cast<int64_t>(tensor.bytes.size());
  return sum;
}

int64_t bytesOf(const Tensor &tensor) { return static_cast<int64_t>(tensor.bytes.size()); }

/// Steps of halving n places.
int64_t halvings(int64_t n) { return std::bit_width(static_cast<uint64_t>(std::max<int64_t>(n, 1)) - 1); }

int64_t product(const std::vector<int64_t> &extents) {
  int64_t n = 1;
  for (int64_t extent : extents)
    if (__builtin_mul_overflow(n, extent, &n)) return INT64_MAX / 4;
  return n;
}

int64_t namesOf(const OpContext &c) {
  std::vector<int64_t> extents;
  for (const IndexName &name : c.op.as<IndexedAttr>().names) extents.push_back(c.extent(name.extent));
  return product(extents);
}

int64_t flopsOf(const OpContext &c) {
  int64_t n = c.out[0].count();
  constexpr int64_t kThreefry = 20;
  switch (info(c.op.kind).family) {
  case Family::Elementwise: return n;
  case Family::Differentiation: return c.op.kind == OpKind::Accumulate ? n : 0;
  case Family::Random: return kThreefry * n;
  case Family::Reduction: return c.in[0]->count();
  case Family::Contraction: return 2 * namesOf(c);
  case Family::Indexing:
    if (c.op.kind == OpKind::Scatter) return c.op.as<IndexedAttr>().mode == ScatterMode::Set ? 0 : namesOf(c);
    if (c.op.kind == OpKind::UpdateAt) return c.op.as<UpdateAtAttr>().mode == ScatterMode::Set ? 0 : c.in[1]->count();
    if (c.op.kind == OpKind::Sort) return n * halvings(c.in[0]->shape[static_cast<size_t>(c.op.as<SortAttr>().dim)]);
    if (c.op.kind == OpKind::Search) return n * halvings(c.in[0]->count());
    if (c.op.kind == OpKind::Compress) return c.in[0]->count();
    return 0;
  case Family::LinearAlgebra: {
    const std::vector<int64_t> &first = c.in[0]->shape;
    if (c.op.kind == OpKind::Fft) return 5 * n * halvings(first[static_cast<size_t>(c.op.as<FftAttr>().dim)]);
    return c.in.back()->count() * first.back(); // the leading order, but for its factor
  }
  case Family::Constant:
  case Family::Shape:
  case Family::Control:
  case Family::Effect:
  case Family::Data: return 0;
  }
  DL_UNREACHABLE();
}

/// Moves read no more of an operand than they write; indices beside it are read whole.
bool readsParts(OpKind kind) {
  return info(kind).family == Family::Shape || kind == OpKind::Gather || kind == OpKind::SliceAt;
}

int64_t traffic(const OpContext &c, bool inPlace) {
  int64_t written = bytesOf(c.out), read = 0;
  size_t first = 0;
  if (isUpdate(c.op.kind)) { // the places updated are read and written, the base is copied unless it dies
    int64_t places = c.op.kind == OpKind::Scatter ? namesOf(c) * byteSize(c.out[0].elem) : bytesOf(*c.in[1]);
    written = places + (inPlace ? 0 : bytesOf(*c.in[0]));
    read = written, first = 1;
  }
  for (size_t i = first; i < c.in.size(); ++i)
    read += i == 0 && readsParts(c.op.kind) ? std::min(bytesOf(*c.in[i]), written) : bytesOf(*c.in[i]);
  return read + written;
}

} // namespace

WorkCounter::WorkCounter(const Module &module, Work &work) : work_(work) {
  for (const auto &function : module.functions)
    walk(*function->body, [&](const Op *op) {
      if (isUpdate(op->kind) && baseDies(*op)) inPlace_.insert(op);
    });
}

void WorkCounter::executed(const Op &op) {
  ++work_.ops;
  ++work_.kinds[op.kind].ops;
}

void WorkCounter::add(const OpContext &context) {
  if (context.out.empty()) return;
  int64_t flops = flopsOf(context), bytes = traffic(context, inPlace_.count(&context.op) != 0);
  work_.flops += flops, work_.bytes += bytes;
  WorkCount &kind = work_.kinds[context.op.kind];
  kind.flops += flops, kind.bytes += bytes;
}

} // namespace dl::ir::eval

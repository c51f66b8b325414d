// slice_at, update_at, sort, compress, search.
#include "ir/evaluate/elements.h"
#include "ir/evaluate/op_context.h"
#include "ir/evaluate/strided.h"
#include "ir/evaluate/sum.h"
#include <algorithm>
#include <numeric>

namespace dl::ir::eval {
namespace {

/// Starts, clamped so that the block lies inside.
Place blockAt(OpContext &c, const std::vector<int64_t> &whole, const std::vector<int64_t> &block, size_t firstStart) {
  Place place{0, stridesOf(whole)};
  for (size_t d = 0; d < whole.size(); ++d) {
    int64_t start = *c.in[firstStart + d]->data<int64_t>();
    place.offset += std::clamp<int64_t>(start, 0, std::max<int64_t>(whole[d] - block[d], 0)) * place.strides[d];
  }
  return place;
}

Status blockFits(const std::vector<int64_t> &whole, const std::vector<int64_t> &part) {
  for (size_t d = 0; d < whole.size(); ++d)
    if (part[d] > whole[d]) return failure("a block of " + std::to_string(part[d]) + " does not fit into " + std::to_string(whole[d]) + " elements");
  return Done{};
}

Status sliceAt(OpContext &c) {
  DL_TRY(made, c.result());
  DL_CHECK_OK(blockFits(c.in[0]->shape, made->shape));
  Place from = blockAt(c, c.in[0]->shape, made->shape, 1);
  copyBlock(*c.in[0], from, *made, {0, stridesOf(made->shape)}, made->shape);
  return Done{};
}

Status updateAt(OpContext &c) {
  c.out.push_back(*c.in[0]);
  Tensor &out = c.out[0];
  const Tensor &update = *c.in[1];
  DL_CHECK_OK(blockFits(out.shape, update.shape));
  Place to = blockAt(c, out.shape, update.shape, 2);
  if (c.op.as<UpdateAtAttr>().mode == ScatterMode::Set) {
    copyBlock(update, {0, stridesOf(update.shape)}, out, to, update.shape);
    return Done{};
  }
  Tensor sum(out.elem, update.shape);
  Place plain{0, stridesOf(update.shape)};
  copyBlock(out, to, sum, plain, update.shape);
  withNumber(out.elem, [&]<class L> {
    auto *y = sum.data<typename L::Stored>();
    const auto *u = update.data<typename L::Stored>();
    for (int64_t i = 0, n = sum.count(); i < n; ++i)
      y[i] = L::store(plus(static_cast<typename L::Compute>(L::load(y[i])), static_cast<typename L::Compute>(L::load(u[i]))));
  });
  copyBlock(sum, plain, out, to, update.shape);
  return Done{};
}

/// Unsigned numbers in the order of the keys, or the descending one: -0 is +0, every NaN comes last in both.
uint64_t sortKey(Elem elem, uint64_t bits, bool descending) {
  if (elem == Elem::U8) return descending ? ~bits : bits;
  int width = static_cast<int>(byteSize(elem)) * 8;
  uint64_t sign = uint64_t{1} << (width - 1), magnitude = bits & (sign - 1);
  if (!isFloat(elem)) return descending ? ~(bits ^ sign) : bits ^ sign;
  uint64_t infinity = elem == Elem::F64 ? 0x7ff0000000000000u : elem == Elem::F32 ? 0x7f800000u : elem == Elem::BF16 ? 0x7f80u : 0x7c00u;
  if (magnitude > infinity) return 2 * sign - 1;
  if (magnitude == 0) return sign;
  return ((bits & sign) != 0) != descending ? sign - magnitude : sign + magnitude;
}

Status sort(OpContext &c) {
  const auto &attr = c.op.as<SortAttr>();
  const Tensor &key = *c.in[0];
  auto dim = static_cast<size_t>(attr.dim);
  int64_t stride = stridesOf(key.shape)[dim], extent = key.shape[dim];
  for (const Tensor *tensor : c.in) c.out.push_back(*tensor);
  if (extent == 0) return Done{};
  std::vector<uint64_t> keys(static_cast<size_t>(extent));
  std::vector<int64_t> order(static_cast<size_t>(extent));
  for (int64_t line = 0, lines = key.count() / extent; line < lines; ++line) {
    int64_t base = line / stride * stride * extent + line % stride;
    for (int64_t i = 0; i < extent; ++i)
      keys[static_cast<size_t>(i)] = sortKey(key.elem, key.bits(base + i * stride), attr.descending);
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return keys[static_cast<size_t>(a)] < keys[static_cast<size_t>(b)]; });
    for (size_t t = 0; t < c.in.size(); ++t)
      for (int64_t i = 0; i < extent; ++i)
        c.out[t].setBits(base + i * stride, c.in[t]->bits(base + order[static_cast<size_t>(i)] * stride));
  }
  return Done{};
}

Status compress(OpContext &c) {
  const Tensor &mask = *c.in[0];
  std::vector<int32_t> places;
  for (int64_t i = 0, n = mask.count(); i < n; ++i)
    if (mask.data<uint8_t>()[i]) places.push_back(static_cast<int32_t>(i));
  c.out.push_back(Tensor::scalar(Elem::I64, places.size()));
  Tensor indices(Elem::I32, {static_cast<int64_t>(places.size())});
  std::copy(places.begin(), places.end(), indices.data<int32_t>());
  c.out.push_back(std::move(indices));
  return Done{};
}

/// Halving; where `sorted` is not sorted, that still defines the result.
Status search(OpContext &c) {
  DL_TRY(made, c.result());
  const Tensor &sorted = *c.in[0], &queries = *c.in[1];
  bool right = c.op.as<SearchAttr>().right;
  withNumber(sorted.elem, [&]<class L> {
    const auto *x = sorted.data<typename L::Stored>(), *q = queries.data<typename L::Stored>();
    for (int64_t i = 0, n = made->count(); i < n; ++i) {
      auto wanted = L::load(q[i]);
      int64_t low = 0, high = sorted.count();
      while (low < high) {
        int64_t middle = low + (high - low) / 2;
        auto value = L::load(x[middle]);
        bool wantedLast = wanted != wanted, valueLast = value != value; // NaN comes behind everything
        bool before = right ? value <= wanted || wantedLast : value < wanted || (wantedLast && !valueLast);
        if (before) low = middle + 1;
        else high = middle;
      }
      made->data<int32_t>()[i] = static_cast<int32_t>(low);
    }
  });
  return Done{};
}

} // namespace

Status indexing(OpContext &c) {
  if (c.op.kind == OpKind::SliceAt) return sliceAt(c);
  if (c.op.kind == OpKind::UpdateAt) return updateAt(c);
  if (c.op.kind == OpKind::Sort) return sort(c);
  if (c.op.kind == OpKind::Compress) return compress(c);
  DL_CHECK(c.op.kind == OpKind::Search);
  return search(c);
}

} // namespace dl::ir::eval

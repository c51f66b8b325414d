// remap, gather and scatter.
#include "ir/evaluate/elements.h"
#include "ir/evaluate/index_map.h"
#include "ir/evaluate/sum.h"

namespace dl::ir::eval {
namespace {

Status read(OpContext &c, const IndexedAttr &attr, const std::vector<int64_t> &extents) {
  DL_TRY(made, c.result());
  Tensor &out = *made;
  const Tensor &in = *c.in[0];
  FactorMap map(c, attr.factors[0], in.shape, extents.size());
  withWidth(byteSize(in.elem), [&]<class T> {
    const T *x = in.data<T>();
    T *y = out.data<T>();
    std::vector<int64_t> names(extents.size(), 0);
    int64_t from;
    for (int64_t o = 0, n = out.count(); o < n; ++o) {
      if (map.at(names, from)) y[o] = x[from];
      advance(names, extents, 0, extents.size());
    }
  });
  return Done{};
}

/// Updates in lexicographic order of the names; outside is dropped.
Status scatter(OpContext &c, const IndexedAttr &attr, const std::vector<int64_t> &extents) {
  c.out.push_back(*c.in[0]);
  Tensor &out = c.out[0];
  const Tensor &updates = *c.in[1];
  FactorMap to(c, attr.factors[0], out.shape, extents.size()), from(c, attr.factors[1], updates.shape, extents.size());
  int64_t count = 1;
  for (int64_t extent : extents) count *= extent;
  auto each = [&](auto write) {
    std::vector<int64_t> names(extents.size(), 0);
    int64_t target, source;
    for (int64_t i = 0; i < count; ++i) {
      if (from.at(names, source) && to.at(names, target)) write(target, source);
      advance(names, extents, 0, extents.size());
    }
  };
  if (attr.mode == ScatterMode::Set) {
    withWidth(byteSize(out.elem), [&]<class T> {
      each([&](int64_t target, int64_t source) { out.data<T>()[target] = updates.data<T>()[source]; });
    });
    return Done{};
  }
  withNumber(out.elem, [&]<class L> {
    auto *y = out.data<typename L::Stored>();
    const auto *u = updates.data<typename L::Stored>();
    each([&](int64_t target, int64_t source) {
      typename L::Compute a = L::load(y[target]), b = L::load(u[source]);
      if (attr.mode == ScatterMode::Add) a = plus(a, b);
      else a = attr.mode == ScatterMode::Max ? num::maxOf(a, b) : num::minOf(a, b);
      y[target] = L::store(a);
    });
  });
  return Done{};
}

} // namespace

Status indexed(OpContext &c) {
  const auto &attr = c.op.as<IndexedAttr>();
  std::vector<int64_t> extents;
  for (const IndexName &name : attr.names) extents.push_back(c.extent(name.extent));
  return c.op.kind == OpKind::Scatter ? scatter(c, attr, extents) : read(c, attr, extents);
}

} // namespace dl::ir::eval

#include "ir/evaluate/elements.h"
#include "ir/evaluate/op_context.h"
#include "ir/evaluate/sum.h"
#include "ir/orders.h"
#include "support/numerics/convert.h"
#include <limits>

namespace dl::ir::eval {
namespace {

template <class T> T startOf(ReduceKind kind) {
  using Limits = std::numeric_limits<T>;
  constexpr bool infinite = Limits::has_infinity;
  switch (kind) {
  case ReduceKind::Sum:
  case ReduceKind::Or: return T(0);
  case ReduceKind::Prod: return T(1);
  case ReduceKind::Max: return infinite ? -Limits::infinity() : Limits::lowest();
  case ReduceKind::Min: return infinite ? Limits::infinity() : Limits::max();
  case ReduceKind::And: return static_cast<T>(-1);
  }
  DL_UNREACHABLE();
}

template <class T> T combine(ReduceKind kind, T a, T b) {
  switch (kind) {
  case ReduceKind::Sum: return plus(a, b);
  case ReduceKind::Prod: return times(a, b);
  case ReduceKind::Max: return num::maxOf(a, b);
  case ReduceKind::Min: return num::minOf(a, b);
  case ReduceKind::And:
    if constexpr (std::is_integral_v<T>) return a & b;
    break;
  case ReduceKind::Or:
    if constexpr (std::is_integral_v<T>) return a | b;
    break;
  }
  DL_UNREACHABLE();
}

/// Extents and strides of some dimensions of a tensor, and an odometer over them.
struct Walk {
  std::vector<int64_t> extent, stride, index;
  int64_t at = 0;
  void add(int64_t e, int64_t s) { extent.push_back(e), stride.push_back(s), index.push_back(0); }
  int64_t count() const {
    int64_t n = 1;
    for (int64_t e : extent) n *= e;
    return n;
  }
  void step() {
    for (size_t d = extent.size(); d-- > 0;) {
      at += stride[d];
      if (++index[d] < extent[d]) return;
      at -= stride[d] * extent[d];
      index[d] = 0;
    }
  }
};

template <class L> void reduce(OpContext &c, Tensor &out) {
  using T = typename L::Compute;
  const auto &attr = c.op.as<ReduceAttr>();
  const Tensor &in = *c.in[0];
  std::vector<int64_t> strides = stridesOf(in.shape);
  Walk outer, inner;
  for (size_t d = 0, next = 0; d < in.shape.size(); ++d) {
    bool reduced = next < attr.dims.size() && attr.dims[next] == static_cast<int>(d);
    if (reduced) ++next;
    (reduced ? inner : outer).add(in.shape[d], strides[d]);
  }
  Order order = attr.order.chunk ? attr.order : defaultOrder(c.op);
  bool ordered = attr.kind == ReduceKind::Sum || attr.kind == ReduceKind::Prod;
  const auto *x = in.data<typename L::Stored>();
  auto *y = out.data<typename L::Stored>();
  int64_t terms = inner.count(), row = attr.dims.empty() ? 1 : std::max<int64_t>(in.shape[static_cast<size_t>(attr.dims.back())], 1);
  for (int64_t o = 0, n = out.count(); o < n; ++o, outer.step()) {
    T start = startOf<T>(attr.kind), value = start;
    if (L::kElem == Elem::Bool && attr.kind == ReduceKind::And) value = T(1);
    auto fold = [&](T a, T b) { return combine(attr.kind, a, b); };
    if (ordered) {
      OrderedFold<T, decltype(fold)> sum(order, start, fold);
      for (int64_t r = 0; r < terms; ++r, inner.step()) {
        T &lane = sum.lane(r % row);
        lane = fold(lane, L::load(x[outer.at + inner.at]));
        sum.next();
      }
      value = sum.total();
    } else
      for (int64_t r = 0; r < terms; ++r, inner.step()) value = fold(value, L::load(x[outer.at + inner.at]));
    y[o] = L::store(value);
  }
}

template <class L> void argreduce(OpContext &c, Tensor &out) {
  const auto &attr = c.op.as<ArgReduceAttr>();
  const Tensor &in = *c.in[0];
  auto dim = static_cast<size_t>(attr.dim);
  int64_t stride = stridesOf(in.shape)[dim], extent = in.shape[dim];
  const auto *x = in.data<typename L::Stored>();
  for (int64_t o = 0, n = out.count(); o < n; ++o) {
    int64_t base = o / stride * stride * extent + o % stride, best = 0;
    for (int64_t i = 1; i < extent; ++i) {
      auto held = L::load(x[base + best * stride]), value = L::load(x[base + i * stride]);
      if (held != held) break; // the first NaN wins
      if (value != value || (attr.max ? value > held : value < held)) best = i;
    }
    out.data<int32_t>()[o] = static_cast<int32_t>(best);
  }
}

template <class L> void cumulate(OpContext &c, Tensor &out) {
  using T = typename L::Compute;
  const auto &attr = c.op.as<CumulateAttr>();
  auto dim = static_cast<size_t>(attr.dim);
  int64_t stride = stridesOf(out.shape)[dim], extent = out.shape[dim];
  const auto *x = c.in[0]->data<typename L::Stored>();
  auto *y = out.data<typename L::Stored>();
  int64_t lines = extent ? out.count() / extent : 0;
  for (int64_t line = 0; line < lines; ++line) {
    int64_t base = line / stride * stride * extent + line % stride;
    T value = startOf<T>(attr.kind);
    for (int64_t k = 0; k < extent; ++k) {
      int64_t at = base + (attr.reverse ? extent - 1 - k : k) * stride;
      T next = combine(attr.kind, value, static_cast<T>(L::load(x[at])));
      y[at] = L::store(attr.exclusive ? value : next);
      value = next;
    }
  }
}

} // namespace

Status reduction(OpContext &c) {
  DL_TRY(made, c.result());
  Tensor &out = *made;
  withNumberOrBool(c.in[0]->elem, [&]<class L> {
    if (c.op.kind == OpKind::Reduce) reduce<L>(c, out);
    else if (c.op.kind == OpKind::ArgReduce) argreduce<L>(c, out);
    else cumulate<L>(c, out);
  });
  return Done{};
}

} // namespace dl::ir::eval

#include "ir/evaluate/elements.h"
#include "ir/evaluate/index_map.h"
#include "ir/evaluate/sum.h"
#include "ir/orders.h"
#include <cmath>

namespace dl::ir::eval {
namespace {

struct Contraction {
  const OpContext &context;
  const IndexedAttr &attr;
  Order order;
  std::vector<int64_t> extents; ///< of all names
  std::vector<FactorMap> maps;  ///< of the operands, in the order of the product
  std::vector<const Tensor *> tensors;
  std::vector<FactorMap> conditions; ///< factors `one`: they decide presence and do not take part in the product
  int64_t terms = 1;
};

template <class L> struct Terms {
  using T = typename L::Compute;
  Contraction &k;
  std::vector<int64_t> names;
  std::vector<const typename L::Stored *> data;
  std::vector<int64_t> at;

  explicit Terms(Contraction &contraction) : k(contraction), names(contraction.extents.size(), 0), at(contraction.maps.size()) {
    for (const Tensor *tensor : k.tensors) data.push_back(tensor->data<typename L::Stored>());
  }

  bool present() {
    int64_t unused;
    for (const FactorMap &condition : k.conditions)
      if (!condition.at(names, unused)) return false;
    for (size_t f = 0; f < k.maps.size(); ++f)
      if (!k.maps[f].at(names, at[f])) return false;
    return true;
  }

  /// The term at the current names, added to `sum`.
  T add(T sum) {
    T product = L::load(data[0][at[0]]);
    if (data.size() == 1) return plus(sum, product);
    for (size_t f = 1; f + 1 < data.size(); ++f) product = times(product, static_cast<T>(L::load(data[f][at[f]])));
    return timesPlus(product, static_cast<T>(L::load(data.back()[at.back()])), sum);
  }

  T general(size_t outs) {
    auto fold = [](T a, T b) { return plus(a, b); };
    OrderedFold<T, decltype(fold)> sum(k.order, T(0), fold);
    for (int64_t r = 0; r < k.terms; ++r) {
      if (present()) {
        T &lane = sum.lane(outs < names.size() ? names.back() : 0);
        lane = add(lane);
      }
      sum.next();
      advance(names, k.extents, outs, k.extents.size());
    }
    return sum.total();
  }

  /// One or two operands, no conditions, one lane: the innermost name in a tight loop.
  T straight(size_t outs) {
    size_t last = k.extents.size() - 1;
    T total{}, sum{};
    bool some = false;
    int64_t inChunk = 0;
    for (int64_t r = 0; r < k.terms;) {
      present();
      int64_t run = std::min(k.extents[last] - names[last], k.order.chunk - inChunk);
      const auto *a = data[0] + at[0], *b = data.back() + at.back();
      int64_t stepA = k.maps[0].coefficient(last), stepB = k.maps.back().coefficient(last);
      if (data.size() == 1)
        for (int64_t i = 0; i < run; ++i) sum = plus(sum, static_cast<T>(L::load(a[i * stepA])));
      else
        for (int64_t i = 0; i < run; ++i) sum = timesPlus(static_cast<T>(L::load(a[i * stepA])), static_cast<T>(L::load(b[i * stepB])), sum);
      r += run;
      inChunk += run;
      names[last] += run - 1;
      advance(names, k.extents, outs, k.extents.size());
      if (inChunk < k.order.chunk && r < k.terms) continue;
      total = some ? plus(total, sum) : sum;
      some = true;
      sum = T{};
      inChunk = 0;
    }
    return total;
  }

  void run(Tensor &out) {
    auto outs = static_cast<size_t>(k.attr.outCount);
    bool simple = k.order.lanes == 1 && k.conditions.empty() && data.size() <= 2 && outs < k.extents.size();
    for (const FactorMap &map : k.maps) simple = simple && map.isLinear();
    auto *y = out.data<typename L::Stored>();
    for (int64_t o = 0, n = out.count(); o < n; ++o) {
      y[o] = L::store(simple ? straight(outs) : general(outs));
      advance(names, k.extents, 0, outs);
    }
  }
};

} // namespace

Status contract(OpContext &c) {
  const auto &attr = c.op.as<IndexedAttr>();
  DL_TRY(made, c.result());
  Contraction k{c, attr, attr.order.chunk ? attr.order : defaultOrder(c.op), {}, {}, {}, {}, 1};
  for (const IndexName &name : attr.names) k.extents.push_back(c.extent(name.extent));
  for (size_t i = static_cast<size_t>(attr.outCount); i < k.extents.size(); ++i)
    if (__builtin_mul_overflow(k.terms, k.extents[i], &k.terms)) return failure("a sum has too many terms");
  for (const Factor &factor : attr.factors) {
    if (factor.operand < 0) {
      k.conditions.emplace_back(c, factor, std::vector<int64_t>{c.extent(factor.extent)}, k.extents.size());
      continue;
    }
    const Tensor *tensor = c.in[static_cast<size_t>(factor.operand)];
    k.maps.emplace_back(c, factor, tensor->shape, k.extents.size());
    k.tensors.push_back(tensor);
  }
  Tensor &out = *made;
  if (k.terms == 0) return Done{}; // sums over nothing are 0
  withNumber(out.elem, [&]<class L> { Terms<L>(k).run(out); });
  return Done{};
}

} // namespace dl::ir::eval

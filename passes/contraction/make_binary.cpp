#include "passes/contraction/draft.h"
#include "passes/contraction/index_algebra.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

bool mentionsName(const Factor &factor, int name) {
  return std::any_of(factor.index.begin(), factor.index.end(), [&](const Index &i) { return mentions(i, name); });
}

/// Two tensors multiplied and summed over the names that nothing else needs: a draft of their own and the factor that
/// reads its result.
struct Pair {
  std::vector<size_t> factors; ///< positions, conditions on their names included
  std::vector<int> kept, summed;
  double cost = 0;
};

Pair pairOf(const Draft &draft, size_t a, size_t b) {
  const auto &attr = draft.attr;
  Pair pair;
  auto covered = [&](int name) { return mentionsName(attr.factors[a], name) || mentionsName(attr.factors[b], name); };
  int names = static_cast<int>(attr.names.size());
  for (size_t f = 0; f < attr.factors.size(); ++f) {
    bool inside = f == a || f == b;
    if (attr.factors[f].operand < 0) {
      inside = true;
      for (int n = 0; n < names; ++n) inside = inside && (!mentionsName(attr.factors[f], n) || covered(n));
    }
    if (inside) pair.factors.push_back(f);
  }
  pair.cost = 1;
  for (int n = 0; n < names; ++n) {
    if (!covered(n)) continue;
    bool elsewhere = n < attr.outCount;
    for (size_t f = 0; f < attr.factors.size(); ++f)
      if (std::find(pair.factors.begin(), pair.factors.end(), f) == pair.factors.end()) elsewhere |= mentionsName(attr.factors[f], n);
    (elsewhere ? pair.kept : pair.summed).push_back(n);
    pair.cost *= static_cast<double>(std::max<int64_t>(attr.names[static_cast<size_t>(n)].extent.bound(), 1));
  }
  return pair;
}

void contractPair(Draft &draft, const Pair &pair, Builder &at) {
  Draft inner = draft;
  std::vector<int> to(draft.attr.names.size(), -1);
  inner.attr.names.clear(), inner.attr.factors.clear();
  for (const auto *list : {&pair.kept, &pair.summed})
    for (int n : *list) {
      to[static_cast<size_t>(n)] = static_cast<int>(inner.attr.names.size());
      inner.attr.names.push_back(draft.attr.names[static_cast<size_t>(n)]);
    }
  inner.attr.outCount = static_cast<int>(pair.kept.size());
  for (size_t f : pair.factors) {
    Factor factor = draft.attr.factors[f];
    for (Index &index : factor.index) index = renamed(index, to);
    inner.attr.factors.push_back(factor);
  }
  Value *product = inner.make(at);
  Factor read;
  read.operand = static_cast<int>(draft.operands.size());
  draft.operands.push_back(product);
  for (int n : pair.kept) {
    Index index;
    index.affine = nameAffine(n);
    read.index.push_back(index);
  }
  for (size_t i = pair.factors.size(); i-- > 0;) draft.attr.factors.erase(draft.attr.factors.begin() + static_cast<long>(pair.factors[i]));
  draft.attr.factors.insert(draft.attr.factors.begin(), read);
  // Names summed inside are gone.
  std::vector<int> after(draft.attr.names.size());
  std::vector<IndexName> names;
  for (size_t n = 0; n < after.size(); ++n) {
    bool gone = std::find(pair.summed.begin(), pair.summed.end(), static_cast<int>(n)) != pair.summed.end();
    after[n] = gone ? -1 : static_cast<int>(names.size());
    if (!gone) names.push_back(draft.attr.names[n]);
  }
  for (Factor &factor : draft.attr.factors)
    for (Index &index : factor.index) index = renamed(index, after);
  draft.attr.names = names;
}

size_t tensorCount(const Draft &draft) {
  return static_cast<size_t>(std::count_if(draft.attr.factors.begin(), draft.attr.factors.end(), [](const Factor &f) { return f.operand >= 0; }));
}

/// The dimension of the only index that mentions the name, if that is the plain name over a whole dimension.
std::optional<size_t> ownDimension(const Draft &draft, size_t factor, int name) {
  std::optional<size_t> own;
  for (size_t f = 0; f < draft.attr.factors.size(); ++f)
    for (size_t d = 0; d < draft.attr.factors[f].index.size(); ++d) {
      const Index &index = draft.attr.factors[f].index[d];
      if (!mentions(index, name)) continue;
      bool whole = f == factor && plainName(index) == name && !index.guarded &&
                   draft.extentOf(draft.attr.factors[f], d) == draft.attr.names[static_cast<size_t>(name)].extent;
      if (!whole || own) return std::nullopt;
      own = d;
    }
  return own;
}

} // namespace

bool sumEarly(Draft &draft, Builder &at) {
  bool any = false;
  for (size_t f = 0; f < draft.attr.factors.size() && tensorCount(draft) > 1; ++f) {
    Factor &factor = draft.attr.factors[f];
    if (factor.operand < 0) continue;
    for (size_t n = draft.attr.names.size(); n-- > static_cast<size_t>(draft.attr.outCount);) {
      auto dim = ownDimension(draft, f, static_cast<int>(n));
      if (!dim) continue;
      Value *sum = at.reduce(ReduceKind::Sum, draft.operands[static_cast<size_t>(factor.operand)], {static_cast<int>(*dim)});
      factor.operand = static_cast<int>(draft.operands.size());
      draft.operands.push_back(sum);
      factor.index.erase(factor.index.begin() + static_cast<long>(*dim));
      std::vector<int> to;
      for (size_t k = 0; k < draft.attr.names.size(); ++k) to.push_back(static_cast<int>(k) - (k > n));
      to[n] = -1;
      for (Factor &other : draft.attr.factors)
        for (Index &index : other.index) index = renamed(index, to);
      draft.attr.names.erase(draft.attr.names.begin() + static_cast<long>(n));
      any = true;
    }
  }
  return any;
}

bool makeBinary(Draft &draft, Builder &at) {
  bool any = false;
  for (;;) {
    std::vector<size_t> tensors;
    for (size_t f = 0; f < draft.attr.factors.size(); ++f)
      if (draft.attr.factors[f].operand >= 0) tensors.push_back(f);
    if (tensors.size() <= 2) return any;
    std::optional<Pair> best;
    for (size_t i = 0; i < tensors.size(); ++i)
      for (size_t j = i + 1; j < tensors.size(); ++j) {
        Pair pair = pairOf(draft, tensors[i], tensors[j]);
        if (!best || pair.cost < best->cost) best = pair;
      }
    contractPair(draft, *best, at);
    any = true;
  }
}

} // namespace dl::passes

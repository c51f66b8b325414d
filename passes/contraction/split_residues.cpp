/// split_residues. Before: canonical contractions, some with divided indices `(p + 1 - u)/2 ?` (gradients of strided
/// windows). After: where one result name and at most one summed name decide divisibility, the result is interleaved
/// from one contraction for each residue of the result name, with the summed name restricted to the matching residue:
/// no divisor, no term that is absent for its parity. Needs and keeps Canonical; before choose_orders, since it changes
/// which terms there are. The gradient of windows that tile their input is a transpose instead. Test: test/passes/contraction/split_residues.dlir.
#include "passes/contraction/draft.h"
#include "passes/contraction/index_algebra.h"
#include "passes/pass.h"
#include <algorithm>
#include <numeric>

namespace dl::passes {

namespace {

using namespace ir;

/// result name = divisor * name' + r goes with summed = divisor * summed' + s(r).
struct Split {
  int result = -1, summed = -1;
  int64_t divisor = 1, resultFactor = 0, summedFactor = 0, offset = 0;

  int64_t modulo(int64_t n) const { return ((n % divisor) + divisor) % divisor; }
  /// The residue of the summed name that makes the index whole, or -1 if there is none (or no summed name and no match).
  int64_t matching(int64_t residue) const {
    int64_t rest = modulo(resultFactor * residue + offset);
    if (summed < 0) return rest == 0 ? 0 : -1;
    for (int64_t s = 0; s < divisor; ++s)
      if (modulo(rest + summedFactor * s) == 0) return s;
    return -1;
  }
};

std::optional<Split> splitFor(const Draft &draft, const Index &index, const std::vector<Split> &chosen) {
  constexpr int64_t kLargestDivisor = 16;
  if (index.divisor == 1 || index.divisor > kLargestDivisor || !index.affine.offset.isConstant()) return std::nullopt;
  Split split;
  split.divisor = index.divisor, split.offset = index.affine.offset.value();
  for (auto [name, coefficient] : index.affine.terms) {
    if (coefficient % split.divisor == 0) continue;
    if (std::gcd(coefficient, split.divisor) != 1) return std::nullopt;
    bool isResult = name < draft.attr.outCount;
    int &slot = isResult ? split.result : split.summed;
    if (slot >= 0) return std::nullopt;
    slot = name, (isResult ? split.resultFactor : split.summedFactor) = coefficient;
  }
  if (split.result < 0) return std::nullopt;
  for (const Split &other : chosen)
    if (other.result == split.result || (split.summed >= 0 && other.summed == split.summed)) return std::nullopt;
  return split;
}

Dim residueExtent(const Dim &extent, int64_t divisor, int64_t residue) {
  return floorDiv(extent + Dim(divisor - 1 - residue), Dim(divisor));
}

/// The part of the result with the given residues.
Value *piece(Draft draft, const std::vector<Split> &splits, const std::vector<int64_t> &residues, Builder &at) {
  bool empty = false;
  for (size_t i = 0; i < splits.size(); ++i) {
    const Split &split = splits[i];
    int64_t match = split.matching(residues[i]);
    auto &names = draft.attr.names;
    Dim extent = residueExtent(names[static_cast<size_t>(split.result)].extent, split.divisor, residues[i]);
    draft.substitute(split.result, split.divisor, residues[i], extent);
    if (match < 0) {
      empty = true;
    } else if (split.summed >= 0) {
      Dim terms = residueExtent(names[static_cast<size_t>(split.summed)].extent, split.divisor, match);
      empty |= terms.isConstant(0);
      draft.substitute(split.summed, split.divisor, match, terms);
    }
  }
  if (empty) return at.constant(draft.resultType(), 0);
  dropUnitNames(draft);
  return draft.make(at);
}

Value *splitAll(const Draft &draft, std::vector<Split> splits, Builder &at) {
  std::sort(splits.begin(), splits.end(), [](const Split &a, const Split &b) { return a.result < b.result; });
  InterleaveAttr attr;
  attr.dims = draft.resultType().dims;
  int64_t count = 1;
  for (const Split &split : splits) attr.over.push_back(split.result), attr.step.push_back(split.divisor), count *= split.divisor;
  std::vector<Value *> pieces;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<int64_t> residues(splits.size());
    int64_t rest = i;
    for (size_t k = splits.size(); k-- > 0; rest /= splits[k].divisor) residues[k] = rest % splits[k].divisor;
    pieces.push_back(piece(draft, splits, residues, at));
  }
  return at.value(OpKind::Interleave, pieces, attr);
}

/// One tensor read at `(p - u)/s ?` and `u` for u in 0..s, windows that tile p exactly: element p = s*i + u is the one at
/// (i, u), a transpose and a reshape.
Value *asTiles(const Draft &draft, Builder &at) {
  if (draft.attr.factors.size() != 1 || draft.attr.factors[0].operand < 0) return nullptr;
  const Factor &factor = draft.attr.factors[0];
  auto dimAt = [&](int name) { // the dimension read at the plain name
    for (size_t d = 0; d < factor.index.size(); ++d)
      if (plainName(factor.index[d]) == name && draft.extentOf(factor, d) == draft.attr.names[static_cast<size_t>(name)].extent)
        return static_cast<int>(d);
    return -1;
  };
  std::vector<int> perm;
  size_t consumed = 0;
  for (int p = 0; p < draft.attr.outCount; ++p) {
    const Dim &extent = draft.attr.names[static_cast<size_t>(p)].extent;
    if (int d = dimAt(p); d >= 0) {
      perm.push_back(d);
      continue;
    }
    size_t before = perm.size();
    for (size_t d = 0; d < factor.index.size() && perm.size() == before; ++d) {
      const Index &index = factor.index[d];
      const auto &terms = index.affine.terms;
      if (index.divisor < 2 || terms.size() != 2 || terms[0] != std::pair<int, int64_t>(p, 1) || terms[1].second != -1) continue;
      int u = terms[1].first, inner = dimAt(u);
      bool tiles = u >= draft.attr.outCount && inner >= 0 && index.affine.offset.isConstant(0) &&
                   draft.attr.names[static_cast<size_t>(u)].extent.isConstant(index.divisor) &&
                   extent == draft.extentOf(factor, d) * Dim(index.divisor);
      if (tiles) perm.push_back(static_cast<int>(d)), perm.push_back(inner), ++consumed;
    }
    if (perm.size() == before) return nullptr;
  }
  if (draft.attr.names.size() != static_cast<size_t>(draft.attr.outCount) + consumed || consumed == 0) return nullptr;
  std::vector<int> sorted = perm;
  std::sort(sorted.begin(), sorted.end());
  for (size_t d = 0; d < factor.index.size(); ++d)
    if (d >= sorted.size() || sorted[d] != static_cast<int>(d)) return nullptr;
  if (sorted.size() != factor.index.size()) return nullptr;
  Value *tiles = at.transpose(draft.operands[static_cast<size_t>(factor.operand)], perm);
  return at.reshape(tiles, draft.resultType().dims);
}

class Splitter {
public:
  explicit Splitter(Module &module) : module_(module) {}

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    for (Op *op : old) {
      rewriter_.operands(*op);
      if (op->kind == OpKind::Contract || op->kind == OpKind::Remap) {
        Draft draft(*op);
        Builder builder(module_, &at);
        builder.where = op->where;
        if (Value *tiles = asTiles(draft, builder)) {
          rewriter_.replace(op->result(), tiles);
          continue;
        }
        std::vector<Split> splits;
        int64_t pieces = 1;
        constexpr int64_t kMostPieces = 64;
        for (const Factor &factor : draft.attr.factors)
          for (const Index &index : factor.index)
            if (auto split = splitFor(draft, index, splits); split && pieces * split->divisor <= kMostPieces)
              splits.push_back(*split), pieces *= split->divisor;
        if (!splits.empty()) {
          rewriter_.replace(op->result(), splitAll(draft, splits, builder));
          continue;
        }
      }
      Rewriter::keep(op, at);
      for (Region *inner : op->regions) region(*inner);
    }
  }

private:
  Module &module_;
  Rewriter rewriter_;
};

} // namespace

Status split_residues(Module &module, PassContext &) {
  for (const auto &function : module.functions) Splitter(module).region(*function->body);
  return Done{};
}

} // namespace dl::passes

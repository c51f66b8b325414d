#include "passes/contraction/index_algebra.h"
#include "support/result.h"
#include <numeric>

namespace dl::passes {

using namespace ir;

Affine combine(int64_t a, const Affine &x, int64_t b, const Affine &y) {
  Affine sum;
  sum.offset = Dim(a) * x.offset + Dim(b) * y.offset;
  size_t i = 0, j = 0;
  while (i < x.terms.size() || j < y.terms.size()) {
    bool left = j == y.terms.size() || (i < x.terms.size() && x.terms[i].first <= y.terms[j].first);
    bool right = i == x.terms.size() || (j < y.terms.size() && y.terms[j].first <= x.terms[i].first);
    int name = left ? x.terms[i].first : y.terms[j].first;
    int64_t coefficient = (left ? a * x.terms[i++].second : 0) + (right ? b * y.terms[j++].second : 0);
    if (coefficient != 0) sum.terms.emplace_back(name, coefficient);
  }
  return sum;
}

int64_t coefficientOf(const Affine &affine, int name) {
  for (auto [n, coefficient] : affine.terms)
    if (n == name) return coefficient;
  return 0;
}

Affine withoutName(const Affine &affine, int name) {
  Affine rest = affine;
  std::erase_if(rest.terms, [&](const auto &term) { return term.first == name; });
  return rest;
}

Affine nameAffine(int name) { return Affine{{{name, 1}}, 0}; }

std::optional<int> plainName(const Index &index) {
  if (index.source >= 0 || index.divisor != 1 || index.affine.terms.size() != 1) return std::nullopt;
  if (index.affine.terms[0].second != 1 || !index.affine.offset.isConstant(0)) return std::nullopt;
  return index.affine.terms[0].first;
}

Quotient reduced(Quotient q) {
  if (q.divisor < 0) q.numerator = combine(-1, q.numerator, 0, {}), q.divisor = -q.divisor;
  int64_t common = q.divisor;
  for (auto [name, coefficient] : q.numerator.terms) common = std::gcd(common, coefficient);
  if (q.numerator.offset.isConstant()) common = std::gcd(common, q.numerator.offset.value());
  else if (remainder(q.numerator.offset, Dim(common)) != Dim(0)) return q;
  if (common > 1) {
    for (auto &term : q.numerator.terms) term.second /= common;
    q.numerator.offset = floorDiv(q.numerator.offset, Dim(common));
    q.divisor /= common;
  }
  return q;
}

Quotient substituteName(const Quotient &in, int name, const Quotient &value) {
  int64_t a = coefficientOf(in.numerator, name);
  if (a == 0) return in;
  Affine rest = withoutName(in.numerator, name);
  return reduced({combine(value.divisor, rest, a, value.numerator), in.divisor * value.divisor});
}

Affine renamed(const Affine &affine, const std::vector<int> &to) {
  Affine result;
  result.offset = affine.offset;
  for (auto [name, coefficient] : affine.terms) {
    DL_CHECK(to[static_cast<size_t>(name)] >= 0);
    result = combine(1, result, coefficient, nameAffine(to[static_cast<size_t>(name)]));
  }
  return result;
}

Index renamed(const Index &index, const std::vector<int> &to) {
  Index result = index;
  result.affine = renamed(index.affine, to);
  for (Affine &affine : result.sourceIndex) affine = renamed(affine, to);
  return result;
}

bool mentions(const Index &index, int name) {
  if (coefficientOf(index.affine, name) != 0) return true;
  for (const Affine &affine : index.sourceIndex)
    if (coefficientOf(affine, name) != 0) return true;
  return false;
}

} // namespace dl::passes

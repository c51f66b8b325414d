/// The transpose rule of index notation. For out[o] = sum_r prod_i A_i[map_i(o, r)] the cotangent of A[p] is the sum
/// over all (o, r) with map_A(o, r) = p of g[o] times the other factors: each index of A is an equation that is solved
/// for the name of largest span; what the solution must satisfy and no other operand implies stays as a factor
/// `one(extent)[index ?]`. The family is closed: the result is a contraction again.
#include "ir/index_range.h"
#include "passes/autodiff/reverse.h"
#include "passes/contraction/index_algebra.h"
#include <cstdlib>
#include <numeric>

namespace dl::passes {

using namespace ir;

namespace {

class Transposer {
public:
  Transposer(const Op &op, size_t factor, Reverse &r)
      : op_(op), attr_(op.as<IndexedAttr>()), which_(factor), r_(r), names_(attr_.names) {}

  Value *run(Value *cotangent) {
    collectFactors();
    const Type &type = op_.operand(static_cast<size_t>(attr_.factors[which_].operand))->type;
    firstPlace_ = static_cast<int>(names_.size());
    for (size_t d = 0; d < type.rank(); ++d) names_.push_back({freshName(d), type.dims[d]});
    alive_.assign(names_.size(), true);
    for (size_t d = 0; d < type.rank(); ++d) equations_.push_back(equation(attr_.factors[which_].index[d], d));
    for (size_t d = 0; d < equations_.size(); ++d) solve(d);
    return emit(cotangent);
  }

private:
  /// The cotangent, read at the result's names, takes the place of the factor itself.
  void collectFactors() {
    for (size_t f = 0; f < attr_.factors.size(); ++f) {
      Factor factor = attr_.factors[f];
      if (f == which_) {
        factor.index.clear();
        for (int n = 0; n < attr_.outCount; ++n) {
          Index index;
          index.affine = nameAffine(n);
          factor.index.push_back(index);
        }
      }
      factors_.push_back(std::move(factor));
    }
  }

  std::string freshName(size_t d) const {
    for (std::string name = "p" + std::to_string(d);; name += "_") {
      bool taken = false;
      for (const IndexName &other : names_) taken |= other.name == name;
      if (!taken) return name;
    }
  }

  /// map(o, r) / divisor = p, as numerator - divisor * p = 0.
  Affine equation(const Index &index, size_t d) const {
    return combine(1, index.affine, -index.divisor, nameAffine(firstPlace_ + static_cast<int>(d)));
  }

  const Dim &extentOf(const Factor &factor, size_t d) const {
    if (factor.operand < 0) return factor.extent;
    if (&factor == &factors_[which_]) return attr_.names[d].extent;
    return op_.operand(static_cast<size_t>(factor.operand))->type.dims[d];
  }

  int largestSpan(const Affine &equation) const {
    int best = -1;
    double bestSpan = -1;
    for (auto [name, coefficient] : equation.terms) {
      if (name >= firstPlace_) continue;
      double span = static_cast<double>(names_[static_cast<size_t>(name)].extent.bound()) * static_cast<double>(std::llabs(coefficient));
      if (span > bestSpan) best = name, bestSpan = span;
    }
    return best;
  }

  void solve(size_t d) {
    Affine equation = equations_[d];
    int name = largestSpan(equation);
    if (name < 0) { // only places are left: a condition on them
      if (!equation.terms.empty() || !equation.offset.isConstant(0)) addCondition(Quotient{equation, 1}, Dim(1));
      return;
    }
    // c n + rest = 0 gives n = -rest / c.
    int64_t c = coefficientOf(equation, name);
    Quotient value = reduced({combine(-1, withoutName(equation, name), 0, {}), c});
    const Dim &extent = names_[static_cast<size_t>(name)].extent;
    alive_[static_cast<size_t>(name)] = false;
    bool always = value.divisor == 1 && isInside(value.numerator, extent, names_);
    bool implied = always;
    for (Factor &factor : factors_)
      for (size_t i = 0; i < factor.index.size(); ++i) {
        Index &index = factor.index[i];
        if (coefficientOf(index.affine, name) == 0) continue;
        bool bare = plainName(index) == name && isNonNegative(extent - extentOf(factor, i));
        Quotient q = substituteName({index.affine, index.divisor}, name, value);
        index.affine = q.numerator, index.divisor = q.divisor;
        index.guarded = index.guarded || !always;
        implied |= bare;
      }
    for (size_t e = d + 1; e < equations_.size(); ++e)
      equations_[e] = substituteName({equations_[e], 1}, name, value).numerator;
    if (!implied) addCondition(value, extent);
  }

  void addCondition(const Quotient &q, const Dim &extent) {
    Factor one;
    one.extent = extent;
    Index index;
    index.affine = q.numerator, index.divisor = q.divisor, index.guarded = true;
    one.index = {index};
    factors_.push_back(one);
  }

  /// A place that is simply one of the old names takes that name; the marks `?` that are proven away go.
  Value *emit(Value *cotangent) {
    std::vector<int> to(names_.size(), -1);
    IndexedAttr result;
    const Factor &self = attr_.factors[which_];
    for (size_t d = 0; d < self.index.size(); ++d) {
      IndexName place = names_[static_cast<size_t>(firstPlace_) + d];
      auto plain = plainName(self.index[d]);
      bool reuse = plain && !alive_[static_cast<size_t>(*plain)];
      for (const IndexName &other : result.names) reuse = reuse && other.name != names_[static_cast<size_t>(*plain)].name;
      if (reuse) place.name = names_[static_cast<size_t>(*plain)].name;
      to[static_cast<size_t>(firstPlace_) + d] = static_cast<int>(result.names.size());
      result.names.push_back(place);
    }
    result.outCount = static_cast<int>(result.names.size());
    for (size_t n = 0; n < static_cast<size_t>(firstPlace_); ++n)
      if (alive_[n]) to[n] = static_cast<int>(result.names.size()), result.names.push_back(names_[n]);
    std::vector<Value *> operands;
    std::vector<int> number(op_.operands.size(), -1);
    for (size_t f = 0; f < factors_.size(); ++f) {
      Factor factor = factors_[f];
      for (size_t d = 0; d < factor.index.size(); ++d) {
        Index &index = factor.index[d];
        index = renamed(index, to);
        if (index.guarded && index.divisor == 1 && isInside(index.affine, extentOf(factors_[f], d), result.names)) index.guarded = false;
      }
      if (factor.operand < 0 && !factor.index[0].guarded) continue; // one everywhere
      if (f == which_) {
        factor.operand = static_cast<int>(operands.size());
        operands.push_back(cotangent);
      } else if (factor.operand >= 0) {
        int &seen = number[static_cast<size_t>(factor.operand)];
        if (seen < 0) seen = static_cast<int>(operands.size()), operands.push_back(r_.primal(op_.operand(static_cast<size_t>(factor.operand))));
        factor.operand = seen;
      }
      result.factors.push_back(std::move(factor));
    }
    return r_.b.value(OpKind::Contract, operands, result);
  }

  const Op &op_;
  const IndexedAttr &attr_;
  size_t which_;
  Reverse &r_;
  std::vector<IndexName> names_; ///< of the op, then one for each place in the operand
  std::vector<bool> alive_;
  std::vector<Factor> factors_;
  std::vector<Affine> equations_; ///< = 0
  int firstPlace_ = 0;
};

} // namespace

Value *transposeFactor(const Op &op, size_t factor, Value *cotangent, Reverse &r) {
  return Transposer(op, factor, r).run(cotangent);
}

void gradientContraction(Op &op, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  Value *g = r.take(op.result());
  for (size_t f = 0; f < attr.factors.size(); ++f) {
    if (attr.factors[f].operand < 0) continue;
    Value *operand = op.operand(static_cast<size_t>(attr.factors[f].operand));
    if (r.wants(operand)) r.contribute(operand, transposeFactor(op, f, g, r));
  }
}

} // namespace dl::passes

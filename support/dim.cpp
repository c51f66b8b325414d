#include "support/dim.h"
#include "support/result.h"
#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>

namespace dl {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

// Saturating arithmetic: an extent that large is refused elsewhere, but must not wrap into a plausible one.
int64_t addSaturated(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? kMost : kLeast;
}
int64_t mulSaturated(int64_t a, int64_t b) {
  int64_t product;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? kMost : kLeast;
}
int64_t negSaturated(int64_t a) { return a == kLeast ? kMost : -a; }
/// Floor division; by 0 it gives 0, like the operation `div`.
int64_t floorDivide(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return negSaturated(a);
  int64_t quotient = a / b;
  return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

using Node = Dim::Node;
using Term = Dim::Term;
using Factors = std::vector<std::pair<std::shared_ptr<const Node>, int>>;

int compare(const Dim &a, const Dim &b);

/// Variables in order of creation, then floor-divisions by their parts.
int compare(const Node &a, const Node &b) {
  if (&a == &b) return 0;
  if (a.atom && b.atom) {
    if (a.atom == b.atom) return 0;
    if (a.atom->id != b.atom->id) return a.atom->id < b.atom->id ? -1 : 1;
    return std::less<>()(a.atom.get(), b.atom.get()) ? -1 : 1;
  }
  if (a.atom || b.atom) return a.atom ? -1 : 1;
  if (int order = compare(*a.dividend, *b.dividend)) return order;
  return compare(*a.divisor, *b.divisor);
}

/// Lexicographic order of monomials, greatest first: compatible with multiplication, so long division terminates.
int compare(const Factors &a, const Factors &b) {
  for (size_t i = 0; i < a.size() || i < b.size(); ++i) {
    if (i == a.size()) return 1;
    if (i == b.size()) return -1;
    if (int order = compare(*a[i].first, *b[i].first)) return order;
    if (a[i].second != b[i].second) return a[i].second > b[i].second ? -1 : 1;
  }
  return 0;
}

int compare(const Dim &a, const Dim &b) {
  static const std::vector<Term> kNone;
  const auto &left = a.poly() ? a.poly()->terms : kNone, &right = b.poly() ? b.poly()->terms : kNone;
  if (&left != &right)
    for (size_t i = 0; i < left.size() || i < right.size(); ++i) {
      if (i == left.size()) return -1;
      if (i == right.size()) return 1;
      if (int order = compare(left[i].factors, right[i].factors)) return order;
      if (left[i].coefficient != right[i].coefficient) return left[i].coefficient < right[i].coefficient ? -1 : 1;
    }
  return a.constantPart() == b.constantPart() ? 0 : a.constantPart() < b.constantPart() ? -1 : 1;
}

Factors multiply(const Factors &a, const Factors &b) {
  Factors product;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    int order = i == a.size() ? 1 : j == b.size() ? -1 : compare(*a[i].first, *b[j].first);
    if (order < 0)
      product.push_back(a[i++]);
    else if (order > 0)
      product.push_back(b[j++]);
    else
      product.emplace_back(a[i].first, a[i].second + b[j++].second), ++i;
  }
  return product;
}

/// a / b where b divides a.
std::optional<Factors> divide(const Factors &a, const Factors &b) {
  Factors quotient;
  size_t j = 0;
  for (const auto &factor : a) {
    if (j == b.size() || compare(*factor.first, *b[j].first) != 0) {
      quotient.push_back(factor);
      continue;
    }
    if (factor.second < b[j].second) return std::nullopt;
    if (factor.second > b[j].second) quotient.emplace_back(factor.first, factor.second - b[j].second);
    ++j;
  }
  if (j != b.size()) return std::nullopt;
  return quotient;
}

struct Interval {
  int64_t low, high;
};

Interval add(Interval a, Interval b) { return {addSaturated(a.low, b.low), addSaturated(a.high, b.high)}; }
Interval multiply(Interval a, Interval b) {
  auto [low, high] = std::minmax({mulSaturated(a.low, b.low), mulSaturated(a.low, b.high), mulSaturated(a.high, b.low),
                                  mulSaturated(a.high, b.high)});
  return {low, high};
}
Interval power(Interval base, int exponent) {
  Interval result{1, 1};
  for (int i = 0; i < exponent; ++i) result = multiply(result, base);
  if (exponent % 2 == 0) result.low = std::max<int64_t>(result.low, 0);
  return result;
}
Interval divide(Interval a, Interval b) {
  std::optional<Interval> result;
  auto include = [&](Interval part) {
    result = result ? Interval{std::min(result->low, part.low), std::max(result->high, part.high)} : part;
  };
  auto corners = [&](int64_t from, int64_t to) {
    if (from > to) return;
    auto [low, high] = std::minmax(
        {floorDivide(a.low, from), floorDivide(a.low, to), floorDivide(a.high, from), floorDivide(a.high, to)});
    include({low, high});
  };
  corners(std::max<int64_t>(b.low, 1), b.high);
  corners(b.low, std::min<int64_t>(b.high, -1));
  if (b.low <= 0 && b.high >= 0) include({0, 0});
  return result ? *result : Interval{0, 0};
}

Interval interval(const Dim &dim) {
  Interval sum{dim.constantPart(), dim.constantPart()};
  if (!dim.poly()) return sum;
  for (const Term &term : dim.poly()->terms) {
    Interval product{term.coefficient, term.coefficient};
    for (const auto &[node, exponent] : term.factors) {
      Interval base = node->atom ? Interval{node->atom->low, node->atom->bound}
                                 : divide(interval(*node->dividend), interval(*node->divisor));
      product = multiply(product, power(base, exponent));
    }
    sum = add(sum, product);
  }
  return sum;
}

} // namespace

/// What builds normal forms; the only one who touches the parts of a Dim.
struct DimAlgebra {
  /// Sorts, merges equal monomials and drops zeros; the empty monomial joins the constant.
  static Dim normal(int64_t constant, std::vector<Term> terms) {
    std::stable_sort(terms.begin(), terms.end(),
                     [](const Term &a, const Term &b) { return compare(a.factors, b.factors) < 0; });
    std::vector<Term> merged;
    for (Term &term : terms) {
      if (term.factors.empty())
        constant = addSaturated(constant, term.coefficient);
      else if (!merged.empty() && compare(merged.back().factors, term.factors) == 0)
        merged.back().coefficient = addSaturated(merged.back().coefficient, term.coefficient);
      else
        merged.push_back(std::move(term));
    }
    std::erase_if(merged, [](const Term &term) { return term.coefficient == 0; });
    Dim result(constant);
    if (!merged.empty()) result.poly_ = std::make_shared<Dim::Poly>(Dim::Poly{std::move(merged)});
    return result;
  }

  /// All terms, the constant (if not 0) last with no factors.
  static std::vector<Term> terms(const Dim &dim) {
    std::vector<Term> all = dim.poly_ ? dim.poly_->terms : std::vector<Term>{};
    if (dim.constant_ != 0) all.push_back({{}, dim.constant_});
    return all;
  }

  static Dim fromNode(std::shared_ptr<const Node> node) { return normal(0, {{{{std::move(node), 1}}, 1}}); }
  static Dim floorNode(const Dim &dividend, const Dim &divisor) {
    Interval range = divide(interval(dividend), interval(divisor));
    if (range.low == range.high) return Dim(range.low);
    return fromNode(
        std::make_shared<Node>(Node{nullptr, std::make_shared<Dim>(dividend), std::make_shared<Dim>(divisor)}));
  }

  /// a / b where b divides a as a polynomial.
  static std::optional<Dim> divideExactly(const Dim &a, const Dim &b) {
    std::vector<Term> divisor = terms(b), quotient;
    if (divisor.empty()) return std::nullopt;
    Dim rest = a;
    for (int steps = 0; steps < 1000; ++steps) {
      std::vector<Term> left = terms(rest);
      if (left.empty()) return normal(0, std::move(quotient));
      auto factors = divide(left[0].factors, divisor[0].factors);
      if (!factors || (divisor[0].coefficient == -1 && left[0].coefficient == kLeast) ||
          left[0].coefficient % divisor[0].coefficient != 0)
        return std::nullopt;
      Term next{std::move(*factors), left[0].coefficient / divisor[0].coefficient};
      rest = rest - normal(0, {next}) * b;
      quotient.push_back(std::move(next));
    }
    return std::nullopt;
  }

  /// floor(a / divisor), divisor > 1: takes out what divides, then common factors, then an inner floor-division.
  static Dim floorByConstant(const Dim &a, int64_t divisor) {
    std::vector<Term> outside, inside;
    int64_t common = divisor;
    for (const Term &term : a.poly()->terms) {
      // Both parts keep the sign of the coefficient, so that interval bounds stay tight.
      if (int64_t whole = term.coefficient / divisor) outside.push_back({term.factors, whole});
      if (int64_t part = term.coefficient % divisor) {
        inside.push_back({term.factors, part});
        common = std::gcd(common, part);
      }
    }
    int64_t whole = floorDivide(a.constant_, divisor);
    Dim result = normal(whole, std::move(outside));
    if (inside.empty()) return result;
    int64_t constant = floorDivide(a.constant_ - whole * divisor, common);
    for (Term &term : inside) term.coefficient /= common;
    divisor /= common;
    if (divisor == 1) return result + normal(constant, std::move(inside));
    const Term &first = inside[0];
    if (inside.size() == 1 && first.coefficient == 1 && first.factors.size() == 1 && first.factors[0].second == 1) {
      const Node &node = *first.factors[0].first;
      int64_t product;
      if (!node.atom && node.divisor->isConstant() && node.divisor->constant_ > 0 &&
          !__builtin_mul_overflow(node.divisor->constant_, divisor, &product))
        return result + floorDiv(*node.dividend + Dim(constant) * *node.divisor, Dim(product));
    }
    return result + floorNode(normal(constant, std::move(inside)), Dim(divisor));
  }

  static void collectAtoms(const Dim &dim, std::vector<DimAtom *> &into) {
    if (!dim.poly_) return;
    for (const Term &term : dim.poly_->terms)
      for (const auto &[node, exponent] : term.factors) {
        if (!node->atom)
          collectAtoms(*node->dividend, into), collectAtoms(*node->divisor, into);
        else if (std::find(into.begin(), into.end(), node->atom.get()) == into.end())
          into.push_back(node->atom.get());
      }
  }
};

Dim Dim::variable(std::string name, int64_t bound, int64_t low) {
  static std::atomic<uint32_t> next{0};
  auto atom = std::make_shared<DimAtom>();
  atom->id = next++;
  atom->bound = bound;
  atom->low = low;
  atom->name = std::move(name);
  return DimAlgebra::fromNode(std::make_shared<Node>(Node{std::move(atom), nullptr, nullptr}));
}

int64_t Dim::value() const {
  DL_CHECK(isConstant());
  return constant_;
}

DimAtom *Dim::asAtom() const {
  if (!poly_ || constant_ != 0 || poly_->terms.size() != 1) return nullptr;
  const Term &term = poly_->terms[0];
  if (term.coefficient != 1 || term.factors.size() != 1 || term.factors[0].second != 1) return nullptr;
  return term.factors[0].first->atom.get();
}

Dim operator+(const Dim &a, const Dim &b) {
  if (!a.poly_ && !b.poly_) return Dim(addSaturated(a.constant_, b.constant_));
  std::vector<Term> terms = a.poly_ ? a.poly_->terms : std::vector<Term>{};
  if (b.poly_) terms.insert(terms.end(), b.poly_->terms.begin(), b.poly_->terms.end());
  return DimAlgebra::normal(addSaturated(a.constant_, b.constant_), std::move(terms));
}

Dim operator-(const Dim &a, const Dim &b) { return a + b * Dim(-1); }

Dim operator*(const Dim &a, const Dim &b) {
  if (!a.poly_ && !b.poly_) return Dim(mulSaturated(a.constant_, b.constant_));
  std::vector<Term> product, right = DimAlgebra::terms(b);
  for (const Term &x : DimAlgebra::terms(a))
    for (const Term &y : right)
      product.push_back({multiply(x.factors, y.factors), mulSaturated(x.coefficient, y.coefficient)});
  return DimAlgebra::normal(0, std::move(product));
}

Dim floorDiv(const Dim &a, const Dim &b) {
  if (!a.poly_ && !b.poly_) return Dim(floorDivide(a.constant_, b.constant_));
  if (!b.poly_) {
    if (b.constant_ == 0 || b.constant_ == kLeast) return Dim(0);
    if (b.constant_ == 1) return a;
    return b.constant_ < 0 ? floorDiv(-a, -b) : DimAlgebra::floorByConstant(a, b.constant_);
  }
  if (auto exact = DimAlgebra::divideExactly(a, b)) return *exact;
  return DimAlgebra::floorNode(a, b);
}

bool operator==(const Dim &a, const Dim &b) {
  return a.constant_ == b.constant_ && !a.poly_ == !b.poly_ && (a.poly_ == b.poly_ || compare(a, b) == 0);
}

int64_t Dim::lowest() const { return interval(*this).low; }
int64_t Dim::highest() const { return interval(*this).high; }

std::vector<DimAtom *> Dim::atoms() const {
  std::vector<DimAtom *> all;
  DimAlgebra::collectAtoms(*this, all);
  return all;
}

Dim Dim::substitute(const std::function<std::optional<Dim>(DimAtom *)> &of) const {
  Dim sum(constant_);
  if (!poly_) return sum;
  for (const Term &term : poly_->terms) {
    Dim product(term.coefficient);
    for (const auto &[node, exponent] : term.factors) {
      Dim base;
      if (!node->atom)
        base = floorDiv(node->dividend->substitute(of), node->divisor->substitute(of));
      else if (auto replacement = of(node->atom.get()))
        base = std::move(*replacement);
      else
        base = DimAlgebra::fromNode(node);
      for (int i = 0; i < exponent; ++i) product = product * base;
    }
    sum = sum + product;
  }
  return sum;
}

int64_t Dim::evaluate(const std::function<int64_t(DimAtom *)> &of) const {
  int64_t sum = constant_;
  if (!poly_) return sum;
  for (const Term &term : poly_->terms) {
    int64_t product = term.coefficient;
    for (const auto &[node, exponent] : term.factors) {
      int64_t base =
          node->atom ? of(node->atom.get()) : floorDivide(node->dividend->evaluate(of), node->divisor->evaluate(of));
      for (int i = 0; i < exponent; ++i) product = mulSaturated(product, base);
    }
    sum = addSaturated(sum, product);
  }
  return sum;
}

size_t Dim::hash() const {
  uint64_t hash = 1469598103934665603u;
  auto mix = [&](uint64_t word) {
    hash ^= word;
    hash *= 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  };
  mix(constant_);
  if (poly_)
    for (const Term &term : poly_->terms) {
      mix(term.coefficient);
      for (const auto &[node, exponent] : term.factors) {
        mix(exponent);
        if (node->atom)
          mix(node->atom->id);
        else
          mix(node->dividend->hash()), mix(~node->divisor->hash());
      }
    }
  return hash;
}

/// The natural number for which a polynomial of x alone, which grows with it, has that value.
static std::optional<Dim> rootOf(const Dim &pattern, DimAtom *x, const Dim &value) {
  if (!value.isConstant() || pattern.atoms() != std::vector<DimAtom *>{x}) return std::nullopt;
  for (const Term &term : pattern.poly()->terms)
    if (term.coefficient < 0) return std::nullopt;
  auto at = [&](int64_t n) { return pattern.evaluate([n](DimAtom *) { return n; }); };
  int64_t low = 0, high = std::max<int64_t>(value.value(), 0);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (at(middle) < value.value()) low = middle + 1;
    else high = middle;
  }
  return at(low) == value.value() ? std::optional(Dim(low)) : std::nullopt;
}

std::optional<Dim> solveFor(const Dim &pattern, DimAtom *x, const Dim &value) {
  std::vector<Term> slope;
  Dim rest = value - Dim(pattern.constantPart());
  if (!pattern.poly()) return std::nullopt;
  for (const Term &term : pattern.poly()->terms) {
    Factors others;
    int power = 0;
    for (const auto &factor : term.factors) {
      if (factor.first->atom.get() == x) {
        power = factor.second;
        continue;
      }
      std::vector<DimAtom *> inside;
      if (!factor.first->atom) inside = DimAlgebra::fromNode(factor.first).atoms();
      if (std::find(inside.begin(), inside.end(), x) != inside.end()) return std::nullopt;
      others.push_back(factor);
    }
    if (power > 1) return rootOf(pattern, x, value);
    if (power == 1)
      slope.push_back({std::move(others), term.coefficient});
    else
      rest = rest - DimAlgebra::normal(0, {term});
  }
  if (slope.empty()) return std::nullopt;
  return DimAlgebra::divideExactly(rest, DimAlgebra::normal(0, std::move(slope)));
}

} // namespace dl

#include "ir/index_range.h"
#include <algorithm>

namespace dl::ir {
namespace {

/// Multiplies out one floor division by a constant: q*floor(a/c) >= (q/c)*a for q < 0 and >= (q/c)*(a - c + 1) for
/// q > 0. Nothing if there is none. The result is non-negative only if `d` is.
std::optional<dl::Dim> withoutOneFloor(const dl::Dim &d) {
  if (!d.poly()) return std::nullopt;
  for (const dl::Dim::Term &term : d.poly()->terms) {
    if (term.factors.size() != 1 || term.factors[0].second != 1) continue;
    const dl::Dim::Node &node = *term.factors[0].first;
    if (node.atom || !node.divisor->isConstant() || node.divisor->value() <= 0) continue;
    dl::Dim c = *node.divisor, q(term.coefficient);
    dl::Dim rest = d - q * floorDiv(*node.dividend, c);
    return c * rest + q * (term.coefficient < 0 ? *node.dividend : *node.dividend - c + dl::Dim(1));
  }
  return std::nullopt;
}

} // namespace

bool isNonNegative(const dl::Dim &d) {
  dl::Dim at = d;
  for (int steps = 0; steps < 8; ++steps) {
    if (at.lowest() >= 0) return true;
    auto next = withoutOneFloor(at);
    if (!next) return false;
    at = *next;
  }
  return false;
}

dl::Dim leastOf(const Affine &affine, const std::vector<IndexName> &names) {
  dl::Dim least = affine.offset;
  for (auto [name, coefficient] : affine.terms)
    if (coefficient < 0) least = least + dl::Dim(coefficient) * (names[name].extent - dl::Dim(1));
  return least;
}

dl::Dim greatestOf(const Affine &affine, const std::vector<IndexName> &names) {
  dl::Dim greatest = affine.offset;
  for (auto [name, coefficient] : affine.terms)
    if (coefficient > 0) greatest = greatest + dl::Dim(coefficient) * (names[name].extent - dl::Dim(1));
  return greatest;
}

bool isInside(const Affine &affine, const dl::Dim &extent, const std::vector<IndexName> &names) {
  if (std::any_of(names.begin(), names.end(), [](const IndexName &name) { return name.extent.isConstant(0); })) return true;
  dl::Dim least = leastOf(affine, names), room = extent - dl::Dim(1) - greatestOf(affine, names);
  if (isNonNegative(least) && isNonNegative(room)) return true;
  // Where a name has no value nothing is read: a variable that is an extent may be taken to be at least 1.
  std::vector<std::pair<DimAtom *, dl::Dim>> raised;
  for (const IndexName &name : names)
    if (DimAtom *atom = name.extent.asAtom(); atom && atom->low < 1 && atom->bound >= 1)
      raised.emplace_back(atom, dl::Dim::variable(atom->name, atom->bound, 1));
  if (raised.empty()) return false;
  auto raise = [&](DimAtom *atom) -> std::optional<dl::Dim> {
    for (const auto &[from, to] : raised)
      if (from == atom) return to;
    return std::nullopt;
  };
  return isNonNegative(least.substitute(raise)) && isNonNegative(room.substitute(raise));
}

std::string str(const Affine &affine, const std::vector<IndexName> &names,
                const std::function<std::string(DimAtom *)> &name) {
  std::string text;
  // "2 - j" instead of "-j + 2".
  bool offsetFirst = !affine.terms.empty() && affine.terms[0].second < 0 && affine.offset.isConstant() && affine.offset.value() > 0;
  if (offsetFirst) text = affine.offset.str();
  for (auto [number, coefficient] : affine.terms) {
    bool negative = coefficient < 0;
    if (!text.empty()) text += negative ? " - " : " + ";
    else if (negative) text += "-";
    std::string magnitude = std::to_string(coefficient);
    if (negative) magnitude.erase(0, 1);
    if (magnitude != "1") text += magnitude + "*";
    text += names[number].name;
  }
  if (offsetFirst || (affine.offset.isConstant(0) && !text.empty())) return text;
  std::string offset = affine.offset.str(name);
  if (text.empty()) return offset;
  if (affine.offset.isConstant())
    return text + (offset[0] == '-' ? " - " + offset.substr(1) : " + " + offset);
  return text + " + (" + offset + ")";
}

} // namespace dl::ir

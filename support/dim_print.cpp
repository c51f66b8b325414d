#include "support/dim.h"

namespace dl {
namespace {

using Name = std::function<std::string(DimAtom *)>;

/// As an operand of `/`: a sum wants parentheses, and on the right a product does too.
std::string operand(const Dim &dim, const Name &name, bool right) {
  std::string text = dim.str(name);
  if (dim.isConstant()) return text;
  const auto &terms = dim.poly()->terms;
  bool sum = terms.size() > 1 || dim.constantPart() != 0;
  bool product = terms[0].coefficient != 1 || terms[0].factors.size() > 1 || terms[0].factors[0].second > 1;
  return sum || (right && product) ? "(" + text + ")" : text;
}

std::string factor(const Dim::Node &node, const Name &name) {
  if (node.atom) return name ? name(node.atom.get()) : node.atom->name;
  return "floor(" + operand(*node.dividend, name, false) + "/" + operand(*node.divisor, name, true) + ")";
}

std::string magnitude(int64_t number) {
  std::string text = std::to_string(number);
  return number < 0 ? text.substr(1) : text;
}

} // namespace

std::string Dim::str(const Name &name) const {
  if (!poly_) return std::to_string(constant_);
  std::string text;
  // A sum that would begin with a minus begins with its positive constant instead: "3 - n".
  bool constantFirst = constant_ > 0 && poly_->terms[0].coefficient < 0;
  if (constantFirst) text = std::to_string(constant_);
  for (const Term &term : poly_->terms) {
    bool negative = term.coefficient < 0;
    if (!text.empty())
      text += negative ? " - " : " + ";
    else if (negative)
      text += "-";
    std::string product;
    if (term.coefficient != 1 && term.coefficient != -1) product = magnitude(term.coefficient);
    for (const auto &[node, exponent] : term.factors)
      for (int i = 0; i < exponent; ++i) product += (product.empty() ? "" : "*") + factor(*node, name);
    text += product;
  }
  if (constant_ != 0 && !constantFirst) text += (constant_ < 0 ? " - " : " + ") + magnitude(constant_);
  return text;
}

std::string str(const std::vector<Dim> &dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + dims[i].str();
  return text + "]";
}

} // namespace dl

#include "ir/index_range.h"
#include "ir/text/lexer.h"
#include "ir/text/printer.h"

namespace dl::ir::text {
namespace {

/// A subscript that needs parentheses in front of `/` or `?`.
bool isCompound(const std::string &text) { return text.find_first_of(" -*") != std::string::npos; }

} // namespace

void Printer::factor(const Op &op, const Factor &factor, const std::vector<IndexName> &names) {
  auto atom = [this](DimAtom *a) { return a->owner ? value(static_cast<Value *>(a->owner)) : a->name; };
  auto operand = [&](int i) { return i >= 0 && i < static_cast<int>(op.operands.size()) ? value(op.operands[i]) : "%undefined"; };
  out_ += factor.operand < 0 ? "one(" + dim(factor.extent) + ")" : operand(factor.operand);
  out_ += "[";
  for (size_t d = 0; d < factor.index.size(); ++d) {
    const Index &index = factor.index[d];
    if (d) out_ += ", ";
    if (index.source >= 0) {
      out_ += operand(index.source) + "[";
      for (size_t k = 0; k < index.sourceIndex.size(); ++k) out_ += (k ? ", " : "") + str(index.sourceIndex[k], names, atom);
      out_ += "]";
      continue;
    }
    std::string text = str(index.affine, names, atom);
    if ((index.divisor != 1 || index.guarded) && isCompound(text)) text = "(" + text + ")";
    if (index.divisor != 1) text += "/" + std::to_string(index.divisor);
    if (index.guarded) text += text.back() == ')' ? "?" : " ?";
    out_ += text;
  }
  out_ += "]";
}

void Printer::indexedPayload(const Op &op) {
  const auto &attr = op.as<IndexedAttr>();
  // Names as written words, distinct.
  std::vector<IndexName> names = attr.names;
  for (size_t i = 0; i < names.size(); ++i) {
    std::string base;
    for (char c : names[i].name) base += isPlainName(std::string(1, c)) && c != '$' && c != '.' ? c : '_';
    if (base.empty() || (base[0] >= '0' && base[0] <= '9')) base = "i" + base;
    if (base == "one" || base == "floor") base += "_";
    names[i].name = base;
    auto clashes = [&] {
      for (size_t k = 0; k < i; ++k)
        if (names[k].name == names[i].name) return true;
      return false;
    };
    for (int suffix = 1; clashes(); ++suffix) names[i].name = base + "_" + std::to_string(suffix);
  }
  auto list = [&](size_t from, size_t to, bool extents) {
    out_ += "[";
    for (size_t i = from; i < to; ++i) {
      out_ += (i > from ? ", " : "") + names[i].name;
      if (extents) out_ += ":" + dim(names[i].extent);
    }
    out_ += "]";
  };
  size_t outs = std::min(static_cast<size_t>(std::max(attr.outCount, 0)), names.size());
  if (op.kind == OpKind::Scatter) {
    out_ += std::string(" ") + name(attr.mode) + " ";
    if (!attr.factors.empty()) factor(op, attr.factors[0], names);
    out_ += " over ";
    list(0, names.size(), true);
    out_ += " of ";
    if (attr.factors.size() > 1) factor(op, attr.factors[1], names);
    return;
  }
  out_ += " ";
  list(0, outs, false);
  if (outs < names.size()) {
    out_ += " sum ";
    list(outs, names.size(), true);
  }
  out_ += " ";
  for (size_t i = 0; i < attr.factors.size(); ++i) {
    if (i) out_ += " * ";
    factor(op, attr.factors[i], names);
  }
  order(attr.order);
}

} // namespace dl::ir::text

#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include <algorithm>

namespace dl::ir::text {

void Parser::indexNames(IndexContext &context, bool extents) {
  list("[", "]", [&] {
    IndexName name{word("an index name"), dl::Dim()};
    if (extents && accept(":")) name.extent = dim();
    else if (extents) name.extent = dl::Dim(-1); // to be read off an operand
    context.attr.names.push_back(std::move(name));
  });
}

void Parser::indexedPayload(Draft &draft) {
  IndexContext context;
  SourceRange place = peek().where;
  indexNames(context, false);
  context.attr.outCount = static_cast<int>(context.attr.names.size());
  const Type &result = resultType(draft);
  if (!failed_ && result.rank() != context.attr.names.size())
    return fail(place, Diag::IrUnexpected, {"one name for each dimension of " + result.str(), std::to_string(context.attr.names.size())});
  for (size_t i = 0; !failed_ && i < result.rank(); ++i) context.attr.names[i].extent = result.dims[i];
  if (draft.kind == OpKind::Contract && accept("sum")) indexNames(context, true);
  context.firstSource = 1;
  do context.attr.factors.push_back(factor(context));
  while (draft.kind == OpKind::Contract && accept("*"));
  context.attr.order = order();
  draft.operands = std::move(context.tensors);
  draft.operands.insert(draft.operands.end(), context.sources.begin(), context.sources.end());
  draft.attrs = std::move(context.attr);
}

void Parser::scatterPayload(Draft &draft) {
  IndexContext context;
  context.attr.mode = scatterMode();
  context.firstSource = 2;
  // The names stand behind the first factor: look ahead for them.
  size_t begin = position_;
  while (!failed_ && peek().kind != TokenKind::End && !at("over")) next();
  expect("over");
  indexNames(context, true);
  size_t end = position_;
  if (failed_) return;
  position_ = begin;
  context.attr.factors.push_back(factor(context));
  expect("over");
  if (failed_) return;
  position_ = end;
  expect("of");
  context.attr.factors.push_back(factor(context));
  if (failed_) return;
  context.attr.outCount = static_cast<int>(context.attr.names.size());
  const Factor &from = context.attr.factors[1];
  for (size_t d = 0; d < from.index.size() && d < context.tensors[1]->type.rank(); ++d) {
    const Affine &a = from.index[d].affine;
    bool plain = a.terms.size() == 1 && a.terms[0].second == 1 && a.offset.isConstant(0);
    if (plain && context.attr.names[a.terms[0].first].extent.isConstant(-1))
      context.attr.names[a.terms[0].first].extent = context.tensors[1]->type.dims[d];
  }
  draft.operands = std::move(context.tensors);
  draft.operands.insert(draft.operands.end(), context.sources.begin(), context.sources.end());
  draft.attrs = std::move(context.attr);
}

Factor Parser::factor(IndexContext &context) {
  Factor factor;
  if (accept("one")) {
    expect("(");
    factor.extent = dim();
    expect(")");
  } else {
    factor.operand = static_cast<int>(context.tensors.size());
    context.tensors.push_back(use());
  }
  list("[", "]", [&] { factor.index.push_back(index(context)); });
  return factor;
}

Index Parser::index(IndexContext &context) {
  Index index;
  bool sourced = peek().kind == TokenKind::Value && peek(1).kind == TokenKind::Sign && peek(1).text == "[";
  if (sourced) {
    index.source = context.firstSource + static_cast<int>(context.sources.size());
    context.sources.push_back(use());
    list("[", "]", [&] { index.sourceIndex.push_back(affine(context)); });
    return index;
  }
  index.affine = affine(context);
  if (accept("/")) index.divisor = integer();
  index.guarded = accept("?");
  return index;
}

Affine Parser::affine(IndexContext &context) {
  Linear linear = this->linear(context);
  return Affine{std::move(linear.terms), std::move(linear.offset)};
}

Parser::Linear Parser::scaled(const Linear &linear, int64_t by) {
  Linear result{{}, linear.offset * dl::Dim(by)};
  for (auto [name, coefficient] : linear.terms) {
    int64_t product;
    if (__builtin_mul_overflow(coefficient, by, &product) || product > INT32_MAX || product < INT32_MIN)
      fail(peek().where, Diag::IrTooLarge, {});
    else if (product) result.terms.emplace_back(name, product);
  }
  return result;
}

Parser::Linear Parser::linear(IndexContext &context) {
  if (tooDeep()) return {};
  ++depth_;
  Linear sum;
  for (bool first = true; !failed_ && (first || at("+") || at("-")); first = false) {
    bool minus = !first && at("-");
    if (!first) next();
    else minus = accept("-");
    Linear term = scaled(linearTerm(context), minus ? -1 : 1);
    sum.offset = sum.offset + term.offset;
    for (auto [name, coefficient] : term.terms) {
      auto place = std::find_if(sum.terms.begin(), sum.terms.end(), [&](const auto &t) { return t.first >= name; });
      if (place == sum.terms.end() || place->first != name) sum.terms.insert(place, {name, coefficient});
      else if ((place->second += coefficient) == 0) sum.terms.erase(place);
    }
  }
  --depth_;
  return sum;
}

Parser::Linear Parser::linearTerm(IndexContext &context) {
  Linear product = linearFactor(context);
  while (!failed_ && at("*")) {
    Token star = next();
    Linear by = linearFactor(context);
    if (product.terms.empty() && product.offset.isConstant()) std::swap(product, by);
    bool number = by.terms.empty() && by.offset.isConstant();
    if (number) product = scaled(product, by.offset.value());
    else if (product.terms.empty() && by.terms.empty() && !product.offset.isConstant() &&
             product.offset.poly()->terms.size() * by.offset.poly()->terms.size() <= 64)
      product.offset = product.offset * by.offset;
    else fail(star.where, Diag::IrBadIndex, {});
  }
  return product;
}

Parser::Linear Parser::linearFactor(IndexContext &context) {
  if (peek().kind == TokenKind::Word && !at("floor")) {
    Token token = next();
    for (size_t i = 0; i < context.attr.names.size(); ++i)
      if (context.attr.names[i].name == token.text) return Linear{{{static_cast<int>(i), 1}}, dl::Dim()};
    fail(token.where, Diag::IrUndefined, {token.text});
    return {};
  }
  if (accept("(")) {
    Linear inner = linear(context);
    expect(")");
    return inner;
  }
  return Linear{{}, dimFactor()};
}

} // namespace dl::ir::text

#include "ir/text/parser.h"

namespace dl::ir::text {

static std::optional<Elem> elemOf(const std::string &word) {
  for (Elem e : {Elem::F64, Elem::F32, Elem::BF16, Elem::F16, Elem::I64, Elem::I32, Elem::U8, Elem::Bool, Elem::Key, Elem::Dim})
    if (word == ir::name(e)) return e;
  return std::nullopt;
}

Type Parser::type() {
  Token token = peek();
  auto elem = elemOf(word("a type"));
  if (!elem) {
    fail(token.where, Diag::IrUnexpected, {"a type", describe(token)});
    return Type();
  }
  if (*elem == Elem::Dim) {
    expect("<");
    expect("=");
    int64_t bound = integer();
    if (bound < 0) fail(token.where, Diag::IrBadNumber, {std::to_string(bound), "bound"});
    return Type::dimension(bound);
  }
  return at("[") ? Type(*elem, dims()) : Type(*elem);
}

std::vector<dl::Dim> Parser::dims() {
  std::vector<dl::Dim> all;
  list("[", "]", [&] { all.push_back(dim()); });
  return all;
}

bool Parser::tooDeep() {
  if (depth_ < 100) return false;
  fail(peek().where, Diag::IrTooDeep, {});
  return true;
}

dl::Dim Parser::dimNamed(const Token &token) {
  if (auto pending = standIns_.find(token.text); pending != standIns_.end()) return pending->second;
  Value *value = find(token.text, true);
  if (value && value->type.elem == Elem::Dim) return value->dim;
  if (value) fail(token.where, Diag::IrUnexpected, {"a dimension", "`%" + token.text + "` of type " + value->type.str()});
  else fail(token.where, Diag::IrUndefined, {"%" + token.text});
  return dl::Dim();
}

dl::Dim Parser::dim() {
  if (tooDeep()) return dl::Dim();
  ++depth_;
  dl::Dim sum;
  if (accept("-")) sum = -dimTerm();
  else sum = dimTerm();
  while (!failed_ && (at("+") || at("-"))) {
    bool minus = next().text == "-";
    dl::Dim term = dimTerm();
    sum = minus ? sum - term : sum + term;
  }
  --depth_;
  return sum;
}

dl::Dim Parser::dimTerm() {
  dl::Dim product = dimFactor();
  while (!failed_ && at("*")) {
    Token star = next();
    dl::Dim by = dimFactor();
    // Products of long sums grow without end.
    auto size = [](const dl::Dim &d) { return d.poly() ? d.poly()->terms.size() + 1 : 1; };
    if (size(product) * size(by) > 64) {
      fail(star.where, Diag::IrTooLarge, {});
      break;
    }
    product = product * by;
  }
  return product;
}

dl::Dim Parser::dimFactor() {
  if (peek().kind == TokenKind::Integer) return dl::Dim(integer());
  if (peek().kind == TokenKind::Value) return dimNamed(next());
  if (accept("(")) {
    dl::Dim inner = dim();
    expect(")");
    return inner;
  }
  if (accept("floor")) {
    expect("(");
    dl::Dim dividend = dim();
    expect("/");
    dl::Dim divisor = dim();
    expect(")");
    return floorDiv(dividend, divisor);
  }
  unexpected("an extent");
  return dl::Dim();
}

} // namespace dl::ir::text

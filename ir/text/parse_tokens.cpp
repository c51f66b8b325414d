#include "ir/text/parser.h"
#include <charconv>
#include <cmath>

namespace dl::ir::text {

static const Token kEnd;

const Token &Parser::peek(size_t ahead) const {
  if (failed_ || position_ + ahead >= tokens_.size()) return failed_ ? kEnd : tokens_.back();
  return tokens_[position_ + ahead];
}

Token Parser::next() {
  Token token = peek();
  if (!failed_ && position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Parser::at(std::string_view sign) const {
  const Token &token = peek();
  return (token.kind == TokenKind::Sign || token.kind == TokenKind::Word) && token.text == sign;
}

bool Parser::atOpStart() const {
  if (peek().kind == TokenKind::Value) return peek(1).kind == TokenKind::Sign && peek(1).text == ":";
  return peek().kind == TokenKind::Word;
}

bool Parser::accept(std::string_view sign) {
  if (!at(sign)) return false;
  next();
  return true;
}

void Parser::expect(std::string_view sign) {
  if (!accept(sign)) unexpected(("`" + std::string(sign) + "`").c_str());
}

void Parser::unexpected(const char *wanted) {
  fail(peek().where, Diag::IrUnexpected, {wanted, describe(peek())});
}

void Parser::fail(SourceRange where, Diag kind, std::initializer_list<std::string> args) {
  if (failed_) return;
  diags_.report(where, kind, args);
  failed_ = true;
}

std::string Parser::word(const char *what) {
  if (peek().kind == TokenKind::Word) return next().text;
  unexpected(what);
  return "";
}

std::string Parser::string() {
  if (peek().kind == TokenKind::String) return next().text;
  unexpected("a string");
  return "";
}

std::string Parser::name() {
  if (peek().kind == TokenKind::Name) return next().text;
  unexpected("a name with @");
  return "";
}

uint64_t Parser::literal(Elem elem) {
  bool negative = accept("-");
  Token token = next();
  auto bad = [&]() -> uint64_t {
    fail(token.where, Diag::IrBadNumber, {(negative ? "-" : "") + token.text, ir::name(elem)});
    return 0;
  };
  const char *begin = token.text.data(), *end = begin + token.text.size();
  if (token.kind == TokenKind::Word) {
    if (elem == Elem::Bool && !negative && (token.text == "true" || token.text == "false")) return token.text == "true";
    if (isFloat(elem) && token.text == "inf") return encodeNumber(elem, negative ? -INFINITY : INFINITY);
    if (isFloat(elem) && token.text == "nan" && !negative) return encodeNumber(elem, std::nan(""));
    return bad();
  }
  if (token.kind != TokenKind::Integer && token.kind != TokenKind::Float) return bad();
  uint64_t magnitude = 0;
  if (token.text.starts_with("0x")) {
    auto read = std::from_chars(begin + 2, end, magnitude, 16);
    int width = static_cast<int>(byteSize(elem)) * 8;
    bool fits = read.ec == std::errc() && read.ptr == end && (width == 64 || magnitude >> width == 0);
    return fits && !negative && elem != Elem::Bool ? magnitude : bad();
  }
  if (elem == Elem::F32) {
    float value = 0;
    if (auto read = std::from_chars(begin, end, value); read.ec != std::errc() || read.ptr != end) return bad();
    return encodeNumber(elem, negative ? -value : value);
  }
  if (isFloat(elem)) {
    double value = 0;
    if (auto read = std::from_chars(begin, end, value); read.ec != std::errc() || read.ptr != end) return bad();
    return encodeNumber(elem, negative ? -value : value);
  }
  auto read = std::from_chars(begin, end, magnitude);
  if (read.ec != std::errc() || read.ptr != end || elem == Elem::Bool) return bad();
  if (elem == Elem::Key) return negative ? bad() : magnitude;
  uint64_t limit = elem == Elem::U8 ? 255 : (uint64_t{1} << (byteSize(elem) * 8 - 1)) - 1;
  if (negative && elem == Elem::U8) return magnitude ? bad() : 0;
  if (magnitude > limit + (negative ? 1 : 0)) return bad();
  uint64_t bits = negative ? uint64_t{0} - magnitude : magnitude;
  return elem == Elem::I32 ? static_cast<uint32_t>(bits) : bits;
}

int64_t Parser::integer() { return static_cast<int64_t>(literal(Elem::I64)); }
int Parser::smallInteger() { return static_cast<int32_t>(static_cast<uint32_t>(literal(Elem::I32))); }
double Parser::number() { return decodeNumber(Elem::F64, literal(Elem::F64)); }

std::vector<int> Parser::dimList() {
  std::vector<int> numbers;
  list("[", "]", [&] { numbers.push_back(smallInteger()); });
  return numbers;
}

std::vector<int64_t> Parser::integerList() {
  std::vector<int64_t> numbers;
  list("[", "]", [&] { numbers.push_back(integer()); });
  return numbers;
}

Value *Parser::find(const std::string &name, bool dimension) const {
  bool dimensionsOnly = false;
  for (size_t i = scopes_.size(); i-- > 0;) {
    auto found = scopes_[i].names.find(name);
    if (found != scopes_[i].names.end()) {
      bool isDimension = found->second->type.elem == Elem::Dim;
      if (!dimensionsOnly || (dimension && isDimension)) return found->second;
    }
    dimensionsOnly = dimensionsOnly || scopes_[i].closed;
  }
  return nullptr;
}

void Parser::define(const Token &token, Value *value) {
  if (failed_) return;
  for (size_t i = scopes_.size(); i-- > 0;) {
    if (scopes_[i].names.contains(token.text)) return fail(token.where, Diag::IrDefinedTwice, {"%" + token.text});
    if (scopes_[i].closed) break;
  }
  scopes_.back().names[token.text] = value;
  if (token.text.find_first_not_of("0123456789") == std::string::npos) return; // unnamed
  value->name = token.text;
  if (DimAtom *atom = value->dim.asAtom(); atom && value->type.elem == Elem::Dim) atom->name = token.text;
}

Value *Parser::use() {
  Token token = next();
  if (token.kind != TokenKind::Value) {
    fail(token.where, Diag::IrUnexpected, {"a value", describe(token)});
    return nullptr;
  }
  Value *value = find(token.text, false);
  if (!value) fail(token.where, Diag::IrUndefined, {"%" + token.text});
  return value;
}

} // namespace dl::ir::text

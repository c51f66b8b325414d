#include "ir/text/lexer.h"

namespace dl::ir::text {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isWord(char c) { return isWordStart(c) || isDigit(c); }
bool isNameChar(char c) { return isWord(c) || c == '.' || c == '$'; }
bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Lexer {
public:
  Lexer(std::string_view text, uint32_t file) : text_(text), file_(file) {}

  std::vector<Token> run() {
    while (true) {
      skip();
      if (at_ >= text_.size()) break;
      size_t begin = at_;
      Token token = next();
      token.where = {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
      tokens_.push_back(std::move(token));
      if (tokens_.back().kind == TokenKind::Bad) break;
    }
    auto end = static_cast<uint32_t>(text_.size());
    tokens_.push_back({TokenKind::End, {file_, end, end}, ""});
    return std::move(tokens_);
  }

private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip() {
    while (at_ < text_.size() && (isSpace(peek()) || peek() == '#')) {
      if (peek() == '#')
        while (at_ < text_.size() && peek() != '\n') ++at_;
      else ++at_;
    }
  }
  template <class Accept> std::string take(Accept accept) {
    size_t begin = at_;
    while (at_ < text_.size() && accept(peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Token next() {
    char c = peek();
    if (isWordStart(c)) return {TokenKind::Word, {}, take(isWord)};
    if (isDigit(c)) return number();
    if (c == '"') return string();
    if (c == '%' && isNameChar(peek(1))) return ++at_, Token{TokenKind::Value, {}, name()};
    if (c == '@' && isNameChar(peek(1))) return ++at_, Token{TokenKind::Name, {}, name()};
    if (c == '@' && peek(1) == '"') {
      ++at_;
      Token token = string();
      if (token.kind == TokenKind::String) token.kind = TokenKind::Name;
      return token;
    }
    for (std::string_view pair : {"->", ".."})
      if (text_.substr(at_, 2) == pair) return at_ += 2, Token{TokenKind::Sign, {}, std::string(pair)};
    ++at_;
    bool sign = std::string_view("()[]{}<>=:,*/+-?").find(c) != std::string_view::npos;
    return {sign ? TokenKind::Sign : TokenKind::Bad, {}, std::string(1, c)};
  }

  /// A name never ends in a dot, so that `0..%n` and `%n..` stay readable.
  std::string name() {
    std::string text = take(isNameChar);
    while (text.size() > 1 && text.back() == '.') text.pop_back(), --at_;
    return text;
  }

  Token number() {
    if (peek() == '0' && peek(1) == 'x') {
      at_ += 2;
      return {TokenKind::Integer, {}, "0x" + take(isWord)};
    }
    size_t begin = at_;
    bool whole = true;
    take(isDigit);
    if (peek() == '.' && isDigit(peek(1))) whole = false, ++at_, take(isDigit);
    if (peek() == 'e' && (isDigit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && isDigit(peek(2))))) {
      whole = false;
      at_ += 2;
      take(isDigit);
    }
    return {whole ? TokenKind::Integer : TokenKind::Float, {}, std::string(text_.substr(begin, at_ - begin))};
  }

  Token string() {
    std::string value;
    for (++at_; at_ < text_.size() && peek() != '"'; ++at_) {
      if (peek() != '\\') {
        value += peek();
        continue;
      }
      ++at_;
      if (peek() == 'n') value += '\n';
      else if (peek() == 't') value += '\t';
      else if (peek() == '0') value += '\0';
      else if (peek() == '\\' || peek() == '"') value += peek();
      else return {TokenKind::Bad, {}, "\\"};
    }
    if (at_ >= text_.size()) return {TokenKind::Bad, {}, "\""};
    ++at_;
    return {TokenKind::String, {}, std::move(value)};
  }

  std::string_view text_;
  uint32_t file_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> lex(std::string_view text, uint32_t file) { return Lexer(text, file).run(); }

std::string describe(const Token &token) {
  switch (token.kind) {
  case TokenKind::End: return "the end of the text";
  case TokenKind::Value: return "`%" + token.text + "`";
  case TokenKind::Name: return "`@" + token.text + "`";
  case TokenKind::String: return "a string";
  case TokenKind::Bad: return "unreadable text";
  case TokenKind::Word:
  case TokenKind::Integer:
  case TokenKind::Float:
  case TokenKind::Sign: return "`" + token.text + "`";
  }
  return "";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\0') out += "\\0";
    else if (c == '"' || c == '\\') out += '\\', out += c;
    else out += c;
  }
  return out + "\"";
}

bool isPlainName(std::string_view text) {
  if (text.empty() || text.back() == '.') return false;
  for (char c : text)
    if (!isNameChar(c)) return false;
  return true;
}

} // namespace dl::ir::text

#include "Token.h"
#include "frontend/parse/lexeme.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace dl::frontend {
namespace {

/// Bytes as characters. Those beyond ASCII look alike to the lexer: only texts and comments may hold them, and the
/// lexer's tables stop at 127.
class ByteStream final : public antlr4::CharStream {
public:
  explicit ByteStream(std::string_view text) : text_(text) {}
  void consume() override { ++at_; }
  size_t LA(ssize_t i) override {
    if (i == 0) return 0;
    size_t where = i > 0 ? at_ + static_cast<size_t>(i) - 1 : at_ - static_cast<size_t>(-i);
    if (where >= text_.size()) return IntStream::EOF;
    auto byte = static_cast<unsigned char>(text_[where]);
    return byte < 0x80 ? byte : 0x7f;
  }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override { at_ = index < text_.size() ? index : text_.size(); }
  size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval &) override { return {}; }
  std::string toString() const override { return {}; }

private:
  std::string_view text_;
  size_t at_ = 0;
};

/// Length of the UTF-8 sequence that `text` begins with; 0 if it is none.
size_t sequenceLength(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  size_t length = lead < 0x80                   ? 1
                  : lead >= 0xc2 && lead < 0xe0 ? 2
                  : (lead & 0xf0) == 0xe0       ? 3
                  : lead >= 0xf0 && lead < 0xf5 ? 4
                                                : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  return length;
}

struct Lookalike {
  std::string_view character, advice;
};
constexpr std::array<Lookalike, 19> kLookalikes = {{
    {"×", "multiplication is `*`"},
    {"·", "multiplication is `*`"},
    {"÷", "division is `/`"},
    {"−", "this is a typographic minus; subtraction is `-`"},
    {"–", "this is a dash; subtraction is `-`"},
    {"≤", "write `<=`"},
    {"≥", "write `>=`"},
    {"≠", "write `!=`"},
    {"←", "write `<-`"},
    {"→", "write `->`"},
    {"∞", "infinity is `inf`"},
    {"“", "a text stands in plain double quotes: \"...\""},
    {"”", "a text stands in plain double quotes: \"...\""},
    {"'", "a text stands in double quotes: \"...\""},
    {"!", "negation is `not`; \"differs from\" is `!=`"},
    {"&", "write `and`"},
    {"|", "write `or`; a pipe is `|>`"},
    {"\\", "no sign is needed to continue a line: it goes on after an operator or comma, and inside `( )` and `[ ]`"},
    {"$", "a text shows a value with `{ }`: \"{x}\""},
}};

/// Characters that nobody sees, and what they are called.
constexpr std::array<Lookalike, 6> kInvisible = {{
    {"\u00a0", "a no-break space"},
    {"\u202f", "a narrow no-break space"},
    {"\u2009", "a thin space"},
    {"\u3000", "an ideographic space"},
    {"\u200b", "a zero-width space"},
    {"\ufeff", "a byte order mark"},
}};

std::string byteName(char byte) {
  char hex[16];
  std::snprintf(hex, sizeof hex, "the byte 0x%02x", static_cast<unsigned char>(byte));
  return hex;
}

/// Reports one character that no rule knows; returns its length in bytes.
uint32_t reportStray(uint32_t file, uint32_t begin, std::string_view text, Diagnostics &diagnostics) {
  size_t length = sequenceLength(text);
  auto byte = static_cast<unsigned char>(text[0]);
  std::string shown;
  if (length == 0 || byte < 0x20 || byte == 0x7f) {
    shown = byteName(text[0]);
    length = 1;
  } else {
    shown = "`" + std::string(text.substr(0, length)) + "`";
  }
  const std::string_view character = text.substr(0, length);
  auto unseen = std::find_if(kInvisible.begin(), kInvisible.end(), [&](const Lookalike &each) { return each.character == character; });
  if (unseen != kInvisible.end()) shown = std::string(unseen->advice);
  auto size = static_cast<uint32_t>(length);
  Diagnostic &d = diagnostics.report({file, begin, begin + size}, Diag::StrayCharacter, {shown});
  if (unseen != kInvisible.end()) {
    d.help("spaces outside texts and comments are the plain ones");
    return size;
  }
  bool advised = text[0] == '?';
  if (advised) {
    const size_t behind = std::min(text.find_first_not_of(' ', 1), text.size() - 1);
    const bool size = text[behind] == ',' || text[behind] == ']';
    d.help(size ? "a size that is not known has a name: `f32[b, 4]`" : "a choice is written `if c { a } else { b }`");
  }
  for (const Lookalike &known : kLookalikes)
    if (known.character == character) d.help(std::string(known.advice)), advised = true;
  if (!advised && length > 1) d.help("outside texts and comments everything is ASCII");
  return size;
}

/// The first control character of a file that holds many: it is not a text.
std::optional<uint32_t> binaryByte(std::string_view text) {
  constexpr ptrdiff_t kMost = 8;
  auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f; };
  if (std::count_if(text.begin(), text.end(), control) <= kMost) return std::nullopt;
  return static_cast<uint32_t>(std::find_if(text.begin(), text.end(), control) - text.begin());
}

/// Reports the first byte of a text or a comment that is not UTF-8.
void checkBytes(uint32_t file, uint32_t begin, std::string_view text, Diagnostics &diagnostics) {
  for (size_t at = 0, length = 0; at < text.size(); at += length)
    if (length = sequenceLength(text.substr(at)); length == 0) {
      auto place = static_cast<uint32_t>(begin + at);
      diagnostics.report({file, place, place + 1}, Diag::StrayCharacter, {byteName(text[at])}).help("a source is written in UTF-8");
      return;
    }
}

bool onlyBlanksBefore(std::string_view text, uint32_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at == 0 || text[at - 1] == '\n';
}

} // namespace

Lexed lex(uint32_t file, uint32_t begin, uint32_t end, Diagnostics &diagnostics) {
  std::string_view text = diagnostics.sources().text(file);
  if (begin == 0 && text.starts_with("\xef\xbb\xbf")) begin = 3; // a byte order mark
  if (std::optional<uint32_t> at = binaryByte(text)) {
    diagnostics.report({file, *at, *at + 1}, Diag::StrayCharacter, {byteName(text[*at])}).help("this file is not a text: a source is written in UTF-8");
    return {};
  }
  ByteStream stream(text.substr(begin, end - begin));
  Lexer lexer(&stream);
  lexer.removeErrorListeners();
  Lexed out;
  uint32_t skipTo = 0, previous = 0;
  bool strayInLine = false;
  for (;;) {
    std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    size_t type = token->getType();
    if (type == antlr4::Token::EOF) break;
    auto from = static_cast<uint32_t>(begin + token->getStartIndex());
    auto to = static_cast<uint32_t>(begin + token->getStopIndex() + 1);
    if (from < skipTo) continue; // the rest of a character already reported
    std::string word(text.substr(from, to - from));
    switch (type) {
    case Lexer::DOC: checkBytes(file, from, word, diagnostics), out.docs.push_back({from, to, onlyBlanksBefore(text, from), previous}); continue;
    case Lexer::STRAY:
      if (!strayInLine) skipTo = from + reportStray(file, from, text.substr(from), diagnostics);
      strayInLine = true; // one mistake is often several characters
      break;
    case Lexer::LINE_END: strayInLine = strayInLine && word == ";"; break;
    case Lexer::BAD_NUMBER:
      diagnostics.report({file, from, to}, Diag::MalformedNumber, {word})
          .help("names begin with a letter; numbers look like 12, 1_000, 0.5 or 1e-3");
      type = Lexer::NUMBER;
      break;
    case Lexer::UNTERMINATED:
      diagnostics.report({file, from, to}, Diag::UnterminatedText)
          .help("close it with `\"`; a line break inside a text is written `\\n`");
      break;
    default: checkBytes(file, from, word, diagnostics);
    }
    if (type != Lexer::LINE_END && type != Lexer::COMMA) previous = to;
    out.words.push_back({type, from, to});
  }
  return out;
}

} // namespace dl::frontend

/// Tokens of the text form. A broken text gives one bad token, then the end.
#pragma once
#include "support/source.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dl::ir::text {

enum class TokenKind : uint8_t { End, Word, Value, Name, Integer, Float, String, Sign, Bad };

struct Token {
  TokenKind kind = TokenKind::End;
  SourceRange where;
  std::string text; ///< word, name without % or @, digits, string without quotes, or the sign itself ("->", "..", "(")
};

/// All tokens of a file, closed by End. `%name`, `@name`, `@"any name"`; `#` begins a comment.
std::vector<Token> lex(std::string_view text, uint32_t file);
/// The token as an error message shows it.
std::string describe(const Token &token);
/// A string in quotes with its escapes.
std::string quoted(std::string_view text);
/// May be written as @name without quotes.
bool isPlainName(std::string_view text);

} // namespace dl::ir::text

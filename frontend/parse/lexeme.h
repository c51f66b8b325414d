/// Words of a source as byte ranges; their types are those of the generated lexer.
#pragma once
#include "DlLexer.h"
#include "support/diagnostics.h"
#include <string_view>
#include <vector>

namespace dl::frontend {

using Lexer = grammar::DlLexer;

struct Lexeme {
  size_t type;
  uint32_t begin, end; ///< bytes of the file
};

/// A `##` comment.
struct DocLine {
  uint32_t begin = 0, end = 0;
  bool ownLine = false;  ///< nothing but blanks before it
  uint32_t previous = 0; ///< end of the last word before it, commas and `;` aside
};

struct Lexed {
  std::vector<Lexeme> words; ///< with LINE_END, without comments
  std::vector<DocLine> docs;
};

/// Splits bytes [begin, end) of a file; reports characters, numbers and texts that are none. The characters stay as
/// STRAY, which breaks the statement they stand in.
Lexed lex(uint32_t file, uint32_t begin, uint32_t end, Diagnostics &diagnostics);

} // namespace dl::frontend

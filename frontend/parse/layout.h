/// The layout filter: decides where statements end and which words are keywords, so that the grammar need not.
#pragma once
#include "frontend/parse/brackets.h"
#include "frontend/parse/token_stream.h"

namespace dl::frontend {

/// A stretch of tokens that is one statement of a block (or one declaration of the file).
struct Statement {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t first = 0, last = 0; ///< tokens [first, last), without the NL behind it
  uint32_t parent = kNone;      ///< the statement whose block holds it
  bool broken = false;          ///< reported already: leave it out
};

struct Laid {
  std::vector<SourceToken> tokens; ///< types of the parser; NL only between statements
  std::vector<uint32_t> owner;     ///< of each token: the innermost statement around it
  std::vector<Statement> statements;
};

/// A line end (not `;`) counts unless it stands in `( )` or `[ ]`, after an operator or comma, or before `|>`, `over`,
/// `with`, `else` or the `gradient` of a `fn`.
Laid layOut(const std::vector<Paired::Word> &words, std::string_view text);

/// Whether an operand can end with a token of this type, so that an operator may follow.
bool endsOperand(size_t type);

/// Whether a line that ends with a token of this type goes on.
bool continuesLine(size_t type);

} // namespace dl::frontend

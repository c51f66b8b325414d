/// Pairs brackets before anything else looks at the text, so that one missing bracket is one message at its opener.
#pragma once
#include "frontend/parse/lexeme.h"

namespace dl::frontend {

struct Paired {
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Word : Lexeme {
    uint32_t partner = kNone; ///< index of the other bracket
    bool broken = false;      ///< the statement around it is beyond repair, and reported
  };
  std::vector<Word> words;
};

/// Every bracket of the result has a partner, properly nested: missing ones are added, surplus ones dropped or
/// made STRAY, after a report.
Paired pairBrackets(uint32_t file, const std::vector<Lexeme> &words, Diagnostics &diagnostics);

} // namespace dl::frontend

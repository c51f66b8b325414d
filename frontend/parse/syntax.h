/// Runs the generated parser over a list of tokens and says where it stopped, without recovery of its own.
#pragma once
#include "DlParser.h"
#include "frontend/parse/token_stream.h"
#include <memory>
#include <optional>

namespace dl::frontend {

using Parser = grammar::DlParser;

/// The first token that fits no rule, and what would have.
struct SyntaxError {
  size_t index = 0;                   ///< of the token; the list's size stands for its end
  antlr4::misc::IntervalSet expected; ///< empty if unknown
  bool tooDeep = false;
  bool embedded = false;   ///< in a value shown in a text
  bool braceBelow = false; ///< the next line begins with the `{` that is missing here
};

class SyntaxParser {
public:
  SyntaxParser();
  /// The tree, valid until the next call; null after an error, which `error()` tells.
  Parser::DeclarationContext *declaration(std::vector<SourceToken> tokens);
  Parser::ExprContext *expression(std::vector<SourceToken> tokens);
  const SyntaxError &error() const { return *error_; }

private:
  template <class Rule> auto run(std::vector<SourceToken> tokens, Rule rule) -> decltype(rule());
  std::unique_ptr<ListStream> stream_;
  Parser parser_;
  std::optional<SyntaxError> error_;
};

} // namespace dl::frontend

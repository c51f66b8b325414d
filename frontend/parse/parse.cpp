#include "frontend/parse/parse.h"
#include "frontend/parse/builder.h"
#include "frontend/parse/layout.h"
#include "frontend/parse/syntax_error.h"
#include <algorithm>

namespace dl::frontend {
namespace {

constexpr size_t kMostErrors = 100;       ///< of one file
constexpr size_t kMostInDeclaration = 20; ///< each costs parsing the declaration again,
constexpr size_t kMostAgain = 1'000'000;  ///< ... and so many tokens in all

/// The tokens of statement `id`, without the broken statements inside it.
std::vector<SourceToken> tokensOf(const Laid &laid, uint32_t id) {
  const Statement &whole = laid.statements[id];
  std::vector<SourceToken> out;
  uint32_t inner = id + 1; // statements are in the order of their first tokens
  for (uint32_t t = whole.first; t < whole.last;) {
    auto inside = [&] { return inner < laid.statements.size() && laid.statements[inner].first < whole.last; };
    while (inside() && (laid.statements[inner].first < t || !laid.statements[inner].broken)) ++inner;
    if (inside() && laid.statements[inner].first == t) {
      const Statement &broken = laid.statements[inner];
      const SourceToken &first = laid.tokens[broken.first], &last = laid.tokens[broken.last - 1];
      out.emplace_back(Parser::BAD_STATEMENT, first.begin, last.end);
      t = broken.last;
    } else {
      out.push_back(laid.tokens[t++]);
    }
  }
  return out;
}

/// The statement to leave out after an error at a token: the innermost one around it, or before it if it only ends one.
uint32_t blamed(const Laid &laid, uint32_t id, const SourceToken *token) {
  const Statement &whole = laid.statements[id];
  auto first = laid.tokens.begin() + whole.first, last = laid.tokens.begin() + whole.last;
  auto at = token ? std::lower_bound(first, last, token->begin,
                                     [](const SourceToken &t, uint32_t begin) { return t.begin < begin; })
                  : last;
  bool ends = at == last || at->type == Parser::NL || at->type == Parser::CLOSE_BRACE;
  if (ends && at != first) --at;
  uint32_t owner = laid.owner[static_cast<size_t>(at - laid.tokens.begin())];
  return owner == Statement::kNone ? id : owner;
}

class FileParser {
public:
  FileParser(uint32_t file, Diagnostics &diagnostics, const Laid &laid, const Docs &docs)
      : file_(file), diagnostics_(diagnostics), before_(diagnostics.errorCount()), laid_(laid), builder_(file, docs, diagnostics) {}

  void declaration(uint32_t id, ast::Program &program) {
    for (size_t attempt = 0; attempt < kMostInDeclaration && diagnostics_.errorCount() - before_ < kMostErrors; ++attempt) {
      if (laid_.statements[id].broken) return;
      std::vector<SourceToken> tokens = tokensOf(laid_, id);
      if (tokens.empty() || again_ > kMostAgain) return;
      if (attempt > 0) again_ += tokens.size();
      if (Parser::DeclarationContext *tree = parser_.declaration(tokens)) {
        if (ast::DeclPtr made = builder_.declaration(tree)) program.declarations.push_back(std::move(made));
        return;
      }
      SyntaxError error = parser_.error();
      const SourceToken *where = error.index < tokens.size() ? &tokens[error.index] : nullptr;
      if (uint32_t below = braceBelow(id, where); below != Statement::kNone) {
        error.braceBelow = true;
        laid_.statements[below].broken = true; // one mistake, one message
      }
      reportSyntaxError(file_, tokens, error, diagnostics_);
      // A statement already left out cannot be to blame again: then the one around it is.
      uint32_t culprit = error.tooDeep ? id : blamed(laid_, id, where);
      while (culprit != Statement::kNone && laid_.statements[culprit].broken)
        culprit = laid_.statements[culprit].parent;
      laid_.statements[culprit == Statement::kNone ? id : culprit].broken = true;
    }
  }

private:
  /// The statement in the line behind `token` (null: behind declaration `id`), if that begins with `{`.
  uint32_t braceBelow(uint32_t id, const SourceToken *token) const {
    size_t next = laid_.statements[id].last;
    if (token) {
      if (token->type != Parser::NL) return Statement::kNone;
      auto first = laid_.tokens.begin() + laid_.statements[id].first,
           last = laid_.tokens.begin() + laid_.statements[id].last;
      auto at =
          std::lower_bound(first, last, token->begin, [](const SourceToken &t, uint32_t b) { return t.begin < b; });
      next = static_cast<size_t>(at - laid_.tokens.begin());
    }
    ++next; // over the NL
    bool brace = next < laid_.tokens.size() && laid_.tokens[next].type == Parser::OPEN_BRACE;
    return brace ? laid_.owner[next] : Statement::kNone;
  }

  uint32_t file_;
  Diagnostics &diagnostics_;
  size_t before_; ///< errors of other files
  Laid laid_;
  Builder builder_;
  SyntaxParser parser_;
  size_t again_ = 0; ///< tokens parsed once more because of errors
};

} // namespace

std::unique_ptr<ast::Program> parseProgram(uint32_t file, const SourceManager &sources, Diagnostics &diagnostics) {
  std::string_view text = sources.text(file);
  auto program = std::make_unique<ast::Program>();
  program->file = file;
  Lexed lexed = lex(file, 0, static_cast<uint32_t>(text.size()), diagnostics);
  Docs docs(std::move(lexed.docs), text);
  program->doc = docs.file();
  Paired paired = pairBrackets(file, lexed.words, diagnostics);
  Laid laid = layOut(paired.words, text);
  FileParser parser(file, diagnostics, laid, docs);
  for (uint32_t id = 0; id < laid.statements.size(); ++id)
    if (laid.statements[id].parent == Statement::kNone) parser.declaration(id, *program);
  return program;
}

ast::ExprPtr parseEmbedded(uint32_t file, uint32_t begin, uint32_t end, const Docs &docs, Diagnostics &diagnostics) {
  size_t before = diagnostics.errorCount();
  Lexed lexed = lex(file, begin, end, diagnostics);
  Paired paired = pairBrackets(file, lexed.words, diagnostics);
  if (diagnostics.errorCount() != before) return nullptr;
  Laid laid = layOut(paired.words, diagnostics.sources().text(file));
  SyntaxParser parser;
  if (Parser::ExprContext *tree = parser.expression(laid.tokens)) return Builder(file, docs, diagnostics).expr(tree);
  SyntaxError error = parser.error();
  error.embedded = true;
  reportSyntaxError(file, laid.tokens, error, diagnostics);
  return nullptr;
}

} // namespace dl::frontend

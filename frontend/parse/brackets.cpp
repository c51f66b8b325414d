#include "frontend/parse/brackets.h"
#include "frontend/parse/depth_guard.h"
#include <algorithm>
#include <array>

namespace dl::frontend {
namespace {

constexpr std::array<std::string_view, 7> kDeclarations = {"import", "option",  "data", "model",
                                                           "train",  "program", "test"};

size_t closerOf(size_t open) {
  return open == Lexer::OPEN_PAREN     ? Lexer::CLOSE_PAREN
         : open == Lexer::OPEN_BRACKET ? Lexer::CLOSE_BRACKET
                                       : Lexer::CLOSE_BRACE;
}

constexpr size_t kMostAtOnce = 3; ///< brackets reported as never closed at one place
constexpr size_t kMostErrors = 100; ///< of a file
constexpr size_t kDeepest = grammar::DepthGuard::kDeepest; ///< each bracket is a rule of the grammar and more

class Pairing {
public:
  Pairing(uint32_t file, const std::vector<Lexeme> &in, Diagnostics &diagnostics)
      : file_(file), in_(in), diagnostics_(diagnostics), text_(diagnostics.sources().text(file)), before_(diagnostics.errorCount()) {}

  /// With `guess`, a declaration at the left margin ends every bracket still open: used when some `{` is never closed.
  Paired run(bool guess) {
    for (size_t i = 0; i < in_.size(); ++i) {
      const Lexeme &word = in_[i];
      if (firstOfLine(i)) indentation_ = word.begin - lineStart_;
      atLineStart_ = firstOfLine(i);
      if (word.type == Lexer::LINE_END && text_[word.begin] == '\n') lineStart_ = word.end;
      if (guess && !open_.empty() && beginsDeclaration(i)) closeDownTo(0), endLine();
      if (!open_.empty() && top().type != Lexer::OPEN_BRACE && beginsStatement(i)) closeParentheses();
      switch (word.type) {
      case Lexer::OPEN_PAREN:
      case Lexer::OPEN_BRACKET:
      case Lexer::OPEN_BRACE:
        open_.push_back(push(word));
        indentations_.push_back(indentation_);
        if (open_.size() == kDeepest) tooDeep(word);
        break;
      case Lexer::CLOSE_PAREN:
      case Lexer::CLOSE_BRACKET:
      case Lexer::CLOSE_BRACE: close(word); break;
      default: push(word);
      }
    }
    braceLeftOpen_ =
        std::any_of(open_.begin(), open_.end(), [&](uint32_t i) { return out_.words[i].type == Lexer::OPEN_BRACE; });
    closeDownTo(0);
    return std::move(out_);
  }
  bool braceLeftOpen() const { return braceLeftOpen_; }

private:
  using Word = Paired::Word;
  Word &top() { return out_.words[open_.back()]; }
  std::string spelled(const Lexeme &word) const { return std::string(text_.substr(word.begin, word.end - word.begin)); }
  SourceRange range(const Lexeme &word) const { return {file_, word.begin, word.end}; }

  uint32_t push(const Lexeme &word) {
    Word added;
    static_cast<Lexeme &>(added) = word;
    added.broken = word.type == Lexer::STRAY;
    out_.words.push_back(added);
    return static_cast<uint32_t>(out_.words.size() - 1);
  }
  void link(uint32_t closer) {
    top().partner = closer;
    out_.words[closer].partner = open_.back();
    open_.pop_back();
    indentations_.pop_back();
  }

  bool firstOfLine(size_t i) const { return i == 0 || in_[i - 1].type == Lexer::LINE_END; }
  bool atMargin(size_t i) const { return in_[i].begin == 0 || text_[in_[i].begin - 1] == '\n'; }
  bool beginsDeclaration(size_t i) const {
    if (!atMargin(i) || i + 1 >= in_.size()) return false;
    size_t next = in_[i + 1].type;
    if (in_[i].type == Lexer::FN) return next == Lexer::NAME;
    if (in_[i].type != Lexer::NAME) return false;
    std::string word = spelled(in_[i]);
    return std::find(kDeclarations.begin(), kDeclarations.end(), word) != kDeclarations.end() &&
           (next == Lexer::NAME || (word == "train" && next == Lexer::OPEN_BRACE));
  }
  /// A line that cannot stand between parentheses: they hold no `=` and `<-` except in parameter lists.
  bool beginsStatement(size_t i) const {
    if (!firstOfLine(i)) return false;
    switch (in_[i].type) {
    case Lexer::FN:
    case Lexer::PARAM:
    case Lexer::STATE:
    case Lexer::YIELD:
    case Lexer::MINIMIZE: return true;
    case Lexer::NAME: {
      if (i + 1 >= in_.size()) return false;
      if (in_[i + 1].type == Lexer::UPDATE) return true;
      return in_[i + 1].type == Lexer::ASSIGN && !inParameterList();
    }
    default: return beginsDeclaration(i);
    }
  }
  /// Whether the innermost parenthesis may be a parameter list (`name(`, `)(`), where `=` gives defaults.
  bool inParameterList() const {
    uint32_t at = open_.back();
    if (out_.words[at].type != Lexer::OPEN_PAREN) return false;
    return std::any_of(out_.words.begin() + at, out_.words.end(),
                       [](const Word &w) { return w.type == Lexer::ASSIGN; }) ||
           (at >= 2 && (out_.words[at - 2].type == Lexer::FN || isDeclarationWord(out_.words[at - 2]))) ||
           (at >= 1 && (out_.words[at - 1].type == Lexer::CLOSE_PAREN || isDeclarationWord(out_.words[at - 1])));
  }
  bool isDeclarationWord(const Lexeme &word) const {
    return word.type == Lexer::NAME &&
           std::find(kDeclarations.begin(), kDeclarations.end(), spelled(word)) != kDeclarations.end();
  }

  void closeParentheses() {
    size_t level = open_.size();
    while (level > 0 && out_.words[open_[level - 1]].type != Lexer::OPEN_BRACE) --level;
    closeDownTo(level);
    endLine();
  }
  /// Looking ahead into what nests without end would take long, too: all of it is left out.
  void tooDeep(const Lexeme &word) {
    for (uint32_t opener : open_) {
      if (out_.words[opener].broken) return; // reported
      out_.words[opener].broken = true;
    }
    diagnostics_.report(range(word), Diag::NestedTooDeep).help("name a part of it and use the name");
  }
  /// What comes next begins a statement of its own, after closers that were added.
  void endLine() {
    uint32_t at = out_.words.back().end;
    push({Lexer::LINE_END, at, at});
  }
  /// Adds the missing closers of all brackets above `level`, innermost first.
  void closeDownTo(size_t level) {
    for (size_t added = 0; open_.size() > level; ++added) {
      const Word opener = top();
      if (added < kMostAtOnce && diagnostics_.errorCount() - before_ < kMostErrors) reportUnclosed(opener);
      uint32_t at = out_.words.back().end;
      uint32_t closer = push({closerOf(opener.type), at, at});
      out_.words[closer].broken = opener.type != Lexer::OPEN_BRACE;
      link(closer);
    }
  }
  void reportUnclosed(const Word &opener) {
    Lexeme blamed = opener;
    if (opener.type == Lexer::OPEN_BRACE && suspect_ && suspect_->begin > opener.begin) blamed = *suspect_;
    suspect_.reset();
    const uint32_t line = diagnostics_.sources().start(range(blamed)).line;
    for (const Diagnostic &d : diagnostics_.all()) // what closes it stands in the text
      if (d.kind == Diag::UnterminatedText && d.where.file == file_ && diagnostics_.sources().start(d.where).line == line) return;
    diagnostics_.report(range(blamed), Diag::UnclosedBracket, {spelled(blamed)})
        .help(blamed.type == Lexer::OPEN_BRACE     ? "add `}` where the block ends"
              : blamed.type == Lexer::OPEN_BRACKET ? "add `]` where the list ends"
                                                   : "add `)` where the list ends");
  }

  /// `x[0))`: closers of one kind follow each other, more than there are openers of it in the block, while another one is open: a wrong
  /// closer explains it better than a missing and a surplus one.
  bool tooMany(const Lexeme &word, size_t level) const {
    if (level == open_.size() || word.type == Lexer::CLOSE_BRACE) return false;
    size_t openers = 0, closers = 0;
    for (size_t k = open_.size(); k-- > 0 && out_.words[open_[k]].type != Lexer::OPEN_BRACE;)
      openers += closerOf(out_.words[open_[k]].type) == word.type;
    for (size_t i = static_cast<size_t>(&word - in_.data()); i < in_.size() && in_[i].type == word.type; ++i) ++closers;
    return closers > openers;
  }

  void close(const Lexeme &word) {
    size_t level = open_.size();
    while (level > 0 && closerOf(out_.words[open_[level - 1]].type) != word.type) {
      // A parenthesis never reaches out of its block.
      if (out_.words[open_[level - 1]].type == Lexer::OPEN_BRACE) level = 1;
      --level;
    }
    if (level == 0 || tooMany(word, level)) {
      if (!open_.empty() && top().type != Lexer::OPEN_BRACE && word.type != Lexer::CLOSE_BRACE) {
        if (diagnostics_.errorCount() - before_ < kMostErrors)
          diagnostics_.report(range(word), Diag::MismatchedCloser, {spelled(word), spelled(top())})
              .note(range(top()), "opened here");
        size_t type = closerOf(top().type);
        uint32_t closer = push({type, word.begin, word.end});
        out_.words[closer].broken = true;
        link(closer);
        return;
      }
      if (diagnostics_.errorCount() - before_ < kMostErrors)
        diagnostics_.report(range(word), Diag::StrayCloser, {spelled(word)}).help("leave it out, or add the bracket that it closes");
      if (word.type != Lexer::CLOSE_BRACE) push({Lexer::STRAY, word.begin, word.end});
      return;
    }
    closeDownTo(level);
    noteSuspect(word);
    link(push(word));
  }
  /// A `}` further left than the line of its `{`: that `{` may be the one left open.
  void noteSuspect(const Lexeme &closer) {
    if (closer.type != Lexer::CLOSE_BRACE || suspect_ || !atLineStart_) return;
    if (indentation_ < indentations_.back()) suspect_ = top();
  }

  uint32_t file_;
  const std::vector<Lexeme> &in_;
  Diagnostics &diagnostics_;
  std::string_view text_;
  size_t before_; ///< errors of other files
  Paired out_;
  std::vector<uint32_t> open_;         ///< indices of the brackets not closed yet
  std::vector<uint32_t> indentations_; ///< of the lines they stand in
  uint32_t lineStart_ = 0, indentation_ = 0;
  bool atLineStart_ = false; ///< the word looked at is the first of its line
  std::optional<Lexeme> suspect_;
  bool braceLeftOpen_ = false;
};

} // namespace

Paired pairBrackets(uint32_t file, const std::vector<Lexeme> &words, Diagnostics &diagnostics) {
  size_t before = diagnostics.all().size();
  Pairing plain(file, words, diagnostics);
  Paired result = plain.run(false);
  if (!plain.braceLeftOpen()) return result;
  diagnostics.truncate(before);
  return Pairing(file, words, diagnostics).run(true);
}

} // namespace dl::frontend

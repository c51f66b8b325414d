#include "frontend/parse/format.h"
#include "DlParser.h"
#include "frontend/parse/layout.h"
#include "frontend/parse/parse.h"
#include <algorithm>

namespace dl::frontend {
namespace {

using Parser = grammar::DlParser;

constexpr size_t kIndentation = 2;
constexpr size_t kCommentColumn = 49; ///< of comments behind code, unless the code is longer

bool opens(size_t type) {
  return type == Parser::OPEN_PAREN || type == Parser::LAMBDA_OPEN || type == Parser::PATTERN_OPEN || type == Parser::OPEN_BRACKET ||
         type == Parser::OPEN_BRACE;
}
bool closes(size_t type) { return type == Parser::CLOSE_PAREN || type == Parser::CLOSE_BRACKET || type == Parser::CLOSE_BRACE; }

struct Line {
  std::string code, comment;
  size_t indentation = 0;
  bool emptyBefore = false;
  size_t writtenColumn = 0; ///< of the comment
  bool goesOn = false;      ///< a comment of its own line, under and aligned with one behind code
};

class Formatter {
public:
  Formatter(const Laid &laid, std::string_view text) : laid_(laid), text_(text) {}

  std::string run() {
    for (const Statement &s : laid_.statements) starts_.push_back(s.first);
    std::sort(starts_.begin(), starts_.end());
    pair();
    uint32_t end = text_.starts_with("\xef\xbb\xbf") ? 3 : 0; // a byte order mark is dropped
    for (uint32_t i = 0; i < laid_.tokens.size(); ++i) {
      const SourceToken &token = laid_.tokens[i];
      if (token.type == Parser::NL) continue;
      between(end, token.begin, i);
      put(i);
      end = token.end;
    }
    between(end, static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(laid_.tokens.size()));
    finishLine();
    return write();
  }

private:
  struct Open {
    size_t type, indentation; ///< of the line it stands in
    bool reduces;             ///< the indices of a reducer
    bool closesAlone;         ///< its partner is the first of a line
  };

  bool beginsLine(uint32_t token) const {
    uint32_t before = token == 0 ? 0 : laid_.tokens[token - 1].end;
    return text_.substr(before, laid_.tokens[token].begin - before).find('\n') != std::string_view::npos;
  }
  void pair() {
    std::vector<uint32_t> open;
    closesAlone_.resize(laid_.tokens.size());
    for (uint32_t i = 0; i < laid_.tokens.size(); ++i) {
      if (opens(laid_.tokens[i].type)) open.push_back(i);
      if (!closes(laid_.tokens[i].type) || open.empty()) continue;
      closesAlone_[open.back()] = beginsLine(i);
      open.pop_back();
    }
  }
  bool beginsStatement(uint32_t token) const { return std::binary_search(starts_.begin(), starts_.end(), token); }

  /// Line ends, `;` and comments before token `next`.
  void between(uint32_t begin, uint32_t end, uint32_t next) {
    int lineEnds = 0;
    for (uint32_t at = begin; at < end; ++at) {
      char c = text_[at];
      if (c == '\n') {
        ++lineEnds;
        if (!line_.code.empty() || !line_.comment.empty()) finishLine();
        line_.emptyBefore |= lineEnds > 1 && !lines_.empty();
      } else if (c == ';') {
        separator_ = true;
      } else if (c == '#') {
        uint32_t last = std::min(static_cast<uint32_t>(text_.find_first_of("\r\n", at)), end);
        comment(at, last, next);
        at = last - 1;
        lineEnds = 0;
      }
    }
  }

  void comment(uint32_t begin, uint32_t end, uint32_t next) {
    std::string shown(text_.substr(begin, end - begin));
    shown.erase(shown.find_last_not_of(" \t\f") + 1);
    size_t hashes = shown.find_first_not_of('#');
    if (hashes != std::string::npos && hashes <= 2 && std::isalnum(static_cast<unsigned char>(shown[hashes]))) shown.insert(hashes, " ");
    line_.comment = shown;
    size_t start = text_.rfind('\n', begin) + 1; // npos + 1 is 0
    line_.writtenColumn = begin - start;
    if (!line_.code.empty()) return;
    const Line *above = lines_.empty() || line_.emptyBefore ? nullptr : &lines_.back();
    line_.goesOn = above && !above->comment.empty() && (!above->code.empty() || above->goesOn) && above->writtenColumn == line_.writtenColumn;
    bool closing = next < laid_.tokens.size() && closes(laid_.tokens[next].type);
    line_.indentation = base() + (inStatements() && !closing && next < laid_.tokens.size() && !beginsStatement(next) ? kIndentation : 0);
  }

  bool inStatements() const { return open_.empty() || open_.back().type == Parser::OPEN_BRACE; }
  size_t base() const {
    if (open_.empty()) return 0;
    bool hangs = open_.back().type != Parser::OPEN_BRACE && !open_.back().closesAlone;
    return open_.back().indentation + (hangs ? 2 : 1) * kIndentation;
  }

  /// The indentation of a line that begins with token i.
  size_t indentationAt(uint32_t i) const {
    size_t depth = open_.size();
    uint32_t token = i;
    auto onThisLine = [&] { return token == i || !beginsLine(token); };
    while (token < laid_.tokens.size() && closes(laid_.tokens[token].type) && depth > 0 && onThisLine()) --depth, ++token;
    if (token > i) return open_[depth].indentation;
    size_t type = laid_.tokens[i].type;
    bool goesOn = inStatements() && !beginsStatement(i) && type != Parser::ELSE && type != Parser::GRADIENT;
    return base() + (goesOn ? kIndentation : 0);
  }

  void put(uint32_t i) {
    const SourceToken &token = laid_.tokens[i];
    if (line_.code.empty()) line_.indentation = anchor_ = indentationAt(i);
    if (line_.code.empty()) separator_ = false;
    if (separator_) line_.code += "; ";
    else if (!line_.code.empty() && spaceBefore(token.type)) line_.code += " ";
    separator_ = false;
    line_.code += text_.substr(token.begin, token.end - token.begin);
    unary_ = token.type == Parser::MINUS && (beginsStatement(i) || !previousIsOperand());
    afterIndices_ = false;
    if (opens(token.type)) open_.push_back({token.type, anchor_, previous_ == Parser::REDUCE, closesAlone_[i]});
    if (closes(token.type) && !open_.empty()) {
      afterIndices_ = open_.back().reduces, anchor_ = open_.back().indentation;
      open_.pop_back();
    }
    previous_ = token.type;
  }

  bool previousIsOperand() const { return endsOperand(previous_) && !(previous_ == Parser::CLOSE_BRACKET && afterIndices_); }

  bool spaceBefore(size_t type) const {
    bool inBrackets = !open_.empty() && open_.back().type == Parser::OPEN_BRACKET;
    if (type == Parser::COLON) return inBrackets && previous_ == Parser::COMMA; // x[i, :]
    if (type == Parser::COMMA || type == Parser::DOT || type == Parser::RANGE) return false;
    if (type == Parser::CLOSE_PAREN || type == Parser::CLOSE_BRACKET) return false;
    if (previous_ == Parser::DOT || previous_ == Parser::RANGE) return false;
    if (opens(previous_)) return previous_ == Parser::OPEN_BRACE;
    if (previous_ == Parser::COLON) return !inBrackets; // x[i:j], but f(axis: 1)
    if (previous_ == Parser::MINUS && unary_) return false;
    if (type == Parser::OPEN_BRACE || !opens(type)) return true;
    return !previousIsOperand() && previous_ != Parser::REDUCE && previous_ != Parser::GRADIENT && previous_ != Parser::TRAIN;
  }

  void finishLine() {
    if (line_.code.empty() && line_.comment.empty()) return;
    if (!line_.code.empty()) {
      bool closing = closes(firstOf(line_.code)), opened = !lines_.empty() && lines_.back().comment.empty() && lines_.back().code.ends_with('{');
      if (closing || opened) line_.emptyBefore = false;
    }
    separator_ = false;
    lines_.push_back(std::move(line_));
    line_ = Line();
  }
  static size_t firstOf(const std::string &code) {
    return code[0] == ')' ? Parser::CLOSE_PAREN : code[0] == ']' ? Parser::CLOSE_BRACKET : code[0] == '}' ? Parser::CLOSE_BRACE : size_t{Parser::NL};
  }

  std::string write() const {
    std::string out;
    size_t column = 0;
    for (const Line &l : lines_) {
      std::string text = l.goesOn ? "" : std::string(l.indentation, ' ') + l.code;
      if (!l.goesOn) column = l.code.empty() ? 0 : std::max(kCommentColumn, width(text) + 2);
      if (!l.comment.empty() && column > width(text)) text += std::string(column - width(text), ' ');
      out += (l.emptyBefore ? "\n" : "") + text + l.comment + "\n";
    }
    return out;
  }
  static size_t width(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }

  const Laid &laid_;
  std::string_view text_;
  std::vector<uint32_t> starts_;  ///< tokens that begin statements
  std::vector<bool> closesAlone_; ///< of opening brackets
  std::vector<Open> open_;
  std::vector<Line> lines_;
  Line line_;
  size_t previous_ = Parser::NL;
  size_t anchor_ = 0;         ///< what is opened here is indented from: the line that began with what was closed last
  bool separator_ = false;    ///< a `;` since the last token
  bool unary_ = false;        ///< the last token is a sign
  bool afterIndices_ = false; ///< the last token closes the indices of a reducer
};

} // namespace

std::optional<std::string> formatSource(uint32_t file, const SourceManager &sources, Diagnostics &diagnostics) {
  size_t before = diagnostics.errorCount();
  parseProgram(file, sources, diagnostics);
  if (diagnostics.errorCount() > before) return std::nullopt;
  std::string_view text = sources.text(file);
  Lexed lexed = lex(file, 0, static_cast<uint32_t>(text.size()), diagnostics);
  Laid laid = layOut(pairBrackets(file, lexed.words, diagnostics).words, text);
  return Formatter(laid, text).run();
}

} // namespace dl::frontend

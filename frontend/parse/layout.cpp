#include "frontend/parse/layout.h"
#include "DlParser.h"
#include <array>

namespace dl::frontend {
using Parser = grammar::DlParser;

bool endsOperand(size_t type) {
  switch (type) {
  case Parser::NAME:
  case Parser::NUMBER:
  case Parser::STRING:
  case Parser::UNTERMINATED:
  case Parser::CLOSE_PAREN:
  case Parser::CLOSE_BRACKET:
  case Parser::CLOSE_BRACE:
  case Parser::ELLIPSIS:
  case Parser::TRUE:
  case Parser::FALSE:
  case Parser::NONE:
  case Parser::TRAINING:
  case Parser::REDUCER: return true;
  default: return false;
  }
}

namespace {


struct Keyword {
  std::string_view word;
  size_t type;
};
constexpr std::array<Keyword, 7> kDeclarations = {{{"import", Parser::IMPORT},
                                                   {"option", Parser::OPTION},
                                                   {"data", Parser::DATA},
                                                   {"model", Parser::MODEL},
                                                   {"train", Parser::TRAIN},
                                                   {"program", Parser::PROGRAM},
                                                   {"test", Parser::TEST}}};
constexpr std::array<Keyword, 5> kClauses = {{{"epochs", Parser::EPOCHS},
                                              {"steps", Parser::STEPS},
                                              {"step", Parser::STEP},
                                              {"every", Parser::EVERY},
                                              {"keep", Parser::KEEP}}};

enum class Frame : uint8_t { File, Block, TrainBlock, Parens, ReduceIndex };

/// Reserved words that can begin or be an operand or a (wrong) name.
bool wordLike(size_t type) {
  return type == Parser::NAME ||
         (type >= Parser::FN && type <= Parser::REDUCER && type != Parser::IN && type != Parser::AND &&
          type != Parser::OR && type != Parser::WITH && type != Parser::OVER && type != Parser::ELSE);
}
class Layout {
public:
  Layout(const std::vector<Paired::Word> &words, std::string_view text) : words_(words), text_(text) {
    frames_.push_back({Frame::File, Statement::kNone, Statement::kNone});
  }

  Laid run() {
    for (uint32_t i = 0; i < words_.size(); ++i) {
      const Paired::Word &word = words_[i];
      if (word.type == Lexer::LINE_END) {
        lineEnd(word);
        continue;
      }
      settleLineEnd(i);
      emit(i);
    }
    pendingEnd_ = false;
    if (frames_.back().statement != Statement::kNone) endStatement();
    return std::move(out_);
  }

private:
  struct Open {
    Frame kind;
    uint32_t statement; ///< of a block: the one being written
    uint32_t around;    ///< the statement it stands in
  };

  bool inBlock() const { return frames_.back().kind <= Frame::TrainBlock; }
  std::string_view spelled(const Lexeme &word) const { return text_.substr(word.begin, word.end - word.begin); }
  size_t previousType() const { return out_.tokens.empty() ? Parser::NL : out_.tokens.back().type; }
  size_t nextType(uint32_t i) const { return i + 1 < words_.size() ? words_[i + 1].type : size_t{Parser::LINE_END}; }
  const Statement &statement(uint32_t id) const { return out_.statements[id]; }
  /// The type of the first token of the statement being written in this block.
  size_t headType() const {
    uint32_t id = frames_.back().statement;
    return id == Statement::kNone ? size_t{Parser::NL} : out_.tokens[statement(id).first].type;
  }

  void lineEnd(const Lexeme &word) {
    bool semicolon = word.end > word.begin && text_[word.begin] == ';';
    if (!inBlock()) {
      if (semicolon) put(Parser::NL, word.begin, word.end, false); // a syntax error there
      return;
    }
    if (frames_.back().statement == Statement::kNone) return;
    if (semicolon) {
      separator_ = word;
      pendingEnd_ = pendingHard_ = true;
    } else if (!pendingEnd_ && !continuesLine(previousType())) {
      separator_ = word;
      pendingEnd_ = true, pendingHard_ = false;
    }
  }
  /// Before a word: is the line end seen last the end of a statement?
  void settleLineEnd(uint32_t i) {
    if (!pendingEnd_) return;
    pendingEnd_ = false;
    size_t next = words_[i].type;
    if (next == Lexer::CLOSE_BRACE) return; // the brace ends it
    if (!pendingHard_ && (next == Lexer::PIPE || next == Lexer::OVER || next == Lexer::WITH || next == Lexer::ELSE || isGradient(i)))
      return;
    endStatement();
    put(Parser::NL, separator_.begin, separator_.end, false);
  }
  void endStatement() {
    uint32_t &id = frames_.back().statement;
    out_.statements[id].last = static_cast<uint32_t>(out_.tokens.size());
    id = Statement::kNone;
  }

  /// The word `gradient` behind the body of a `fn`, before `(...) {`.
  bool isGradient(uint32_t i) const {
    if (words_[i].type != Lexer::NAME || spelled(words_[i]) != "gradient" || nextType(i) != Lexer::OPEN_PAREN) return false;
    uint32_t partner = words_[i + 1].partner;
    return inBlock() && headType() == Parser::FN && previousType() == Parser::CLOSE_BRACE && partner != Paired::kNone &&
           nextType(partner) == Lexer::OPEN_BRACE;
  }

  /// The innermost statement being written.
  uint32_t currentStatement() const {
    const Open &innermost = frames_.back();
    return innermost.statement != Statement::kNone ? innermost.statement : innermost.around;
  }
  void open(Frame kind) { frames_.push_back({kind, Statement::kNone, currentStatement()}); }
  void put(size_t type, uint32_t begin, uint32_t end, bool broken) {
    out_.tokens.emplace_back(type, begin, end);
    uint32_t id = currentStatement();
    out_.owner.push_back(id);
    if (broken && id != Statement::kNone) out_.statements[id].broken = true;
  }

  void emit(uint32_t i) {
    const Paired::Word &word = words_[i];
    if (word.type == Lexer::CLOSE_BRACE && frames_.size() > 1) {
      if (frames_.back().statement != Statement::kNone) endStatement();
      frames_.pop_back();
    }
    bool begins = inBlock() && frames_.back().statement == Statement::kNone;
    if (begins) beginStatement();
    put(typeOf(i, begins), word.begin, word.end, word.broken);
    switch (word.type) {
    case Lexer::OPEN_PAREN: open(Frame::Parens); break;
    case Lexer::OPEN_BRACKET: {
      bool reduce = out_.tokens.size() > 1 && out_.tokens[out_.tokens.size() - 2].type == Parser::REDUCE;
      open(reduce ? Frame::ReduceIndex : Frame::Parens);
      break;
    }
    case Lexer::OPEN_BRACE: {
      bool train = frames_.size() == 1 && headType() == Parser::TRAIN;
      open(train ? Frame::TrainBlock : Frame::Block);
      break;
    }
    case Lexer::CLOSE_PAREN:
    case Lexer::CLOSE_BRACKET:
      if (frames_.size() > 1) frames_.pop_back();
      break;
    default: break;
    }
  }
  void beginStatement() {
    Statement added;
    added.first = static_cast<uint32_t>(out_.tokens.size());
    added.parent = frames_.back().around;
    frames_.back().statement = static_cast<uint32_t>(out_.statements.size());
    out_.statements.push_back(added);
  }

  /// The parser's type of a word in its place.
  size_t typeOf(uint32_t i, bool begins) const {
    const Paired::Word &word = words_[i];
    switch (word.type) {
    case Lexer::UNTERMINATED: return Parser::STRING;
    case Lexer::REDUCER: return nextType(i) == Lexer::OPEN_BRACKET ? size_t{Parser::REDUCE} : size_t{Parser::REDUCER};
    case Lexer::OPEN_PAREN: return typeOfParenthesis(i, begins);
    case Lexer::NAME: return typeOfName(i, begins);
    default: return word.type; // lexer and parser share their numbers
    }
  }
  size_t typeOfParenthesis(uint32_t i, bool begins) const {
    uint32_t partner = words_[i].partner;
    size_t after = partner == Paired::kNone ? size_t{Lexer::LINE_END} : nextType(partner);
    if (begins && (after == Lexer::ASSIGN || after == Lexer::TILDE)) return Parser::PATTERN_OPEN;
    if (previousType() == Parser::REPEAT && after == Lexer::IN) return Parser::PATTERN_OPEN;
    bool header = !begins && (endsOperand(previousType()) || previousType() == Parser::TRAIN);
    return after == Lexer::ARROW && !header ? size_t{Parser::LAMBDA_OPEN} : size_t{Parser::OPEN_PAREN};
  }
  size_t typeOfName(uint32_t i, bool begins) const {
    std::string_view name = spelled(words_[i]);
    size_t next = nextType(i);
    Frame frame = frames_.back().kind;
    if (!begins && isGradient(i)) return Parser::GRADIENT;
    if (begins && frame == Frame::File) {
      for (const Keyword &k : kDeclarations)
        if (k.word == name &&
            (wordLike(next) || (k.type == Parser::TRAIN && (next == Lexer::OPEN_BRACE || next == Lexer::OPEN_PAREN))))
          return k.type;
      return Parser::NAME;
    }
    if (begins && frame == Frame::TrainBlock) {
      for (const Keyword &k : kClauses)
        if (k.word == name && (wordLike(next) || next == Lexer::NUMBER || next == Lexer::OPEN_PAREN ||
                               (k.type == Parser::STEP && next == Lexer::OPEN_BRACE) ||
                               ((k.type == Parser::EPOCHS || k.type == Parser::STEPS) && next == Lexer::MINUS)))
          return k.type;
      return Parser::NAME;
    }
    if (name == "where" && endsOperand(previousType()) &&
        (frame == Frame::ReduceIndex || (frame == Frame::File && headType() == Parser::DATA)))
      return Parser::WHERE;
    if (frame == Frame::TrainBlock) return typeInClause(name, next);
    return Parser::NAME;
  }
  size_t typeInClause(std::string_view name, size_t next) const {
    if (headType() == Parser::EVERY && next == Lexer::OPEN_BRACE) {
      if (name == "epoch" && previousType() == Parser::EVERY) return Parser::EPOCH;
      if (previousType() == Parser::EVERY) return Parser::NAME;
      if (name == "epochs") return Parser::EPOCHS;
      if (name == "steps") return Parser::STEPS;
    }
    if (headType() == Parser::KEEP) {
      if (previousType() == Parser::KEEP && name == "highest") return Parser::HIGHEST;
      if (previousType() == Parser::KEEP && name == "lowest") return Parser::LOWEST;
      if (previousType() == Parser::COMMA && name == "patience") return Parser::PATIENCE;
    }
    return Parser::NAME;
  }

  const std::vector<Paired::Word> &words_;
  std::string_view text_;
  Laid out_;
  std::vector<Open> frames_;
  bool pendingEnd_ = false;  ///< a line end waits for the word behind it
  bool pendingHard_ = false; ///< ... and is a `;`
  Lexeme separator_{};
};

} // namespace

Laid layOut(const std::vector<Paired::Word> &words, std::string_view text) { return Layout(words, text).run(); }

bool continuesLine(size_t type) {
  switch (type) {
  case Parser::PIPE:
  case Parser::ARROW:
  case Parser::UPDATE:
  case Parser::ASSIGN:
  case Parser::TILDE:
  case Parser::COMMA:
  case Parser::RANGE:
  case Parser::POWER:
  case Parser::STAR:
  case Parser::SLASH:
  case Parser::FLOOR_DIVIDE:
  case Parser::PERCENT:
  case Parser::AT:
  case Parser::PLUS:
  case Parser::MINUS:
  case Parser::EQUAL:
  case Parser::NOT_EQUAL:
  case Parser::LESS:
  case Parser::LESS_EQUAL:
  case Parser::GREATER:
  case Parser::GREATER_EQUAL:
  case Parser::AND:
  case Parser::OR:
  case Parser::NOT:
  case Parser::IN:
  case Parser::OVER:
  case Parser::WITH: return true;
  default: return false;
  }
}

} // namespace dl::frontend

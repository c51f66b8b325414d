#include "frontend/parse/syntax_error.h"
#include "frontend/parse/layout.h"
#include <algorithm>
#include <array>

namespace dl::frontend {
namespace {

struct Advice {
  std::string_view word, text;
};
/// Words of other languages at the beginning of a statement.
constexpr std::array kForeign = std::to_array<Advice>({
    {"return", "a block's value is its last expression: write just the expression"},
    {"let", "a binding is just `name = value`"},
    {"var", "a binding is just `name = value`"},
    {"const", "a binding is just `name = value`"},
    {"val", "a binding is just `name = value`"},
    {"auto", "a binding is just `name = value`"},
    {"def", "a function is declared with `fn`"},
    {"func", "a function is declared with `fn`"},
    {"function", "a function is declared with `fn`"},
    {"class", "there are no classes; networks are declared with `model`"},
    {"struct", "there are no structs; a record is written `(mu: a, sigma: b)`"},
    {"elif", "write `else if`"},
    {"elseif", "write `else if`"},
    {"lambda", "a function value is written `x -> e`"},
    {"print", "a call has parentheses: `print(x)`"},
    {"assert", "a call has parentheses: `assert(x == y)`"},
    {"from", "write `import name`; what it declares is then `name.thing`"},
    {"fun", "a function is declared with `fn`"},
    {"void", "a function is declared with `fn`: `fn f(x: f32) { ... }`"},
    {"int", "a type stands behind the name: `x: int = 3`"},
    {"float", "a type stands behind the name: `x: f32 = 3`"},
    {"double", "a type stands behind the name: `x: f64 = 3`"},
    {"bool", "a type stands behind the name: `x: bool = true`"},
    {"f32", "a type stands behind the name: `x: f32 = 3`"},
});
constexpr std::array<std::string_view, 7> kDeclarations = {"import", "option",  "data", "model",
                                                           "train",  "program", "test"};
const std::vector<std::string> kFileWords = {"import", "option", "data", "model", "train", "program", "test", "fn"};
const std::vector<std::string> kBodyWords = {"param", "state", "yield", "minimize", "if", "for", "while", "repeat", "checkpoint"};
const std::vector<std::string> kClauseWords = {"epochs", "steps", "step", "every", "keep"};
/// Keywords behind the beginning of a statement.
constexpr std::array kInside = std::to_array<std::pair<size_t, std::string_view>>(
    {{Parser::ELSE, "else"}, {Parser::OVER, "over"}, {Parser::WITH, "with"}, {Parser::HIGHEST, "highest"}, {Parser::LOWEST, "lowest"},
     {Parser::EPOCH, "epoch"}, {Parser::EPOCHS, "epochs"}, {Parser::STEPS, "steps"}, {Parser::PATIENCE, "patience"}});

bool reserved(size_t type) { return type >= Parser::FN && type <= Parser::REDUCER; }
bool anyOperator(size_t type) { return continuesLine(type) && type != Parser::COMMA && !reserved(type); }

class Explanation {
public:
  Explanation(uint32_t file, const std::vector<SourceToken> &tokens, const SyntaxError &error, Diagnostics &diagnostics)
      : file_(file), tokens_(tokens), error_(error), diagnostics_(diagnostics),
        text_(diagnostics.sources().text(file)) {}

  void report() {
    size_t here = type(0), before = type(-1), next = type(1);
    if (error_.tooDeep) {
      diagnostics_.report(range(), Diag::NestedTooDeep).help("name a part of it and use the name");
      return;
    }
    // A reserved word that was meant as a name: before `=`, or where only a name can stand.
    bool listed = (before == Parser::COMMA || before == Parser::OPEN_PAREN) &&
                  (next == Parser::COMMA || next == Parser::CLOSE_PAREN);
    bool parameter = (before == Parser::COMMA || before == Parser::OPEN_PAREN) && next == Parser::COLON;
    if (reserved(here) && (here != Parser::IN || parameter) && (wantsOnlyName() || assigns(next) || listed)) return reservedWord(0);
    if (assigns(here) && reserved(before)) return reservedWord(-1);
    if (before == Parser::PIPE) {
      diagnostics_.report(range(), Diag::PipeTarget, {})
          .help("`x |> f` is `f(x)`, `x |> f(2)` is `f(2)(x)` or a call with x first");
      return;
    }
    if (misspelt()) return;
    Diagnostic &d = diagnostics_.report(range(), Diag::ExpectedHere, {expected(), found()});
    advise(d, here, before, next);
  }

private:
  const SourceToken *at(ptrdiff_t offset) const {
    auto where = static_cast<ptrdiff_t>(error_.index) + offset;
    return where >= 0 && where < static_cast<ptrdiff_t>(tokens_.size()) ? &tokens_[static_cast<size_t>(where)]
                                                                        : nullptr;
  }
  size_t type(ptrdiff_t offset) const { return at(offset) ? at(offset)->type : antlr4::Token::EOF; }
  std::string_view spelled(ptrdiff_t offset) const {
    const SourceToken *t = at(offset);
    return t ? text_.substr(t->begin, t->end - t->begin) : std::string_view();
  }
  SourceRange range(ptrdiff_t offset = 0) const {
    if (const SourceToken *t = at(offset)) return {file_, t->begin, t->end};
    uint32_t end = tokens_.empty() ? 0 : tokens_.back().end;
    return {file_, end, end};
  }
  static bool assigns(size_t t) {
    return t == Parser::ASSIGN || t == Parser::TILDE || t == Parser::UPDATE || t == Parser::COLON;
  }
  bool accepts(size_t t) const { return error_.expected.contains(t); }
  bool wantsOnlyName() const { return accepts(Parser::NAME) && !accepts(Parser::NUMBER); }

  void reservedWord(ptrdiff_t offset) {
    std::string word(spelled(offset));
    Diagnostic &d = diagnostics_.report(range(offset), Diag::ReservedWord, {word});
    if (spelled(offset - 1) == ".") d.help("tensors have no methods: write `" + word + "(x)`");
    else d.help("choose another name, such as `" + word + "_1`");
  }

  std::string found() const {
    const SourceToken *t = at(0);
    if (!t) return error_.embedded ? "the end of the value" : "the end of the line";
    switch (t->type) {
    case Parser::NL: return text_.substr(t->begin, t->end - t->begin) == ";" ? "`;`" : "the end of the line";
    case Parser::STRING: return "a text";
    case Parser::BAD_STATEMENT: return "a statement";
    default: return "`" + std::string(spelled(0)) + "`";
    }
  }
  std::string nameOf(size_t t) const {
    switch (t) {
    case Parser::NAME: return "a name";
    case Parser::STRING: return "a text";
    case Parser::IN: return "`in`";
    case Parser::OVER: return "`over`";
    case Parser::WITH: return "`with`";
    case Parser::EPOCH: return "`epoch`";
    case Parser::EPOCHS: return "`epochs`";
    case Parser::STEPS: return "`steps`";
    case Parser::HIGHEST: return "`highest`";
    case Parser::LOWEST: return "`lowest`";
    case Parser::PATIENCE: return "`patience`";
    case Parser::OPEN_PAREN: return "`(`";
    case Parser::CLOSE_PAREN: return "`)`";
    case Parser::OPEN_BRACKET: return "`[`";
    case Parser::CLOSE_BRACKET: return "`]`";
    case Parser::OPEN_BRACE: return "`{`";
    case Parser::CLOSE_BRACE: // a block goes on with its next statement or ends
    case antlr4::Token::EOF: return error_.embedded ? "the end of the value" : "the end of the statement";
    case Parser::COMMA: return "`,`";
    case Parser::COLON: return "`:`";
    case Parser::ASSIGN: return "`=`";
    case Parser::TILDE: return "`~`";
    case Parser::UPDATE: return "`<-`";
    case Parser::ARROW: return "`->`";
    case Parser::ELLIPSIS: return "`...`";
    default: return {};
    }
  }
  /// In words.
  std::string expected() const {
    if (accepts(Parser::NUMBER) && accepts(Parser::IF)) return accepts(Parser::YIELD) ? "a statement" : "an expression";
    std::vector<std::string> list;
    bool afterOperand = accepts(Parser::PLUS); // an operator may always follow: not worth saying
    for (ssize_t accepted : error_.expected.toList()) {
      auto t = static_cast<size_t>(accepted);
      if (afterOperand && (t == Parser::OPEN_PAREN || t == Parser::OPEN_BRACKET || t == Parser::ARROW)) continue;
      if (t == Parser::LAMBDA_OPEN || t == Parser::PATTERN_OPEN) continue;
      std::string name = nameOf(t);
      if (!name.empty() && std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
    }
    if (list.empty()) return "something else";
    if (beginsStatement(0) && list == std::vector<std::string>{nameOf(Parser::CLOSE_BRACE)}) return "a statement";
    std::string out = list[0];
    for (size_t i = 1; i < list.size(); ++i) out += (i + 1 == list.size() ? " or " : ", ") + list[i];
    return out;
  }

  bool firstOfLine(ptrdiff_t offset) const {
    const SourceToken *t = at(offset);
    if (!t) return false;
    uint32_t i = t->begin;
    while (i > 0 && (text_[i - 1] == ' ' || text_[i - 1] == '\t')) --i;
    return i == 0 || text_[i - 1] == '\n';
  }
  bool adjacent() const { return at(-1) && at(0) && at(-1)->end == at(0)->begin; }
  bool beginsStatement(ptrdiff_t offset) const {
    size_t before = type(offset - 1);
    return before == antlr4::Token::EOF || before == Parser::NL || before == Parser::OPEN_BRACE;
  }

  /// Where the first word of the statement stands.
  ptrdiff_t beginningAt() const {
    ptrdiff_t offset = -1;
    while (at(offset) && !beginsStatement(offset)) --offset;
    return offset;
  }
  size_t beginning() const { return type(beginningAt()); }

  /// The keywords that may begin the statement at `offset`.
  std::vector<std::string> beginnings(ptrdiff_t offset) const {
    size_t depth = 0;
    for (ptrdiff_t k = offset - 1; at(k); --k) depth += type(k) == Parser::OPEN_BRACE, depth -= type(k) == Parser::CLOSE_BRACE && depth > 0;
    if (depth == 0) return kFileWords;
    std::vector<std::string> words = kBodyWords;
    if (depth == 1 && !tokens_.empty() && tokens_[0].type == Parser::TRAIN) words.insert(words.end(), kClauseWords.begin(), kClauseWords.end());
    return words;
  }
  bool meant(ptrdiff_t offset, const char *wanted, const std::vector<std::string> &words) {
    const std::string_view word = spelled(offset);
    std::optional<Near> near = nearest(std::string(word), words);
    const bool exchanged = near && std::is_permutation(word.begin(), word.end(), near->name.begin(), near->name.end());
    if (!near || (word.size() < 4 && !exchanged)) return false;
    diagnostics_.report(range(offset), Diag::ExpectedHere, {wanted, "`" + std::string(word) + "`"}).meant(*near, range(offset));
    return true;
  }
  /// `progam p() { }`: a word near to a keyword that would fit in its place. It is what the message points at.
  bool misspelt() {
    if (type(0) == Parser::NAME) {
      std::vector<std::string> words;
      for (const auto &[keyword, word] : kInside)
        if (accepts(keyword)) words.emplace_back(word);
      if (type(-1) == Parser::CLOSE_BRACE) words.emplace_back("else");
      if (beginning() == Parser::DATA) words.emplace_back("where");
      if (!words.empty() && meant(0, expected().c_str(), words)) return true;
    }
    if (type(0) == Parser::OPEN_BRACE && type(-1) == Parser::NAME && type(-2) == Parser::EVERY)
      return meant(-1, "a unit", {"epoch", "epochs", "steps"});
    const ptrdiff_t head = beginningAt();
    if (type(head) != Parser::NAME || foreign(head)) return false;
    ptrdiff_t behind = head + 1; // of the word, or of a list in parentheses behind it: `stpe (x, y) in rows`
    if (behind < 0 && type(behind) == Parser::OPEN_PAREN && (type(0) == Parser::IN || type(0) == Parser::OPEN_BRACE)) {
      size_t depth = 0;
      do {
        depth += type(behind) == Parser::OPEN_PAREN, depth -= type(behind) == Parser::CLOSE_PAREN;
        ++behind;
      } while (behind < 0 && depth > 0);
    }
    const std::vector<std::string> words = beginnings(head);
    return behind == 0 && (!continuesLine(type(0)) || type(0) == Parser::IN) && meant(head, words.size() == kFileWords.size() ? "a declaration" : "a statement", words);
  }
  const Advice *foreign(ptrdiff_t offset) const {
    for (const Advice &each : kForeign)
      if (each.word == spelled(offset)) return &each;
    return nullptr;
  }

  /// Forms of other languages, and forms of this one with a part left out.
  bool adviseForm(Diagnostic &d, size_t here, size_t before, size_t next) {
    auto say = [&](const char *text) { return d.help(text), true; };
    const size_t first = beginning();
    if (here == Parser::NUMBER && type(-1) == Parser::STEP) {
      d.fix(range(-1), "steps");
      return say("how long a training goes on is said by `epochs 10` or `steps 1000`");
    }
    if (here == Parser::NUMBER && before == Parser::COLON && beginsStatement(-2) && (spelled(-2) == "epochs" || spelled(-2) == "steps")) {
      d.fix(range(-1), "");
      return say(spelled(-2) == "epochs" ? "it is written without `:`: `epochs 10`" : "it is written without `:`: `steps 1000`");
    }
    if (here == Parser::ASSIGN && (next == Parser::LESS || next == Parser::GREATER) && at(1)->begin == at(0)->end) {
      const bool function = before == Parser::NAME && !accepts(Parser::OPEN_BRACE) && type(2) != Parser::NUMBER;
      if (next == Parser::LESS) return say("at most is `<=`");
      return say(function ? "a function value is written `x -> e`; at least is `>=`" : "at least is `>=`");
    }
    if (before == Parser::OPEN_PAREN && type(-2) == Parser::NAME && accepts(Parser::CLOSE_PAREN) && !accepts(Parser::NAME)) return say("a shape stands in square brackets: `f32[3, 4]`");
    if (here == Parser::OPEN_BRACKET && before == Parser::CLOSE_BRACKET && accepts(Parser::COMMA) && !accepts(Parser::PLUS))
      return say("all sizes stand in one pair of brackets: `f32[3, 4]`");
    if (here == Parser::WITH && beginsStatement(0)) return say("only `minimize` and `grad` compute gradients; `stop_gradient(x)` holds one back");
    if (here == Parser::IF && before != Parser::NL && before != Parser::OPEN_BRACE && !accepts(Parser::NUMBER))
      return say("a choice is written `if c { a } else { b }`");
    if (here == Parser::STRING && spelled(-1) == "import" && beginsStatement(-1)) return say("a file is named without quotes and ending: `import shapes`");
    if (first == Parser::EVERY && here == Parser::OPEN_BRACE && accepts(Parser::STEPS))
      return say("say the unit: `every epoch { ... }`, `every 5 epochs { ... }` or `every 100 steps { ... }`");
    if (first == Parser::KEEP && accepts(Parser::HIGHEST)) return say("say which value is the best: `keep lowest loss`, `keep highest accuracy`");
    const bool twice = here == Parser::PLUS ? before == Parser::PLUS && adjacent() : before == Parser::MINUS && spelled(-2) == "-" && at(-2)->end == at(-1)->begin;
    if (twice && accepts(Parser::NUMBER)) return say("there is no `++` and no `--`: write `x = x + 1`");
    if (first == Parser::MODEL && here == Parser::ARROW) return say("a model has two lists, configuration and input: `model Net()(x: f32[b, 4]) -> ...`");
    if (here == Parser::OPEN_BRACE && accepts(Parser::OPEN_PAREN) && !accepts(Parser::NAME)) {
      if (first == Parser::FN || first == Parser::PROGRAM) d.fix({file_, range(-1).end, range(-1).end}, "()");
      return say("add the list of parameters, which may be empty: `()`");
    }
    if (here == Parser::WITH && accepts(Parser::OVER)) return say("name what is trained: `minimize loss over net with adam(1e-3)`");
    if (accepts(Parser::WITH)) return say("say how: `minimize loss over net with adam(1e-3)`");
    if (here == Parser::STRING && before == Parser::NAME && spelled(-1) == "f" && adjacent()) {
      d.fix(range(-1), "");
      return say("every text shows `{x}`: leave out the `f`");
    }
    if (before == Parser::NAME && spelled(-1) == "lambda") return say("a function value is written `x -> e`");
    if (here == Parser::COMMA && before == Parser::NAME && beginsStatement(-1)) return say("several names stand in parentheses: `(a, b) = ...`");
    if (here == Parser::COMMA && accepts(Parser::IN) && (type(-2) == Parser::STEP || type(-2) == Parser::FOR || type(-2) == Parser::REPEAT))
      return say("several names stand in parentheses: `(x, y) in ...`");
    if (error_.embedded && here == Parser::NAME && std::isalpha(static_cast<unsigned char>(spelled(-1)[0]))) return say("a call has its parentheses: `argmax(p)`");
    if (here == Parser::FOR && (accepts(Parser::CLOSE_BRACKET) || accepts(Parser::COMMA))) return say("a loop collects by `yield`: `for i in 0..n { yield i }`");
    if (here == Parser::ASSIGN && before != Parser::NAME && accepts(Parser::CLOSE_PAREN)) return say("equality is `==`");
    if (here == Parser::NAME && spelled(0) == "is") return say("equality is `==`");
    if (here == Parser::GREATER && before == Parser::LESS) return say("inequality is `!=`");
    if (here == Parser::OPEN_BRACE && accepts(Parser::NUMBER)) return say("a record is written `(a: 1, b: 2)`");
    if (here == Parser::ELLIPSIS && (before == Parser::NUMBER || before == Parser::NAME)) return say("a range is written `0..n`");
    if (spelled(0) == "//" && firstOfLine(0)) return say("a comment begins with `#`");
    if (first == Parser::IMPORT && (spelled(0) == "as" || here == Parser::DOT)) return say("`import shapes` alone; its names are then `shapes.area`. Mathematics needs no import");
    if (first == Parser::PARAM && (accepts(Parser::ASSIGN) || accepts(Parser::TILDE))) return say("say what it starts with: `= 0`, or `~ normal(0, 0.1)`");
    return false;
  }

  void advise(Diagnostic &d, size_t here, size_t before, size_t next) {
    if (before == Parser::NAME && beginsStatement(-1))
      if (const Advice *word = foreign(-1)) return (void)d.help(std::string(word->text));
    if (here == Parser::NAME && before == Parser::NAME)
      for (std::string_view word : kDeclarations)
        if (word == spelled(-1))
          return (void)d.help("`" + std::string(word) + "` declarations stand at the top level of the file: is a `}` missing above?");
    if (adviseForm(d, here, before, next)) return;
    if (here == Parser::NAME && (spelled(0) == "elif" || spelled(0) == "elseif"))
      return (void)d.help("write `else if`");
    if (here == Parser::ASSIGN && adjacent() && anyOperator(before) && before != Parser::ASSIGN)
      return (void)d.help("there is no `" + std::string(spelled(-1)) + "=`: write `x = x " + std::string(spelled(-1)) +
                          " e`, or `x <- x " + std::string(spelled(-1)) + " e` for a place");
    if (here == Parser::ASSIGN && before == Parser::COLON) return (void)d.help("a binding is just `name = value`");
    if (here == Parser::ASSIGN && accepts(Parser::OPEN_BRACE)) return (void)d.help("equality is `==`");
    if (here == Parser::ASSIGN && before == Parser::NAME && (accepts(Parser::CLOSE_PAREN) || accepts(Parser::COMMA)))
      return (void)d.help("a named argument is written `" + std::string(spelled(-1)) + ": value`; equality is `==`");
    if (here == Parser::UPDATE) return (void)d.help("to compare with a negative number, leave a space: `a < -b`");
    if (here == Parser::STAR && before == Parser::STAR) return (void)d.help("powers are written `x ^ 2`");
    if (here == Parser::DOT && next == Parser::NUMBER)
      return (void)d.help("write the zero before the point: `0." + std::string(spelled(1)) + "`");
    if (here == Parser::COMMA && before == Parser::COMMA) return (void)d.help("there is a comma too many");
    if (here == Parser::NUMBER && before == Parser::DOT)
      return (void)d.help("write the zero before the point; an entry of a tuple is `t[0]`");
    if (error_.braceBelow) return (void)d.help("the `{` of a block stands on the same line as what it belongs to");
    if (type(-2) == Parser::OPTION && here == Parser::ASSIGN)
      return (void)d.help("an option has a type: `option " + std::string(spelled(-1)) + ": f32 = ...`");
    if (here == Parser::COLON && accepts(Parser::OPEN_BRACE) && beginning() == Parser::FOR && (before == Parser::NUMBER || next == Parser::NUMBER)) {
      d.fix(range(0), "..");
      return (void)d.help("a range is written `0..n`");
    }
    if (here == Parser::COLON && accepts(Parser::OPEN_BRACE)) return (void)d.help("a block is written `{ ... }`");
    if ((here == Parser::AND || here == Parser::OR || anyOperator(here)) && firstOfLine(0))
      return (void)d.help("a line goes on in the next one only after an operator or comma, and before `|>`");
    const size_t first = beginning();
    if (accepts(Parser::OPEN_BRACE) && (first == Parser::IF || first == Parser::FOR || first == Parser::WHILE || first == Parser::REPEAT))
      return (void)d.help("what belongs to it stands in braces, on one line, too: `if c { ... }`");
    if (before == Parser::STRING || here == Parser::STRING || here == Parser::NUMBER || here == Parser::NAME)
      if (accepts(Parser::COMMA)) return (void)d.help("is a comma or an operator missing?");
    if ((here == Parser::NAME || here == Parser::NUMBER || reserved(here)) && endsOperand(before) && (accepts(Parser::NL) || accepts(Parser::CLOSE_BRACE)))
      d.help("each statement stands on a line of its own, or behind a `;`; is an operator missing?");
  }

  uint32_t file_;
  const std::vector<SourceToken> &tokens_;
  const SyntaxError &error_;
  Diagnostics &diagnostics_;
  std::string_view text_;
};

} // namespace

void reportSyntaxError(uint32_t file, const std::vector<SourceToken> &tokens, const SyntaxError &error,
                       Diagnostics &diagnostics) {
  Explanation(file, tokens, error, diagnostics).report();
}

} // namespace dl::frontend

/// Reads the text form: recursive descent over a token list. After the first error the list seems to have ended, so
/// every loop stops by itself and nothing more is created.
#pragma once
#include "ir/builder.h"
#include "ir/text.h"
#include "ir/text/lexer.h"
#include <unordered_map>

namespace dl::ir::text {

/// An op that is being read.
struct Draft {
  OpKind kind = OpKind::Const;
  SourceRange where;
  std::vector<std::string> names; ///< of the results
  std::vector<Type> types;        ///< as written; dimensions of the same list are stand-ins
  std::vector<dl::Dim> standIns;  ///< for results of type dim
  std::vector<Value *> operands;
  Attrs attrs;
  std::vector<Region *> regions;
};

class Parser {
public:
  Parser(uint32_t file, const SourceManager &sources, Diagnostics &diags)
      : tokens_(lex(sources.text(file), file)), diags_(diags) {}
  std::unique_ptr<Module> run();

private:
  // parse_module.cpp
  void slot();
  void table();
  void encoding(TableColumn &column);
  TextUnit textUnit();
  void layer();
  void function(bool entry);
  void param(Function &function);
  void paramFacts(Param &param);

  // parse_tokens.cpp
  const Token &peek(size_t ahead = 0) const;
  Token next();
  bool at(std::string_view sign) const;
  bool atOpStart() const; ///< `%name :` or a word that names an operation
  bool accept(std::string_view sign);
  void expect(std::string_view sign);
  std::string word(const char *what);
  std::string string();
  std::string name();
  int64_t integer();
  int smallInteger(); ///< fits 32 bits
  double number();
  uint64_t literal(Elem elem);
  std::vector<int> dimList();
  std::vector<int64_t> integerList();
  void fail(SourceRange where, Diag kind, std::initializer_list<std::string> args);
  void unexpected(const char *wanted);
  template <class F> void list(std::string_view open, std::string_view close, F item) {
    expect(open);
    while (!failed_ && !at(close)) {
      item();
      if (!accept(",")) break;
    }
    expect(close);
  }

  // parse_types.cpp
  Type type();
  dl::Dim dim();
  dl::Dim dimTerm();
  dl::Dim dimFactor();
  std::vector<dl::Dim> dims();
  dl::Dim dimNamed(const Token &token);
  bool tooDeep();

  // parse_ops.cpp
  void op();
  void results(Draft &draft);
  void payload(Draft &draft);
  void finish(Draft &draft);
  void location();
  void operands(Draft &draft);
  const Type &resultType(Draft &draft);
  Order order();
  ReduceKind reduceKind();
  ScatterMode scatterMode();

  // parse_payload.cpp
  void constantPayload(Draft &draft);
  void reductionPayload(Draft &draft);
  void shapePayload(Draft &draft);
  void indexingPayload(Draft &draft);
  void linearPayload(Draft &draft);
  void differentiationPayload(Draft &draft);
  std::vector<int64_t> steps(size_t rank);

  // parse_effects.cpp
  void effectPayload(Draft &draft);
  std::vector<PrintPiece> pieces(Draft &draft);
  void filesPayload(Draft &draft);
  void encodePayload(Draft &draft);

  // parse_index.cpp
  struct Linear {
    std::vector<std::pair<int, int64_t>> terms; ///< by name, ascending
    dl::Dim offset;
  };
  struct IndexContext {
    IndexedAttr attr;
    std::vector<Value *> tensors, sources;
    int firstSource = 0;
  };
  void indexedPayload(Draft &draft);
  void scatterPayload(Draft &draft);
  void indexNames(IndexContext &context, bool extents);
  Factor factor(IndexContext &context);
  Index index(IndexContext &context);
  Affine affine(IndexContext &context);
  Linear linear(IndexContext &context);
  Linear linearTerm(IndexContext &context);
  Linear linearFactor(IndexContext &context);
  Linear scaled(const Linear &linear, int64_t by);

  // parse_control.cpp
  void controlPayload(Draft &draft);
  void yieldPayload(Draft &draft);
  void ifPayload(Draft &draft);
  void forPayload(Draft &draft);
  void whilePayload(Draft &draft);
  void fusedPayload(Draft &draft);
  void regionsPayload(Draft &draft);
  void callPayload(Draft &draft);
  Region *newRegion() { return builder_->function().newRegion(nullptr); }
  Value *argument(Region *region, const std::string &name, Type type);
  void body(Region *region); ///< `{ ops }` in the current scope

  struct Scope {
    std::unordered_map<std::string, Value *> names;
    bool closed = false;
  };
  void enter(bool closed = false) { scopes_.push_back({{}, closed}); }
  void leave() { scopes_.pop_back(); }
  Value *find(const std::string &name, bool dimension) const;
  void define(const Token &token, Value *value);
  Value *use();

  std::vector<Token> tokens_;
  size_t position_ = 0;
  bool failed_ = false;
  int depth_ = 0;
  Diagnostics &diags_;
  std::unique_ptr<Module> module_;
  std::optional<Builder> builder_;
  std::vector<Scope> scopes_;
  std::unordered_map<std::string, dl::Dim> standIns_;
};

} // namespace dl::ir::text

/// Tokens as the generated parser wants them: a place in the source and a type, nothing else.
#pragma once
#include "Token.h"
#include "TokenStream.h"
#include <vector>

namespace dl::frontend {

class SourceToken final : public antlr4::Token {
public:
  SourceToken(size_t type, uint32_t begin, uint32_t end) : type(type), begin(begin), end(end) {}
  size_t type;
  uint32_t begin, end;
  size_t index = 0; ///< in the stream

  std::string getText() const override { return {}; }
  size_t getType() const override { return type; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override { return index; }
  size_t getStartIndex() const override { return begin; }
  size_t getStopIndex() const override { return end == begin ? end : end - 1; }
  antlr4::TokenSource *getTokenSource() const override { return nullptr; }
  antlr4::CharStream *getInputStream() const override { return nullptr; }
  std::string toString() const override { return {}; }
};

inline const SourceToken &source(const antlr4::Token *token) { return static_cast<const SourceToken &>(*token); }

/// A list of tokens, closed by an end mark.
class ListStream final : public antlr4::TokenStream {
public:
  explicit ListStream(std::vector<SourceToken> tokens) : tokens_(std::move(tokens)) {
    uint32_t end = tokens_.empty() ? 0 : tokens_.back().end;
    tokens_.emplace_back(antlr4::Token::EOF, end, end);
    for (size_t i = 0; i < tokens_.size(); ++i) tokens_[i].index = i;
  }
  void consume() override {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  size_t LA(ssize_t i) override {
    antlr4::Token *token = LT(i);
    return token ? token->getType() : antlr4::Token::INVALID_TYPE;
  }
  antlr4::Token *LT(ssize_t k) override {
    if (k > 0) {
      size_t where = at_ + static_cast<size_t>(k) - 1;
      return &tokens_[where < tokens_.size() ? where : tokens_.size() - 1];
    }
    auto back = static_cast<size_t>(-k);
    return k == 0 || back > at_ ? nullptr : &tokens_[at_ - back];
  }
  antlr4::Token *get(size_t i) const override { return const_cast<SourceToken *>(&tokens_[i]); }
  const std::vector<SourceToken> &tokens() const { return tokens_; }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override { at_ = index < tokens_.size() ? index : tokens_.size() - 1; }
  size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return {}; }
  antlr4::TokenSource *getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval &) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext *) override { return {}; }
  std::string getText(antlr4::Token *, antlr4::Token *) override { return {}; }

private:
  std::vector<SourceToken> tokens_;
  size_t at_ = 0;
};

} // namespace dl::frontend

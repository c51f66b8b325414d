/// Base of the generated parser: bounds how deep its rules nest, so that no input exhausts the stack.
#pragma once
#include "Parser.h"

namespace dl::grammar {

class DepthGuard : public antlr4::Parser {
public:
  /// Thrown beyond the bound.
  struct TooDeep {
    antlr4::Token *where;
  };
  /// In rules; a parenthesis costs three, a block in a block about six.
  static constexpr size_t kDeepest = 1000;

  using antlr4::Parser::Parser;
  void enterRule(antlr4::ParserRuleContext *context, size_t state, size_t rule) override {
    check();
    antlr4::Parser::enterRule(context, state, rule);
    ++depth_;
  }
  // The generated code leaves rules by this name; the base has it, not virtual.
  void exitRule() {
    --depth_;
    antlr4::Parser::exitRule();
  }
  void enterRecursionRule(antlr4::ParserRuleContext *context, size_t state, size_t rule, int precedence) override {
    check();
    antlr4::Parser::enterRecursionRule(context, state, rule, precedence);
    ++depth_;
  }
  void unrollRecursionContexts(antlr4::ParserRuleContext *parent) override {
    --depth_;
    antlr4::Parser::unrollRecursionContexts(parent);
  }
  void reset() override {
    depth_ = 0;
    antlr4::Parser::reset();
  }

private:
  void check() {
    if (depth_ >= kDeepest) throw TooDeep{getCurrentToken()};
  }
  size_t depth_ = 0;
};

} // namespace dl::grammar

#include "frontend/parse/syntax.h"
#include "DefaultErrorStrategy.h"
#include "NoViableAltException.h"
#include "ParserRuleContext.h"
#include "RecognitionException.h"
#include "atn/ATNConfig.h"
#include "atn/ATNConfigSet.h"
#include "atn/ATNState.h"
#include "atn/ParserATNSimulator.h"
#include "atn/Transition.h"

namespace dl::frontend {
namespace {

/// What ends a run at its first error; no rule of the parser catches it.
struct Stopped {
  SyntaxError error;
};

/// What could have come where the prediction of an alternative ran dry: the labels out of its last states.
antlr4::misc::IntervalSet expectedBy(antlr4::atn::ATNConfigSet *configurations) {
  antlr4::misc::IntervalSet out;
  if (!configurations) return out;
  for (const auto &configuration : configurations->configs)
    for (const auto *transition : configuration->state->transitions)
      if (!transition->isEpsilon()) out.addAll(transition->label());
  return out;
}

class StopAtFirst final : public antlr4::DefaultErrorStrategy {
public:
  void reportError(antlr4::Parser *, const antlr4::RecognitionException &) override {}
  void sync(antlr4::Parser *) override {}
  void recover(antlr4::Parser *parser, std::exception_ptr thrown) override {
    SyntaxError error;
    error.index = parser->getCurrentToken()->getTokenIndex();
    bool atStart = true;
    antlr4::misc::IntervalSet ahead;
    try {
      std::rethrow_exception(thrown);
    } catch (const antlr4::NoViableAltException &e) {
      error.index = e.getOffendingToken()->getTokenIndex();
      atStart = e.getStartToken() == e.getOffendingToken();
      if (!atStart) ahead = expectedBy(e.getDeadEndConfigs());
    } catch (const antlr4::RecognitionException &e) {
      if (e.getOffendingToken()) error.index = e.getOffendingToken()->getTokenIndex();
    }
    error.expected = atStart ? parser->getExpectedTokens() : ahead;
    throw Stopped{error};
  }
  antlr4::Token *recoverInline(antlr4::Parser *parser) override {
    SyntaxError error;
    error.index = parser->getCurrentToken()->getTokenIndex();
    error.expected = parser->getExpectedTokens();
    throw Stopped{error};
  }
};

} // namespace

SyntaxParser::SyntaxParser()
    : stream_(std::make_unique<ListStream>(std::vector<SourceToken>())), parser_(stream_.get()) {
  parser_.removeErrorListeners();
  parser_.setErrorHandler(std::make_shared<StopAtFirst>());
}

/// The fast prediction first; only where it finds an error, the exact one has the word.
template <class Rule> auto SyntaxParser::run(std::vector<SourceToken> tokens, Rule rule) -> decltype(rule()) {
  auto next = std::make_unique<ListStream>(std::move(tokens));
  parser_.setTokenStream(next.get());
  stream_ = std::move(next);
  auto *simulator = parser_.getInterpreter<antlr4::atn::ParserATNSimulator>();
  for (auto mode : {antlr4::atn::PredictionMode::SLL, antlr4::atn::PredictionMode::LL}) {
    simulator->setPredictionMode(mode);
    parser_.reset();
    try {
      return rule();
    } catch (const Stopped &stop) {
      error_ = stop.error;
    } catch (const grammar::DepthGuard::TooDeep &deep) {
      error_ = SyntaxError{deep.where->getTokenIndex(), {}, true};
      break;
    }
  }
  return nullptr;
}

Parser::DeclarationContext *SyntaxParser::declaration(std::vector<SourceToken> tokens) {
  return run(std::move(tokens), [&] { return parser_.oneDeclaration()->declaration(); });
}

Parser::ExprContext *SyntaxParser::expression(std::vector<SourceToken> tokens) {
  return run(std::move(tokens), [&] { return parser_.oneExpression()->expr(); });
}

} // namespace dl::frontend

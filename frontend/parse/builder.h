/// Builds the syntax tree of one declaration from the parser's tree, and refuses what the grammar alone lets through.
#pragma once
#include "frontend/ast/ast.h"
#include "frontend/parse/docs.h"
#include "frontend/parse/syntax.h"
#include "support/diagnostics.h"

namespace dl::frontend {

class Builder {
public:
  Builder(uint32_t file, const Docs &docs, Diagnostics &diagnostics)
      : file_(file), docs_(docs), diagnostics_(diagnostics), text_(diagnostics.sources().text(file)) {}

  /// Null if the declaration was refused as a whole.
  ast::DeclPtr declaration(Parser::DeclarationContext *c);
  ast::ExprPtr expr(Parser::ExprContext *c);

private:
  // build_decl.cpp
  ast::DeclPtr data(Parser::DeclarationContext *c);
  ast::DeclPtr model(Parser::DeclarationContext *c);
  ast::DeclPtr train(Parser::DeclarationContext *c);
  ast::DeclPtr topLevel(Parser::DeclarationContext *c);
  ast::ClausePtr clause(Parser::ClauseContext *c);
  ast::Function function(Parser::FunctionContext *c);
  std::vector<ast::Param> params(Parser::ParamsContext *c);
  void once(const ast::Identifier &first, const ast::Identifier &second); ///< reports two of one name
  ast::Param param(Parser::ParamContext *c);
  ast::TypePtr type(Parser::TypeContext *c);
  ast::TypeDim dim(Parser::DimContext *c);

  // build_stmt.cpp
  enum class Place : uint8_t { Body, Data, File };
  ast::Block block(Parser::BlockContext *c);
  ast::StmtPtr statement(Parser::StatementContext *c);
  ast::StmtPtr assignment(Parser::AssignmentContext *c, Place place);
  ast::StmtPtr takenApart(Parser::AssignmentContext *c);
  ast::StmtPtr define(Parser::AssignmentContext *c, Parser::PostfixContext *target);
  ast::StmtPtr bind(Parser::AssignmentContext *c, ast::ExprPtr target);
  ast::Pattern pattern(Parser::PatternContext *c);
  ast::Pattern patternList(const std::vector<Parser::PatternElementContext *> &elements, SourceRange where);
  bool checkPlace(const ast::Expr &place);

  // build_expr.cpp
  ast::ExprPtr binary(Parser::ExprContext *c, ast::ExprPtr left);
  ast::ExprPtr leaf(Parser::ExprContext *c);
  ast::ExprPtr reduce(Parser::ExprContext *c);
  ast::ExprPtr lambda(Parser::LambdaContext *c);
  ast::ExprPtr postfix(Parser::PostfixContext *c);
  ast::ExprPtr suffix(Parser::SuffixContext *c, ast::ExprPtr base);
  ast::SubscriptItem item(Parser::ItemContext *c);
  ast::Index index(Parser::IndexContext *c);
  ast::Argument argument(Parser::ArgumentContext *c);
  ast::ExprPtr primary(Parser::PrimaryContext *c);
  ast::ExprPtr group(Parser::PrimaryContext *c);
  ast::ExprPtr conditional(Parser::PrimaryContext *c);
  ast::ExprPtr loop(Parser::PrimaryContext *c);
  void needsParentheses(const ast::Expr &operand);
  void tooDeep(SourceRange where);

  // literals.cpp
  ast::ExprPtr number(const antlr4::Token *token);
  ast::ExprPtr text(const antlr4::Token *token);
  std::string category(const antlr4::Token *token);
  ast::ExprPtr embedded(uint32_t begin, uint32_t end);

  SourceRange range(const antlr4::Token *t) const { return {file_, source(t).begin, source(t).end}; }
  SourceRange range(const antlr4::ParserRuleContext *c) const;
  std::string spelled(const antlr4::Token *t) const {
    return std::string(text_.substr(source(t).begin, source(t).end - source(t).begin));
  }
  ast::Identifier identifier(const antlr4::Token *t) const { return {spelled(t), range(t)}; }
  template <class T> std::unique_ptr<T> make(SourceRange where) const {
    auto node = std::make_unique<T>();
    node->where = where;
    return node;
  }
  template <class T> std::unique_ptr<T> make(const antlr4::ParserRuleContext *c) const { return make<T>(range(c)); }

  uint32_t file_;
  const Docs &docs_;
  Diagnostics &diagnostics_;
  std::string_view text_;
};

/// Parses bytes [begin, end) as one expression, as in `"{x + 1}"`; reports errors and then returns null.
ast::ExprPtr parseEmbedded(uint32_t file, uint32_t begin, uint32_t end, const Docs &docs, Diagnostics &diagnostics);

} // namespace dl::frontend

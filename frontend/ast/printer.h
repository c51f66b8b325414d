/// The state behind print_ast.h, shared by its two halves (statements, expressions).
#pragma once
#include "frontend/ast/ast.h"
#include <string>

namespace dl::ast {

class Printer {
public:
  explicit Printer(const SourceManager *sources = nullptr) : sources_(sources) {}
  void program(const Program &p);
  void expr(const Expr &e);
  void type(const Type &t);
  std::string take() { return std::move(out_); }

private:
  void decl(const Decl &d);
  void clause(const Clause &c);
  void stmt(const Stmt &s);
  void function(std::string_view kind, const Function &fn, SourceRange where);
  void params(const std::vector<Param> &list, std::string_view kind);
  void result(const TypePtr &type);
  void block(const Block &b); ///< its statements, one level deeper
  void body(const Block &b);  ///< the same under a line of its own
  void doc(const std::string &text);
  void line(SourceRange where); ///< begins a line at the current depth
  void put(std::string_view text) { out_ += text; }
  void put(const Identifier &name) { out_ += name.text; }

  void leaf(const Expr &e);
  void openLink(const Expr &e);  ///< "(kind " of a node that leans to the left
  void closeLink(const Expr &e); ///< its other operands and ")"
  void arguments(const std::vector<Argument> &list);
  void items(const std::vector<SubscriptItem> &list);
  void indices(const std::vector<Index> &list);
  void pattern(const Pattern &p);
  void text(const Text &t);
  void lambda(const Lambda &l);
  void conditional(const If &i);
  void quoted(std::string_view text);

  const SourceManager *sources_;
  std::string out_;
  size_t depth_ = 0;
};

} // namespace dl::ast

/// Prints a syntax tree (`--emit=ast`): a line for every declaration and statement, indented by its depth, with
/// expressions as `(kind operand ...)`.
#pragma once
#include "frontend/ast/ast.h"
#include <string>

namespace dl::ast {

/// With `sources`, every line begins with the place it comes from.
std::string printAst(const Program &program, const SourceManager *sources = nullptr);
std::string printExpr(const Expr &e);
std::string printType(const Type &type);

} // namespace dl::ast

/// From text to syntax tree.
///
///   lex -> match brackets -> layout (ends of statements, words with a meaning in place) -> parse each top-level
///   declaration on its own -> build the tree
///
/// A syntax error costs the innermost statement it stands in: the rest is parsed, so several errors show at once.
#pragma once
#include "frontend/ast/ast.h"
#include "support/diagnostics.h"
#include <memory>

namespace dl::frontend {

/// The tree of file `file`; statements with errors are reported and left out. Any bytes are safe input.
std::unique_ptr<ast::Program> parseProgram(uint32_t file, const SourceManager &sources, Diagnostics &diagnostics);

} // namespace dl::frontend

/// What the text of a file binds and does not use. A name that begins with `_` is meant to be unused.
#pragma once
#include "frontend/ast/ast.h"
#include "support/diagnostics.h"

namespace dl::frontend {

/// Warns of parameters, local values and options that nothing reads, and of loops whose `yield` nobody takes. The statements whose
/// value nobody takes: whether they do anything else shows when they are built.
std::vector<const ast::ExprStmt *> reportUnused(const ast::Program &file, Diagnostics &diags);

} // namespace dl::frontend

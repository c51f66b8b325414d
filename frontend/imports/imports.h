/// Reads what a file imports.
///
/// `import shapes` is `shapes.dl` or the folder `shapes` beside the importing file, else in the first folder of the search
/// path that has one. A file that is imported on several ways is read once; its names carry the shortest way in front.
#pragma once
#include "frontend/ast/ast.h"
#include "support/diagnostics.h"

namespace dl::frontend {

/// Gives every `import` of the program, and of what it imports, its target; what cannot be read is reported.
void resolveImports(ast::Program &program, const std::vector<std::string> &searchPath, SourceManager &sources,
                    Diagnostics &diagnostics);

} // namespace dl::frontend

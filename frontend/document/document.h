/// Documentation as Markdown, from `##` comments: what a file declares, with signatures, comments and lines.
#pragma once
#include "frontend/ast/ast.h"
#include "support/diagnostics.h"

namespace dl::frontend {

/// Of one file, by kinds: commands, options, models, functions, data.
std::string documentFile(const ast::Program &program, const SourceManager &sources);

/// Of the library, file by file: docs/library.md.
std::string documentLibrary(SourceManager &sources, Diagnostics &diags);

} // namespace dl::frontend

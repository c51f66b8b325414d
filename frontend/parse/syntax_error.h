/// Turns the place where the parser stopped into a message that says what to write instead.
#pragma once
#include "frontend/parse/syntax.h"
#include "support/diagnostics.h"

namespace dl::frontend {

void reportSyntaxError(uint32_t file, const std::vector<SourceToken> &tokens, const SyntaxError &error,
                       Diagnostics &diagnostics);

} // namespace dl::frontend

/// The canonical form of a source text.
///
/// Line breaks are the author's, within a statement too; spaces, indentation, empty lines and the columns of comments are
/// not. Tokens and comments stay as they are, so the text means the same; formatting it again changes nothing.
#pragma once
#include "support/diagnostics.h"
#include <optional>
#include <string>

namespace dl::frontend {

/// Nothing if the file has mistakes of syntax, which are reported.
std::optional<std::string> formatSource(uint32_t file, const SourceManager &sources, Diagnostics &diagnostics);

} // namespace dl::frontend

/// Texts that the program receives: their bytes, comparison, and the pieces that output is made of.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// A text of the program from its UTF-8 bytes, u8[n].
Val textOf(ir::Value *bytes);
/// The UTF-8 bytes of a text, u8[n]; parts are joined. A part that is a number is refused: it exists in output only.
ir::Value *textBytes(Elaborator &e, const Val &text, SourceRange where);
/// A bool.
Val textsEqual(Elaborator &e, const Val &a, const Val &b, SourceRange where);
/// Which values of a category have this name: bools.
Val categoryIs(Elaborator &e, const Val &category, const Val &name, SourceRange where);
/// Pieces of `print`, paths and messages; their operands are appended and counted from the start of `operands`.
std::vector<ir::PrintPiece> textPieces(const TextObject &text, std::vector<ir::Value *> &operands);
/// Writes it to standard output.
void printText(Elaborator &e, TextObject text, const std::string &end = "\n");
/// The same text under a format, `{name:>10}`.
Val formatted(Elaborator &e, const Val &text, const std::string &format, SourceRange where);

} // namespace dl::frontend

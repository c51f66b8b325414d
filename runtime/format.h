/// Formats of prints, messages and paths: pieces of a dl_format with their values, as text.
#pragma once
#include "runtime/dlrt.h"
#include <string>

namespace dl::rt {

/// The value as an unformatted `print` shows it, or under `spec` (see dl_piece).
std::string valueText(const dl_tensor &value, const char *spec);
/// All pieces; the values follow one another in `values`.
std::string formatText(const dl_format &format, const dl_tensor *values);
/// "digits.dl:12:5", or "" where the position is unknown.
std::string positionText(const dl_program &program, uint32_t where);

} // namespace dl::rt

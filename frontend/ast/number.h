/// Numbers as the language writes them: `64`, `1_000`, `1e-3`.
#pragma once
#include "frontend/ast/ast.h"
#include <string_view>

namespace dl::ast {

/// Whether the grammar reads all of it as one number.
bool isNumber(std::string_view text);
/// Sets what `number.text` stands for; false if it is too large for that.
bool setValue(Number &number);

} // namespace dl::ast

/// Smaller programs that still show what a program showed.
#pragma once
#include <functional>
#include <string>

namespace dl::test {

/// Drops results, replaces values by others or constants, opens regions, drops parameters, as long as `shows` holds.
std::string shrinkProgram(std::string text, const std::function<bool(const std::string &)> &shows);

} // namespace dl::test

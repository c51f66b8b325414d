/// The nearest of some names to a misspelt one.
#pragma once
#include <string>
#include <vector>

namespace dl::rt {

/// " (did you mean `x`?)", or "" when nothing is near.
std::string didYouMean(const std::string &name, const std::vector<std::string> &known, const std::string &prefix = "");

} // namespace dl::rt

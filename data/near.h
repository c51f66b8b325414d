/// Names that were meant: the nearest one by the number of changed characters.
#pragma once
#include <string>
#include <vector>

namespace dl::data {

/// The nearest of the names, when it is near enough to be a slip; else "".
std::string nearest(const std::string &name, const std::vector<std::string> &names);

/// "`x` is not one of `a`, `b`", with a guess where there is one.
std::string unknownName(const std::string &name, const std::vector<std::string> &names);

} // namespace dl::data

/// Reading sources and writing products.
#pragma once
#include "support/result.h"
#include <string>

namespace dl::driver {

/// The whole file; "-" reads standard input. The error is the system's reason.
Result<std::string> readText(const std::string &path);

/// Writes all of `text`; "" and "-" are standard output.
Status writeText(const std::string &path, const std::string &text);

/// "net/digits.dl" -> "digits".
std::string stem(const std::string &path);
/// "net/digits.dl" -> "net"; "digits.dl" -> ".".
std::string folder(const std::string &path);

} // namespace dl::driver

/// What other languages and libraries call something, for a name that is not known here.
#pragma once
#include <optional>
#include <string>

namespace dl::frontend {

/// A line of help: "here it is `dense(out)`"; nothing if the name is not a usual one elsewhere.
std::optional<std::string> foreignName(const std::string &name);

/// The same for a type: "`int`".
std::optional<std::string> foreignType(const std::string &name);

} // namespace dl::frontend

/// Help for a name that is not known here: what other languages and libraries mean by it.
#pragma once
#include "frontend/build/context.h"

namespace dl::frontend {

/// A line of help: "here it is `dense(out)`"; nothing if the name is not a usual one elsewhere.
std::optional<std::string> foreignName(const std::string &name);

/// The same for a type: "`int`".
std::optional<std::string> foreignType(const std::string &name);

/// The newest message, if it tells an unknown name inside of `around`; null: it does not.
Diagnostic *unknownNameIn(Context &c, SourceRange around);
/// Whether the declaration around `where` has been told that it lacks this name: here, as bodies are built for each call, or
/// elsewhere without a repair.
bool toldUnknown(const Context &c, const Unit &unit, const std::string &name, SourceRange where);

} // namespace dl::frontend

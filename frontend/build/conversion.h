/// Which values become another type by themselves: numbers known when built, and an int or bool that meets a float.
/// Everything else is spelled, in the elements of a list as for a value alone.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// The float type of the first element that has one.
std::optional<ir::Elem> floatIn(Elaborator &e, const Val &v);
/// The first element of a list, or the value itself, that does not become `elem` by itself.
std::optional<Val> unspelled(Elaborator &e, const Val &v, ir::Elem elem);
/// Reports such an element of `what`; true if there is none.
bool becomes(Elaborator &e, const Val &v, ir::Elem elem, SourceRange where, const std::string &what);

} // namespace dl::frontend

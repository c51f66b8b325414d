/// Entry parameters: what the command line gives.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// A value for each parameter with a type (and, with `untyped`, for those that have only a default); sizes that they name
/// are extents of the entry, shared by those that name the same. False if something was reported.
bool argumentValues(Elaborator &e, const std::vector<ast::Param> &params, bool untyped, std::vector<Arg> &out);

} // namespace dl::frontend

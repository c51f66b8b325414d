/// Bodies whose parameters are all annotated are checked once, with their sizes as unknowns: they are built into a
/// scratch module with rigid dimensions, so that there is one set of rules. What holds for some sizes only is left to
/// every use.
#pragma once
#include "frontend/build/context.h"

namespace dl::frontend {

/// Checks the functions and models of the file; reports what is wrong for all sizes.
void checkBodies(Context &context);
/// The file's top-level values, tables and options that are not among those `reached`.
std::vector<const ast::Decl *> unreachedValues(const ast::Program &program, const std::set<const ast::Decl *> &reached);
/// Evaluates them for their errors.
void checkValues(Context &context, const std::vector<const ast::Decl *> &values);

} // namespace dl::frontend

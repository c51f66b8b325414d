/// The order of operations at the head of an entry, and what of it only a branch needs.
#pragma once
#include "ir/module.h"

namespace dl::frontend {

/// A stable order in which every op follows what it uses (ops without a use of each other keep their order).
void orderByUse(std::vector<ir::Op *> &ops);
/// Moves pure ops that only one branch of an `if` of the region uses into that branch: data that is only needed for
/// initial values is not loaded when weights are. Drops those that nothing uses.
void sinkIntoBranches(ir::Region &region);

} // namespace dl::frontend

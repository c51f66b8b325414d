/// The order of every sum (ir/README.md, "orders"): a function of the op's types and logical layout alone.
#pragma once
#include "ir/module.h"

namespace dl::ir {

/// What choose_orders writes on a `reduce` or `contract`. Looks at the bounds of what is summed and at what is innermost
/// in memory, never at the extent of a row or a batch, the CPU or the number of threads.
Order defaultOrder(const Op &op);

/// The order an evaluation follows: the one on the op, or the default while none is chosen.
Order orderOf(const Op &op);

} // namespace dl::ir

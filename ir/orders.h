/// The order of a sum where none is written (README.md, "orders"): a function of what is summed and of what lies
/// innermost in row-major memory, never of a row or batch extent.
#pragma once
#include "ir/module.h"

namespace dl::ir {

/// For `reduce` and `contract`; the order of any other operation, and of max, min, and, or, is Order().
Order defaultOrder(const Op &op);
Order defaultOrder(const ReduceAttr &attr, const Type &operand);
Order defaultOrder(const IndexedAttr &attr);

} // namespace dl::ir

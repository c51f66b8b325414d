/// The order of a sum where none is written (README.md, "orders"): a function of what is summed and of what lies
/// innermost in row-major memory, never of a row or batch extent.
///
/// `{chunk c, lanes L}`: number the terms r = 0, 1, ... in lexicographic order of the summed names (dimensions); chunk q
/// holds the terms [q c, (q + 1) c). Inside a chunk lane l adds, in increasing r and starting at +0, the terms whose index
/// along the *last* summed name is l modulo L (`contract`: product left to right, the last factor enters by fma). Lanes
/// fold by halves (l += l + L/2, ...), chunks fold left to right. L is 1, 16 or 64.
#pragma once
#include "ir/module.h"

namespace dl::ir {

/// For `reduce` and `contract`; the order of any other operation, and of max, min, and, or, is Order().
Order defaultOrder(const Op &op);
Order defaultOrder(const ReduceAttr &attr, const Type &operand);
Order defaultOrder(const IndexedAttr &attr);

} // namespace dl::ir

/// Private to the contraction generators: copies of operands in the order the register tiles read them.
#pragma once
#include "codegen/loops/gemm_loops.h"

namespace dl::codegen {

/// Product of the bounds of the summed names.
int64_t depthBound(const GemmLoops &loops);
/// Rows [begin, end) of factor a, at most `block` of them, as tiles [tile][k][MR]. Rows that do not exist repeat the last.
const Buffer *packRows(GemmLoops &loops, Val begin, Val end, int64_t block);
/// One panel [k][NV * lanes] of factor b from column `column` on; `left`: columns that exist (null: all).
void packPanel(GemmLoops &loops, const Buffer *panel, Val column, Val left);

} // namespace dl::codegen

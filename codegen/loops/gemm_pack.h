/// Private to the contraction generators: copies of operands in the order the register tiles read them.
#pragma once
#include "codegen/loops/gemm_loops.h"

namespace dl::codegen {

/// Rows of one work item: a range of the row name for every value in a range of the outer name (none: once).
struct RowBlock {
  Val begin, end;
  Val outerBegin = nullptr, outerEnd = nullptr;
  int64_t bound = 1, outerBound = 1; ///< how many there are at most
};
/// Tiles [outer][tile][k][MR].
struct PackedRows {
  const Buffer *buffer = nullptr;
  int64_t outerStride = 0; ///< elements between neighbours of the outer name
};

/// Terms that a panel has room for: a chunk, or all if there are fewer.
int64_t depthBound(const GemmLoops &loops);
/// Lines of a panel: one more than it needs, so that the lines of neighbouring panels do not share a set of the first cache.
int64_t panelDepth(const GemmLoops &loops);
/// Runs `body` for each value of the outer name, set, with its number in the block.
void forOuter(GemmLoops &loops, const RowBlock &block, const std::function<void(Val number)> &body);
/// Room for the rows of factor a, and the terms of a chunk (null: all) copied there. Rows that do not exist repeat the last.
PackedRows roomForRows(GemmLoops &loops, const RowBlock &block);
void packRows(GemmLoops &loops, const PackedRows &packed, const RowBlock &block, Val chunk);
/// Panels [panel][k][NV * lanes] of the columns [begin, end) of factor b. Columns that do not exist are never stored.
void packPanels(GemmLoops &loops, const Buffer *panels, Val begin, Val end, Val chunk);

} // namespace dl::codegen

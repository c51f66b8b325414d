/// Private to the contraction generators: one work item of each kind.
#pragma once
#include "codegen/loops/gemm_loops.h"

namespace dl::codegen {

void emitPanelBlock(GemmLoops &loops, const ContractSink &sink);
void emitDotBlock(GemmLoops &loops, const ContractSink &sink);

} // namespace dl::codegen

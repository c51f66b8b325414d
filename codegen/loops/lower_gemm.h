/// The fast path of contractions: packed panels, register tiles, prologues and epilogues.
#pragma once
#include "codegen/loops/group.h"

namespace dl::codegen {

/// Lowers the whole group around `contract` (prologue, product, epilogue, all results of the group) and returns true;
/// or returns false having added nothing, and the group is lowered as nested loops. Same bits either way.
bool lowerGemm(Group &group, const ir::Op &contract);

} // namespace dl::codegen

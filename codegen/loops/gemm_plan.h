/// Which fast generator a contraction takes, and its tiles. A choice of speed alone: no tile changes a bit.
#pragma once
#include "codegen/loops/contract_spec.h"
#include <optional>

namespace dl::codegen {

struct GemmPlan {
  enum class Kind : uint8_t {
    Panel, ///< vectors along the last result name, rows of the other factor broadcast (matrix products, convolutions)
    Dot,   ///< vectors along the last summed name, lanes folded at the end (gradients of windows, matrix times vector)
  };
  Kind kind = Kind::Panel;
  int a = 0, b = 1;      ///< factors: `b` holds the vector name, `a` the rows
  int rowName = -1;      ///< result name that only `a` mentions; -1: none, one row
  int outerName = -1;    ///< Panel: another such name, walked around the rows for every packed panel; -1: none
  int vectorName = 0;    ///< Panel: last result name. Dot: last summed name
  int columnName = -1;   ///< Dot: result name that only `b` mentions; -1: none
  int rows = 1;          ///< MR
  int vectors = 1;       ///< Panel: NV vectors in a tile. Dot: result columns in a tile
  int lanes = 16;        ///< of one vector
  bool packA = false, packB = false;
  bool transposeB = false; ///< Panel: the vector name is not contiguous in `b`, packing turns it
  std::vector<ItemAxis> axes; ///< parallel work items
  int64_t flops = 0;          ///< multiply-adds at the bounds, for the work estimate
};

/// Nothing if the nest must do it.
std::optional<GemmPlan> planGemm(const ContractSpec &spec, const TargetInfo &target);

/// Emits the kernel body for the work items [begin, end).
void emitGemm(LoopBuilder &at, const ContractSpec &spec, const GemmPlan &plan, Val begin, Val end, const ContractSink &sink);

} // namespace dl::codegen

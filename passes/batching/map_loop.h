/// One loop as a map: what its turns carry, its batched form, strips of it.
#pragma once
#include "passes/batching/batch_ops.h"

namespace dl::passes {

class MapLoop {
public:
  /// `sums`: carried sums may be added up in another order.
  MapLoop(ir::Op &loop, bool sums);
  /// No turn reads what another one made, but for adding to it.
  bool isMap() const { return isMap_; }
  /// The batched form, not yet listed anywhere; `results` are those of the loop.
  std::vector<ir::Op *> batch(ir::Module &module, std::vector<ir::Value *> &results);
  const std::string &refusal() const { return refusal_; }

private:
  /// A carried value that only grows: the ops that add to it, in order.
  struct Sum {
    ir::Value *argument;
    std::vector<ir::Op *> chain;
  };
  bool findSums();
  bool findSum(size_t carry);
  ir::Value *onto(ir::Value *total, const ir::Op &add, const ir::Value *previous, Batch &batch);
  struct Batched {
    std::vector<ir::Value *> sums, stacks;
  };
  /// All turns at once: `scans` hold one slice for each.
  bool emit(ir::Builder &b, const Dim &turns, ir::Value *first, const std::vector<ir::Value *> &scans,
            const std::vector<ir::Value *> &initial, Batched &made);
  bool whole(ir::Builder &b, std::vector<ir::Value *> &results);
  bool inStrips(ir::Builder &b, int64_t strip, std::vector<ir::Value *> &results);

  ir::Op &loop_;
  const ir::ForAttr &attr_;
  ir::Region &body_;
  bool isMap_ = false;
  std::vector<Sum> sums_;
  std::vector<const ir::Op *> adds_; ///< of all sums: not batched as ops
  std::string refusal_;
};

} // namespace dl::passes

/// A loop made beside another one, over the same turns: it reads the same scans and what the first one stacks.
#pragma once
#include "passes/rewriting.h"
#include <functional>

namespace dl::passes {

class SideLoop {
public:
  /// Its ops are built apart and listed by `finish`.
  SideLoop(ir::Module &module, ir::Op &loop);
  /// The value of the first loop's body in this one: ops are copied with what they read. `atHand` (may be null) gives
  /// what must not be copied.
  ir::Value *make(ir::Value *v);
  std::function<ir::Value *(ir::Value *)> atHand;
  /// A region argument that reads row i of `operand` along `dim` in turn i.
  ir::Value *scan(ir::Value *operand, int dim);
  /// A carried value that begins as `initial`.
  ir::Value *carry(ir::Value *initial);
  ir::Builder &body() { return inside_; }
  /// The loop at the end of the region; results are the carried values, then the stacks.
  ir::Op *finish(ir::Region &region, const std::vector<ir::Value *> &carried, const std::vector<ir::Value *> &stacked);

private:
  ir::Op *copy(ir::Op &op);

  ir::Module &module_;
  ir::Op &loop_;
  ir::Region *region_;
  ir::Builder inside_;
  struct Scan {
    ir::Value *operand;
    int dim;
    ir::Value *arg;
  };
  std::vector<Scan> scans_;
  std::vector<ir::Value *> carries_, initial_;
  std::unordered_map<const ir::Value *, ir::Value *> made_; ///< look-ups only
};

/// Adds a body value to what a `for` stacks (unless it does already); the stack.
ir::Value *stackInLoop(ir::Op &loop, ir::Value *v);
/// The stack of a body value, or nullptr.
ir::Value *stackOf(const ir::Op &loop, const ir::Value *v);
/// Adds a scan of dimension 0 of `operand` to a `for`; its argument.
ir::Value *scanInLoop(ir::Op &loop, ir::Value *operand);

} // namespace dl::passes

/// One kernel being built: its arguments appear as they are asked for.
#pragma once
#include "codegen/loops/group.h"

namespace dl::codegen {

class KernelMaker {
public:
  KernelMaker(Group &group, const std::string &part);
  LoopBuilder &b() { return *builder_; }
  RegionEmitter &e() { return *emitter_; }
  Launch &launch() { return launch_; }

  /// Where to write a value (rank 0: its word).
  TensorRef output(const Storage &to, const ir::Type &type);
  /// Where to read a value that lies in memory.
  TensorRef input(const ir::Value *v);
  /// Binds all tensors that evaluating `v` reads.
  void bindInputsOf(const ir::Value *v);
  /// Stores a value at the indices, a rank-0 value as a word.
  void store(const TensorRef &to, const ir::Type &type, const At &at, Val value);
  Val load(const TensorRef &from, const ir::Type &type, const At &at);

  /// Loops over `dims`: items are the outer dimensions and blocks of the one that runs in lanes; `body` gets every vector
  /// of indices. With `lanes` 1 every element is an item.
  void mapOver(const std::vector<dl::Dim> &dims, int lanes, const std::function<void(const At &)> &body);
  /// The same over one dense index of `dims`.
  void mapLinear(const std::vector<dl::Dim> &dims, int lanes, const std::function<void(const At &)> &body);
  /// One item.
  void serial(const std::function<void()> &body);
  /// Indices of item number `item` in the product of extents.
  std::vector<Idx> delinearise(Val item, const std::vector<dl::Dim> &extents);

  /// Shares or adds the kernel and hands the launch to the group. `work`: elements that one item handles.
  void done(int64_t elementsPerItem);

private:
  void mapFlat(const std::vector<dl::Dim> &dims, size_t first, int64_t width, int lanes, const std::function<void(const At &)> &body);
  int wordOf(KernelArg arg);
  Val word(int number);
  Val scalarInput(const ir::Value *v);
  void itemLoop(const std::function<void(Val)> &body);

  Group &group_;
  std::unique_ptr<LoopFunction> function_;
  std::unique_ptr<LoopBuilder> builder_;
  std::unique_ptr<RegionEmitter> emitter_;
  const Buffer *args_;
  std::set<const ir::Value *> visited_; ///< by bindInputsOf; look-ups only
  Launch launch_;
  std::string part_;
};

/// The first of the constant dimensions at the end over which lanes run together because the last is short; `width` is
/// their product. dims.size(): lanes run over the last dimension alone.
size_t flatFrom(const std::vector<dl::Dim> &dims, int lanes, int64_t *width);

/// Words of the frame: bool 0/1, integers sign-extended, floats by their bits.
Val wordToValue(LoopBuilder &b, Val word, ir::Elem e);
Val valueToWord(LoopBuilder &b, Val value, ir::Elem e);

} // namespace dl::codegen

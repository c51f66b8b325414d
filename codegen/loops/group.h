/// Lowering of one group (the region of a `fused` op, or a single tensor op) to a sequence of kernel launches.
///
/// Every fold, every opaque operation and every result of the group is *materialised* in turn: in its place when it leaves
/// the group, in workspace otherwise. Everything between is evaluated where it is read (region_emitter.h). Launches
/// run one after the other; the items of one launch are independent of each other.
#pragma once
#include "codegen/loops/region_emitter.h"
#include <set>

namespace dl::codegen {

/// A word that a kernel gets.
struct KernelArg {
  enum class Kind : uint8_t {
    Address,   ///< of the tensor, or of the frame word of a rank-0 result
    Scalar,    ///< the frame word itself
    Workspace, ///< address in the workspace, at `offset`
  };
  Kind kind = Kind::Address;
  const ir::Value *value = nullptr; ///< argument of the group's region, or result of the group's op
  int64_t offset = 0;
};

struct Launch {
  std::string kernel;
  std::vector<KernelArg> args;
  std::vector<dl::Dim> items; ///< their product is the number of items,
  dl::Dim blocked;            ///< times the number of blocks of `blockSize` in this extent
  int64_t blockSize = 0;      ///< 0: not blocked
  int64_t itemNanoseconds = 1;
  /// An operation that a function of the runtime does: `args` are the inputs, then the outputs, then workspace.
  const ir::Op *runtime = nullptr;
};

/// What the entry knows about a group's surroundings.
struct GroupContext {
  Program &program;
  TargetInfo target;
  std::map<std::string, std::string> &kernels; ///< printed body to name: equal kernels are shared
  /// The result's buffer may overlap the argument's.
  std::function<bool(const ir::Value *result, const ir::Value *argument)> overlaps;
  /// The result's buffer is the argument's.
  std::function<bool(const ir::Value *result, const ir::Value *argument)> same;
  int64_t *scratchBytes; ///< of a thread, raised to what the kernels need
};

struct LoweredGroup {
  std::vector<Launch> launches;
  int64_t workspaceBytes = 0;
};

/// `op` is a `fused` op, or any pure tensor op outside of one.
LoweredGroup lowerGroup(GroupContext &context, const ir::Op &op);

/// Private to the lowering of groups ----------------------------------------------------------------------------------

/// Where a materialised value lies.
struct Storage {
  const ir::Value *result = nullptr; ///< of the group's op, or
  int64_t offset = -1;               ///< in the workspace
};

class Group {
public:
  Group(GroupContext &context, const ir::Op &op);
  LoweredGroup run();

  GroupContext &context() { return context_; }
  const ir::Op &op() const { return op_; }
  /// Made outside of the group: an argument of its region, or a dimension that types mention.
  bool isInput(const ir::Value *v) const { return !v->def || members_.count(v->def) == 0; }
  bool isMaterialised(const ir::Value *v) const { return storage_.count(v) != 0; }
  const Storage &storage(const ir::Value *v) const { return storage_.at(v); }
  /// Gives a value its result's place or workspace.
  Storage allocate(const ir::Value *v);
  int64_t workspace(int64_t bytes);
  void add(Launch launch) { lowered_.launches.push_back(std::move(launch)); }
  /// A better estimate for the launch just added.
  void setItemWork(int64_t nanoseconds) { lowered_.launches.back().itemNanoseconds = nanoseconds; }
  std::string kernelName(const std::string &part) const { return name_ + (part.empty() ? "" : "_" + part); }

  /// One launch that computes values of equal dimensions, element by element.
  void emitMap(const std::vector<const ir::Value *> &values, const std::vector<Storage> &to);
  void emitFoldNode(const ir::Op &op);
  void emitOpaque(const ir::Op &op);
  /// Makes sure that the value lies in memory (input or materialised).
  void materialise(const ir::Value *v);

private:
  void emitScatter(const ir::Op &op);
  void emitUpdateAt(const ir::Op &op);
  void emitRuntimeCall(const ir::Op &op, int64_t workBytes);
  void emitCompress(const ir::Op &op);
  void emitSearch(const ir::Op &op);
  void emitCumulate(const ir::Op &op);
  bool isLive(const ir::Op &op) const;

  GroupContext &context_;
  const ir::Op &op_;
  std::string name_;
  std::vector<const ir::Op *> ops_;
  std::vector<const ir::Value *> yields_; ///< by result
  std::vector<const ir::Value *> inputs_;   ///< tensors and scalars handed in
  std::set<const ir::Op *> members_;        ///< look-ups only
  std::set<const ir::Value *> live_;        ///< look-ups only
  std::map<const ir::Value *, Storage> storage_; ///< look-ups only
  LoweredGroup lowered_;
};

} // namespace dl::codegen

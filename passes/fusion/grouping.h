/// Groups of one region: which ops run in which kernel, grown by greedy merging, then written as `fused` ops.
#pragma once
#include "passes/fusion/candidates.h"
#include "passes/fusion/rows_domain.h"
#include "passes/pass.h"
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace dl::passes {

class Grouping {
public:
  /// One group for every kernel op of the region.
  Grouping(ir::Region &region, PassContext &context);
  /// Joins producers and consumers, then groups that read the same value, as long as it is legal and pays.
  void merge();
  /// Replaces every group by a `fused` op; the region's list then is in execution order.
  void rewrite(ir::Module &module);

private:
  using Bits = std::vector<uint64_t>;
  struct Group {
    std::vector<int> ops; ///< numbers in the region's list, ascending; without free ops
    bool merged = false;  ///< joined into another one
  };
  int groupOf(const ir::Value *v) const; ///< of its defining op in this region, or -1
  std::vector<ir::Op *> withFree(const std::vector<int> &ops) const;
  void findCuts();
  bool wouldCycle(int a, int b) const;
  bool legal(const std::vector<int> &ops, std::string &why) const;
  bool onePhase(const std::vector<ir::Op *> &list, const RowsDomain &domain) const;
  bool tryMerge(int a, int b);
  void linkNeighbours();
  void materialiseFree();
  struct Units {
    std::vector<std::vector<int>> ops; ///< one list for each unit: a group, or one host op or view
    std::vector<int> of;               ///< the unit of each op, or -1 (free)
    std::vector<std::vector<int>> after; ///< units each unit must come after
  };
  Units formUnits() const;
  void updateAfterReads(Units &units) const;
  void findReaders();
  const std::vector<int> &readersOf(const ir::Value *v) const;
  bool isReadOutside(const ir::Value *v, const std::unordered_set<int> &own, std::unordered_map<const ir::Value *, bool> &known) const;
  ir::Op *emit(const std::vector<int> &ops, ir::Module &module, std::unordered_map<const ir::Value *, ir::Value *> &replaced);

  ir::Region &region_;
  PassContext &context_;
  std::unordered_map<const ir::Op *, int> number_;
  std::vector<Placement> placement_;
  std::vector<int> group_; ///< of each op, or -1 (host, view, free)
  std::vector<Group> groups_;
  std::vector<int> cut_; ///< for each op the last one at or before it behind which no group continues, or -1
  std::vector<std::vector<int>> producers_; ///< ops each op depends on, through free ops too; an effect on the one before
  std::vector<std::vector<int>> consumers_;
  std::unordered_map<const ir::Value *, std::vector<int>> readers_; ///< ops that read a value, also inside their regions; for rewriting
};

} // namespace dl::passes

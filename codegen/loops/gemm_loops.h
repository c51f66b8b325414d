/// Private to the contraction generators: values of names, addresses, guards, and the nested loops over a sum's terms in
/// the chunks of its order.
#pragma once
#include "codegen/loops/gemm_plan.h"

namespace dl::codegen {

class GemmLoops {
public:
  GemmLoops(LoopBuilder &at, const ContractSpec &spec, const GemmPlan &plan) : at(at), spec(spec), plan(plan), value(spec.names.size()) {}

  LoopBuilder &at;
  const ContractSpec &spec;
  const GemmPlan &plan;
  std::vector<Val> value; ///< of each name now; vector and row names: of lane 0 and row 0

  Val extent(int name) const { return spec.names[static_cast<size_t>(name)].extent; }
  bool isSummed(int name) const { return name >= spec.outCount; }
  /// Elements from the factor's base at the present values.
  Val offsetIn(int factor) const;
  /// Stride of a name in elements.
  int64_t stride(int factor, int name) const;
  int64_t coefficient(int factor, size_t dim, int name) const;

  /// Sets the names of all axes for work item `item`.
  void decodeItem(Val item);

  /// Chunks at the extents of now; 1 when the bounds have just one.
  bool manyChunks() const;
  Val chunkCount() const;
  /// Runs `body` for every term of chunk `chunk` (null: all), in order, with the summed names set; guards that the
  /// vector name does not move are tested as soon as their names are known. With `rows`, the last summed name is left
  /// to the body, which gets its range instead.
  void forTerms(Val chunk, const std::function<void()> &body);
  void forRows(Val chunk, const std::function<void(Val low, Val high)> &body);
  /// Number of the present term in the chunk (null: in all): the lexicographic index of the summed names. Panels hold
  /// terms in this order.
  Val termNumber(Val chunk) const;
  /// Lanes [0, lanes) from the present value plus `ahead` that the factor's guards let through; null: all.
  Val guardMask(int factor, int64_t ahead, int lanes) const;
  /// Guards that lanes run into: their terms are added as 0.
  bool addsAbsentTerms() const;

private:
  void nest(int name, Val chunk, Val before, bool rows, const std::function<void(Val, Val)> &body);
  Val indexValue(const ContractIndex &index) const;
  bool known(const ContractIndex &index, int lastSummed) const;
  bool moved(const ContractIndex &index) const;
  Val guardsSettledBy(int name) const;
};

} // namespace dl::codegen

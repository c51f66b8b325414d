/// A contraction as the loop generators see it: names with extents, factors with strides, and what to do with a result.
/// Made from a `contract` op once its operands are buffers.
#pragma once
#include "codegen/loops/loop_builder.h"
#include "ir/attributes.h"
#include <functional>

namespace dl::codegen {

struct ContractName {
  std::string name;
  int64_t bound = 0;
  dl::Dim dim;
  Val extent = nullptr; ///< i64, inside the kernel
};
/// sum of coefficient * name + offset.
struct ContractIndex {
  std::vector<std::pair<int, int64_t>> terms;
  Val offset = nullptr; ///< i64
  bool guarded = false; ///< outside 0..extent the term is absent
  Val extent = nullptr; ///< of the operand's dimension (guarded only)
};
struct ContractFactor {
  const Buffer *buffer = nullptr;
  std::vector<int64_t> strides; ///< elements, by dimension
  std::vector<ContractIndex> index;
};
/// Two plain factors, indices without divisors or gathers: what the fast generators take. The rest is for the nest.
struct ContractSpec {
  std::vector<ContractName> names; ///< [0, outCount): of the result, in memory order
  int outCount = 0;
  std::vector<ContractFactor> factors;
  ir::Order order;
  Prim elem = Prim::F32;
  /// One result by the nest, every term by itself, for the indices of the result names. Generators that read absent terms
  /// as 0 replace by it what comes out NaN: 0 times infinity or NaN is not absent.
  std::function<Val(const std::vector<Val> &index)> exactly;
};

/// Receives finished results: `index` has one i64 for each result name, the last being that of lane 0; lanes of `value`
/// lie along the last result name. Lanes outside `mask` (null: none) do not exist.
using ContractSink = std::function<void(const std::vector<Val> &index, Val value, Val mask)>;

/// Work items of a kernel: the product over `axes` of ceil(extent / block), last axis fastest.
struct ItemAxis {
  int name;
  int64_t block;
};

} // namespace dl::codegen

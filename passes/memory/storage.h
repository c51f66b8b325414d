/// Private to the memory planner: positions, lifetimes and storage classes of the values of one entry.
#pragma once
#include "passes/memory/memory_plan.h"

namespace dl::passes {

/// See insert_copies.cpp.
void insertCopies(ir::Function &entry);

/// Positions of ops in one flattened order: a region op spans [begin, end], its insides lie between.
struct Span {
  int begin = 0, end = 0;
};
/// Positions from the definition to the last use, both included; inside the loops it crosses it lives to their ends.
struct Lifetime {
  int def = 0, last = 0;
};
/// Where a value is a part of another one's buffer.
struct View {
  const ir::Value *base;
  int64_t bytes;                          ///< constant offset
  const ir::Value *index = nullptr;       ///< loop index that moves it, or none
  int64_t stride = 0;                     ///< bytes for each step of `index`
};

struct Lifetimes {
  std::unordered_map<const ir::Op *, Span> spans;
  std::unordered_map<const ir::Value *, Lifetime> of; ///< of tensors that own storage (not views) and of scalars
  std::unordered_map<const ir::Value *, View> views;
  std::vector<const ir::Value *> tensors, scalars; ///< in order of definition; tensors include views
  int end = 0;
  /// The value whose buffer holds `v`.
  const ir::Value *root(const ir::Value *v) const;
};
Lifetimes computeLifetimes(const ir::Function &entry);

/// True if the kernel may write `result` over `operand`, which it reads for the last time: it reads it only at the index
/// it writes.
bool mayOverwrite(const ir::Op &kernel, const ir::Value *operand, const ir::Value *result);

} // namespace dl::passes

/// Where every value of an entry lives while it runs. Made by plan_memory, read by code generation and by snapshots.
///
/// Rank-0 values (scalars, keys, dimensions, loop indices) have a word of the frame. Tensors have static places: strides
/// are row-major over the *bounds* of their dimensions, addresses are base + constant + sum of (word * stride), where
/// the words are indices of enclosing loops (slices of scanned operands and of stacks).
#pragma once
#include "ir/module.h"
#include <unordered_map>

namespace dl::passes {

struct Place {
  enum class Kind : uint8_t {
    Word,     ///< `at` is the number of the frame word
    Arena,    ///< `at` is a byte offset in the arena (parameters too: the runtime fills them there)
    Constant, ///< the read-only data of the `const` op that defines it (`constant`)
  };
  struct Term {
    int64_t word;   ///< frame word that holds a loop index
    int64_t stride; ///< bytes for each step of it
  };
  Kind kind = Kind::Word;
  int64_t at = 0;
  int64_t offset = 0; ///< bytes added to the base (views)
  int64_t whole = 0;  ///< Arena: bytes of the buffer at `at` that it is (a part of)
  std::vector<Term> terms;
  const ir::Value *constant = nullptr;
};

struct MemoryPlan {
  const ir::Function *entry = nullptr;
  std::unordered_map<const ir::Value *, Place> places; ///< look-ups only; never iterated
  int64_t words = 0;      ///< frame words in use
  int64_t arenaBytes = 0; ///< without scratch of threads and kernels
  int64_t copies = 0;     ///< `copy` ops that remain (each is listed by --emit=memory)

  /// A tensor or word that must survive a resume point.
  struct Live {
    std::string name; ///< the dotted path for the present value of a slot, else "frame.<n>.<hint>"
    const ir::Value *value;
  };
  /// For every `snapshot` op, in walk order: what is live there, without what the prologue computes.
  struct ResumePoint {
    const ir::Op *snapshot;
    std::vector<Live> live;
  };
  std::vector<ResumePoint> resumePoints;
  /// The last op of the prologue in the entry's body: it and all before it run again on resume. Null: no prologue.
  const ir::Op *prologueEnd = nullptr;

  const Place &of(const ir::Value *v) const { return places.at(v); }
};

/// The text of `--emit=memory`: one line per buffer and per remaining copy.
std::string printPlan(const MemoryPlan &plan);

/// Bytes of the arena that hold something while an op of the entry runs, kernels as one; loops and branches: the most of
/// what they hold.
std::unordered_map<const ir::Op *, int64_t> liveBytes(const MemoryPlan &plan);

/// Plans one entry whose kernels are fused (needs Fused, Scheduled; gives Planned). Inserts `copy` ops where two values
/// cannot share a buffer that a loop, a branch or an inout parameter makes them share; all other sharing is free.
MemoryPlan planMemory(ir::Function &entry);

} // namespace dl::passes

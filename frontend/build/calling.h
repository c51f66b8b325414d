/// What the interpreter is asked to do, as plain data: the arguments and the place of a call, a run-time loop, what is
/// differentiated by.
#pragma once
#include "frontend/build/value.h"
#include <functional>
#include <utility>

namespace dl::frontend {

/// Arguments of a call, evaluated; empty name: by position.
struct Arg {
  std::string name;
  SourceRange where;
  Val value;
  const ast::Expr *expr = nullptr; ///< as written, when it was (grad needs the name; `x |> f` has one too)
  SourceRange nameWhere = {};
};
struct CallSite {
  SourceRange where;               ///< the whole call
  SourceRange callee;
  const void *node = nullptr;      ///< for BodyFacts::sites
};

/// A `repeat` that runs as a loop: what it makes is stacked, and a turn works on its part of each stack.
struct Roll {
  const ast::Expr *repeat = nullptr;
  Dim trip;
  ir::Value *index = nullptr;             ///< of the body that is being built
  ir::Region *body = nullptr;
  std::vector<std::pair<int, int>> parts; ///< places, and the places that stand for their parts in this turn
  std::vector<int> wholes;                ///< places that the body reads as a whole
};

/// A run-time loop in terms of what C++ does for its body.
struct LoopSpec {
  SourceRange where;
  Dim trip;                               ///< turns, unless tripValue or condition only
  ir::Value *tripValue = nullptr;         ///< i64: a count without a useful bound (no stacked results, no gradient)
  bool counted = true;                    ///< false: `while` without a count
  std::vector<ir::Value *> scans;         ///< walked along dimension 0 (only with trip)
  std::function<Val()> condition;         ///< optional: `while c`, evaluated before each turn
  /// One turn: the index (i64) and the slices of the scans. May be run more than once, in scratch regions.
  std::function<void(ir::Value *index, const std::vector<ir::Value *> &slices)> body;
  bool yields = true;                     ///< collect `yield` values as a stack
  bool foldsKey = true;                   ///< draws in the body depend on the turn
  Roll *roll = nullptr;                   ///< a `repeat`: what is not the same in every turn is refused
};

/// What a body may change, to run it again or to find what it changed.
struct Snapshot {
  std::vector<std::pair<Scope *, std::vector<std::pair<std::string, Val>>>> scopes;
  std::vector<Val> places;
};
/// A name or a place that differs from the snapshot.
struct Changed {
  Scope *scope = nullptr;
  std::string name;
  int place = -1;
  bool operator==(const Changed &) const = default;
};

/// A range `a..b` as turns of a loop.
struct RangeTurns {
  Dim trip;                               ///< turns, unless `count`
  ir::Value *count = nullptr;             ///< i64: turns without a useful bound
  ir::Value *first = nullptr;             ///< i64: a; null for 0
  int64_t low = 0, high = 0;              ///< what is known of the numbers: nothing if high <= low
};

struct DerivativeInputs { ///< what is differentiated by
  bool tuple = false;              ///< written as a tuple
  std::vector<Val> trees, flat;    ///< bundles (models as records), and all their leaves
  std::vector<ir::Value *> floats; ///< the leaves that count
  std::string names;               ///< as written
};
/// Where an input that is a part of a stack is differentiated by the whole: the whole's place in `values`, and the part.
struct DerivativeSources {
  std::vector<ir::Value *> values;
  std::vector<std::pair<size_t, std::vector<StackPart>>> of; ///< for each float input
};

} // namespace dl::frontend

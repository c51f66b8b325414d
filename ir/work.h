/// What an op costs by itself: arithmetic on elements, bytes moved. The rules are in evaluate/README.md.
#pragma once
#include "ir/module.h"
#include <functional>

namespace dl::ir {

/// Extents of what an op reads and makes: those of one execution, or the most they can be.
struct OpSizes {
  std::vector<std::vector<int64_t>> in, out;
  std::function<int64_t(const dl::Dim &)> extent; ///< of what its attributes mention
};
OpSizes boundsOf(const Op &op);

/// Of a pure op without regions.
int64_t flopsOf(const Op &op, const OpSizes &sizes);
/// Products that are added up: the terms of contractions of two factors or more.
int64_t multiplyAddsOf(const Op &op, const OpSizes &sizes);

/// Of a loop: the most there can be, if that is known, else one.
int64_t turnsOf(const Op &op);

struct Traffic {
  std::vector<int64_t> read; ///< bytes of each operand
  int64_t written = 0;
  int64_t total() const;
};
/// `inPlace`: of an update, its base is overwritten.
Traffic trafficOf(const Op &op, const OpSizes &sizes, bool inPlace);

} // namespace dl::ir

/// Subscripts as they are evaluated, and what they ask of each axis.
#pragma once
#include "frontend/build/value.h"

namespace dl::frontend {

struct Item { ///< a subscript, evaluated
  ast::ItemKind kind = ast::ItemKind::Value;
  SourceRange where;
  Val value, begin, end, step, length; ///< length: of `x[i:i + n]`
};

struct AxisPlan { ///< what is asked of an axis: element k of the part stands at start (or `first`) + k * step
  bool fresh = false, drop = false;     ///< a new axis; an int: no axis is left
  Dim start{0}, extent{1};
  ir::Value *first = nullptr;           ///< i64: a start known at run time only
  int64_t step = 1;
  std::optional<Val> rows;              ///< or a tensor of ints, known to be inside
};

struct SliceSize { ///< a slice with ends known at run time, and its length
  ir::Value *begin, *end;
  Dim from, to, axis;
  int64_t step;
  ir::Region *region;
  Dim extent;
  bool sameAs(const SliceSize &o) const;
};

} // namespace dl::frontend

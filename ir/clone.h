/// Copying operations under a map of values; dimension variables follow the map and types are inferred anew.
#pragma once
#include "ir/builder.h"
#include <unordered_map>

namespace dl::ir {

struct ValueMap {
  std::unordered_map<const Value *, Value *> values;
  std::unordered_map<const DimAtom *, Dim> dims;
  /// The image of `v`, or `v` itself.
  Value *operator()(Value *v) const {
    auto found = values.find(v);
    return found == values.end() ? v : found->second;
  }
  /// Also maps the variable of a dim value (`to` may be a dim value).
  void map(Value *from, Value *to);
  Dim operator()(const Dim &d) const;
  Type operator()(const Type &t) const;
};

/// Copies one op (with its regions) to the end of the builder's region and extends the map by its results.
Op *cloneOp(const Op &op, ValueMap &map, Builder &at);
/// Copies all ops of a region but its terminator; returns the images of the terminator's operands.
std::vector<Value *> cloneBody(const Region &from, ValueMap &map, Builder &at);
/// A copy of the whole region (arguments, ops, terminator) as a new unattached region of the builder's function.
Region *cloneRegion(const Region &from, ValueMap &map, Builder &at);
/// A deep copy of the module.
std::unique_ptr<Module> cloneModule(const Module &module);

/// Replaces every use of `from` by `to` inside the region (operands of all nested ops); types are not changed.
void replaceUses(Region &region, const std::unordered_map<const Value *, Value *> &map);

} // namespace dl::ir

/// Rules of reads and writes at computed places.
#include "ir/index_range.h"
#include "passes/contraction/index_algebra.h"
#include "passes/simplify/rules.h"

namespace dl::passes {

using namespace ir;

namespace {

std::optional<SliceAttr> knownStarts(const Op &op, size_t firstStart, const Type &from, const std::vector<Dim> &extent) {
  SliceAttr attr;
  for (size_t d = 0; d < extent.size(); ++d) {
    auto bits = splatBits(op.operand(firstStart + d));
    if (!bits) return std::nullopt;
    Dim start = static_cast<int64_t>(*bits);
    if (!isNonNegative(start) || !isNonNegative(from.dims[d] - extent[d] - start)) return std::nullopt;
    attr.start.push_back(start), attr.extent.push_back(extent[d]), attr.step.push_back(1);
  }
  return attr;
}

Value *sliceAtKnownPlace(Op &op, Builder &at) {
  if (op.kind != OpKind::SliceAt || op.result()->type.isScalar()) return nullptr;
  auto attr = knownStarts(op, 1, op.operand(0)->type, op.result()->type.dims);
  return attr ? at.value(OpKind::Slice, {op.operand(0)}, *attr) : nullptr;
}

Value *updateOfEverything(Op &op, Builder &) {
  bool sets = op.kind == OpKind::UpdateAt && op.as<UpdateAtAttr>().mode == ScatterMode::Set;
  return sets && op.operand(0)->type == op.operand(1)->type ? op.operand(1) : nullptr;
}

/// Adding a block to zeros is padding it.
Value *updateOfZeros(Op &op, Builder &at) {
  if (op.kind != OpKind::UpdateAt || op.result()->type.isScalar() || !isNumber(op.operand(0), 0)) return nullptr;
  auto where = knownStarts(op, 2, op.operand(0)->type, op.operand(1)->type.dims);
  if (!where) return nullptr;
  Value *zero = at.constant(Type(op.result()->type.elem), 0);
  return at.value(OpKind::Pad, {op.operand(1), zero}, PadAttr{where->start, op.result()->type.dims, where->step});
}

/// A remap of plain, different names is a transpose.
Value *plainRemap(Op &op, Builder &at) {
  if (op.kind != OpKind::Remap && op.kind != OpKind::Gather) return nullptr;
  const auto &attr = op.as<IndexedAttr>();
  const auto &index = attr.factors[0].index;
  if (index.size() != attr.names.size()) return nullptr;
  std::vector<int> perm(index.size(), -1);
  for (size_t d = 0; d < index.size(); ++d) {
    auto name = plainName(index[d]);
    if (!name || perm[static_cast<size_t>(*name)] >= 0 ||
        attr.names[static_cast<size_t>(*name)].extent != op.operand(0)->type.dims[d])
      return nullptr;
    perm[static_cast<size_t>(*name)] = static_cast<int>(d);
  }
  return at.transpose(op.operand(0), perm);
}

/// `scatter add` of one element to each row, `base[i, %t[i]]` over [i]: a comparison with the position in the row
/// instead of a scatter, so that it is element-wise.
Value *scatterToRows(Op &op, Builder &at) {
  if (op.kind != OpKind::Scatter || op.as<IndexedAttr>().mode != ScatterMode::Add) return nullptr;
  const auto &attr = op.as<IndexedAttr>();
  const Type &type = op.result()->type;
  const auto &place = attr.factors[0].index, &from = attr.factors[1].index;
  size_t names = attr.names.size();
  if (place.size() != names + 1 || from.size() != names || op.operands.size() != 3) return nullptr;
  auto isName = [&](const Index &index, size_t n) { return plainName(index) == static_cast<int>(n); };
  int hit = -1;
  std::vector<int> to;
  size_t next = 0;
  for (size_t d = 0; d < place.size(); ++d) {
    if (place[d].source >= 0 && hit < 0) {
      hit = static_cast<int>(d);
      continue;
    }
    if (next == names || !isName(place[d], next) || attr.names[next].extent != type.dims[d]) return nullptr;
    to.push_back(static_cast<int>(d)), ++next;
  }
  if (hit < 0 || next != names || place[static_cast<size_t>(hit)].sourceIndex.size() != names) return nullptr;
  for (size_t n = 0; n < names; ++n) {
    if (!isName(from[n], n) || op.operand(1)->type.dims[n] != attr.names[n].extent) return nullptr;
    if (place[static_cast<size_t>(hit)].sourceIndex[n] != nameAffine(static_cast<int>(n))) return nullptr;
    if (op.operand(2)->type.dims[n] != attr.names[n].extent) return nullptr;
  }
  Value *here = at.iota(type.withElem(op.operand(2)->type.elem), hit);
  Value *isHit = at.binary(OpKind::Eq, here, at.broadcast(op.operand(2), type.dims, to));
  Value *sum = at.add(op.operand(0), at.broadcast(op.operand(1), type.dims, to));
  return at.select(isHit, sum, op.operand(0));
}

} // namespace

std::vector<Rule> indexingRules() {
  return {{"slice_at_known_place", RuleClass::Exact, sliceAtKnownPlace},
          {"update_of_everything", RuleClass::Exact, updateOfEverything},
          {"update_of_zeros", RuleClass::Numeric, updateOfZeros},
          {"plain_remap", RuleClass::Exact, plainRemap},
          {"scatter_to_rows", RuleClass::Exact, scatterToRows}};
}

} // namespace dl::passes

/// Rules of ops that move elements.
#include "ir/index_range.h"
#include "passes/simplify/rules.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

/// Same type in and out, and nothing moves.
Value *movesNothing(Op &op, Builder &) {
  if (op.operands.empty() || op.operand(0)->type != op.result()->type) return nullptr;
  Value *x = op.operand(0);
  if (op.kind == OpKind::Reshape) return x;
  if (op.kind == OpKind::Transpose) return std::is_sorted(op.as<DimsAttr>().dims.begin(), op.as<DimsAttr>().dims.end()) ? x : nullptr;
  if (op.kind == OpKind::Broadcast) return x; // ascending dimensions, all taken
  if (op.kind == OpKind::Concat) return op.operands.size() == 1 ? x : nullptr;
  if (op.kind == OpKind::SliceAt) return x; // starts are clamped to 0
  if (op.kind == OpKind::Slice) {
    const auto &attr = op.as<SliceAttr>();
    for (size_t d = 0; d < attr.start.size(); ++d)
      if (attr.start[d] != Dim(0) || attr.step[d] != 1) return nullptr;
    return x;
  }
  if (op.kind == OpKind::Pad) {
    const auto &attr = op.as<PadAttr>();
    for (size_t d = 0; d < attr.low.size(); ++d)
      if (attr.low[d] != Dim(0) || attr.step[d] != 1) return nullptr;
    return x;
  }
  if (op.kind == OpKind::Reverse) {
    for (int d : op.as<DimsAttr>().dims)
      if (x->type.dims[static_cast<size_t>(d)].highest() > 1) return nullptr;
    return x;
  }
  return nullptr;
}

Value *reshapeTwice(Op &op, Builder &at) {
  if (op.kind != OpKind::Reshape) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Reshape);
  return inner ? at.reshape(inner->operand(0), op.result()->type.dims) : nullptr;
}

/// Element-wise on values that were reshaped alike: reshape the result instead, so that kept unit dimensions and
/// flattening do not stand between kernels.
Value *elementwiseOfReshape(Op &op, Builder &at) {
  if (!isElementwise(op.kind)) return nullptr;
  const std::vector<Dim> *dims = nullptr;
  for (const Value *operand : op.operands) {
    if (Op *inner = definedBy(operand, OpKind::Reshape)) {
      if (dims && *dims != inner->operand(0)->type.dims) return nullptr;
      dims = &inner->operand(0)->type.dims;
    } else if (!splatBits(operand)) {
      return nullptr;
    }
  }
  if (!dims) return nullptr;
  std::vector<Value *> operands;
  for (const Value *operand : op.operands) {
    Op *inner = definedBy(operand, OpKind::Reshape);
    operands.push_back(inner ? inner->operand(0) : at.constantBits(Type(operand->type.elem, *dims), {*splatBits(operand)}));
  }
  return at.reshape(at.value(op.kind, operands, op.attrs), op.result()->type.dims);
}

Value *transposeTwice(Op &op, Builder &at) {
  if (op.kind != OpKind::Transpose) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Transpose);
  if (!inner) return nullptr;
  std::vector<int> perm;
  for (int d : op.as<DimsAttr>().dims) perm.push_back(inner->as<DimsAttr>().dims[static_cast<size_t>(d)]);
  return at.transpose(inner->operand(0), perm);
}

/// A transpose that only moves dimensions of extent 1 is a reshape.
Value *transposeOfUnits(Op &op, Builder &at) {
  if (op.kind != OpKind::Transpose) return nullptr;
  int last = -1;
  for (int d : op.as<DimsAttr>().dims) {
    if (op.operand(0)->type.dims[static_cast<size_t>(d)].isConstant(1)) continue;
    if (d < last) return nullptr;
    last = d;
  }
  return at.reshape(op.operand(0), op.result()->type.dims);
}

Value *reverseTwice(Op &op, Builder &) {
  if (op.kind != OpKind::Reverse) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Reverse);
  return inner && inner->as<DimsAttr>() == op.as<DimsAttr>() ? inner->operand(0) : nullptr;
}

Value *sliceTwice(Op &op, Builder &at) {
  if (op.kind != OpKind::Slice) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Slice);
  if (!inner) return nullptr;
  SliceAttr attr = op.as<SliceAttr>();
  const auto &first = inner->as<SliceAttr>();
  for (size_t d = 0; d < attr.start.size(); ++d) {
    attr.start[d] = first.start[d] + attr.start[d] * Dim(first.step[d]);
    attr.step[d] *= first.step[d];
  }
  return at.value(OpKind::Slice, {inner->operand(0)}, attr);
}

/// Cutting out exactly what was padded.
Value *sliceOfPad(Op &op, Builder &) {
  if (op.kind != OpKind::Slice) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Pad);
  if (!inner || inner->operand(0)->type != op.result()->type) return nullptr;
  const auto &slice = op.as<SliceAttr>();
  const auto &pad = inner->as<PadAttr>();
  return slice.start == pad.low && slice.step == pad.step ? inner->operand(0) : nullptr;
}

/// A slice within one piece.
Value *sliceOfConcat(Op &op, Builder &at) {
  if (op.kind != OpKind::Slice) return nullptr;
  Op *inner = definedBy(op.operand(0), OpKind::Concat);
  if (!inner) return nullptr;
  SliceAttr attr = op.as<SliceAttr>();
  size_t d = static_cast<size_t>(inner->as<ConcatAttr>().dim);
  Dim start = 0, end = attr.start[d] + (attr.extent[d] - Dim(1)) * Dim(attr.step[d]) + Dim(1);
  for (Value *piece : inner->operands) {
    Dim next = start + piece->type.dims[d];
    if (isNonNegative(attr.start[d] - start) && isNonNegative(next - end)) {
      attr.start[d] = attr.start[d] - start;
      return at.value(OpKind::Slice, {piece}, attr);
    }
    start = next;
  }
  return nullptr;
}

Value *nestedConcat(Op &op, Builder &at) {
  if (op.kind != OpKind::Concat) return nullptr;
  std::vector<Value *> pieces;
  for (Value *piece : op.operands) {
    Op *inner = definedBy(piece, OpKind::Concat);
    if (inner && inner->as<ConcatAttr>() == op.as<ConcatAttr>())
      pieces.insert(pieces.end(), inner->operands.begin(), inner->operands.end());
    else pieces.push_back(piece);
  }
  return pieces.size() == op.operands.size() ? nullptr : at.value(OpKind::Concat, pieces, op.as<ConcatAttr>());
}

/// Reducing dimensions of extent 1 removes them.
Value *reduceUnits(Op &op, Builder &at) {
  if (op.kind != OpKind::Reduce) return nullptr;
  for (int d : op.as<ReduceAttr>().dims)
    if (!op.operand(0)->type.dims[static_cast<size_t>(d)].isConstant(1)) return nullptr;
  return at.reshape(op.operand(0), op.result()->type.dims);
}

/// The largest of the largest; only for kinds without an order.
Value *reduceTwice(Op &op, Builder &at) {
  if (op.kind != OpKind::Reduce) return nullptr;
  const auto &outer = op.as<ReduceAttr>();
  Op *inner = definedBy(op.operand(0), OpKind::Reduce);
  if (!inner || outer.kind == ReduceKind::Sum || outer.kind == ReduceKind::Prod) return nullptr;
  const auto &first = inner->as<ReduceAttr>();
  if (first.kind != outer.kind) return nullptr;
  std::vector<int> kept, dims = first.dims;
  for (int d = 0; d < static_cast<int>(inner->operand(0)->type.rank()); ++d)
    if (std::find(dims.begin(), dims.end(), d) == dims.end()) kept.push_back(d);
  for (int d : outer.dims) dims.push_back(kept[static_cast<size_t>(d)]);
  return at.reduce(outer.kind, inner->operand(0), dims);
}

} // namespace

std::vector<Rule> shapeRules() {
  return {{"moves_nothing", RuleClass::Exact, movesNothing},     {"reshape_twice", RuleClass::Exact, reshapeTwice},
          {"elementwise_of_reshape", RuleClass::Exact, elementwiseOfReshape},
          {"transpose_twice", RuleClass::Exact, transposeTwice}, {"transpose_of_units", RuleClass::Exact, transposeOfUnits},
          {"reverse_twice", RuleClass::Exact, reverseTwice},     {"slice_twice", RuleClass::Exact, sliceTwice},
          {"slice_of_pad", RuleClass::Exact, sliceOfPad},        {"slice_of_concat", RuleClass::Exact, sliceOfConcat},
          {"nested_concat", RuleClass::Exact, nestedConcat},     {"reduce_units", RuleClass::Numeric, reduceUnits},
          {"reduce_twice", RuleClass::Exact, reduceTwice}};
}

} // namespace dl::passes

// Reads and writes at places: every turn in its own slice. Starts that vary become indices.
#include "ir/index_range.h"
#include "passes/batching/batch_ops.h"
#include <algorithm>
#include <bit>

namespace dl::passes {

using namespace ir;

/// remap, gather, scatter.
void batchIndexed(const Op &op, Batch &batch) {
  IndexedAttr attr = withTurnName(op, batch);
  bool writes = op.kind == OpKind::Scatter;
  std::vector<Value *> operands;
  for (size_t i = 0; i < op.operands.size(); ++i) {
    Value *x = op.operand(i);
    operands.push_back(batch.varies(x) || (writes && i == 0) ? batch.turns(x) : batch.image(x));
  }
  for (Factor &factor : attr.factors) {
    for (Index &index : factor.index)
      if (index.source >= 0 && batch.varies(op.operand(static_cast<size_t>(index.source))))
        index.sourceIndex.insert(index.sourceIndex.begin(), nameAffine(0));
    size_t read = static_cast<size_t>(factor.operand);
    if (batch.varies(op.operand(read)) || (writes && read == 0)) factor.index.insert(factor.index.begin(), turnIndex());
  }
  batch.give(op.result(), batch.b.value(op.kind, operands, attr));
}

namespace {

/// Places along one dimension for every turn and every element of a block: i64[turns, part].
Value *placesOf(Value *start, const Dim &whole, const Dim &part, Batch &batch) {
  Builder &b = batch.b;
  Value *zero = b.constantInt(start->type, 0);
  Value *last = b.splat(b.extent(whole - part), start->type.dims);
  Value *first = b.binary(OpKind::Max, b.binary(OpKind::Min, start, last), zero);
  Type type(Elem::I64, {batch.extent(), part});
  return b.add(b.broadcast(first, type.dims, {0}), b.iota(type, 1));
}

/// The block of a turn in `whole`: names (turn, block...), an index for each dimension; index operands go to `operands`.
/// A dimension that the block fills is read plainly.
Factor blockFactor(const Op &op, size_t firstStart, const Type &whole, const std::vector<Dim> &part, bool perTurn,
                   std::vector<Value *> &operands, Batch &batch) {
  Factor factor;
  factor.operand = 0;
  if (perTurn) factor.index.push_back(turnIndex());
  for (size_t d = 0; d < part.size(); ++d) {
    int name = static_cast<int>(d) + 1;
    Index index;
    if (part[d] == whole.dims[d]) {
      index.affine = nameAffine(name);
    } else {
      index.source = static_cast<int>(operands.size());
      index.sourceIndex = {nameAffine(0), nameAffine(name)};
      operands.push_back(placesOf(batch.turns(op.operand(firstStart + d)), whole.dims[d], part[d], batch));
    }
    factor.index.push_back(index);
  }
  return factor;
}

IndexedAttr overBlock(const std::vector<Dim> &part, const Batch &batch) {
  IndexedAttr attr;
  attr.names.push_back({"b", batch.extent()});
  for (size_t d = 0; d < part.size(); ++d) attr.names.push_back({"i" + std::to_string(d), part[d]});
  attr.outCount = static_cast<int>(attr.names.size());
  return attr;
}

bool startsVary(const Op &op, size_t first, const Batch &batch) {
  return std::any_of(op.operands.begin() + static_cast<long>(first), op.operands.end(), [&](const Value *v) { return batch.varies(v); });
}

std::vector<Value *> withZeroStart(std::vector<Value *> tensors, const Op &op, size_t first, Batch &batch) {
  tensors.push_back(batch.b.i64(0));
  for (size_t i = first; i < op.operands.size(); ++i) tensors.push_back(batch.image(op.operand(i)));
  return tensors;
}

/// x[i + c] of turn i, the rest whole: rows of x.
Value *rowsByTurn(const Op &op, const std::vector<Dim> &part, Batch &batch) {
  Value *x = batch.image(op.operand(0));
  const std::vector<Dim> &whole = x->type.dims;
  std::optional<size_t> dim;
  for (size_t d = 0; d < part.size(); ++d) {
    if (part[d] == whole[d]) continue;
    if (dim || !part[d].isConstant(1)) return nullptr;
    dim = d;
  }
  if (!dim) return nullptr;
  auto first = batch.beyondNumber(op.operand(1 + *dim));
  if (!first || *first < 0 || !isNonNegative(whole[*dim] - batch.extent() - Dim(*first))) return nullptr;
  Builder &b = batch.b;
  if (*first != 0 || whole[*dim] != batch.extent()) {
    SliceAttr slice{std::vector<Dim>(part.size(), Dim(0)), whole, std::vector<int64_t>(part.size(), 1)};
    slice.start[*dim] = Dim(*first), slice.extent[*dim] = batch.extent();
    x = b.value(OpKind::Slice, {x}, slice);
  }
  std::vector<int> perm{static_cast<int>(*dim)};
  for (int d = 0; d < static_cast<int>(part.size()); ++d)
    if (d != perm[0]) perm.push_back(d);
  return b.reshape(b.transpose(x, perm), batch.withTurn(part));
}

void batchSliceAt(const Op &op, Batch &batch) {
  auto attr = batch.attrs<SliceAtAttr>(op);
  Builder &b = batch.b;
  Value *x = op.operand(0);
  if (!startsVary(op, 1, batch)) {
    attr.extent.insert(attr.extent.begin(), batch.extent());
    return batch.give(op.result(), b.value(OpKind::SliceAt, withZeroStart({batch.turns(x)}, op, 1, batch), attr));
  }
  bool perTurn = batch.varies(x);
  if (Value *rows = perTurn ? nullptr : rowsByTurn(op, attr.extent, batch)) return batch.give(op.result(), rows);
  std::vector<Value *> operands{perTurn ? batch.turns(x) : batch.image(x)};
  IndexedAttr gather = overBlock(attr.extent, batch);
  gather.factors = {blockFactor(op, 1, batch.place(x->type), attr.extent, perTurn, operands, batch)};
  batch.give(op.result(), b.value(operands.size() > 1 ? OpKind::Gather : OpKind::Remap, operands, gather));
}

void batchUpdateAt(const Op &op, Batch &batch) {
  Builder &b = batch.b;
  Value *base = batch.turns(op.operand(0)), *update = batch.turns(op.operand(1));
  if (!startsVary(op, 2, batch))
    return batch.give(op.result(), b.value(OpKind::UpdateAt, withZeroStart({base, update}, op, 2, batch), op.attrs));
  std::vector<Dim> part(update->type.dims.begin() + 1, update->type.dims.end());
  IndexedAttr scatter = overBlock(part, batch);
  scatter.mode = op.as<UpdateAtAttr>().mode;
  std::vector<Value *> operands{base, update};
  Factor places = blockFactor(op, 2, batch.place(op.operand(0)->type), part, true, operands, batch), from;
  from.operand = 1;
  for (int name = 0; name <= static_cast<int>(part.size()); ++name) {
    Index index;
    index.affine = nameAffine(name);
    from.index.push_back(index);
  }
  scatter.factors = {places, from};
  batch.give(op.result(), b.value(OpKind::Scatter, operands, scatter));
}

/// Each turn has a vector of its own to search: the halving of `search`, for all queries at once.
Value *searchPerTurn(Value *sorted, Value *queries, bool right, Batch &batch) {
  Builder &b = batch.b;
  const Dim &count = sorted->type.dims[1];
  Type places = queries->type.withElem(Elem::I32);
  Value *low = b.constant(places, 0), *high = b.splat(b.convert(b.extent(count), Elem::I32), places.dims);
  Region *body = b.newRegion({Type(Elem::I64), places, places}), *outside = b.region();
  b.setRegion(body);
  Value *from = body->args[1], *to = body->args[2];
  Value *middle = b.add(from, b.binary(OpKind::Shr, b.sub(to, from), b.constant(places, 1)));
  IndexedAttr at;
  std::vector<Affine> here;
  for (size_t d = 0; d < places.rank(); ++d) {
    at.names.push_back({"i" + std::to_string(d), places.dims[d]});
    here.push_back(nameAffine(static_cast<int>(d)));
  }
  at.outCount = static_cast<int>(places.rank());
  Index element;
  element.source = 1, element.sourceIndex = here;
  Factor read;
  read.operand = 0, read.index = {turnIndex(), element};
  at.factors = {read};
  Value *value = b.value(OpKind::Gather, {sorted, middle}, at);
  Value *before = b.binary(right ? OpKind::Le : OpKind::Lt, value, queries);
  if (isFloat(queries->type.elem)) { // NaN comes behind everything
    Value *last = b.binary(OpKind::Ne, queries, queries);
    if (!right) last = b.binary(OpKind::And, last, b.binary(OpKind::Eq, value, value));
    before = b.binary(OpKind::Or, before, last);
  }
  Value *open = b.binary(OpKind::Lt, from, to);
  Value *up = b.binary(OpKind::And, open, before), *down = b.binary(OpKind::And, open, b.unary(OpKind::Not, before));
  Value *next = b.add(middle, b.constant(places, 1));
  b.yield({b.select(up, next, from), b.select(down, middle, to)});
  b.setRegion(outside);
  ForAttr loop;
  loop.trip = std::bit_width(static_cast<uint64_t>(count.bound()));
  loop.carries = 2;
  return b.create(OpKind::For, {low, high}, loop, {body})->result(0);
}

void batchSearch(const Op &op, Batch &batch) {
  Value *queries = batch.turns(op.operand(1));
  bool right = op.as<SearchAttr>().right;
  if (batch.varies(op.operand(0)))
    return batch.give(op.result(), searchPerTurn(batch.turns(op.operand(0)), queries, right, batch));
  batch.give(op.result(), batch.b.value(OpKind::Search, {batch.image(op.operand(0)), queries}, op.attrs));
}

void batchSort(const Op &op, Batch &batch) {
  SortAttr attr = op.as<SortAttr>();
  ++attr.dim;
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(batch.turns(operand));
  Op *sorted = batch.b.create(OpKind::Sort, operands, attr);
  for (size_t i = 0; i < op.results.size(); ++i) batch.give(op.results[i], sorted->results[i]);
}

} // namespace

Value *addOnto(const Op &add, Value *total, bool backwards, Batch &batch) {
  Affine turn = nameAffine(0);
  if (backwards) turn = {{{0, -1}}, batch.extent() - Dim(1)};
  Index turnAt;
  turnAt.affine = turn;
  auto take = [&](Value *v) { return batch.varies(v) ? batch.turns(v) : batch.image(v); };
  std::vector<Value *> operands{total, take(add.operand(1))};
  IndexedAttr attr;
  if (add.kind == OpKind::Scatter) {
    attr = withTurnName(add, batch);
    for (size_t i = 2; i < add.operands.size(); ++i) operands.push_back(take(add.operand(i)));
    for (Factor &factor : attr.factors)
      for (Index &index : factor.index)
        if (index.source >= 0 && batch.varies(add.operand(static_cast<size_t>(index.source))))
          index.sourceIndex.insert(index.sourceIndex.begin(), turn);
  } else {
    DL_CHECK(add.kind == OpKind::UpdateAt);
    std::vector<Dim> part = batch.place(add.operand(1)->type).dims;
    attr = overBlock(part, batch);
    attr.mode = ScatterMode::Add;
    Factor places = blockFactor(add, 2, total->type, part, false, operands, batch), from;
    for (Index &index : places.index)
      if (index.source >= 0) index.sourceIndex[0] = turn;
    from.operand = 1;
    for (int name = 1; name <= static_cast<int>(part.size()); ++name) {
      Index index;
      index.affine = nameAffine(name);
      from.index.push_back(index);
    }
    attr.factors = {places, from};
  }
  if (batch.varies(add.operand(1))) attr.factors[1].index.insert(attr.factors[1].index.begin(), turnAt);
  return batch.b.value(OpKind::Scatter, operands, attr);
}

void batchIndexing(const Op &op, Batch &batch) {
  if (op.kind == OpKind::SliceAt) return batchSliceAt(op, batch);
  if (op.kind == OpKind::UpdateAt) return batchUpdateAt(op, batch);
  if (op.kind == OpKind::Search) return batchSearch(op, batch);
  if (op.kind == OpKind::Sort) return batchSort(op, batch);
  DL_CHECK(op.kind == OpKind::Compress);
  batch.refuse(op, "keeps a number of its own in every turn");
}

} // namespace dl::passes

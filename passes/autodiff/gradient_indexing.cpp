/// Transposes of reads and writes at computed places.
#include "passes/autodiff/reverse.h"

namespace dl::passes {

using namespace ir;

namespace {

/// The index operands behind the first `tensors` ones, as they are in the forward pass.
void appendSources(const Op &op, size_t tensors, Reverse &r, std::vector<Value *> &operands) {
  for (size_t i = tensors; i < op.operands.size(); ++i) operands.push_back(r.primal(op.operand(i)));
}

/// `factor` of `op` as a factor of a new op that reads operand number `operand`; the index operands it needs go to the
/// end of `operands`.
Factor carriedOver(const Op &op, Factor factor, int operand, std::vector<Value *> &operands, Reverse &r) {
  factor.operand = operand;
  for (Index &index : factor.index)
    if (index.source >= 0) {
      operands.push_back(r.primal(op.operand(static_cast<size_t>(index.source))));
      index.source = static_cast<int>(operands.size()) - 1;
    }
  return factor;
}

/// Reads g[names] plainly.
Factor plainFactor(int operand, size_t names) {
  Factor factor;
  factor.operand = operand;
  for (size_t i = 0; i < names; ++i) {
    Index index;
    index.affine.terms = {{static_cast<int>(i), 1}};
    factor.index.push_back(index);
  }
  return factor;
}

/// gather: `scatter add` of the cotangents at the places read, onto the running sum.
void gradientGather(Op &op, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  Value *g = r.take(op.result());
  IndexedAttr scatter;
  scatter.names = attr.names, scatter.outCount = static_cast<int>(attr.names.size()), scatter.mode = ScatterMode::Add;
  std::vector<Value *> operands{nullptr, g};
  scatter.factors = {carriedOver(op, attr.factors[0], 0, operands, r), plainFactor(1, attr.names.size())};
  Builder &b = r.b;
  Type type = op.operand(0)->type;
  r.contributeOnto(op.operand(0), [&b, operands, scatter, type](Value *base) mutable {
    operands[0] = base ? base : b.constant(type, 0);
    return b.value(OpKind::Scatter, operands, scatter);
  });
}

/// The cotangents at the places that the updates went to, over all names.
Value *gatherAtPlaces(const Op &op, Value *g, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  IndexedAttr gather;
  gather.names = attr.names, gather.outCount = static_cast<int>(attr.names.size());
  std::vector<Value *> operands{g};
  gather.factors = {carriedOver(op, attr.factors[0], 0, operands, r)};
  return r.b.value(OpKind::Gather, operands, gather);
}

/// For `scatter set`: true where an update is the one that stayed (the last at its place).
Value *isWinner(const Op &op, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  Builder &b = r.b;
  std::vector<Dim> domain;
  Dim count = 1;
  for (const IndexName &name : attr.names) domain.push_back(name.extent), count = count * name.extent;
  Value *numbers = b.reshape(b.iota(Type(Elem::I32, {count}), 0), domain);
  IndexedAttr scatter = attr;
  Value *none = b.constantInt(op.operand(0)->type.withElem(Elem::I32), -1);
  std::vector<Value *> operands{none, numbers};
  scatter.factors = {carriedOver(op, attr.factors[0], 0, operands, r), plainFactor(1, attr.names.size())};
  Value *last = b.value(OpKind::Scatter, operands, scatter);
  return b.binary(OpKind::Eq, gatherAtPlaces(op, last, r), numbers);
}

/// A tensor over all names, summed into the element of the updates that each name tuple read: the transpose of
/// reading at the (affine) index of the updates.
Value *ontoUpdates(const Op &op, Value *perName, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  IndexedAttr scatter;
  scatter.names = attr.names, scatter.outCount = attr.outCount, scatter.mode = ScatterMode::Add;
  std::vector<Value *> operands{r.zeros(op.operand(1)->type), perName};
  scatter.factors = {carriedOver(op, attr.factors[1], 0, operands, r), plainFactor(1, attr.names.size())};
  if (scatter.factors[0].index == scatter.factors[1].index) return perName;
  return r.b.value(OpKind::Scatter, operands, scatter);
}

/// The transpose of `scatter max` and `min`: a cotangent goes to the base where that is the result, else to the first
/// update that equals it.
void gradientScatterExtremum(Op &op, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  Builder &b = r.b;
  Value *g = r.take(op.result()), *y = r.primal(op.result()), *base = r.primal(op.operand(0));
  Value *fromBase = b.binary(OpKind::Eq, base, y);
  r.contribute(op.operand(0), b.select(fromBase, g, r.zeros(g->type)));
  if (!r.wants(op.operand(1))) return;
  std::vector<Dim> domain;
  Dim count = 1;
  for (const IndexName &name : attr.names) domain.push_back(name.extent), count = count * name.extent;
  Value *numbers = b.reshape(b.iota(Type(Elem::I32, {count}), 0), domain);
  IndexedAttr read;
  read.names = attr.names, read.outCount = static_cast<int>(attr.names.size());
  std::vector<Value *> updates{r.primal(op.operand(1))};
  read.factors = {carriedOver(op, attr.factors[1], 0, updates, r)};
  Value *update = b.value(OpKind::Gather, updates, read);
  Value *equal = b.binary(OpKind::Eq, update, gatherAtPlaces(op, y, r));
  Value *none = b.constantInt(base->type.withElem(Elem::I32), INT32_MAX);
  IndexedAttr first = attr;
  first.mode = ScatterMode::Min;
  std::vector<Value *> operands{b.select(fromBase, b.constantInt(none->type, -1), none),
                                b.select(equal, numbers, b.constantInt(numbers->type, INT32_MAX))};
  first.factors = {carriedOver(op, attr.factors[0], 0, operands, r), plainFactor(1, attr.names.size())};
  Value *winner = gatherAtPlaces(op, b.value(OpKind::Scatter, operands, first), r);
  Value *perName = gatherAtPlaces(op, g, r);
  perName = b.select(b.binary(OpKind::Eq, winner, numbers), perName, r.zeros(perName->type));
  r.contribute(op.operand(1), ontoUpdates(op, perName, r));
}

void gradientScatter(Op &op, Reverse &r) {
  const auto &attr = op.as<IndexedAttr>();
  if (attr.mode == ScatterMode::Max || attr.mode == ScatterMode::Min) return gradientScatterExtremum(op, r);
  Builder &b = r.b;
  Value *g = r.take(op.result());
  bool set = attr.mode == ScatterMode::Set;
  // Read before the places are cleared, so that they are cleared in place.
  if (r.wants(op.operand(1))) {
    Value *perName = gatherAtPlaces(op, g, r);
    if (set) perName = b.select(isWinner(op, r), perName, r.zeros(perName->type));
    r.contribute(op.operand(1), ontoUpdates(op, perName, r));
  }
  if (!r.wants(op.operand(0))) return;
  Value *kept = g;
  if (set) {
    std::vector<Value *> operands{g, r.zeros(op.operand(1)->type)};
    appendSources(op, 2, r, operands);
    kept = b.value(OpKind::Scatter, operands, attr);
  }
  r.contribute(op.operand(0), kept);
}

void gradientSliceAt(Op &op, Reverse &r) {
  std::vector<Value *> operands{nullptr, r.take(op.result())};
  appendSources(op, 1, r, operands);
  Builder &b = r.b;
  Type type = op.operand(0)->type;
  r.contributeOnto(op.operand(0), [&b, operands, type](Value *base) mutable {
    operands[0] = base ? base : b.constant(type, 0);
    return b.value(OpKind::UpdateAt, operands, UpdateAtAttr{ScatterMode::Add});
  });
}

void gradientUpdateAt(Op &op, Reverse &r) {
  Builder &b = r.b;
  Value *g = r.take(op.result());
  const Type &update = op.operand(1)->type;
  std::vector<Value *> starts;
  appendSources(op, 2, r, starts);
  // Read before the places are cleared, so that they are cleared in place.
  if (r.wants(op.operand(1))) {
    std::vector<Value *> operands{g};
    operands.insert(operands.end(), starts.begin(), starts.end());
    r.contribute(op.operand(1), b.value(OpKind::SliceAt, operands, SliceAtAttr{update.dims}));
  }
  if (!r.wants(op.operand(0))) return;
  Value *kept = g;
  if (op.as<UpdateAtAttr>().mode == ScatterMode::Set) {
    std::vector<Value *> operands{g, r.zeros(update)};
    operands.insert(operands.end(), starts.begin(), starts.end());
    kept = b.value(OpKind::UpdateAt, operands, UpdateAtAttr{ScatterMode::Set});
  }
  r.contribute(op.operand(0), kept);
}

/// Everything is permuted alike: sort positions along, then put each cotangent back to where its element came from.
void gradientSort(Op &op, Reverse &r) {
  Builder &b = r.b;
  const auto &attr = op.as<SortAttr>();
  Value *key = r.primal(op.operand(0));
  Value *here = b.iota(key->type.withElem(Elem::I32), attr.dim);
  Value *from = b.create(OpKind::Sort, {key, here}, attr)->result(1);
  IndexedAttr scatter;
  scatter.mode = ScatterMode::Set;
  std::vector<Affine> plain;
  for (int i = 0; i < static_cast<int>(key->type.rank()); ++i) {
    scatter.names.push_back({"i" + std::to_string(i), key->type.dims[static_cast<size_t>(i)]});
    plain.push_back({{{i, 1}}, 0});
  }
  scatter.outCount = static_cast<int>(key->type.rank());
  Factor base = plainFactor(0, plain.size());
  base.index[static_cast<size_t>(attr.dim)] = Index{{}, 1, false, 2, plain};
  scatter.factors = {base, plainFactor(1, plain.size())};
  for (size_t i = 0; i < op.operands.size(); ++i) {
    if (!r.wants(op.operand(i)) || !r.has(op.result(i))) continue;
    Value *g = r.take(op.result(i));
    r.contribute(op.operand(i), b.value(OpKind::Scatter, {r.zeros(g->type), g, from}, scatter));
  }
}

} // namespace

void gradientIndexing(Op &op, Reverse &r) {
  if (op.kind == OpKind::Gather) return gradientGather(op, r);
  if (op.kind == OpKind::Scatter) return gradientScatter(op, r);
  if (op.kind == OpKind::SliceAt) return gradientSliceAt(op, r);
  if (op.kind == OpKind::UpdateAt) return gradientUpdateAt(op, r);
  DL_CHECK(op.kind == OpKind::Sort);
  gradientSort(op, r);
}

} // namespace dl::passes

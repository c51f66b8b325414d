/// Walking tables row by row and in batches.
#include "frontend/build/table.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

static const BatchesObject &batchesOf(const Val &v) { return static_cast<const BatchesObject &>(*v.object); }

Dim rowCount(const Val &over) { return over.is(ValKind::Batches) ? batchesOf(over).table.bundle().length : over.bundle().length; }

Dim turnsOf(const Val &over) {
  if (!over.is(ValKind::Batches)) return rowCount(over);
  return floorDiv(rowCount(over) + Dim(batchesOf(over).size - 1), Dim(batchesOf(over).size));
}

/// One row of a column, or the rows [first, first + count).
Val Elaborator::rowsAt(const Val &column, ir::Value *first, const std::optional<Dim> &count) {
  if (!count && column.type().dims[0].lowest() < 1) { // a block of one row is not proven to fit
    Val row = gatherAlong(column, 0, Val::tensor(first));
    row.low = column.low, row.high = column.high, row.names = column.names;
    return row;
  }
  std::vector<ir::Value *> operands = {column.value, first};
  ir::SliceAtAttr attr;
  attr.extent = column.type().dims;
  attr.extent[0] = count ? *count : Dim(1);
  for (size_t d = 1; d < attr.extent.size(); ++d) operands.push_back(builder_.i64(0));
  ir::Value *v = emit(OpKind::SliceAt, operands, attr);
  if (v && !count) v = builder_.reshape(v, {attr.extent.begin() + 1, attr.extent.end()});
  Val out = Val::tensor(v);
  out.low = column.low, out.high = column.high, out.names = column.names;
  return out;
}

/// The record of turn `turn`; `order`: the permutation of this walk, or null.
Val Elaborator::turnRecord(const Val &over, ir::Value *turn, ir::Value *order, Dim &rows) {
  const Val &table = over.is(ValKind::Batches) ? batchesOf(over).table : over;
  std::vector<Val> items;
  if (!over.is(ValKind::Batches)) {
    rows = Dim(1);
    for (const Val &item : table.bundle().items) items.push_back(rowsAt(read(item), turn, std::nullopt));
    return trimRow(Val::record(table.bundle().labels, std::move(items)));
  }
  int64_t size = batchesOf(over).size;
  ir::Value *first = emit(OpKind::Mul, {turn, builder_.i64(size)});
  const Dim n = table.bundle().length;
  if (n.isConstant() && n.value() % size == 0) rows = Dim(size);
  else rows = builder_.toDim(emit(OpKind::Sub, {builder_.extent(n), first}), std::min(size, n.bound()), "batch")->dim;
  if (order) {
    Val positions = rowsAt(Val::tensor(order), first, rows);
    return trimRow(Val::of(ValKind::Record, selectRows(table, positions.value, rows).object));
  }
  for (const Val &item : table.bundle().items) items.push_back(rowsAt(read(item), first, rows));
  return trimRow(Val::record(table.bundle().labels, std::move(items)));
}

/// The permutation of one walk, a new one each time it is reached.
ir::Value *Elaborator::walkOrder(const Val &over) {
  if (!over.is(ValKind::Batches) || !batchesOf(over).shuffle) return nullptr;
  return permutation(batchesOf(over).table.bundle().length, siteKey(batchesOf(over).node, "batches"));
}

Val Elaborator::walkTable(const Val &over, const Walk &walk, bool yields) {
  ir::Value *order = walkOrder(over);
  Dim outerRows = batchRows_;
  LoopSpec spec;
  spec.where = walk.where, spec.trip = turnsOf(over), spec.condition = walk.condition;
  auto turn = [&](ir::Value *index) {
    Dim rows;
    Val record = turnRecord(over, index, order, rows);
    batchRows_ = rows;
    walk.body(record, index);
    batchRows_ = outerRows;
    return rows;
  };
  bool joins = yields && over.is(ValKind::Batches);
  spec.yields = yields && !joins;
  spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &) { turn(index); };
  if (!joins) return loop(spec);
  // The yields of batches become one row for each row: find their types, then write each batch into its place.
  Snapshot before = snapshot();
  std::vector<Val> given, *outer = frame_->yields;
  Dim probed;
  size_t errors = c_.diags.errorCount();
  {
    ir::Region *scratch = newRegion({});
    RegionGuard guard(*this, scratch, nullptr);
    frame_->yields = &given;
    ++frame_->runtimeDepth;
    probed = turn(builder_.i64(0));
    --frame_->runtimeDepth;
    frame_->yields = outer;
  }
  restore(before);
  if (c_.diags.errorCount() != errors) return Val::error();
  if (given.empty()) return loop(spec);
  std::vector<Val> parts;
  leaves(given[0], parts);
  const Dim n = rowCount(over);
  ScopeGuard guard(*this);
  std::shared_ptr<Scope> hidden = frame_->scope;
  for (size_t i = 0; i < parts.size(); ++i) {
    Val t = asTensor(parts[i], walk.where);
    if (!t.isTensor()) return t;
    ir::Type type = t.type();
    if (type.isScalar() || type.dims[0] != probed) 
      return report(walk.where, Diag::BatchYield, {describe(t)}).help("yield a value for each row; sums and means stand behind the loop"), Val::error();
    type.dims[0] = n;
    hidden->set("$rows" + std::to_string(i), Val::tensor(zeros(type)));
  }
  Val shape = given[0];
  spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &) {
    std::vector<Val> now, *old = std::exchange(frame_->yields, &now);
    turn(index);
    frame_->yields = old;
    if (now.empty()) return;
    std::vector<Val> rows;
    leaves(now[0], rows);
    const auto &batches = batchesOf(over);
    ir::Value *first = emit(OpKind::Mul, {index, builder_.i64(batches.size)});
    for (size_t i = 0; i < rows.size(); ++i) {
      Val *into = hidden->own("$rows" + std::to_string(i));
      std::vector<ir::Value *> operands = {into->value, tensor(rows[i], walk.where), first};
      for (size_t d = 1; d < into->type().rank(); ++d) operands.push_back(builder_.i64(0));
      hidden->set("$rows" + std::to_string(i), Val::tensor(emit(OpKind::UpdateAt, operands, ir::UpdateAtAttr{ir::ScatterMode::Set})));
    }
  };
  spec.yields = false;
  Val done = loop(spec);
  if (done.isError()) return done;
  std::vector<Val> joined;
  for (size_t i = 0; i < parts.size(); ++i) {
    Val v = *hidden->own("$rows" + std::to_string(i));
    v.low = parts[i].low, v.high = parts[i].high, v.names = parts[i].names;
    joined.push_back(v);
  }
  size_t next = 0;
  return rebuild(shape, joined, next);
}

Val Elaborator::evalForTable(const ast::For &e, const Val &over) {
  Walk walk;
  walk.where = e.where;
  if (e.condition) walk.condition = [&]() -> Val { return eval(*e.condition); };
  walk.body = [&](const Val &record, ir::Value *) {
    ScopeGuard guard(*this);
    origins.made(record, e.over->where);
    bindFresh(e.pattern, record, e.pattern.where);
    ScopeGuard inner(*this);
    runStatements(e.body.statements);
  };
  return walkTable(over, walk, true);
}

} // namespace dl::frontend

/// canonicalise_loops. Before: any module. After: ops that do not depend on the iteration stand before their loop, a
/// carried value that never changes is its initial value, and a read of one slice at a place that follows the induction
/// variable (x[i], x[i + 1], x[n - 1 - i], along any dimension; `slice_at %x, %i, 0`, `gather [k] %x[%i[], k]`) is a
/// scanned operand, whose gradient is a stack instead of a sum of whole tensors. Scans made here read the first
/// dimension: of a slice, a reversal, a transpose in front of the loop.
/// Needs and gives nothing; before expand_grad for the scans, after it for what it emits.
/// Test: test/passes/cleanup/canonicalise_loops.dlir.
#include "ir/index_range.h"
#include "passes/pass.h"
#include "passes/rewriting.h"
#include <array>
#include <map>

namespace dl::passes {

namespace {

using namespace ir;

class Loops {
public:
  Loops(Module &module, Function &function) : module_(module), function_(function) {}

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    for (Op *op : old) {
      rewriter_.operands(*op);
      bool loop = op->kind == OpKind::For || op->kind == OpKind::While;
      if (loop) dropConstantCarries(*op);
      for (Region *inner : op->regions) region(*inner);
      if (loop) {
        for (Region *inner : op->regions) hoist(*op, *inner, at);
        if (op->kind == OpKind::For) makeScans(*op, at);
      }
      Rewriter::keep(op, at);
    }
  }

private:
  /// A carry that yields its own argument is its initial value everywhere; removing it is the dead-op pass's work.
  void dropConstantCarries(Op &op) {
    bool isFor = op.kind == OpKind::For;
    size_t carries = static_cast<size_t>(isFor ? op.as<ForAttr>().carries : op.as<WhileAttr>().carries);
    size_t firstOperand = isFor ? op.operands.size() - carries : 0;
    size_t firstArg = isFor ? op.regions[0]->args.size() - carries : 0;
    size_t firstResult = !isFor && op.as<WhileAttr>().bound > 0 ? 1 : 0;
    Op *last = op.regions.back()->terminator();
    for (size_t i = 0; i < carries; ++i) {
      Value *arg = op.regions.back()->args[firstArg + i], *initial = op.operand(firstOperand + i);
      if (rewriter_(last->operand(i)) != arg || initial->type != arg->type) continue;
      for (Region *region : op.regions) rewriter_.replace(region->args[firstArg + i], initial);
      rewriter_.replace(op.result(firstResult + i), initial);
      last->operands[i] = initial;
    }
  }

  /// Moves what does not depend on the loop in front of it. Free ops stay where they are used; a copy goes along with
  /// the ops that need them outside.
  void hoist(Op &loop, Region &body, Region &outside) {
    std::unordered_map<const Value *, Value *> copies;
    std::unordered_map<const Value *, Op *> freeOps;
    size_t out = 0;
    auto isOutside = [&](const Value *v) { return !isDefinedInside(v, loop) || freeOps.count(v) != 0; };
    for (Op *op : body.ops) {
      bool invariant = isSpeculatable(*op) && !dimensionsInside(*op, loop);
      for (const Value *v : op->operands) invariant = invariant && isOutside(v);
      if (invariant && !op->regions.empty())
        for (const Value *v : freeValues(*op)) invariant = invariant && !isDefinedInside(v, loop);
      if (invariant && isFreeToRepeat(*op)) freeOps[op->result()] = op;
      if (!invariant || isFreeToRepeat(*op)) {
        body.ops[out++] = op;
        continue;
      }
      for (Value *&operand : op->operands) operand = outsideCopy(operand, freeOps, copies, outside);
      Rewriter::keep(op, outside);
    }
    body.ops.resize(out);
  }

  static bool dimensionsInside(const Op &op, const Op &loop) {
    for (const DimAtom *atom : atomsOf(op.attrs))
      if (atom->owner && isDefinedInside(static_cast<const Value *>(atom->owner), loop)) return true;
    for (const Value *result : op.results)
      for (const Value *dim : dimValues(result->type))
        if (dim->def != &op && isDefinedInside(dim, loop)) return true;
    return false;
  }

  Value *outsideCopy(Value *v, const std::unordered_map<const Value *, Op *> &freeOps,
                     std::unordered_map<const Value *, Value *> &copies, Region &outside) {
    auto free = freeOps.find(v);
    if (free == freeOps.end()) return v;
    if (auto made = copies.find(v); made != copies.end()) return made->second;
    ValueMap map;
    for (Value *operand : free->second->operands) map.map(operand, outsideCopy(operand, freeOps, copies, outside));
    Builder builder(module_, &outside);
    return copies[v] = cloneOp(*free->second, map, builder)->result();
  }

  static bool isZero(const Value *v) { return splatBits(v) == uint64_t{0}; }

  /// One slice of dimension `dim`, at `offset` + `coefficient` * induction variable.
  struct Read {
    size_t dim = 0;
    int64_t coefficient = 1;
    Dim offset;
  };

  /// An i64 as coefficient * induction variable + offset.
  static std::optional<Read> affineOf(const Value *v, const Op &loop, int depth = 8) {
    if (v == loop.regions[0]->args[0]) return Read{0, 1, 0};
    if (auto bits = splatBits(v)) return Read{0, 0, Dim(static_cast<int64_t>(*bits))};
    if (!v->def || depth == 0) return std::nullopt;
    const Op &op = *v->def;
    if (op.kind == OpKind::Extent && !dimensionsInside(op, loop)) return Read{0, 0, op.as<ExtentAttr>().extent};
    if (op.kind != OpKind::Add && op.kind != OpKind::Sub) return std::nullopt;
    auto a = affineOf(op.operand(0), loop, depth - 1), b = affineOf(op.operand(1), loop, depth - 1);
    if (!a || !b) return std::nullopt;
    int64_t sign = op.kind == OpKind::Add ? 1 : -1;
    return Read{0, a->coefficient + sign * b->coefficient, a->offset + Dim(sign) * b->offset};
  }

  /// Where `v` reads along a dimension of `extent`, if it moves by one slice each turn and is never clamped or outside.
  static std::optional<Read> placeOf(const Value *v, const Op &loop, const Dim &extent) {
    auto read = affineOf(v, loop);
    if (!read || (read->coefficient != 1 && read->coefficient != -1)) return std::nullopt;
    Dim past = loop.as<ForAttr>().trip - Dim(1); // the last turn
    Dim least = read->coefficient > 0 ? read->offset : read->offset - past;
    Dim most = read->coefficient > 0 ? read->offset + past : read->offset;
    if (!isNonNegative(least) || !isNonNegative(extent - Dim(1) - most)) return std::nullopt;
    return read;
  }

  /// The dimension that `op` reads one slice of at the induction variable, all others being whole.
  static std::optional<Read> sliceAtInduction(const Op &op, const Op &loop) {
    const Type &from = op.operand(0)->type;
    const auto &extent = op.as<SliceAtAttr>().extent;
    std::optional<Read> read;
    for (size_t d = 0; d < from.rank(); ++d) {
      if (isZero(op.operand(1 + d)) && extent[d] == from.dims[d]) continue;
      auto place = placeOf(op.operand(1 + d), loop, from.dims[d]);
      if (!place || read || !extent[d].isConstant(1)) return std::nullopt;
      read = place, read->dim = d;
    }
    return read;
  }

  static std::optional<Read> gatherAtInduction(const Op &op, const Op &loop) {
    const auto &index = op.as<IndexedAttr>().factors[0].index;
    for (size_t d = 0; d < index.size(); ++d) {
      if (index[d].source < 0 || !index[d].sourceIndex.empty()) continue;
      auto place = placeOf(op.operand(static_cast<size_t>(index[d].source)), loop, op.operand(0)->type.dims[d]);
      if (place) return place->dim = d, place;
    }
    return std::nullopt;
  }

  static std::optional<Read> readAtInduction(const Op &op, const Op &loop) {
    if ((op.kind != OpKind::SliceAt && op.kind != OpKind::Gather) || isDefinedInside(op.operand(0), loop)) return std::nullopt;
    return op.kind == OpKind::SliceAt ? sliceAtInduction(op, loop) : gatherAtInduction(op, loop);
  }

  /// What `op` gives, from the slice that the loop scans.
  static Value *fromSlice(const Op &op, const Read &read, Value *slice, Builder &at) {
    if (op.kind == OpKind::SliceAt) return at.reshape(slice, op.result()->type.dims);
    IndexedAttr attr = op.as<IndexedAttr>();
    auto &index = attr.factors[0].index;
    index.erase(index.begin() + static_cast<long>(read.dim));
    std::vector<Value *> operands{slice};
    for (Index &other : index)
      if (other.source >= 0) {
        operands.push_back(op.operand(static_cast<size_t>(other.source)));
        other.source = static_cast<int>(operands.size()) - 1;
      }
    if (index.empty() && attr.names.empty()) return slice;
    return at.value(operands.size() > 1 ? OpKind::Gather : OpKind::Remap, operands, attr);
  }

  void makeScans(Op &loop, Region &outside) {
    if (!loop.as<ForAttr>().tripIsDim) return;
    Region &body = *loop.regions[0];
    std::vector<Op *> old = std::move(body.ops);
    body.ops.clear();
    Rewriter local;
    for (Op *op : old) {
      local.operands(*op);
      if (auto read = readAtInduction(*op, loop)) {
        Builder inside(module_, &body);
        inside.where = op->where;
        Value *slice = scanOf(loop, op->operand(0), *read, outside);
        local.replace(op->result(), fromSlice(*op, *read, slice, inside));
        continue;
      }
      body.ops.push_back(op);
    }
    if (!local.empty())
      walk(body, [&](Op *op) { local.operands(*op); });
  }

  /// What the loop reads of `x`, slice i in row i.
  Value *rowsOf(Value *x, const Read &read, const Op &loop, Region &outside) {
    const Dim &trip = loop.as<ForAttr>().trip;
    Builder builder(module_, &outside);
    builder.where = loop.where;
    Dim first = read.coefficient > 0 ? read.offset : read.offset - (trip - Dim(1));
    bool whole = first == Dim(0) && x->type.dims[read.dim] == trip;
    std::array<int64_t, 3> key{static_cast<int64_t>(x->id), static_cast<int64_t>(read.dim), read.coefficient};
    if (whole && read.coefficient > 0 && read.dim == 0) return x;
    Value *&made = rows_[key]; // only of whole ones
    if (whole && made && made->def->parent == &outside) return made;
    if (!whole) {
      SliceAttr slice;
      slice.extent = x->type.dims;
      slice.start.assign(x->type.rank(), Dim(0));
      slice.step.assign(x->type.rank(), 1);
      slice.start[read.dim] = first;
      slice.extent[read.dim] = trip;
      x = builder.value(OpKind::Slice, {x}, slice);
    }
    x = withDimensionFirst(x, static_cast<int>(read.dim), builder);
    if (read.coefficient < 0) x = builder.value(OpKind::Reverse, {x}, DimsAttr{{0}});
    if (whole) made = x;
    return x;
  }

  /// The region argument that scans `x`; a new one unless the loop has it already.
  Value *scanOf(Op &loop, Value *x, const Read &read, Region &outside) {
    auto &attr = loop.as<ForAttr>();
    x = rowsOf(x, read, loop, outside);
    Region &body = *loop.regions[0];
    size_t scans = attr.scanDims.size();
    for (size_t i = 0; i < scans; ++i)
      if (loop.operand(i) == x && attr.scanDims[i] == 0) return body.args[1 + i];
    Type type = x->type;
    type.dims.erase(type.dims.begin());
    Value *arg = function_.newValue(type, x->name);
    arg->region = &body;
    loop.operands.insert(loop.operands.begin() + static_cast<long>(scans), x);
    body.args.insert(body.args.begin() + 1 + static_cast<long>(scans), arg);
    attr.scanDims.push_back(0);
    renumber(body.args);
    return arg;
  }

  Module &module_;
  Function &function_;
  Rewriter rewriter_;
  std::map<std::array<int64_t, 3>, Value *> rows_; ///< what was made to be scanned, by value, dimension and direction
};

} // namespace

Status canonicalise_loops(Module &module, PassContext &) {
  for (const auto &function : module.functions) Loops(module, *function).region(*function->body);
  return Done{};
}

} // namespace dl::passes

/// canonicalise_loops. Before: any module. After: ops that do not depend on the iteration stand before their loop, a
/// carried value that never changes is its initial value, and a read of one slice at the induction variable
/// (`slice_at %x, %i, 0`, `gather [k] %x[%i[], k]`) is a scanned operand, whose gradient is a stack instead of a sum of
/// whole tensors.
/// Needs and gives nothing; before expand_grad for the scans, after it for what it emits.
/// Test: test/passes/cleanup/canonicalise_loops.dlir.
#include "passes/pass.h"
#include "passes/rewriting.h"

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

  struct Read {
    size_t dim = 0;
    int64_t offset = 0;
  };
  /// The constant c if `v` is the induction variable plus c and `extent` slices hold all that the loop reads there.
  static std::optional<int64_t> offsetOf(const Value *v, const Op &loop, const Dim &extent) {
    const Value *induction = loop.regions[0]->args[0];
    std::optional<int64_t> offset;
    if (v == induction) offset = 0;
    if (v->def && v->def->kind == OpKind::Add)
      for (size_t side = 0; side < 2; ++side)
        if (auto bits = splatBits(v->def->operand(side)); bits && v->def->operand(1 - side) == induction)
          offset = static_cast<int64_t>(*bits);
    // Never clamped, never outside: 0 <= i + offset < extent for all i < trip.
    if (!offset || *offset < 0 || (extent - loop.as<ForAttr>().trip - Dim(*offset)).lowest() < 0) return std::nullopt;
    return offset;
  }

  /// The dimension that `op` reads one slice of at the induction variable, all others being whole.
  static std::optional<Read> sliceAtInduction(const Op &op, const Op &loop) {
    const Type &from = op.operand(0)->type;
    const auto &extent = op.as<SliceAtAttr>().extent;
    std::optional<Read> read;
    for (size_t d = 0; d < from.rank(); ++d) {
      if (isZero(op.operand(1 + d)) && extent[d] == from.dims[d]) continue;
      auto offset = offsetOf(op.operand(1 + d), loop, from.dims[d]);
      if (!offset || read || !extent[d].isConstant(1)) return std::nullopt;
      read = Read{d, *offset};
    }
    return read;
  }

  static std::optional<Read> gatherAtInduction(const Op &op, const Op &loop) {
    const auto &index = op.as<IndexedAttr>().factors[0].index;
    for (size_t d = 0; d < index.size(); ++d) {
      if (index[d].source < 0 || !index[d].sourceIndex.empty()) continue;
      if (auto offset = offsetOf(op.operand(static_cast<size_t>(index[d].source)), loop, op.operand(0)->type.dims[d]))
        return Read{d, *offset};
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

  /// The region argument that scans `x`; a new one unless the loop has it already.
  Value *scanOf(Op &loop, Value *x, const Read &read, Region &outside) {
    auto &attr = loop.as<ForAttr>();
    if (read.offset != 0 || x->type.dims[read.dim] != attr.trip) {
      SliceAttr slice;
      slice.extent = x->type.dims;
      slice.start.assign(x->type.rank(), Dim(0));
      slice.step.assign(x->type.rank(), 1);
      slice.start[read.dim] = Dim(read.offset);
      slice.extent[read.dim] = attr.trip;
      Builder builder(module_, &outside);
      builder.where = loop.where;
      x = builder.value(OpKind::Slice, {x}, slice);
    }
    Region &body = *loop.regions[0];
    size_t scans = attr.scanDims.size();
    for (size_t i = 0; i < scans; ++i)
      if (loop.operand(i) == x && attr.scanDims[i] == static_cast<int>(read.dim)) return body.args[1 + i];
    Type type = x->type;
    type.dims.erase(type.dims.begin() + static_cast<long>(read.dim));
    Value *arg = function_.newValue(type, x->name);
    arg->region = &body;
    loop.operands.insert(loop.operands.begin() + static_cast<long>(scans), x);
    body.args.insert(body.args.begin() + 1 + static_cast<long>(scans), arg);
    attr.scanDims.push_back(static_cast<int>(read.dim));
    renumber(body.args);
    return arg;
  }

  Module &module_;
  Function &function_;
  Rewriter rewriter_;
};

} // namespace

Status canonicalise_loops(Module &module, PassContext &) {
  for (const auto &function : module.functions) Loops(module, *function).region(*function->body);
  return Done{};
}

} // namespace dl::passes

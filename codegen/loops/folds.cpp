// What reduce, contract and argreduce fold.
#include "codegen/loops/summation.h"
#include "ir/builder.h"
#include "support/result.h"
#include <algorithm>
#include <limits>

namespace dl::codegen {

using ir::Elem;
using ir::Op;
using ir::OpKind;
using ir::ReduceKind;

bool isFold(const Op &op) { return op.kind == OpKind::Reduce || op.kind == OpKind::Contract || op.kind == OpKind::ArgReduce; }

uint64_t leastBits(Elem e, bool greatest) {
  double infinity = std::numeric_limits<double>::infinity();
  switch (e) {
  case Elem::I64: return static_cast<uint64_t>(greatest ? INT64_MAX : INT64_MIN);
  case Elem::I32: return static_cast<uint32_t>(greatest ? INT32_MAX : INT32_MIN);
  case Elem::U8: return greatest ? 255 : 0;
  case Elem::Bool: return greatest;
  case Elem::F64: case Elem::F32: case Elem::F16: case Elem::BF16: return ir::encodeNumber(e, greatest ? infinity : -infinity);
  case Elem::Key: case Elem::Dim: break;
  }
  DL_UNREACHABLE();
}

Elem accumulatorOf(Elem e) { return e == Elem::BF16 || e == Elem::F16 ? Elem::F32 : e; }

Summation summationOfReduce(RegionEmitter &e, const Op &op, const At &at) {
  const auto &attr = op.as<ir::ReduceAttr>();
  const ir::Type &type = op.operand(0)->type;
  LoopBuilder &b = e.builder();
  Summation s;
  Elem elem = type.elem, wide = elem;
  bool sums = attr.kind == ReduceKind::Sum || attr.kind == ReduceKind::Prod;
  if (sums) wide = accumulatorOf(elem);
  s.free = !sums || !ir::isFloat(elem);
  s.order = attr.order;
  for (int d : attr.dims) s.extents.push_back(type.dims[static_cast<size_t>(d)]);
  OpKind combine = OpKind::Add;
  switch (attr.kind) {
  case ReduceKind::Sum: combine = OpKind::Add, s.identity = 0; break;
  case ReduceKind::Prod: combine = OpKind::Mul, s.identity = ir::encodeNumber(wide, 1); break;
  case ReduceKind::Max: combine = OpKind::Max, s.identity = leastBits(elem, false); break;
  case ReduceKind::Min: combine = OpKind::Min, s.identity = leastBits(elem, true); break;
  case ReduceKind::And: combine = OpKind::And, s.identity = ~uint64_t{0}; break;
  case ReduceKind::Or: combine = OpKind::Or, s.identity = 0; break;
  }
  s.prim = primOf(wide);
  s.combine = [&e, combine, wide](Val x, Val y) {
    bool chooses = combine == OpKind::Max || combine == OpKind::Min;
    return chooses ? e.choose(combine, wide, x, y) : e.elementwise(combine, wide, wide, {x, y});
  };
  s.step = [&e, &b, &op, &attr, elem, wide, rank = type.rank(), result = at.idx, combineBoth = s.combine,
            identity = b.constant({s.prim, 1}, s.identity)](Val acc, const std::vector<Idx> &r, const At &where) {
    At inner = where;
    inner.idx.resize(rank);
    size_t kept = 0, gone = 0;
    for (size_t d = 0; d < rank; ++d) {
      bool reduced = std::find(attr.dims.begin(), attr.dims.end(), static_cast<int>(d)) != attr.dims.end();
      inner.idx[d] = reduced ? r[gone++] : result[kept++];
    }
    Val term = e.convert(e.eval(op.operand(0), inner), elem, wide);
    if (where.vmask) term = b.select(where.vmask, term, identity);
    return combineBoth(acc, term);
  };
  return s;
}

Summation summationOfContract(RegionEmitter &e, const Op &op, const At &at) {
  const auto &attr = op.as<ir::IndexedAttr>();
  LoopBuilder &b = e.builder();
  Summation s;
  Elem elem = op.result()->type.elem, wide = accumulatorOf(elem);
  s.free = !ir::isFloat(elem);
  s.order = attr.order;
  s.prim = primOf(wide);
  for (size_t i = static_cast<size_t>(attr.outCount); i < attr.names.size(); ++i) s.extents.push_back(attr.names[i].extent);
  s.combine = [&e, wide](Val x, Val y) { return e.elementwise(OpKind::Add, wide, wide, {x, y}); };
  s.step = [&e, &b, &op, &attr, elem, wide, result = at.idx](Val acc, const std::vector<Idx> &r, const At &where) {
    std::vector<Idx> names = result;
    names.insert(names.end(), r.begin(), r.end());
    std::vector<Val> terms;
    Val present = where.vmask;
    for (const ir::Factor &f : attr.factors) {
      RegionEmitter::Read read = e.readOf(op, attr, f, names, where);
      Val condition = e.conditionOf(read);
      if (condition) present = present ? b.binary(LoopOp::And, present, condition) : condition;
      if (f.operand < 0) continue;
      const ir::Value *x = op.operand(static_cast<size_t>(f.operand));
      At inner = RegionEmitter::restricted(e, RegionEmitter::restricted(e, where, read.sCondition), read.vCondition);
      inner.idx = read.idx;
      terms.push_back(e.convert(e.eval(x, inner), elem, wide));
    }
    if (terms.empty()) terms.push_back(b.constant({primOf(wide), 1}, ir::encodeNumber(wide, 1)));
    Val product = terms[0];
    for (size_t i = 1; i + 1 < terms.size(); ++i) product = e.elementwise(OpKind::Mul, wide, wide, {product, terms[i]});
    Val next;
    if (terms.size() == 1) next = e.elementwise(OpKind::Add, wide, wide, {acc, product});
    else next = e.elementwise(OpKind::Fma, wide, wide, {product, terms.back(), acc});
    return present ? b.select(present, next, acc) : next;
  };
  return s;
}

static Val emitArgReduce(RegionEmitter &e, const Op &op, const At &at) {
  const auto &attr = op.as<ir::ArgReduceAttr>();
  LoopBuilder &b = e.builder();
  Elem elem = op.operand(0)->type.elem;
  VecType type{primOf(elem), at.lanes};
  const Register *best = b.reg("best", type, b.constant(type, leastBits(elem, !attr.max)));
  const Register *place = b.reg("place", {Prim::I32, at.lanes}, b.zero({Prim::I32, at.lanes}));
  size_t d = static_cast<size_t>(attr.dim);
  b.forLoop(b.i64(0), e.dim(op.operand(0)->type.dims[d]), 1, [&](Val i) {
    At inner = at;
    inner.idx.insert(inner.idx.begin() + attr.dim, Idx{i});
    Val x = e.eval(op.operand(0), inner), old = b.get(best);
    Val better = e.elementwise(attr.max ? OpKind::Gt : OpKind::Lt, elem, Elem::Bool, {x, old});
    if (ir::isFloat(elem)) {
      Val newNan = e.elementwise(OpKind::Ne, elem, Elem::Bool, {x, x}), oldNan = e.elementwise(OpKind::Ne, elem, Elem::Bool, {old, old});
      better = b.binary(LoopOp::Or, better, b.binary(LoopOp::And, newNan, b.logicalNot(oldNan)));
    }
    better = b.binary(LoopOp::Or, better, b.compare(LoopOp::Eq, i, b.i64(0))); // the first always counts
    b.set(best, b.select(better, x, old));
    b.set(place, b.select(better, b.cast(LoopOp::Trunc, i, Prim::I32), b.get(place)));
  });
  return b.get(place);
}

Val emitFold(RegionEmitter &e, const Op &op, const At &at) {
  if (op.kind == OpKind::ArgReduce) return emitArgReduce(e, op, at);
  Elem elem = op.result()->type.elem;
  Summation s = op.kind == OpKind::Reduce ? summationOfReduce(e, op, at) : summationOfContract(e, op, at);
  Val total = emitSummation(e, s, at);
  bool sums = op.kind == OpKind::Contract || op.as<ir::ReduceAttr>().kind == ReduceKind::Sum || op.as<ir::ReduceAttr>().kind == ReduceKind::Prod;
  return sums ? e.convert(total, accumulatorOf(elem), elem) : e.flush(elem, total);
}

bool foldsByResultLanes(const Op &op, int lanes) {
  const ir::Type &result = op.result()->type;
  if (result.isScalar()) return false;
  if (op.kind == OpKind::Contract) return op.as<ir::IndexedAttr>().order.lanes <= 1;
  int last = static_cast<int>(op.operand(0)->type.rank()) - 1;
  bool sumsLast = false;
  if (op.kind == OpKind::Reduce) {
    const auto &a = op.as<ir::ReduceAttr>();
    if (ir::isFloat(result.elem) && (a.kind == ReduceKind::Sum || a.kind == ReduceKind::Prod)) return a.order.lanes <= 1;
    sumsLast = std::find(a.dims.begin(), a.dims.end(), last) != a.dims.end();
  } else {
    sumsLast = op.as<ir::ArgReduceAttr>().dim == last;
  }
  // A short row would leave most lanes empty (windows of a pooling): then lanes are neighbouring results.
  if (!sumsLast) return true;
  int64_t together = 1;
  for (size_t d = result.rank(); d-- > 0 && result.dims[d].isConstant() && together < lanes;) together *= result.dims[d].value();
  return op.operand(0)->type.dims[static_cast<size_t>(last)].bound() < lanes && together >= lanes;
}

} // namespace dl::codegen

// Operations that are kernels of their own: scatter, update_at, compress, search, cumulate; and those of the runtime: sort, linear
// algebra.
#include "codegen/loops/kernel_maker.h"
#include "codegen/loops/summation.h"
#include "ir/builder.h"
#include "ir/linear_routine.h"
#include "support/result.h"
#include <algorithm>

namespace dl::codegen {

using ir::Elem;
using ir::Op;
using ir::OpKind;
using ir::Value;

static std::vector<int64_t> boundsOf(const ir::Type &type) {
  std::vector<int64_t> bounds;
  for (const dl::Dim &d : type.dims) bounds.push_back(d.bound());
  return bounds;
}

void Group::emitOpaque(const Op &op) {
  if (op.kind == OpKind::Scatter) return emitScatter(op);
  if (op.kind == OpKind::UpdateAt) return emitUpdateAt(op);
  if (op.kind == OpKind::Sort) return emitRuntimeCall(op, op.operand(0)->type.dims[static_cast<size_t>(op.as<ir::SortAttr>().dim)].bound() * 32);
  if (ir::info(op.kind).family == ir::Family::LinearAlgebra) {
    auto [rows, columns] = ir::workShape(op, boundsOf(op.operands.front()->type), boundsOf(op.operands.back()->type));
    return emitRuntimeCall(op, linalg::workBytes(ir::routineOf(op.kind), op.operand(0)->type.elem == Elem::F64, rows, columns));
  }
  if (op.kind == OpKind::Compress) return emitCompress(op);
  if (op.kind == OpKind::Search) return emitSearch(op);
  DL_CHECK(op.kind == OpKind::Cumulate);
  emitCumulate(op);
}

/// Puts the base into the result's place, unless it is there.
static Storage prepareBase(Group &g, const Op &op) {
  Storage to = g.allocate(op.result());
  const Value *base = op.operand(0);
  bool there = to.result && g.isInput(base) && g.context().same(to.result, base);
  if (!there) g.emitMap({base}, {to});
  return to;
}

static OpKind combinerOf(ir::ScatterMode mode) {
  switch (mode) {
  case ir::ScatterMode::Add: return OpKind::Add;
  case ir::ScatterMode::Max: return OpKind::Max;
  case ir::ScatterMode::Min: return OpKind::Min;
  case ir::ScatterMode::Set: break;
  }
  DL_UNREACHABLE();
}

static bool mentions(const ir::Affine &a, int name) {
  return std::any_of(a.terms.begin(), a.terms.end(), [&](const auto &t) { return t.first == name; });
}

/// The last name only moves along the last dimension of the base, one element a step: its updates never meet.
static bool lastNameIsFree(const ir::IndexedAttr &attr) {
  if (attr.names.empty() || attr.factors[0].index.empty()) return false;
  int last = static_cast<int>(attr.names.size()) - 1;
  const auto &index = attr.factors[0].index;
  for (size_t d = 0; d < index.size(); ++d) {
    const ir::Index &i = index[d];
    for (const ir::Affine &a : i.sourceIndex)
      if (mentions(a, last)) return false;
    bool here = i.source < 0 && mentions(i.affine, last);
    if (d + 1 < index.size() && here) return false;
    if (d + 1 == index.size() && (i.source >= 0 || i.divisor != 1 || !here || i.affine.terms.back() != std::pair<int, int64_t>{last, 1})) return false;
  }
  return true;
}

void Group::emitScatter(const Op &op) {
  const auto &attr = op.as<ir::IndexedAttr>();
  Storage to = prepareBase(*this, op);
  KernelMaker k(*this, "scatter");
  for (size_t i = 1; i < op.operands.size(); ++i) k.bindInputsOf(op.operand(i));
  TensorRef out = k.output(to, op.result()->type);
  RegionEmitter &e = k.e();
  LoopBuilder &b = k.b();
  Elem elem = op.result()->type.elem;
  bool lanes = lastNameIsFree(attr) && context_.target.lanes > 1;
  auto put = [&](const std::vector<Idx> &names, const At &at) {
    auto place = e.readOf(op, attr, attr.factors[0], names, at);
    auto update = e.readOf(op, attr, attr.factors[1], names, at);
    At from = RegionEmitter::restricted(e, RegionEmitter::restricted(e, at, update.sCondition), update.vCondition);
    from.idx = update.idx;
    Val present = e.conditionOf(update);
    Val x = e.eval(op.operand(1), from);
    if (present) x = b.select(present, x, b.zero(x->type));
    At where = at;
    where.idx = place.idx;
    auto write = [&] {
      Val v = x;
      At target = RegionEmitter::restricted(e, where, place.vCondition);
      if (attr.mode != ir::ScatterMode::Set) v = e.elementwise(combinerOf(attr.mode), elem, elem, {k.load(out, op.result()->type, target), x});
      k.store(out, op.result()->type, target, v);
    };
    if (place.sCondition) b.ifThen(place.sCondition, write);
    else write();
  };
  std::vector<Idx> names;
  std::function<void()> loops = [&] {
    size_t depth = names.size(), left = attr.names.size() - depth;
    if (left == 0) {
      At at;
      return put(names, at);
    }
    Val n = e.dim(attr.names[depth].extent);
    if (left == 1 && lanes) {
      int L = context_.target.lanes;
      b.forLoop(b.i64(0), n, L, [&](Val i) {
        At at;
        at.lanes = L;
        at.vmask = b.maskFirst(b.sub(n, i), L);
        names.push_back({i, 1});
        put(names, at);
        names.pop_back();
      });
      return;
    }
    b.forLoop(b.i64(0), n, 1, [&](Val i) {
      names.push_back({i});
      loops();
      names.pop_back();
    });
  };
  k.serial([&] { loops(); });
  k.done(op.operand(1)->type.boundCount());
  storage_[op.result()] = to;
}

void Group::emitUpdateAt(const Op &op) {
  const auto &attr = op.as<ir::UpdateAtAttr>();
  Storage to = prepareBase(*this, op);
  KernelMaker k(*this, "update");
  const Value *update = op.operand(1);
  for (size_t i = 1; i < op.operands.size(); ++i) k.bindInputsOf(op.operand(i));
  TensorRef out = k.output(to, op.result()->type);
  RegionEmitter &e = k.e();
  LoopBuilder &b = k.b();
  Elem elem = op.result()->type.elem;
  k.mapOver(update->type.dims, context_.target.lanes, [&](const At &at) {
    Val x = e.eval(update, at);
    At target = at;
    for (size_t d = 0; d < update->type.rank(); ++d) {
      Val last = b.sub(e.dim(op.result()->type.dims[d]), e.dim(update->type.dims[d]));
      Val start = b.smax(b.smin(e.scalar(op.operand(d + 2)), last), b.i64(0));
      target.idx[d] = e.add(at.idx[d], Idx{start}, at.lanes);
    }
    if (update->type.isScalar()) {
      At whole;
      if (attr.mode == ir::ScatterMode::Add) x = e.elementwise(OpKind::Add, elem, elem, {k.load(out, op.result()->type, at), x});
      return k.store(out, op.result()->type, whole, x);
    }
    if (attr.mode == ir::ScatterMode::Add) x = e.elementwise(OpKind::Add, elem, elem, {e.load(out, target), x});
    e.store(out, target, x);
  });
  k.done(std::max<int64_t>(1, (update->type.rank() ? update->type.dims.back().bound() : 1) / context_.target.lanes));
  storage_[op.result()] = to;
}

void Group::emitRuntimeCall(const Op &op, int64_t workBytes) {
  Launch launch;
  launch.runtime = &op;
  auto argOf = [&](const Storage &s) {
    return s.result ? KernelArg{KernelArg::Kind::Address, s.result, 0} : KernelArg{KernelArg::Kind::Workspace, nullptr, s.offset};
  };
  for (const Value *v : op.operands) {
    materialise(v);
    launch.args.push_back(isInput(v) ? KernelArg{KernelArg::Kind::Address, v, 0} : argOf(storage(v)));
  }
  for (const Value *r : op.results) {
    storage_[r] = allocate(r);
    launch.args.push_back(argOf(storage_[r]));
  }
  launch.args.push_back({KernelArg::Kind::Workspace, nullptr, workspace(workBytes)});
  add(std::move(launch));
}

void Group::emitCompress(const Op &op) {
  KernelMaker k(*this, "compress");
  const Value *mask = op.operand(0);
  k.bindInputsOf(mask);
  Storage count = allocate(op.results[0]), places = allocate(op.results[1]);
  TensorRef countOut = k.output(count, op.results[0]->type), out = k.output(places, op.results[1]->type);
  LoopBuilder &b = k.b();
  k.serial([&] {
    const Register *found = b.reg("found", {Prim::I64, 1}, b.i64(0));
    b.forLoop(b.i64(0), k.e().dim(mask->type.dims[0]), 1, [&](Val i) {
      At at;
      at.idx = {{i}};
      b.ifThen(k.e().eval(mask, at), [&] {
        Val n = b.get(found);
        b.store(out.buffer, n, b.cast(LoopOp::Trunc, i, Prim::I32));
        b.set(found, b.add(n, 1));
      });
    });
    b.store(countOut.buffer, b.i64(0), b.get(found));
  });
  k.done(mask->type.boundCount());
  storage_[op.results[0]] = count;
  storage_[op.results[1]] = places;
}

void Group::emitSearch(const Op &op) {
  KernelMaker k(*this, "search");
  const Value *sorted = op.operand(0), *queries = op.operand(1);
  k.bindInputsOf(sorted);
  k.bindInputsOf(queries);
  Storage to = allocate(op.result());
  TensorRef out = k.output(to, op.result()->type);
  LoopBuilder &b = k.b();
  Elem elem = sorted->type.elem;
  bool right = op.as<ir::SearchAttr>().right;
  k.mapOver(op.result()->type.dims, 1, [&](const At &at) {
    Val x = k.e().eval(queries, at);
    const Register *low = b.reg("low", {Prim::I64, 1}, b.i64(0)), *high = b.reg("high", {Prim::I64, 1}, k.e().dim(sorted->type.dims[0]));
    Val from = nullptr, to2 = nullptr;
    b.whileLoop(
        [&] {
          from = b.get(low), to2 = b.get(high);
          return b.compare(LoopOp::Lt, from, to2);
        },
        [&] {
          Val middle = b.binary(LoopOp::AShr, b.add(from, to2), b.i64(1));
          At there;
          there.idx = {{middle}};
          Val y = k.e().eval(sorted, there);
          // NaN sorts behind everything.
          Val before = k.e().elementwise(right ? OpKind::Le : OpKind::Lt, elem, Elem::Bool, {y, x});
          if (ir::isFloat(elem)) {
            Val nanX = k.e().elementwise(OpKind::Ne, elem, Elem::Bool, {x, x}), nanY = k.e().elementwise(OpKind::Ne, elem, Elem::Bool, {y, y});
            Val byNan = right ? nanX : b.binary(LoopOp::And, nanX, b.logicalNot(nanY));
            before = b.binary(LoopOp::Or, before, byNan);
          }
          b.set(low, b.select(before, b.add(middle, 1), from));
          b.set(high, b.select(before, to2, middle));
        });
    k.store(out, op.result()->type, at, b.cast(LoopOp::Trunc, b.get(low), Prim::I32));
  });
  k.done(20);
  storage_[op.result()] = to;
}

void Group::emitCumulate(const Op &op) {
  const auto &attr = op.as<ir::CumulateAttr>();
  KernelMaker k(*this, "cumulate");
  const Value *x = op.operand(0);
  k.bindInputsOf(x);
  Storage to = allocate(op.result());
  TensorRef out = k.output(to, op.result()->type);
  LoopBuilder &b = k.b();
  RegionEmitter &e = k.e();
  size_t d = static_cast<size_t>(attr.dim), rank = x->type.rank();
  bool sums = attr.kind == ir::ReduceKind::Sum || attr.kind == ir::ReduceKind::Prod;
  Elem elem = x->type.elem, wide = sums ? accumulatorOf(elem) : elem;
  std::vector<dl::Dim> others = x->type.dims;
  others.erase(others.begin() + attr.dim);
  OpKind combine = OpKind::Add;
  uint64_t identity = 0;
  switch (attr.kind) {
  case ir::ReduceKind::Sum: break;
  case ir::ReduceKind::Prod: combine = OpKind::Mul, identity = ir::encodeNumber(wide, 1); break;
  case ir::ReduceKind::Max: combine = OpKind::Max, identity = leastBits(elem, false); break;
  case ir::ReduceKind::Min: combine = OpKind::Min, identity = leastBits(elem, true); break;
  case ir::ReduceKind::And: combine = OpKind::And, identity = 1; break;
  case ir::ReduceKind::Or: combine = OpKind::Or; break;
  }
  int lanes = d + 1 == rank ? 1 : context_.target.lanes;
  k.mapOver(others, lanes, [&](const At &at) {
    VecType type{primOf(wide), at.lanes};
    const Register *acc = b.reg("acc", type, b.constant(type, identity));
    Val n = e.dim(x->type.dims[d]);
    b.forLoop(b.i64(0), n, 1, [&](Val i) {
      At here = at;
      here.idx.insert(here.idx.begin() + attr.dim, Idx{attr.reverse ? b.sub(b.sub(n, 1), i) : i});
      Val old = b.get(acc), next = e.elementwise(combine, wide, wide, {old, e.convert(e.eval(x, here), elem, wide)});
      e.store(out, here, b.splat(e.convert(attr.exclusive ? old : next, wide, elem), at.lanes));
      b.set(acc, next);
    });
  });
  k.done(x->type.dims[d].bound());
  storage_[op.result()] = to;
}

} // namespace dl::codegen

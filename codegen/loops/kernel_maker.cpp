#include "codegen/loops/kernel_maker.h"
#include "support/result.h"
#include <algorithm>

namespace dl::codegen {

Val wordToValue(LoopBuilder &b, Val word, ir::Elem e) {
  switch (e) {
  case ir::Elem::Bool: return b.compare(LoopOp::Ne, word, b.i64(0));
  case ir::Elem::F64: return b.cast(LoopOp::Bitcast, word, Prim::F64);
  case ir::Elem::F32: return b.cast(LoopOp::Bitcast, b.cast(LoopOp::Trunc, word, Prim::I32), Prim::F32);
  case ir::Elem::F16: case ir::Elem::BF16: return b.cast(LoopOp::Bitcast, b.cast(LoopOp::Trunc, word, Prim::I16), primOf(e));
  case ir::Elem::I32: case ir::Elem::U8: return b.cast(LoopOp::Trunc, word, primOf(e));
  case ir::Elem::I64: case ir::Elem::Key: case ir::Elem::Dim: return word;
  }
  DL_UNREACHABLE();
}

Val valueToWord(LoopBuilder &b, Val value, ir::Elem e) {
  switch (e) {
  case ir::Elem::Bool: case ir::Elem::U8: return b.cast(LoopOp::ZExt, value, Prim::I64);
  case ir::Elem::F64: return b.cast(LoopOp::Bitcast, value, Prim::I64);
  case ir::Elem::F32: return b.cast(LoopOp::ZExt, b.cast(LoopOp::Bitcast, value, Prim::I32), Prim::I64);
  case ir::Elem::F16: case ir::Elem::BF16: return b.cast(LoopOp::ZExt, b.cast(LoopOp::Bitcast, value, Prim::I16), Prim::I64);
  case ir::Elem::I32: return b.cast(LoopOp::SExt, value, Prim::I64);
  case ir::Elem::I64: case ir::Elem::Key: case ir::Elem::Dim: return value;
  }
  DL_UNREACHABLE();
}

KernelMaker::KernelMaker(Group &group, const std::string &part) : group_(group), function_(std::make_unique<LoopFunction>()), part_(part) {
  builder_ = std::make_unique<LoopBuilder>(group.context().program, *function_);
  emitter_ = std::make_unique<RegionEmitter>(*builder_, group.context().target);
  args_ = builder_->buffer("args", Prim::I64, builder_->param(1), 8, true);
  emitter_->findScalar = [this](const ir::Value *v) { return scalarInput(v); };
}

int KernelMaker::wordOf(KernelArg arg) {
  for (size_t i = 0; i < launch_.args.size(); ++i) {
    const KernelArg &known = launch_.args[i];
    if (known.kind == arg.kind && known.value == arg.value && known.offset == arg.offset) return static_cast<int>(i);
  }
  launch_.args.push_back(arg);
  return static_cast<int>(launch_.args.size()) - 1;
}

Val KernelMaker::word(int number) { return builder_->load(args_, builder_->i64(number)); }

Val KernelMaker::scalarInput(const ir::Value *v) {
  if (group_.isInput(v)) return wordToValue(*builder_, word(wordOf({KernelArg::Kind::Scalar, v, 0})), v->type.elem);
  if (!group_.isMaterialised(v)) {
    DL_CHECK(v->def);
    return nullptr; // computed from its operands
  }
  TensorRef from = input(v);
  Val read = builder_->load(from.buffer, builder_->i64(0));
  return wordToValue(*builder_, read, v->type.elem);
}

TensorRef KernelMaker::output(const Storage &to, const ir::Type &type) {
  KernelArg arg = to.result ? KernelArg{KernelArg::Kind::Address, to.result, 0} : KernelArg{KernelArg::Kind::Workspace, nullptr, to.offset};
  int number = wordOf(arg);
  Prim elem = type.isScalar() ? Prim::I64 : primOf(type.elem);
  return {builder_->buffer("out" + std::to_string(number), elem, word(number)), boundStrides(type)};
}

TensorRef KernelMaker::input(const ir::Value *v) {
  if (group_.isMaterialised(v)) return output(group_.storage(v), v->type);
  int number = wordOf({KernelArg::Kind::Address, v, 0});
  // Loads may move out of loops unless a result of the group may lie in the same place.
  bool constant = true;
  for (const ir::Value *r : group_.op().results)
    if (!r->type.isScalar() && group_.context().overlaps(r, v)) constant = false;
  return {builder_->buffer("in" + std::to_string(number), primOf(v->type.elem), word(number), 0, constant), boundStrides(v->type)};
}

void KernelMaker::bindInputsOf(const ir::Value *v) {
  if (emitter_->isBound(v) || !visited_.insert(v).second) return;
  if (v->type.isScalar() && (group_.isInput(v) || group_.isMaterialised(v))) return; // by findScalar
  if (group_.isInput(v) || group_.isMaterialised(v)) return emitter_->bindTensor(v, input(v));
  DL_CHECK(v->def);
  for (const ir::Value *operand : v->def->operands) bindInputsOf(operand);
}

void KernelMaker::store(const TensorRef &to, const ir::Type &type, const At &at, Val value) {
  if (type.isScalar()) builder_->store(to.buffer, builder_->i64(0), valueToWord(*builder_, value, type.elem));
  else emitter_->store(to, at, value);
}

Val KernelMaker::load(const TensorRef &from, const ir::Type &type, const At &at) {
  if (type.isScalar()) return wordToValue(*builder_, builder_->load(from.buffer, builder_->i64(0)), type.elem);
  return emitter_->load(from, at);
}

std::vector<Idx> KernelMaker::delinearise(Val item, const std::vector<dl::Dim> &extents) {
  std::vector<Idx> idx(extents.size());
  for (size_t d = extents.size(); d-- > 0;) {
    if (d == 0) {
      idx[0] = {item};
    } else if (extents[d].isConstant(1)) {
      idx[d] = emitter_->constantIdx(0);
    } else {
      // Items are never negative: plain division.
      Val n = builder_->smax(emitter_->dim(extents[d]), builder_->i64(1));
      idx[d] = {builder_->binary(LoopOp::SRem, item, n)};
      item = builder_->binary(LoopOp::SDiv, item, n);
    }
  }
  return idx;
}

void KernelMaker::itemLoop(const std::function<void(Val)> &body) { builder_->forLoop(builder_->param(2), builder_->param(3), 1, body); }

void KernelMaker::serial(const std::function<void()> &body) { itemLoop([&](Val) { body(); }); }

namespace {
constexpr int64_t kBlock = 2048;
}

void KernelMaker::mapOver(const std::vector<dl::Dim> &dims, int lanes, const std::function<void(const At &)> &body) {
  LoopBuilder &b = *builder_;
  size_t rank = dims.size(), last = rank;
  while (last > 0 && dims[last - 1].isConstant(1)) --last;
  if (last == 0 || lanes == 1) {
    launch_.items = dims;
    itemLoop([&](Val item) {
      At at;
      at.idx = delinearise(item, dims);
      body(at);
    });
    return;
  }
  int64_t width = 1;
  if (size_t first = flatFrom(dims, lanes, &width); first < rank) return mapFlat(dims, first, width, lanes, body);
  const dl::Dim &inner = dims[last - 1];
  std::vector<dl::Dim> outer(dims.begin(), dims.begin() + static_cast<long>(last - 1));
  bool blocks = inner.bound() > 2 * kBlock;
  launch_.items = outer;
  if (blocks) launch_.blocked = inner, launch_.blockSize = kBlock;
  Val n = emitter_->dim(inner);
  itemLoop([&](Val item) {
    Val begin = b.i64(0), end = n;
    if (blocks) {
      Val count = b.smax(b.ceilDiv(n, kBlock), b.i64(1));
      begin = b.mul(outer.empty() ? item : b.binary(LoopOp::SRem, item, count), kBlock);
      end = b.smin(n, b.add(begin, kBlock));
      item = b.binary(LoopOp::SDiv, item, count);
    }
    At at;
    at.idx = delinearise(item, outer);
    at.idx.resize(rank, emitter_->constantIdx(0));
    at.lanes = lanes;
    Val whole = b.add(begin, b.binary(LoopOp::And, b.sub(end, begin), b.i64(~static_cast<int64_t>(lanes - 1))));
    if (inner.bound() >= lanes)
      b.forLoop(begin, whole, lanes, [&](Val i) {
        emitter_->knowMultiple(i, lanes);
        at.idx[last - 1] = {i, 1};
        body(at);
      });
    if (inner.isConstant() && inner.value() % lanes == 0) return;
    b.ifThen(b.compare(LoopOp::Lt, whole, end), [&] {
      At tail = at;
      tail.idx[last - 1] = {whole, 1};
      tail.vmask = b.maskFirst(b.sub(end, whole), lanes);
      body(tail);
    });
  });
}

size_t flatFrom(const std::vector<dl::Dim> &dims, int lanes, int64_t *width) {
  size_t first = dims.size();
  *width = 1;
  while (first > 0 && dims[first - 1].isConstant() && *width < 64 * lanes && *width * dims[first - 1].value() < 100000) *width *= dims[--first].value();
  if (first == dims.size() || *width < lanes) return dims.size();
  int64_t last = 1;
  for (size_t d = dims.size(); d-- > first && last == 1;) last = dims[d].value();
  return last < lanes && last < *width ? first : dims.size();
}

void KernelMaker::mapFlat(const std::vector<dl::Dim> &dims, size_t first, int64_t width, int lanes, const std::function<void(const At &)> &body) {
  LoopBuilder &b = *builder_;
  std::vector<dl::Dim> outer(dims.begin(), dims.begin() + static_cast<long>(first));
  launch_.items = outer;
  auto step = [&](Val from, Val to, Val f, Val mask) {
    RegionEmitter::FlatLanes flat;
    flat.flat = {f, 1};
    Val rest = b.ramp(b.cast(LoopOp::Trunc, f, Prim::I32), 1, lanes);
    std::vector<Val> parts(dims.size(), nullptr);
    for (size_t d = dims.size(); d-- > first;) {
      Val n = b.i32(dims[d].value());
      parts[d] = b.cast(LoopOp::SExt, d == first ? rest : b.binary(LoopOp::SRem, rest, n), Prim::I64);
      if (d > first) rest = b.binary(LoopOp::SDiv, rest, n);
    }
    At at;
    at.idx.resize(first);
    at.lanes = lanes;
    at.vmask = mask;
    int64_t stride = width;
    for (size_t d = first; d < dims.size(); ++d) {
      stride /= dims[d].value();
      at.idx.push_back({parts[d]});
      flat.parts.push_back(parts[d]);
      flat.strides.push_back(stride);
    }
    emitter_->setFlat(flat);
    b.forLoop(from, to, 1, [&](Val item) {
      std::vector<Idx> outerIdx = delinearise(item, outer);
      std::copy(outerIdx.begin(), outerIdx.end(), at.idx.begin());
      body(at);
    });
    emitter_->setFlat({});
  };
  // What lanes read is worked out once for eight items.
  constexpr int64_t kItems = 8;
  b.forLoop(b.param(2), b.param(3), kItems, [&](Val from) {
    Val to = b.smin(b.param(3), b.add(from, kItems));
    int64_t whole = width / lanes * lanes;
    b.forLoop(b.i64(0), b.i64(whole), lanes, [&](Val f) {
      emitter_->knowMultiple(f, lanes);
      step(from, to, f, nullptr);
    });
    if (whole < width) step(from, to, b.i64(whole), b.maskFirst(b.i64(width - whole), lanes));
  });
}

void KernelMaker::mapLinear(const std::vector<dl::Dim> &dims, int lanes, const std::function<void(const At &)> &body) {
  dl::Dim count(1);
  for (const dl::Dim &d : dims) count = count * d;
  mapOver({count}, lanes, [&](const At &at) {
    At linear = at;
    linear.linear = true;
    body(linear);
  });
}

void KernelMaker::done(int64_t elementsPerItem) {
  size_t statements = function_->nodes.size();
  launch_.itemNanoseconds = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(elementsPerItem) * static_cast<double>(statements) * 0.015));
  *group_.context().scratchBytes = std::max(*group_.context().scratchBytes, function_->scratchBytes);
  std::string text = printFunction(*function_);
  for (const Buffer &b : function_->buffers) text += ' ' + b.name + ':' + std::to_string(static_cast<int>(b.elem)); // a stored constant does not show its type
  auto [known, fresh] = group_.context().kernels.try_emplace(text, "");
  if (fresh) {
    known->second = group_.kernelName(part_) + "_" + std::to_string(group_.context().kernels.size());
    function_->name = known->second;
    group_.context().program.functions.push_back(std::move(function_));
  }
  launch_.kernel = known->second;
  group_.add(std::move(launch_));
}

} // namespace dl::codegen

#include "codegen/loops/kernel_maker.h"
#include "codegen/loops/lower_gemm.h"
#include "codegen/loops/summation.h"
#include "support/result.h"
#include <algorithm>

namespace dl::codegen {

using ir::Op;
using ir::OpKind;
using ir::Value;

static bool isOpaque(const Op &op) {
  return op.kind == OpKind::Scatter || op.kind == OpKind::UpdateAt || op.kind == OpKind::Sort || op.kind == OpKind::Compress ||
         op.kind == OpKind::Search || op.kind == OpKind::Cumulate || ir::info(op.kind).family == ir::Family::LinearAlgebra;
}

static std::string identifier(const std::string &name) {
  std::string s = "k_";
  for (char c : name) s += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return s;
}

Group::Group(GroupContext &context, const Op &op) : context_(context), op_(op) {
  if (op.kind == OpKind::Fused) {
    const ir::Region &body = *op.regions[0];
    name_ = identifier(op.as<ir::FusedAttr>().name);
    inputs_.assign(body.args.begin(), body.args.end());
    for (const Op *inner : body.ops)
      if (inner->kind == OpKind::Yield) yields_.assign(inner->operands.begin(), inner->operands.end());
      else ops_.push_back(inner);
  } else {
    name_ = identifier(ir::info(op.kind).mnemonic);
    inputs_.assign(op.operands.begin(), op.operands.end());
    for (const Value *r : op.results) yields_.push_back(r);
    ops_.push_back(&op);
  }
  members_.insert(ops_.begin(), ops_.end());
  // What no result needs is left out.
  std::vector<const Value *> work(yields_.begin(), yields_.end());
  while (!work.empty()) {
    const Value *v = work.back();
    work.pop_back();
    if (!live_.insert(v).second || !v->def || isInput(v)) continue;
    for (const Value *r : v->def->results) live_.insert(r);
    work.insert(work.end(), v->def->operands.begin(), v->def->operands.end());
  }
}

bool Group::isLive(const Op &op) const {
  return std::any_of(op.results.begin(), op.results.end(), [&](const Value *r) { return live_.count(r) != 0; });
}

int64_t Group::workspace(int64_t bytes) {
  int64_t at = lowered_.workspaceBytes;
  lowered_.workspaceBytes += (bytes + 127) / 64 * 64; // whole vectors may be read past the end
  return at;
}

Storage Group::allocate(const Value *v) {
  Storage s;
  auto at = std::find(yields_.begin(), yields_.end(), v);
  if (at != yields_.end()) s.result = op_.results[static_cast<size_t>(at - yields_.begin())];
  else s.offset = workspace(v->type.isScalar() ? 8 : v->type.boundBytes());
  return s;
}

void Group::materialise(const Value *v) {
  if (isInput(v) || isMaterialised(v)) return;
  Storage to;
  to.offset = workspace(v->type.isScalar() ? 8 : v->type.boundBytes());
  emitMap({v}, {to});
  storage_[v] = to;
}

namespace {

/// Is the value's element e made of elements e of dense tensors of the same dimensions, and of scalars?
class FlatTest {
public:
  FlatTest(const Group &group, const ir::Type &shape) : group_(group), shape_(shape) {}
  bool operator()(const Value *v) {
    if (v->type.isScalar() || good_.count(v)) return true;
    if (v->type.dims != shape_.dims || !made(v)) return false;
    good_.insert(v);
    return true;
  }

private:
  bool made(const Value *v) {
    if (group_.isInput(v) || group_.isMaterialised(v)) return true;
    const Op &op = *v->def;
    if (op.kind == OpKind::Broadcast || op.kind == OpKind::RandomBits) return op.operand(0)->type.isScalar();
    if (op.kind == OpKind::Const) return op.as<ir::ConstAttr>().bits.size() <= 1;
    if (!ir::isElementwise(op.kind) && op.kind != OpKind::Copy) return false;
    return std::all_of(op.operands.begin(), op.operands.end(), [&](const Value *x) { return (*this)(x); });
  }

  const Group &group_;
  const ir::Type &shape_;
  std::set<const Value *> good_; ///< look-ups only
};

} // namespace

void Group::emitMap(const std::vector<const Value *> &values, const std::vector<Storage> &to) {
  KernelMaker k(*this, "");
  const ir::Type &shape = values[0]->type;
  for (const Value *v : values) k.bindInputsOf(v);
  std::vector<TensorRef> outputs;
  for (size_t i = 0; i < values.size(); ++i) outputs.push_back(k.output(to[i], values[i]->type));
  auto body = [&](const At &at) {
    std::vector<Val> computed;
    for (const Value *v : values) computed.push_back(k.e().eval(v, at));
    for (size_t i = 0; i < values.size(); ++i) k.store(outputs[i], values[i]->type, at, computed[i]);
  };
  FlatTest isFlat(*this, shape);
  bool flat = shape.rank() > 1 && isDense(shape) && std::all_of(values.begin(), values.end(), [&](const Value *v) { return isFlat(v); });
  if (flat) k.mapLinear(shape.dims, context_.target.lanes, body);
  else k.mapOver(shape.dims, context_.target.lanes, body);
  k.done(k.launch().blockSize ? k.launch().blockSize / context_.target.lanes : std::max<int64_t>(1, (shape.rank() ? shape.dims.back().bound() : 1) / context_.target.lanes));
}

void Group::emitFoldNode(const Op &op) {
  KernelMaker k(*this, ir::info(op.kind).mnemonic);
  const Value *result = op.result();
  for (const Value *v : op.operands) k.bindInputsOf(v);
  Storage to = allocate(result);
  TensorRef out = k.output(to, result->type);
  int lanes = foldsByResultLanes(op, context_.target.lanes) ? context_.target.lanes : 1;
  k.mapOver(result->type.dims, lanes, [&](const At &at) { k.store(out, result->type, at, emitFold(k.e(), op, at)); });
  int64_t terms = 1;
  if (op.kind == OpKind::Contract) {
    const auto &a = op.as<ir::IndexedAttr>();
    for (size_t i = static_cast<size_t>(a.outCount); i < a.names.size(); ++i) terms *= std::max<int64_t>(a.names[i].extent.bound(), 1);
  } else {
    terms = std::max<int64_t>(op.operand(0)->type.boundCount() / std::max<int64_t>(result->type.boundCount(), 1), 1);
  }
  int64_t inner = lanes == 1 ? 1 : result->type.dims.back().bound();
  k.done(std::max<int64_t>(1, terms * inner / context_.target.lanes));
  storage_[result] = to;
}

LoweredGroup Group::run() {
  const Op *contract = nullptr;
  for (const Op *op : ops_)
    if (op->kind == OpKind::Contract && isLive(*op)) contract = op;
  if (contract && lowerGemm(*this, *contract)) return std::move(lowered_);
  // Results that may lie over an input come last, when nothing reads that input any more.
  std::vector<size_t> late;
  std::vector<const Value *> pending; // results of equal dimensions, for one launch
  std::vector<Storage> places;
  auto flush = [&] {
    if (pending.empty()) return;
    emitMap(pending, places);
    for (size_t i = 0; i < pending.size(); ++i) storage_[pending[i]] = places[i];
    pending.clear(), places.clear();
  };
  auto overlapsInput = [&](size_t k) {
    if (op_.results[k]->type.isScalar()) return false;
    return std::any_of(inputs_.begin(), inputs_.end(), [&](const Value *in) { return !in->type.isScalar() && context_.overlaps(op_.results[k], in); });
  };
  auto yieldsOf = [&](const Value *v) {
    for (size_t k = 0; k < yields_.size(); ++k) {
      if (yields_[k] != v || isMaterialised(v)) continue;
      if (overlapsInput(k)) {
        late.push_back(k);
        continue;
      }
      if (!pending.empty() && pending[0]->type.dims != v->type.dims) flush();
      if (std::find(pending.begin(), pending.end(), v) != pending.end()) continue;
      pending.push_back(v);
      places.push_back({op_.results[k], -1});
    }
  };
  for (const Op *op : ops_) {
    if (!isLive(*op)) continue;
    if (isFold(*op) || isOpaque(*op)) {
      flush();
      if (isFold(*op)) emitFoldNode(*op);
      else emitOpaque(*op);
    } else {
      for (const Value *r : op->results) yieldsOf(r);
    }
  }
  flush();
  // The late ones by dimensions; all but the last group through workspace, copied when everything is read.
  std::vector<std::pair<size_t, Storage>> copies;
  while (!late.empty()) {
    std::vector<size_t> now, rest;
    for (size_t k : late) (yields_[k]->type.dims == yields_[late[0]]->type.dims ? now : rest).push_back(k);
    std::vector<const Value *> values;
    std::vector<Storage> to;
    for (size_t k : now) {
      Storage s{op_.results[k], -1};
      if (!rest.empty()) {
        s = {nullptr, workspace(yields_[k]->type.boundBytes())};
        copies.push_back({k, s});
      }
      values.push_back(yields_[k]);
      to.push_back(s);
    }
    emitMap(values, to);
    late = rest;
  }
  for (auto &[k, from] : copies) {
    storage_[yields_[k]] = from;
    emitMap({yields_[k]}, {{op_.results[k], -1}});
  }
  // A value that is yielded twice, or an input passed through, is copied.
  for (size_t k = 0; k < yields_.size(); ++k) {
    auto first = std::find(yields_.begin(), yields_.end(), yields_[k]) - yields_.begin();
    bool passed = isInput(yields_[k]) && !context_.same(op_.results[k], yields_[k]);
    if (static_cast<size_t>(first) == k && !passed) continue;
    emitMap({yields_[k]}, {{op_.results[k], -1}});
  }
  return std::move(lowered_);
}

LoweredGroup lowerGroup(GroupContext &context, const Op &op) { return Group(context, op).run(); }

} // namespace dl::codegen

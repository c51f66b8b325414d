#include "codegen/program/entry_lowering.h"
#include "codegen/loops/kernel_maker.h"
#include "codegen/loops/summation.h"
#include "passes/fusion/candidates.h"
#include "support/result.h"
#include <algorithm>
#include <cstring>

// Control and effects are picked out here; everything else is a value.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

using ir::Elem;
using ir::Op;
using ir::OpKind;
using ir::Value;
using passes::Place;

uint32_t SharedTables::position(SourceRange where) {
  if (!info.sources || !where.valid()) return 0;
  LineColumn at = info.sources->start(where);
  std::string file(info.sources->name(where.file));
  std::string key = file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  auto [known, fresh] = positionNumber.try_emplace(key, static_cast<uint32_t>(positions.size()));
  if (fresh) {
    Record r(24);
    r.address(0, data.string(file));
    r.u32(8, at.line), r.u32(12, at.column);
    r.address(16, data.string(info.sources->line(where.file, at.line)));
    positions.push_back(std::move(r));
  }
  return known->second;
}

uint32_t SharedTables::metric(const std::string &name) {
  auto at = std::find(metrics.begin(), metrics.end(), name);
  if (at == metrics.end()) at = metrics.insert(at, name);
  return static_cast<uint32_t>(at - metrics.begin());
}

EntryLowering::EntryLowering(SharedTables &shared, const ir::Function &entry, const passes::MemoryPlan &plan, const TargetInfo &target)
    : shared_(shared), entry_(entry), plan_(plan), target_(target), function_(std::make_unique<LoopFunction>()) {
  function_->kind = FunctionKind::Host;
  function_->name = "dl_entry_";
  for (char c : entry.name) function_->name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  b_ = std::make_unique<LoopBuilder>(shared.data.program(), *function_);
  frame_ = b_->buffer("frame", Prim::I64, b_->param(0), 8);
  words_ = b_->buffer("words", Prim::I64, b_->param(0), 8);
  workspaceBase_ = (plan.arenaBytes + 127) / 64 * 64;
}

void EntryLowering::run() {
  argsBlock_ = b_->stackBlock(64); // block 0, grown by launches
  args_ = b_->buffer("args", Prim::I64, argsBlock_, 8);
  if (!plan_.prologueEnd) enter();
  region(*entry_.body);
  b_->ret(b_->i32(0));
  shared_.data.program().functions.push_back(std::move(function_));
  function_ = nullptr;
}

// Values -------------------------------------------------------------------------------------------------------------

// The words begin at byte 64 of the frame.
Val EntryLowering::frameWord(int64_t number) { return b_->load(words_, b_->i64(number + 8)); }
void EntryLowering::setFrameWord(int64_t number, Val v) { b_->store(words_, b_->i64(number + 8), v); }

const Value *EntryLowering::outer(const Value *v) const {
  auto found = outer_.find(v);
  return found == outer_.end() ? v : found->second;
}

Val EntryLowering::scalar(const Value *v) { return wordToValue(*b_, frameWord(plan_.of(outer(v)).at), v->type.elem); }
void EntryLowering::setScalar(const Value *v, Val value) { setFrameWord(plan_.of(v).at, valueToWord(*b_, value, v->type.elem)); }
Val EntryLowering::wordAddress(const Value *v) { return b_->add(b_->param(0), 64 + 8 * plan_.of(outer(v)).at); }

int EntryLowering::constantData(const Value *v) {
  const auto &a = v->def->as<ir::ConstAttr>();
  size_t width = static_cast<size_t>(ir::byteSize(a.type.elem)), count = static_cast<size_t>(a.type.boundCount());
  Record r((count * width + 127) / 64 * 64);
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits = a.bits.size() == 1 ? a.bits[0] : a.bits[i];
    for (size_t k = 0; k < width; ++k) r.u8(i * width + k, static_cast<uint8_t>(bits >> (8 * k)));
  }
  int number = shared_.data.add(r);
  shared_.data.program().constants[static_cast<size_t>(number)].align = 64;
  return number;
}

Val EntryLowering::address(const Value *inner) {
  const Value *v = outer(inner);
  if (v->type.isScalar()) return wordAddress(v);
  const Place &p = plan_.of(v);
  Val base = nullptr;
  switch (p.kind) {
  case Place::Kind::Word: return wordAddress(v);
  case Place::Kind::Arena: base = b_->add(b_->load(frame_, b_->i64(0)), p.at); break;
  case Place::Kind::Constant: base = b_->globalAddress(constantData(p.constant)); break;
  }
  base = b_->add(base, p.offset);
  for (const Place::Term &t : p.terms) base = b_->add(base, b_->mul(frameWord(t.word), t.stride));
  return base;
}

RegionEmitter EntryLowering::emitter(const Value *except) {
  RegionEmitter e(*b_, target_);
  e.findScalar = [this, except](const Value *v) -> Val { return v == except ? nullptr : scalar(v); };
  return e;
}

Val EntryLowering::dim(const dl::Dim &d) {
  RegionEmitter e = emitter();
  return e.dim(d);
}

bool EntryLowering::samePlace(const Value *a, const Value *b) const {
  const Place &x = plan_.of(outer(a)), &y = plan_.of(outer(b));
  if (x.kind != y.kind || x.at != y.at || x.offset != y.offset || x.constant != y.constant || x.terms.size() != y.terms.size()) return false;
  for (size_t i = 0; i < x.terms.size(); ++i)
    if (x.terms[i].word != y.terms[i].word || x.terms[i].stride != y.terms[i].stride) return false;
  return true;
}

bool EntryLowering::overlap(const Value *a, const Value *b) const {
  a = outer(a), b = outer(b);
  const Place &x = plan_.of(a), &y = plan_.of(b);
  if (x.kind == Place::Kind::Constant || y.kind == Place::Kind::Constant || x.kind == Place::Kind::Word || y.kind == Place::Kind::Word) return false;
  if (x.kind != y.kind) return true;
  // Where a slice is depends on loop indices: somewhere in its buffer.
  auto begin = [](const Place &p) { return p.terms.empty() ? p.at + p.offset : p.at; };
  auto bytes = [](const Place &p, const Value *v) { return p.terms.empty() ? v->type.boundBytes() : p.whole; };
  return begin(x) < begin(y) + bytes(y, b) && begin(y) < begin(x) + bytes(x, a);
}

// Statements ---------------------------------------------------------------------------------------------------------

void EntryLowering::region(const ir::Region &r) {
  for (const Op *o : r.ops) op(*o);
}

void EntryLowering::checked(const std::string &callee, std::vector<Val> args) {
  b_->returnUnless(b_->call(callee, std::move(args), CallReturn::Status));
}

void EntryLowering::enter() {
  DL_CHECK(!entered_);
  entered_ = true;
  checked("dlrt_enter", {b_->param(0)});
  if (!plan_.resumePoints.empty()) b_->resumeSwitch(b_->load(frame_, b_->i64(2)));
}

void EntryLowering::op(const Op &op) {
  switch (op.kind) {
  case OpKind::Yield: case OpKind::Return: return;
  case OpKind::If: return ifOp(op);
  case OpKind::For: return forOp(op);
  case OpKind::While: return whileOp(op);
  case OpKind::LoadTable: return loadTable(op);
  case OpKind::Encode: return encode(op);
  case OpKind::Snapshot: return snapshot(op);
  case OpKind::Fused: return group(op);
  default: break;
  }
  if (ir::info(op.kind).family == ir::Family::Effect) return effect(op);
  if (op.kind == OpKind::Copy) return move({op.operand(0)}, {op.result()});
  if (op.kind == OpKind::Const && !op.result()->type.isScalar()) return;
  if (passes::placementOf(op) == passes::Placement::View) return;
  bool tensors = false;
  for (const Value *v : op.operands) tensors |= !v->type.isScalar();
  for (const Value *v : op.results) tensors |= !v->type.isScalar();
  if (tensors) group(op);
  else scalarOp(op);
}

void EntryLowering::scalarOp(const Op &op) {
  RegionEmitter e = emitter(op.result());
  if (isFold(op)) return setScalar(op.result(), emitFold(e, op, At{}));
  if (op.kind == OpKind::UpdateAt) {
    Val x = scalar(op.operand(1));
    Elem elem = op.result()->type.elem;
    if (op.as<ir::UpdateAtAttr>().mode == ir::ScatterMode::Add) x = e.elementwise(OpKind::Add, elem, elem, {scalar(op.operand(0)), x});
    return setScalar(op.result(), x);
  }
  setScalar(op.result(), e.scalar(op.result()));
}

void EntryLowering::group(const Op &op) {
  if (op.kind == OpKind::Fused)
    for (size_t i = 0; i < op.operands.size(); ++i) outer_[op.regions[0]->args[i]] = op.operands[i];
  GroupContext context{shared_.data.program(), target_, shared_.kernels,
                       [this](const Value *r, const Value *a) { return overlap(r, a); },
                       [this](const Value *r, const Value *a) { return samePlace(r, a); }, &scratchBytes_};
  LoweredGroup lowered = lowerGroup(context, op);
  workspaceBytes_ = std::max(workspaceBytes_, lowered.workspaceBytes);
  for (const Launch &l : lowered.launches) launch(l);
  outer_.clear();
}

void EntryLowering::launch(const Launch &l) {
  if (l.runtime) return runtimeCall(l);
  function_->stackBytes[0] = std::max<int64_t>(function_->stackBytes[0], static_cast<int64_t>(l.args.size()) * 8);
  for (size_t i = 0; i < l.args.size(); ++i) {
    const KernelArg &arg = l.args[i];
    Val word = nullptr;
    switch (arg.kind) {
    case KernelArg::Kind::Address: word = address(arg.value); break;
    case KernelArg::Kind::Scalar: word = frameWord(plan_.of(outer(arg.value)).at); break;
    case KernelArg::Kind::Workspace: word = b_->add(b_->load(frame_, b_->i64(0)), workspaceBase_ + arg.offset); break;
    }
    b_->store(args_, b_->i64(static_cast<int64_t>(i)), word);
  }
  Val count = b_->i64(1);
  int64_t most = 1;
  auto raise = [&](int64_t by) { most = std::min<int64_t>(most * std::max<int64_t>(by, 1), int64_t{1} << 30); };
  for (const dl::Dim &d : l.items) count = b_->mul(count, dim(d)), raise(d.bound());
  if (l.blockSize) count = b_->mul(count, b_->ceilDiv(dim(l.blocked), l.blockSize)), raise(l.blocked.bound() / l.blockSize + 1);
  // Too little for a second thread whatever the extents are: called in line.
  if (most == 1 || most * l.itemNanoseconds < 2000) {
    Val scratch = b_->load(b_->buffer("scratch", Prim::I64, b_->load(frame_, b_->i64(1))), b_->i64(0));
    b_->call(l.kernel, {b_->param(0), argsBlock_, b_->i64(0), count, scratch});
    return;
  }
  b_->call("dlrt_parallel", {b_->param(0), b_->functionAddress(l.kernel), argsBlock_, count, b_->mul(count, l.itemNanoseconds)});
}

void EntryLowering::copyTensor(const Value *from, const Value *to) {
  b_->call("memmove", {address(to), address(from), b_->i64(to->type.boundBytes())}, CallReturn::I64);
}

/// All at once: every source is read before any target is written (scalars); tensors have been made safe by the plan.
void EntryLowering::move(const std::vector<const Value *> &from, const std::vector<const Value *> &to) {
  std::vector<Val> words(from.size(), nullptr);
  for (size_t i = 0; i < from.size(); ++i)
    if (from[i]->type.isScalar() && !samePlace(from[i], to[i])) words[i] = frameWord(plan_.of(from[i]).at);
  for (size_t i = 0; i < from.size(); ++i) {
    if (words[i]) setFrameWord(plan_.of(to[i]).at, words[i]);
    else if (!from[i]->type.isScalar() && !samePlace(from[i], to[i])) copyTensor(from[i], to[i]);
  }
}

void EntryLowering::ifOp(const Op &op) {
  std::vector<const Value *> results(op.results.begin(), op.results.end());
  auto branch = [&](const ir::Region &r) {
    region(r);
    const auto &values = r.terminator()->operands;
    move({values.begin(), values.end()}, results);
  };
  b_->ifElse(scalar(op.operand(0)), [&] { branch(*op.regions[0]); }, [&] { branch(*op.regions[1]); });
}

/// Element `i` of a stacked or scanned vector of scalars.
static const Buffer *elementsOf(LoopBuilder &b, const Value *whole, Val base) { return b.buffer("elements", primOf(whole->type.elem), base); }

void EntryLowering::forOp(const Op &op) {
  const auto &attr = op.as<ir::ForAttr>();
  const ir::Region &body = *op.regions[0];
  size_t carries = static_cast<size_t>(attr.carries), scans = attr.scanDims.size(), first = attr.tripIsDim ? 0 : 1;
  const Value *index = body.args[0];
  auto trip = [&] { return attr.tripIsDim ? dim(attr.trip) : scalar(op.operand(0)); };
  auto part = [](const auto &list, size_t begin, size_t count) {
    return std::vector<const Value *>(list.begin() + static_cast<long>(begin), list.begin() + static_cast<long>(begin + count));
  };
  move(part(op.operands, first + scans, carries), part(body.args, 1 + scans, carries));
  setScalar(index, attr.reverse ? b_->sub(trip(), 1) : b_->i64(0));
  b_->whileLoop(
      [&] { return attr.reverse ? b_->compare(LoopOp::Ge, scalar(index), b_->i64(0)) : b_->compare(LoopOp::Lt, scalar(index), trip()); },
      [&] {
        for (size_t s = 0; s < scans; ++s) {
          const Value *slice = body.args[1 + s], *whole = op.operands[first + s];
          if (slice->type.isScalar()) setScalar(slice, b_->load(elementsOf(*b_, whole, address(whole)), scalar(index)));
        }
        region(body);
        const auto &next = body.terminator()->operands;
        for (size_t k = carries; k < next.size(); ++k) {
          if (!next[k]->type.isScalar()) continue; // made in its slice
          const Value *stack = op.results[k];
          b_->store(elementsOf(*b_, stack, address(stack)), scalar(index), scalar(next[k]));
        }
        move(part(next, 0, carries), part(body.args, 1 + scans, carries));
        setScalar(index, b_->add(scalar(index), attr.reverse ? -1 : 1));
      });
  move(part(body.args, 1 + scans, carries), part(op.results, 0, carries));
}

void EntryLowering::whileOp(const Op &op) {
  const auto &attr = op.as<ir::WhileAttr>();
  const ir::Region &test = *op.regions[0], &body = *op.regions[1];
  size_t carries = static_cast<size_t>(attr.carries), count = attr.bound > 0 ? 1 : 0;
  std::vector<const Value *> operands(op.operands.begin(), op.operands.end()), args(body.args.begin(), body.args.end());
  std::vector<const Value *> tests(test.args.begin(), test.args.end());
  std::vector<const Value *> results(op.results.begin() + static_cast<long>(count), op.results.begin() + static_cast<long>(count + carries));
  move(operands, args);
  if (count) setScalar(op.results[0], b_->i64(0));
  b_->whileLoop(
      [&] {
        move(args, tests);
        region(test);
        Val go = scalar(test.terminator()->operands[0]);
        if (count) go = b_->binary(LoopOp::And, go, b_->compare(LoopOp::Lt, scalar(op.results[0]), b_->i64(attr.bound)));
        return go;
      },
      [&] {
        region(body);
        const auto &next = body.terminator()->operands;
        for (size_t k = carries; k < next.size(); ++k) {
          const Value *stack = op.results[count + k];
          if (next[k]->type.isScalar()) {
            b_->store(elementsOf(*b_, stack, address(stack)), scalar(op.results[0]), scalar(next[k]));
            continue;
          }
          int64_t row = next[k]->type.boundBytes();
          b_->call("memmove", {b_->add(address(stack), b_->mul(scalar(op.results[0]), row)), address(next[k]), b_->i64(row)}, CallReturn::I64);
        }
        move({next.begin(), next.begin() + static_cast<long>(carries)}, args);
        if (count) setScalar(op.results[0], b_->add(scalar(op.results[0]), 1));
      });
  move(args, results);
}

void EntryLowering::loadTable(const Op &op) {
  const std::string &name = op.as<ir::TableAttr>().table;
  uint32_t number = 0;
  while (shared_.module.tables[number].name != name) ++number;
  if (std::find(tables_.begin(), tables_.end(), number) == tables_.end()) tables_.push_back(number);
  checked("dlrt_table_rows", {b_->param(0), b_->i32(number), wordAddress(op.results[0])});
  for (size_t c = 1; c < op.results.size(); ++c)
    checked("dlrt_table_column", {b_->param(0), b_->i32(number), b_->i32(static_cast<int64_t>(c) - 1), address(op.results[c])});
  b_->call("dlrt_table_close", {b_->param(0), b_->i32(number)});
}

/// The body of a loop around training steps, or of those.
static bool leadsToStep(const ir::Region &body) {
  bool found = false;
  ir::walk(body, [&](const Op *op) { found |= op->kind == OpKind::Progress && !op->operands.empty(); });
  return found;
}

void EntryLowering::snapshot(const Op &op) {
  if (&op == plan_.prologueEnd) return enter();
  for (size_t i = 0; i < plan_.resumePoints.size(); ++i) {
    if (plan_.resumePoints[i].snapshot != &op) continue;
    b_->resumeLabel(static_cast<int64_t>(i));
    checked("dlrt_poll", {b_->param(0), b_->i32(static_cast<int64_t>(i)), b_->i32(leadsToStep(*op.parent))});
  }
}

} // namespace dl::codegen

// Effects of entries as calls of the runtime.
#include "codegen/loops/kernel_maker.h"
#include "codegen/program/entry_lowering.h"
#include "runtime/dlrt.h"
#include "support/result.h"
#include <algorithm>

// Effects only.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

using ir::Op;
using ir::OpKind;
using ir::Value;

Val EntryLowering::format(const std::vector<ir::PrintPiece> &pieces) {
  std::vector<Record> made;
  std::string text;
  auto piece = [&](const std::string &before, const std::string &spec, bool value) {
    Record r(24);
    r.address(0, shared_.data.string(before));
    r.address(8, shared_.data.string(spec));
    r.u64(16, value);
    made.push_back(std::move(r));
  };
  for (const ir::PrintPiece &p : pieces) {
    text += p.text;
    if (p.operand < 0) continue;
    piece(text, p.spec, true);
    text.clear();
  }
  if (!text.empty() || made.empty()) piece(text, "", false);
  Record all(16);
  all.u64(0, made.size());
  all.address(8, shared_.data.array(made));
  return b_->globalAddress(shared_.data.add(all));
}

void EntryLowering::fillTensor(const Buffer *words, int64_t first, const Value *v, Val at, const std::vector<std::string> &names) {
  auto put = [&](int64_t word, Val x) { b_->store(words, b_->i64(first + word), x); };
  auto elem = static_cast<uint64_t>(v->type.elem);
  put(0, at);
  put(1, b_->i64(static_cast<int64_t>(elem | static_cast<uint64_t>(v->type.rank()) << 32)));
  put(2, names.empty() ? b_->i64(0) : b_->globalAddress(shared_.data.strings(names)));
  put(3, b_->i64(static_cast<int64_t>(names.size())));
  std::vector<int64_t> strides = boundStrides(v->type);
  for (size_t d = 0; d < v->type.rank(); ++d) {
    put(4 + static_cast<int64_t>(d), dim(v->type.dims[d]));
    put(12 + static_cast<int64_t>(d), b_->i64(strides[d]));
  }
}

Val EntryLowering::tensorBlock(const std::vector<const Value *> &list, const std::vector<std::vector<std::string>> &names) {
  if (list.empty()) return b_->i64(0);
  constexpr int64_t kWords = sizeof(dl_tensor) / 8;
  Val block = b_->stackBlock(static_cast<int64_t>(list.size()) * kWords * 8);
  const Buffer *words = b_->buffer("tensors", Prim::I64, block);
  for (size_t i = 0; i < list.size(); ++i)
    fillTensor(words, static_cast<int64_t>(i) * kWords, list[i], address(list[i]), i < names.size() ? names[i] : std::vector<std::string>{});
  return block;
}

Val EntryLowering::values(const Op &op, const std::vector<ir::PrintPiece> &pieces) {
  std::vector<const Value *> list;
  std::vector<std::vector<std::string>> names;
  for (const ir::PrintPiece &p : pieces) {
    if (p.operand < 0) continue;
    list.push_back(op.operand(static_cast<size_t>(p.operand)));
    names.push_back(p.strings);
  }
  return tensorBlock(list, names);
}

void EntryLowering::effect(const Op &op) {
  Val frame = b_->param(0);
  auto where = [&] { return b_->i32(shared_.position(op.where)); };
  auto asDouble = [&](const Value *v) {
    RegionEmitter e = emitter();
    return e.convert(scalar(v), v->type.elem, ir::Elem::F64);
  };
  switch (op.kind) {
  case OpKind::Print: {
    const auto &pieces = op.as<ir::PrintAttr>().pieces;
    return checked("dlrt_print", {frame, format(pieces), values(op, pieces)});
  }
  case OpKind::Report: {
    const auto &a = op.as<ir::ReportAttr>();
    int64_t scope = a.scope == "epoch" ? DL_REPORT_EPOCH : a.scope == "hook" ? DL_REPORT_HOOK : DL_REPORT_STEP;
    Val weight = op.operands.size() > 1 ? asDouble(op.operand(1)) : b_->real({Prim::F64, 1}, 1);
    return checked("dlrt_report", {frame, b_->i32(shared_.metric(a.name)), b_->i32(scope), asDouble(op.operand(0)), weight});
  }
  case OpKind::Progress: {
    if (op.operands.empty())
      return checked("dlrt_progress", {frame, b_->i64(0), b_->i64(0), b_->i64(0), b_->i64(0), b_->i64(0), b_->real({Prim::F64, 1}, 0)});
    Val examples = op.operands.size() > 5 ? scalar(op.operand(5)) : b_->i64(0);
    return checked("dlrt_progress", {frame, scalar(op.operand(0)), scalar(op.operand(1)), scalar(op.operand(2)), scalar(op.operand(3)), examples,
                                     asDouble(op.operand(4))});
  }
  case OpKind::Write: {
    const auto &path = op.as<ir::WriteAttr>().path;
    shared_.features.insert("dl_feature_png");
    Val paths = values(op, path), tensor = tensorBlock({op.operand(0)}, {});
    return checked("dlrt_write", {frame, where(), format(path), paths, tensor});
  }
  case OpKind::Save: case OpKind::Load: return files(op);
  case OpKind::Check: return check(op);
  default: DL_UNREACHABLE();
  }
}

void EntryLowering::files(const Op &op) {
  const auto &a = op.as<ir::SaveAttr>();
  bool saves = op.kind == OpKind::Save;
  std::vector<const Value *> tensors;
  for (size_t i = 0; i < a.names.size(); ++i) tensors.push_back(saves ? op.operand(i) : op.result(i));
  if (saves && !a.path.empty() && a.path.back().text.ends_with(".svg")) shared_.features.insert("dl_feature_plot");
  Val paths = values(op, a.path), block = tensorBlock(tensors, {});
  int names = shared_.data.strings(a.names);
  // Only the bytes of an element are read into a word: it is cleared before and put in its full form behind.
  std::vector<const Value *> words;
  for (const Value *v : op.results)
    if (v->type.isScalar()) words.push_back(v);
  for (const Value *v : words) setFrameWord(plan_.of(v).at, b_->i64(0));
  checked(saves ? "dlrt_save" : "dlrt_load",
          {b_->param(0), b_->i32(shared_.position(op.where)), format(a.path), paths, b_->i64(static_cast<int64_t>(a.names.size())),
           names < 0 ? b_->i64(0) : b_->globalAddress(names), block});
  for (const Value *v : words) setScalar(v, scalar(v));
}

void EntryLowering::encode(const Op &op) {
  const auto &a = op.as<ir::EncodeAttr>();
  Record r(sizeof(dl_vocabulary));
  r.u32(0, 1 + static_cast<uint32_t>(a.unit));
  r.i64(8, a.special), r.u64(16, a.names.size()), r.address(24, shared_.data.strings(a.names)), r.i64(32, a.most);
  checked("dlrt_encode", {b_->param(0), b_->i32(shared_.position(op.where)), b_->globalAddress(shared_.data.add(r)), tensorBlock({op.operand(0)}, {}),
                          wordAddress(op.results[0]), address(op.results[1])});
}

void EntryLowering::check(const Op &op) {
  const auto &message = op.as<ir::CheckAttr>().message;
  b_->ifThen(b_->logicalNot(scalar(op.operand(0))), [&] {
    checked("dlrt_check_failed", {b_->param(0), b_->i32(shared_.position(op.where)), format(message), values(op, message)});
  });
}

void EntryLowering::runtimeCall(const Launch &l) {
  const Op &op = *l.runtime;
  constexpr int64_t kWords = sizeof(dl_tensor) / 8;
  size_t inputs = op.operands.size(), all = inputs + op.results.size();
  Val block = b_->stackBlock(static_cast<int64_t>(all) * kWords * 8);
  const Buffer *words = b_->buffer("tensors", Prim::I64, block);
  auto at = [&](const KernelArg &arg) {
    if (arg.kind == KernelArg::Kind::Workspace) return b_->add(b_->load(frame_, b_->i64(0)), workspaceBase_ + arg.offset);
    return address(arg.value);
  };
  for (size_t i = 0; i < all; ++i) {
    const Value *v = i < inputs ? op.operand(i) : op.result(i - inputs);
    Val place = at(l.args[i]);
    if (i >= inputs && v->type.isScalar()) b_->store(b_->buffer("word", Prim::I64, place), b_->i64(0), b_->i64(0)); // a narrow number fills a part of its word
    fillTensor(words, static_cast<int64_t>(i) * kWords, v, place, {});
  }
  Val out = b_->add(block, static_cast<int64_t>(inputs) * kWords * 8), work = at(l.args[all]);
  std::string callee = std::string("dlrt_") + ir::info(op.kind).mnemonic;
  if (auto *sort = std::get_if<ir::SortAttr>(&op.attrs))
    b_->call(callee, {block, out, b_->i64(static_cast<int64_t>(inputs)), b_->i64(sort->dim), b_->i32(sort->descending), work});
  else if (auto *solve = std::get_if<ir::TriSolveAttr>(&op.attrs))
    b_->call(callee, {block, out, b_->i32(solve->upper), b_->i32(solve->transposed), work});
  else if (auto *fft = std::get_if<ir::FftAttr>(&op.attrs))
    b_->call(callee, {block, out, b_->i64(fft->dim), b_->i32(fft->inverse), work});
  else b_->call(callee, {block, out, work});
}

} // namespace dl::codegen

#include "ir/builder.h"
#include "ir/text/lexer.h"
#include "ir/text/printer.h"
#include <charconv>
#include <cmath>

namespace dl::ir::text {
namespace {

template <class T> std::string shortest(T number) {
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string hexadecimal(uint64_t bits) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, bits, 16).ptr;
  return "0x" + std::string(buffer, end);
}

template <class Int> std::string list(const std::vector<Int> &numbers) {
  std::string out = "[";
  for (size_t i = 0; i < numbers.size(); ++i) out += (i ? ", " : "") + std::to_string(numbers[i]);
  return out + "]";
}

bool allOne(const std::vector<int64_t> &steps) {
  for (int64_t step : steps)
    if (step != 1) return false;
  return true;
}

} // namespace

std::string literal(Elem elem, uint64_t bits) {
  double number = decodeNumber(elem, bits);
  if (elem == Elem::Bool) return bits ? "true" : "false";
  if (elem == Elem::Key || elem == Elem::Dim) return hexadecimal(bits);
  if (elem == Elem::I64) return std::to_string(static_cast<int64_t>(bits));
  if (isInteger(elem)) return std::to_string(static_cast<int64_t>(number));
  if (std::isnan(number)) return encodeNumber(elem, std::nan("")) == bits ? "nan" : hexadecimal(bits);
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  return elem == Elem::F64 ? shortest(number) : shortest(static_cast<float>(number));
}

void Printer::operands(const Op &op, size_t first, size_t last) {
  for (size_t i = first; i < std::min(last, op.operands.size()); ++i) out_ += (i > first ? ", " : " ") + value(op.operands[i]);
}

void Printer::order(const Order &order) {
  if (order == Order()) return;
  out_ += " {order";
  if (order.chunk) out_ += " chunk " + std::to_string(order.chunk);
  out_ += " lanes " + std::to_string(order.lanes) + "}";
}

void Printer::payload(const Op &op) {
  switch (info(op.kind).family) {
  case Family::Elementwise:
  case Family::Random: return operands(op);
  case Family::Constant: break;
  case Family::Reduction: break;
  case Family::Contraction: return indexedPayload(op);
  case Family::Shape: return op.kind == OpKind::Remap ? indexedPayload(op) : shapePayload(op);
  case Family::Indexing: return indexingPayload(op);
  case Family::LinearAlgebra: return linearPayload(op);
  case Family::Control: return controlPayload(op);
  case Family::Differentiation: break;
  case Family::Effect: return effectPayload(op);
  case Family::Data:
    if (op.kind == OpKind::LoadTable) out_ += " " + atName(op.as<TableAttr>().table);
    else encodePayload(op);
    return;
  }
  if (auto *constant = std::get_if<ConstAttr>(&op.attrs)) {
    out_ += " ";
    if (constant->bits.size() != 1) out_ += "[";
    for (size_t i = 0; i < constant->bits.size(); ++i)
      out_ += (i ? ", " : "") + literal(constant->type.elem, constant->bits[i]);
    if (constant->bits.size() != 1) out_ += "]";
  } else if (auto *iota = std::get_if<IotaAttr>(&op.attrs)) {
    out_ += " dim " + std::to_string(iota->dim);
  } else if (auto *extent = std::get_if<ExtentAttr>(&op.attrs)) {
    out_ += " [" + dim(extent->extent) + "]";
  } else if (auto *reduce = std::get_if<ReduceAttr>(&op.attrs)) {
    out_ += std::string(" ") + name(reduce->kind);
    operands(op);
    out_ += " dims " + list(reduce->dims);
    order(reduce->order);
  } else if (auto *argreduce = std::get_if<ArgReduceAttr>(&op.attrs)) {
    out_ += argreduce->max ? " max" : " min";
    operands(op);
    out_ += " dim " + std::to_string(argreduce->dim);
  } else if (auto *cumulate = std::get_if<CumulateAttr>(&op.attrs)) {
    out_ += std::string(" ") + name(cumulate->kind);
    operands(op);
    out_ += " dim " + std::to_string(cumulate->dim);
    if (cumulate->reverse) out_ += " reverse";
    if (cumulate->exclusive) out_ += " exclusive";
  } else if (auto *grad = std::get_if<GradAttr>(&op.attrs)) {
    size_t values = std::min(static_cast<size_t>(grad->values), op.operands.size());
    operands(op, 0, values);
    if (grad->seeded) out_ += " seeded", operands(op, values, 2 * values);
    out_ += " wrt";
    operands(op, grad->seeded ? 2 * values : values);
  } else if (auto *jvp = std::get_if<JvpAttr>(&op.attrs)) {
    size_t values = std::min(static_cast<size_t>(jvp->values), op.operands.size()), inputs = (op.operands.size() - values) / 2;
    operands(op, 0, values);
    out_ += " wrt";
    operands(op, values, values + inputs);
    out_ += " along";
    operands(op, values + inputs);
  } else {
    operands(op);
  }
}

void Printer::shapePayload(const Op &op) {
  operands(op);
  if (auto *some = std::get_if<DimsAttr>(&op.attrs)) out_ += (op.kind == OpKind::Transpose ? " perm " : " dims ") + list(some->dims);
  if (auto *broadcast = std::get_if<BroadcastAttr>(&op.attrs)) out_ += " to " + list(broadcast->to);
  if (auto *concat = std::get_if<ConcatAttr>(&op.attrs)) out_ += " dim " + std::to_string(concat->dim);
  if (auto *interleave = std::get_if<InterleaveAttr>(&op.attrs))
    out_ += " dims " + list(interleave->over) + " step " + list(interleave->step);
  if (auto *slice = std::get_if<SliceAttr>(&op.attrs)) {
    out_ += " start " + dims(slice->start);
    if (!allOne(slice->step)) out_ += " step " + list(slice->step);
  }
  if (auto *pad = std::get_if<PadAttr>(&op.attrs)) {
    out_ += " low " + dims(pad->low);
    if (!allOne(pad->step)) out_ += " step " + list(pad->step);
  }
}

void Printer::indexingPayload(const Op &op) {
  if (std::holds_alternative<IndexedAttr>(op.attrs)) return indexedPayload(op);
  if (auto *update = std::get_if<UpdateAtAttr>(&op.attrs)) out_ += std::string(" ") + name(update->mode);
  if (auto *search = std::get_if<SearchAttr>(&op.attrs)) out_ += search->right ? " right" : " left";
  operands(op);
  if (auto *sort = std::get_if<SortAttr>(&op.attrs)) {
    out_ += " dim " + std::to_string(sort->dim);
    if (sort->descending) out_ += " descending";
  }
}

void Printer::linearPayload(const Op &op) {
  auto *solve = std::get_if<TriSolveAttr>(&op.attrs);
  if (solve) out_ += solve->upper ? " upper" : " lower";
  operands(op);
  if (solve && solve->transposed) out_ += " transposed";
  if (auto *fft = std::get_if<FftAttr>(&op.attrs)) {
    out_ += " dim " + std::to_string(fft->dim);
    if (fft->inverse) out_ += " inverse";
  }
}

void Printer::pieces(const Op &op, const std::vector<PrintPiece> &pieces) {
  for (size_t i = 0; i < pieces.size(); ++i) {
    const PrintPiece &piece = pieces[i];
    out_ += i ? ", " : " ";
    if (piece.operand < 0) {
      out_ += quoted(piece.text);
      continue;
    }
    bool exists = piece.operand < static_cast<int>(op.operands.size());
    out_ += exists ? value(op.operands[piece.operand]) : "%undefined";
    if (!piece.spec.empty()) out_ += " " + quoted(piece.spec);
    if (piece.strings.empty()) continue;
    out_ += " names (";
    for (size_t k = 0; k < piece.strings.size(); ++k) out_ += (k ? ", " : "") + quoted(piece.strings[k]);
    out_ += ")";
  }
}

void Printer::encodePayload(const Op &op) {
  const auto &a = op.as<EncodeAttr>();
  out_ += " " + value(op.operands[0]) + " " + name(a.unit);
  if (a.most) out_ += " most " + std::to_string(a.most);
  if (a.special) out_ += " special " + std::to_string(a.special);
  out_ += " names (";
  for (size_t k = 0; k < a.names.size(); ++k) out_ += (k ? ", " : "") + quoted(a.names[k]);
  out_ += ")";
}

void Printer::effectPayload(const Op &op) {
  auto first = [&] { return op.operands.empty() ? std::string("%undefined") : value(op.operands[0]); };
  if (auto *print = std::get_if<PrintAttr>(&op.attrs)) pieces(op, print->pieces);
  if (auto *snapshot = std::get_if<SnapshotAttr>(&op.attrs)) out_ += " " + atName(snapshot->label);
  if (auto *check = std::get_if<CheckAttr>(&op.attrs)) {
    out_ += " " + first();
    if (!check->message.empty()) out_ += " else";
    pieces(op, check->message);
  }
  if (auto *report = std::get_if<ReportAttr>(&op.attrs)) {
    out_ += " " + quoted(report->name) + " " + first();
    if (!report->scope.empty()) out_ += " scope " + quoted(report->scope);
  }
  if (auto *progress = std::get_if<ProgressAttr>(&op.attrs)) {
    out_ += " " + quoted(progress->name);
    operands(op);
  }
  if (auto *write = std::get_if<WriteAttr>(&op.attrs)) {
    out_ += " " + first() + " to";
    pieces(op, write->path);
  }
  if (auto *files = std::get_if<SaveAttr>(&op.attrs)) {
    bool saves = op.kind == OpKind::Save;
    for (size_t i = 0; i < files->names.size(); ++i) {
      out_ += (i ? ", " : " ") + quoted(files->names[i]);
      if (saves && i < op.operands.size()) out_ += " = " + value(op.operands[i]);
    }
    out_ += saves ? " to" : " from";
    pieces(op, files->path);
  }
}

} // namespace dl::ir::text

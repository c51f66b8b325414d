#include "frontend/build/text.h"
#include "frontend/build/vocabulary.h"
#include "support/numerics/value_text.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// Shows bytes as a text; behind it stands nothing else.
static const char *const kAsText = "s";

Val textOf(ir::Value *bytes) {
  if (!bytes) return Val::error();
  auto object = std::make_shared<TextObject>();
  object->parts.push_back({"", bytes, kAsText, nullptr});
  return Val::of(ValKind::Text, std::move(object));
}

ir::Value *textBytes(Elaborator &e, const Val &text, SourceRange where) {
  std::vector<ir::Value *> parts;
  std::string characters;
  auto flush = [&] {
    if (characters.empty()) return;
    std::vector<uint64_t> bits;
    for (char c : characters) bits.push_back(static_cast<unsigned char>(c));
    ir::Type type(Elem::U8, {Dim(static_cast<int64_t>(bits.size()))});
    parts.push_back(e.ir().constantBits(type, std::move(bits)));
    characters.clear();
  };
  for (const TextPart &part : text.text().parts) {
    if (!part.column.empty()) {
      e.report(where, Diag::TextColumn, {part.column}).help("`" + part.column + ": category` numbers its names, `encode` of a vocabulary its parts");
      return nullptr;
    }
    if (!part.value) {
      characters += part.text;
      continue;
    }
    if (part.spec != kAsText) {
      e.report(where, Diag::NotKnown, {"this text", "made of texts and of values", "made with a value that is put into words when it is printed"})
          .help("formats of values that are computed are for `print` and for names of files");
      return nullptr;
    }
    flush();
    parts.push_back(part.value);
  }
  flush();
  if (parts.empty()) return e.ir().constantInt(ir::Type(Elem::U8, {Dim(0)}), 0);
  return parts.size() == 1 ? parts[0] : e.emit(OpKind::Concat, parts, ir::ConcatAttr{0});
}

/// Equal lengths, and where both have a byte it is the same.
Val textsEqual(Elaborator &e, const Val &a, const Val &b, SourceRange where) {
  if (a.text().known() && b.text().known()) return Val::boolean(a.text().str() == b.text().str());
  // Cells are compared where the file is read.
  const Val *row = a.text().known() ? e.find(equalKey(b.text(), a.text())) : b.text().known() ? e.find(equalKey(a.text(), b.text())) : nullptr;
  if (row) return e.binary(ast::BinaryOp::Equal, *row, Val::number(Dim(1)), where);
  ir::Value *x = textBytes(e, a, where), *y = textBytes(e, b, where);
  if (!x || !y) return Val::error();
  const Dim n = x->type.dims[0], m = y->type.dims[0];
  if (n.lowest() > m.highest() || m.lowest() > n.highest()) return Val::boolean(false);
  ir::IndexedAttr read;
  read.names = {{"i", n}};
  read.outCount = 1;
  ir::Index at;
  at.affine.terms = {{0, 1}}, at.guarded = true;
  read.factors = {{0, Dim(0), {at}}};
  ir::Value *facing = e.emit(OpKind::Remap, {y}, read); // 0 behind the end of y: the lengths decide there
  if (!facing) return Val::error();
  ir::Value *same = e.ir().reduce(ir::ReduceKind::And, e.ir().binary(OpKind::Eq, x, facing), {0});
  ir::Value *lengths = e.ir().binary(OpKind::Eq, e.ir().extent(n), e.ir().extent(m));
  return Val::tensor(e.ir().binary(OpKind::And, lengths, same));
}

Val categoryIs(Elaborator &e, const Val &category, const Val &name, SourceRange where) {
  std::optional<std::string> text = e.knownText(name, where, "a category's name");
  if (!text) return Val::error();
  const Names &names = *category.names;
  auto found = std::find(names.begin(), names.end(), *text);
  if (found == names.end()) {
    Diagnostic &d = e.report(where, Diag::CannotEncode, {"`" + *text + "` is not a name of this category"});
    if (auto near = nearest(*text, names)) d.meant(*near);
    return Val::error();
  }
  return e.binary(ast::BinaryOp::Equal, category, Val::number(Dim(found - names.begin())), where);
}

std::vector<ir::PrintPiece> textPieces(const TextObject &text, std::vector<ir::Value *> &operands) {
  std::vector<ir::PrintPiece> pieces;
  for (const TextPart &part : text.parts) {
    if (!part.value) {
      if (!pieces.empty() && pieces.back().operand < 0) pieces.back().text += part.text;
      else pieces.push_back({part.text, -1, "", {}});
      continue;
    }
    pieces.push_back({"", static_cast<int>(operands.size()), part.spec, part.names ? *part.names : Names{}});
    operands.push_back(part.value);
  }
  return pieces;
}

Val formatted(Elaborator &e, const Val &text, const std::string &format, SourceRange where) {
  if (format.empty()) return text;
  if (text.text().known()) {
    num::Scalar whole;
    whole.kind = num::Scalar::Kind::Text, whole.text = text.text().str();
    auto spec = num::parseSpec(format);
    return spec ? Val::text(num::scalarText(whole, *spec)) : text;
  }
  ir::Value *bytes = textBytes(e, text, where);
  if (!bytes) return Val::error();
  Val out = textOf(bytes);
  auto object = std::make_shared<TextObject>(out.text());
  object->parts[0].spec = format.back() == 's' ? format : format + "s";
  return Val::of(ValKind::Text, std::move(object));
}

} // namespace dl::frontend

/// `read`, vocabularies, and what they make of texts.
#include "frontend/build/vocabulary.h"
#include "frontend/build/builtin.h"
#include "frontend/build/text.h"
#include <unordered_set>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

std::string encodeKey(const void *call) { return "encode " + std::to_string(reinterpret_cast<uintptr_t>(call)); }
std::string equalKey(const TextObject &cells, const TextObject &text) {
  std::string key = "equal";
  for (const TextPart &part : cells.parts) key += part.column.empty() ? "\t" + part.text : "\n" + part.column;
  return key + "\n\n" + text.str();
}
static const char *const kLength = "length of ";
std::string lengthLabel(const std::string &field) { return kLength + field; }
std::string fieldOfLength(const std::string &label) { return label.starts_with(kLength) ? label.substr(std::string(kLength).size()) : ""; }

static const data::Vocabulary &vocabularyOf(const Val &v) { return *static_cast<const VocabularyObject &>(*v.object).vocabulary; }

/// read(file): a text known when built; what is encoded of it is read again by the executable.
static Val readOf(Elaborator &e, BuiltinCall &c) {
  std::optional<std::string> path = e.knownText(c[0], c.where(0), "a path");
  if (!path) return Val::error();
  TableSourceInfo source{ir::TableKind::Text, {*path}, {}, 0, {}};
  auto table = e.openSource(source, c.where(0));
  if (!table) return Val::error();
  auto text = std::make_shared<TextObject>();
  text->parts.push_back({(*table->texts("text"))[0], nullptr, "", nullptr, ""});
  text->file = e.unit().dataPath(*path), text->flag = e.takeName("text");
  return Val::of(ValKind::Text, std::move(text));
}

/// A text, or the cells of a column.
static std::optional<std::vector<std::string>> textsOf(Elaborator &e, const Val &v, SourceRange where) {
  if (v.is(ValKind::Text) && v.text().known()) return std::vector{v.text().str()};
  if (v.is(ValKind::Column)) {
    const auto &column = static_cast<const ColumnObject &>(*v.object);
    auto table = e.openSource(column.source, where);
    if (!table) return std::nullopt;
    auto texts = table->texts(column.name);
    if (texts) return std::move(*texts);
    e.fail(where, Diag::CannotOpenData, {texts.message()});
    return std::nullopt;
  }
  e.fail(where, Diag::NoVocabularyOf, {e.describe(v)});
  return std::nullopt;
}

static std::optional<std::vector<std::string>> specialOf(Elaborator &e, BuiltinCall &c, size_t i) {
  std::vector<std::string> names;
  if (!c.has(i)) return names;
  if (!c[i].is(ValKind::List) && !c[i].is(ValKind::Tuple)) {
    e.fail(c.where(i), Diag::WrongType, {"`special`", "a list of texts", e.describe(c[i])});
    return std::nullopt;
  }
  for (const Val &item : c[i].bundle().items) {
    std::optional<std::string> name = e.knownText(item, c.where(i), "a special name");
    if (!name) return std::nullopt;
    if (name->empty() || std::find(names.begin(), names.end(), *name) != names.end()) {
      e.fail(c.where(i), Diag::BadSpecialName, {*name});
      return std::nullopt;
    }
    names.push_back(*name);
  }
  return names;
}

/// characters, words and bpe: made once for each text, however many commands use it.
static Val vocabulary(Elaborator &e, BuiltinCall &c, data::Vocabulary::Unit unit) {
  bool limited = unit != data::Vocabulary::Unit::Characters;
  auto texts = textsOf(e, c[0], c.where(0));
  auto special = specialOf(e, c, limited ? 2 : 1);
  if (!texts || !special) return Val::error();
  int64_t most = 0;
  if (limited && c.has(1)) {
    std::optional<int64_t> given = e.constantInt(c[1], c.where(1), "`most`");
    if (!given) return Val::error();
    if (*given < 1 || static_cast<size_t>(*given) < special->size()) return e.fail(c.where(1), Diag::BadBatchSize, {"`most`", std::to_string(*given)});
    most = *given;
  }
  std::string key = std::to_string(static_cast<int>(unit)) + " " + std::to_string(most);
  for (const std::string &name : *special) key += "\n" + name;
  uint64_t hash = 0;
  for (const std::string &text : *texts) hash = hash * 0x9E3779B97F4A7C15u + static_cast<uint64_t>(hashText(text)) + text.size();
  key += "\n\n" + std::to_string(hash) + " " + std::to_string(texts->size());
  std::shared_ptr<Object> &made = e.context().vocabularies[key];
  if (!made) {
    auto object = std::make_shared<VocabularyObject>();
    if (unit == data::Vocabulary::Unit::Pieces) {
      auto pieces = data::piecesOf(*texts, static_cast<size_t>(most), *special);
      if (!pieces) return e.fail(c.where(1), Diag::CannotEncode, {pieces.message()});
      object->vocabulary = std::make_shared<data::Vocabulary>(std::move(*pieces));
    } else if (limited) {
      object->vocabulary = std::make_shared<data::Vocabulary>(data::wordsOf(*texts, static_cast<size_t>(most), *special));
    } else {
      object->vocabulary = std::make_shared<data::Vocabulary>(data::charactersOf(*texts, *special));
    }
    made = std::move(object);
  }
  return Val::of(ValKind::Vocabulary, made);
}

/// distinct(column, special): the names of whole cells in the order in which they come, so those of a column of different cells
/// are numbered by row.
static Val distinctOf(Elaborator &e, BuiltinCall &c) {
  auto special = specialOf(e, c, 1);
  if (!special) return Val::error();
  if (!c[0].is(ValKind::Column)) return e.fail(c.where(0), Diag::WrongType, {"what is numbered", "a column of a source", e.describe(c[0])});
  const auto &column = static_cast<const ColumnObject &>(*c[0].object);
  auto table = e.openSource(column.source, c.where(0));
  if (!table) return Val::error();
  auto few = table->distinct(column.name);
  if (!few) return e.fail(c.where(0), Diag::CannotOpenData, {few.message()});
  auto cells = table->texts(column.name);
  if (!cells) return e.fail(c.where(0), Diag::CannotOpenData, {cells.message()});
  std::vector<std::string> all = *special;
  std::unordered_set<std::string> known(all.begin(), all.end());
  for (std::string &name : *cells)
    if (known.insert(name).second) all.push_back(std::move(name));
  auto object = std::make_shared<VocabularyObject>();
  object->vocabulary = std::make_shared<data::Vocabulary>(data::Vocabulary::Unit::Whole, std::move(all), special->size());
  return Val::of(ValKind::Vocabulary, std::move(object));
}
static Val charactersOf(Elaborator &e, BuiltinCall &c) { return vocabulary(e, c, data::Vocabulary::Unit::Characters); }
static Val wordsOf(Elaborator &e, BuiltinCall &c) { return vocabulary(e, c, data::Vocabulary::Unit::Words); }
static Val bpeOf(Elaborator &e, BuiltinCall &c) { return vocabulary(e, c, data::Vocabulary::Unit::Pieces); }

/// Ints that name units of the vocabulary.
static Val numbered(Val ids, const data::Vocabulary &v) {
  ids.low = 0, ids.high = static_cast<int64_t>(v.names().size());
  return ids;
}

/// The ids of a file's text, read when the program runs and checked against the length found now.
static Val encodeFile(Elaborator &e, const TextObject &text, const data::Vocabulary &v, int64_t count, bool cut, SourceRange where) {
  ir::TableSource table;
  table.name = text.flag, table.kind = ir::TableKind::Text, table.paths = {text.file}, table.bound = 1;
  ir::TableColumn column;
  column.name = "text", column.elem = Elem::I32, column.rowDims = {count}, column.categories = v.names();
  column.encoding = ir::TextEncoding{static_cast<ir::TextUnit>(v.unit()), cut ? ir::TextFit::Cut : ir::TextFit::Exact, false,
                                     static_cast<int64_t>(v.special()), count, {"", ""}};
  table.columns.push_back(std::move(column));
  return e.inPrologue(e.unit(), [&]() -> Val {
    ir::Op *op = e.loadTable(std::move(table), where);
    return op ? e.rowsAt(Val::tensor(op->result(1)), e.ir().i64(0), std::nullopt) : Val::error();
  });
}

/// The numbers of a text that the program receives: what it makes of it when it runs.
static ir::Op *encodeBytes(Elaborator &e, const Val &text, const data::Vocabulary &v, data::Vocabulary::Unit unit, int64_t most, SourceRange where) {
  ir::Value *bytes = textBytes(e, text, where);
  if (!bytes) return nullptr;
  return e.emitOp(OpKind::Encode, {bytes}, ir::EncodeAttr{static_cast<ir::TextUnit>(unit), static_cast<int64_t>(v.special()), most, v.names()});
}

/// encode(text, most): ints.
static Val encodeOf(Elaborator &e, BuiltinCall &c) {
  const data::Vocabulary &v = vocabularyOf(c[0]);
  if (const Val *row = e.find(encodeKey(c.site.node))) return *row;
  if (!c[1].is(ValKind::Text)) {
    Diagnostic &d = e.report(c.where(1), Diag::WrongType, {"what is encoded", "a text", e.describe(c[1])});
    if (c[1].is(ValKind::Column)) d.help("the rows of a file are encoded in a field of `data`: `ids: int[t <= 20] = letters.encode(line)`");
    return Val::error();
  }
  int64_t most = -1;
  if (c.has(2)) {
    std::optional<int64_t> given = e.constantInt(c[2], c.where(2), "`most`");
    if (!given) return Val::error();
    if (*given < 1) return e.fail(c.where(2), Diag::BadBatchSize, {"`most`", std::to_string(*given)});
    most = *given;
  }
  const TextObject &text = c[1].text();
  for (const TextPart &part : text.parts)
    if (!part.column.empty()) return e.fail(c.site.where, Diag::EncodeOutside, {});
  if (!text.known()) {
    ir::Op *op = encodeBytes(e, c[1], v, v.unit(), std::max<int64_t>(most, 0), c.where(1));
    return op ? numbered(Val::tensor(op->result(1)), v) : Val::error();
  }
  auto ids = v.encode(text.str());
  if (!ids) return e.fail(c.where(1), Diag::CannotEncode, {ids.message()});
  bool cut = most >= 0 && static_cast<int64_t>(ids->size()) >= most;
  if (cut) ids->resize(static_cast<size_t>(most));
  Val out;
  if (!text.file.empty()) {
    out = encodeFile(e, text, v, static_cast<int64_t>(ids->size()), cut, c.site.where);
  } else {
    std::vector<uint64_t> bits;
    for (int32_t id : *ids) bits.push_back(static_cast<uint64_t>(id));
    out = Val::tensor(e.ir().constantBits(ir::Type(Elem::I32, {Dim(static_cast<int64_t>(ids->size()))}), std::move(bits)));
  }
  return numbered(out, v);
}

/// decode(ids): a text.
static Val decodeOf(Elaborator &e, BuiltinCall &c) {
  const data::Vocabulary &v = vocabularyOf(c[0]);
  Val ids = e.asTensor(c[1], c.where(1));
  if (!ids.isTensor()) return ids;
  if (!ir::isInteger(ids.type().elem) || ids.type().rank() > 1)
    return e.fail(c.where(1), Diag::WrongType, {"what is decoded", "an int or int[n]", e.describe(ids)});
  e.checkInside(ids, Dim(static_cast<int64_t>(v.names().size())), c.where(1));
  auto names = std::make_shared<Names>(v.names());
  for (size_t i = 0; i < v.special(); ++i)
    if ((*names)[i] != "<unk>") (*names)[i].clear();
  auto text = std::make_shared<TextObject>();
  text->parts.push_back({"", ids.value, v.unit() == data::Vocabulary::Unit::Words ? "w" : "j", std::move(names), ""});
  return Val::of(ValKind::Text, std::move(text));
}

/// id(text): the number of one name.
static Val idOf(Elaborator &e, BuiltinCall &c) {
  const data::Vocabulary &v = vocabularyOf(c[0]);
  if (const Val *row = e.find(encodeKey(c.site.node))) return *row;
  if (c[1].is(ValKind::Text))
    for (const TextPart &part : c[1].text().parts)
      if (!part.column.empty()) return e.fail(c.site.where, Diag::EncodeOutside, {});
  if (c[1].is(ValKind::Text) && !c[1].text().known()) {
    ir::Op *op = encodeBytes(e, c[1], v, data::Vocabulary::Unit::Whole, 1, c.where(1));
    return op ? numbered(e.rowsAt(Val::tensor(op->result(1)), e.ir().i64(0), std::nullopt), v) : Val::error();
  }
  std::optional<std::string> name = e.knownText(c[1], c.where(1), "the name");
  if (!name) return Val::error();
  std::optional<int32_t> id = v.id(*name);
  if (!id) id = v.id("<unk>");
  if (id) return Val::number(Dim(*id));
  Diagnostic &d = e.report(c.where(1), Diag::CannotEncode, {"`" + *name + "` is not in the vocabulary"});
  if (auto near = nearest(*name, v.names())) d.meant(*near);
  return Val::error();
}

Val Elaborator::vocabularyMember(const Val &v, const ast::Identifier &name) {
  if (name.text == "names") {
    std::vector<Val> texts;
    for (const std::string &n : vocabularyOf(v).names()) texts.push_back(Val::text(n));
    return Val::tuple(std::move(texts), ValKind::List);
  }
  static const Builtin table[] = {
      {"encode", "vocabulary text most?", encodeOf, "the numbers of a text"},
      {"decode", "vocabulary ids", decodeOf, "the text of numbers"},
      {"id", "vocabulary name", idOf, "the number of a name"},
  };
  for (const Builtin &method : table)
    if (name.text == method.name) {
      auto fn = std::make_shared<FunctionObject>();
      fn->name = method.name, fn->builtin = &method, fn->bound = {v};
      return Val::of(ValKind::Function, std::move(fn));
    }
  Diagnostic &d = report(name.where, Diag::UnknownMember, {describe(v), name.text});
  d.help("it has `names`, `encode`, `decode` and `id`");
  return Val::error();
}

std::span<const Builtin> textBuiltins() {
  static const Builtin table[] = {
      {"read", "file", readOf, "a text file, known when built", OpKind::Yield, nullptr, true},
      {"characters", "text special?", charactersOf, "the vocabulary of the characters of a text"},
      {"words", "text most? special?", wordsOf, "the vocabulary of its words, the most frequent first"},
      {"bpe", "text most special?", bpeOf, "the vocabulary of pieces of words that occur often"},
      {"distinct", "column special?", distinctOf, "the vocabulary of the cells of a column"},
  };
  return table;
}

} // namespace dl::frontend

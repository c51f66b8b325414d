/// Texts in tables: which calls of `encode` a `data` body holds, and fields with a length of their own in each row.
#include "frontend/build/advice.h"
#include "frontend/build/vocabulary.h"
#include "frontend/build/walk.h"
#include <filesystem>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

static const char *const kUnknown = "<unk>";

std::unique_ptr<data::Table> Elaborator::openSource(const TableSourceInfo &source, SourceRange where) {
  std::vector<std::string> paths;
  for (const std::string &p : source.paths)
    paths.push_back(std::filesystem::path(p).is_absolute() ? p : (std::filesystem::path(c_.options.dataDir) / p).string());
  const ir::TableLayout &l = source.layout;
  auto opened = data::openTable(static_cast<data::TableKind>(static_cast<int>(source.kind)), paths, {l.separator, l.header, l.names});
  if (opened) return std::move(*opened);
  Diagnostic &d = report(where, Diag::CannotOpenData, {opened.message()});
  if (std::any_of(paths.begin(), paths.end(), [](const std::string &p) { return !std::filesystem::exists(p); }))
    d.help("relative paths are looked up in `" + c_.options.dataDir + "`; `--data-dir DIR` names another folder");
  return nullptr;
}

ir::Op *Elaborator::loadTable(ir::TableSource table, SourceRange where) {
  // The same file may be read in several ways; each is a table with a flag of its own.
  const std::string name = table.name;
  for (int number = 2;; ++number) {
    const ir::TableSource *other = c_.module.findTable(table.name);
    if (!other) c_.module.tables.push_back(table);
    if (!other || *other == table) break;
    table.name = name + "_" + std::to_string(number);
  }
  SourceRange old = std::exchange(builder_.where, where);
  ir::Op *op = emitOp(OpKind::LoadTable, {}, ir::TableAttr{table.name});
  builder_.where = old;
  return op;
}

std::string Elaborator::takeName(const std::string &otherwise) {
  std::string name = naming_.size() == 1 && !naming_[0].empty() && naming_[0] != "_" ? naming_[0] : otherwise;
  naming_.clear();
  return name;
}

Val columnText(const std::string &column) {
  auto text = std::make_shared<TextObject>();
  text->parts.push_back({"", nullptr, "", nullptr, column});
  return Val::of(ValKind::Text, std::move(text));
}

/// `raw.name` of a source.
Val Elaborator::sourceColumn(const Val &table, const ast::Identifier &name) {
  auto column = std::make_shared<ColumnObject>();
  column->source = *static_cast<const TableObject &>(table.bundle()).source, column->name = name.text;
  std::unique_ptr<data::Table> file = column->source.kind == ir::TableKind::Range ? nullptr : openSource(column->source, name.where);
  if (!file) return Val::error();
  if (file->find(name.text)) return Val::of(ValKind::Column, std::move(column));
  std::vector<std::string> names;
  for (const data::ColumnInfo &c : file->columns()) names.push_back(c.name);
  Diagnostic &d = report(name.where, Diag::UnknownColumn, {column->source.paths[0], name.text});
  if (auto near = nearest(name.text, names)) d.meant(*near);
  else adviseNames(d, names);
  return Val::error();
}

/// The calls of a vocabulary's `encode` and `id` on texts with cells of the file, and comparisons of these with a text.
std::vector<EncodeCall> Elaborator::encodeCalls(const ast::Data &decl, const data::Table &file, bool &good) {
  std::vector<EncodeCall> out;
  ScopeGuard guard(*this);
  for (const data::ColumnInfo &c : file.columns()) frame_->scope->set(c.name, columnText(c.name));
  // A text as cells and what is between them; false: it holds something else, or no cell.
  auto parted = [](EncodeCall &made, const TextObject &text) {
    for (const TextPart &part : text.parts) {
      if (part.value) return false;
      if (part.column.empty()) made.literals.back() += part.text;
      else made.sources.push_back(part.column), made.literals.emplace_back();
    }
    return !made.sources.empty();
  };
  // `sex == "female"`: numbers of a vocabulary that has this name only.
  auto compare = [&](const ast::Binary &e) {
    if (e.op != ast::BinaryOp::Equal && e.op != ast::BinaryOp::NotEqual) return;
    for (auto [cells, other] : {std::pair(&e.left, &e.right), std::pair(&e.right, &e.left)}) {
      auto *name = ast::tryAs<ast::Name>(*cells);
      auto *literal = ast::tryAs<ast::Text>(*other);
      const Val *text = name && literal && literal->plain() && literal->plainText() != kUnknown ? find(name->text) : nullptr;
      if (!text || !text->is(ValKind::Text)) continue;
      Val wanted = Val::text(literal->plainText());
      EncodeCall made{&e, equalKey(text->text(), wanted.text()), nullptr, nullptr, {}, {""}, 1, false, true};
      made.vocabulary = std::make_shared<data::Vocabulary>(data::Vocabulary::Unit::Whole, Names{kUnknown, literal->plainText()}, 1);
      bool twice = std::any_of(out.begin(), out.end(), [&](const EncodeCall &old) { return old.key == made.key; });
      if (!twice && parted(made, text->text())) out.push_back(std::move(made));
    }
  };
  auto take = [&](const ast::Call &call, const ast::Bind *field) {
    auto *callee = ast::tryAs<ast::Member>(call.callee);
    if (!callee || (callee->name.text != "encode" && callee->name.text != "id") || call.arguments.empty() || !existing(*callee->base)) return;
    Val base = eval(*callee->base);
    if (!base.is(ValKind::Vocabulary)) return good = good && !base.isError(), void();
    EncodeCall made{&call, encodeKey(&call), field, static_cast<const VocabularyObject &>(*base.object).vocabulary, {}, {""}, 0, false, false};
    if (callee->name.text == "id") {
      auto &v = *made.vocabulary;
      made.vocabulary = std::make_shared<data::Vocabulary>(data::Vocabulary::Unit::Whole, v.names(), v.special());
      made.single = true, made.most = 1, made.field = nullptr;
    }
    Val text = Val::error();
    for (const ast::Argument &a : call.arguments) {
      if (a.name.text == "most") {
        std::optional<int64_t> most = constantInt(eval(*a.value), a.value->where, "`most`");
        if (!most) return good = false, void();
        if (*most < 1) return fail(a.value->where, Diag::BadBatchSize, {"`most`", std::to_string(*most)}), good = false, void();
        made.most = *most, made.cuts = true;
      } else if (a.name.empty() || a.name.text == (made.single ? "name" : "text")) {
        text = eval(*a.value);
        if (text.isError()) return good = false, void();
      }
    }
    if (!text.is(ValKind::Text)) return; // reported where the line is built
    if (!parted(made, text.text())) return;
    const ast::Type *type = field && !made.single ? field->pattern.type.get() : nullptr;
    bool bounded = type && !type->tuple && type->name.text == "int" && !type->range && type->dims.size() == 1 && type->dims[0].bound;
    if (!bounded) made.field = nullptr;
    if (bounded && !made.cuts) {
      std::optional<int64_t> most = constantInt(eval(*type->dims[0].bound), type->dims[0].bound->where, "a bound");
      if (!most) return good = false, void();
      if (*most < 1) return fail(type->dims[0].bound->where, Diag::BadBatchSize, {"a bound", std::to_string(*most)}), good = false, void();
      made.most = *most;
    }
    out.push_back(std::move(made));
  };
  Walker walker;
  walker.expr = [&](const ast::Expr &e) {
    if (auto *call = ast::tryAs<ast::Call>(&e)) take(*call, nullptr);
    if (auto *binary = ast::tryAs<ast::Binary>(&e)) compare(*binary);
    return true;
  };
  walker.walk(decl.condition);
  for (const ast::StmtPtr &s : decl.fields) {
    auto *bind = ast::tryAs<ast::Bind>(s);
    auto *call = bind && bind->value && bind->pattern.type && !bind->drawn ? ast::tryAs<ast::Call>(bind->value) : nullptr;
    if (call) {
      take(*call, bind);
      for (const ast::Argument &a : call->arguments) walker.walk(a.value);
    } else walker.walk(*s);
    // A line that names a text: `line = "{first} {last}"`, `name = first`.
    auto *named = bind && bind->value && !bind->pattern.type ? ast::tryAs<ast::Name>(bind->value) : nullptr;
    const Val *old = named ? find(named->text) : nullptr;
    bool text = bind && bind->value && !bind->pattern.tuple && bind->value->kind == ast::ExprKind::Text;
    if (text || (old && !bind->pattern.tuple && old->is(ValKind::Text))) frame_->scope->set(bind->pattern.name.text, eval(*bind->value));
  }
  return out;
}

Val Elaborator::cutTo(const Val &v, int dim, ir::Value *length) {
  if (!v.isTensor() || !length) return Val::error();
  const Dim &all = v.type().dims[static_cast<size_t>(dim)];
  Val out = slice(v.value, dim, Dim(0), builder_.toDim(convert(length, Elem::I64), all.bound(), "t")->dim);
  out.low = v.low, out.high = v.high, out.names = v.names;
  return out;
}

/// Rows of a batch are as long as the longest of them, a single row as long as it is.
Val Elaborator::trimRow(const Val &row) {
  const Bundle &b = row.bundle();
  std::vector<std::string> labels;
  std::vector<Val> items;
  for (size_t i = 0; i < b.items.size(); ++i) {
    if (!fieldOfLength(b.labels[i]).empty()) continue;
    Val v = read(b.items[i]);
    if (const Val *length = b.find(lengthLabel(b.labels[i]))) {
      ir::Value *most = read(*length).value;
      bool single = most && most->type.isScalar();
      if (most && !single) most = builder_.reduce(ir::ReduceKind::Max, most, {0});
      v = cutTo(v, single ? 0 : 1, most);
    }
    labels.push_back(b.labels[i]), items.push_back(std::move(v));
  }
  return Val::record(std::move(labels), std::move(items));
}

} // namespace dl::frontend

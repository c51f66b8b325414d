/// Which columns of a file a `data` body uses, as which elements, and the op that loads them.
#include "frontend/build/table_columns.h"
#include "data/near.h"
#include "frontend/build/advice.h"
#include "frontend/build/vocabulary.h"
#include "frontend/build/walk.h"
#include <charconv>
#include <limits>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

std::string columnKey(const std::string &name, const std::string &to) { return "column " + name + (to.empty() ? "" : " to " + to); }

/// The name of the column that a field is, or "".
static std::string bareColumn(const ast::Bind &field) {
  if (!field.value) return field.pattern.name.text;
  auto *name = ast::tryAs<ast::Name>(field.value);
  return name ? name->text : "";
}

const SourceColumn *SourceColumns::plain(const ast::Bind &field) const {
  std::string name = bareColumn(field);
  for (const SourceColumn &c : columns)
    if ((c.asField && c.name == name) || c.field == &field) return &c;
  return nullptr;
}

const SourceColumn *SourceColumns::measured(const ast::Bind &field) const {
  auto *call = field.value ? ast::tryAs<ast::Call>(field.value) : nullptr;
  auto *callee = call && call->arguments.size() == 1 ? ast::tryAs<ast::Name>(call->callee) : nullptr;
  auto *of = callee && callee->text == "len" ? ast::tryAs<ast::Name>(call->arguments[0].value) : nullptr;
  const ast::Type *type = field.pattern.type.get();
  if (!of || !type || type->tuple || type->name.text != "int" || type->range || !type->dims.empty()) return nullptr;
  for (const SourceColumn &c : columns)
    if (c.field && c.field->pattern.name.text == of->text) return &c;
  return nullptr;
}

namespace {

/// What the text asks of the source.
struct Request {
  std::string key;                  ///< scope name
  std::string name, to;             ///< of the file: name, glob, or first and last
  bool many = false;                ///< `columns`: one row of several
  SourceRange where;
  const ast::Bind *field = nullptr; ///< the field that is this column as it is
};

std::vector<Request> requestsOf(const ast::Data &decl, const std::vector<EncodeCall> &encoded) {
  std::vector<Request> out;
  auto add = [&](Request r) {
    for (Request &old : out)
      if (old.key == r.key) {
        if (!old.field) old.field = r.field; // later mentions mean the field
        return;
      }
    out.push_back(std::move(r));
  };
  Walker walker;
  walker.expr = [&](const ast::Expr &e) {
    if (auto *name = ast::tryAs<ast::Name>(&e)) add({name->text, name->text, "", false, name->where, nullptr});
    auto *call = ast::tryAs<ast::Call>(&e);
    for (const EncodeCall &one : encoded)
      if (one.call == call) return false;
    auto *callee = call ? ast::tryAs<ast::Name>(call->callee) : nullptr;
    if (!callee || (callee->text != "column" && callee->text != "columns")) return true;
    Request r{"", "", "", callee->text == "columns", e.where, nullptr};
    for (const ast::Argument &a : call->arguments)
      if (auto *text = ast::tryAs<ast::Text>(a.value); text && text->plain()) (a.name.text == "to" ? r.to : r.name) = text->plainText();
    r.key = columnKey(r.name, r.to);
    if (!r.name.empty()) add(r);
    return false;
  };
  walker.walk(decl.condition);
  for (const ast::StmtPtr &s : decl.fields) {
    auto *bind = ast::tryAs<ast::Bind>(s);
    std::string bare = bind && bind->pattern.type && !bind->drawn ? bareColumn(*bind) : "";
    if (!bare.empty()) add({bare, bare, "", false, bind->where, bind});
    else walker.walk(*s);
  }
  return out;
}

Elem elemOf(data::Element e) {
  switch (e) {
  case data::Element::F64: return Elem::F64;
  case data::Element::F32: return Elem::F32;
  case data::Element::BF16: return Elem::BF16;
  case data::Element::F16: return Elem::F16;
  case data::Element::I64: return Elem::I64;
  case data::Element::I32: return Elem::I32;
  case data::Element::U8: return Elem::U8;
  case data::Element::Bool: return Elem::Bool;
  }
  return Elem::F32;
}

} // namespace

/// The two columns of a call of `encode`: the ids, padded, and how many each row has.
bool Elaborator::addEncoded(EncodeCall &call, const data::Table &file, ir::TableSource &table) {
  ir::TableColumn column;
  for (const std::string &source : call.sources) column.name += (column.name.empty() ? "" : "\t") + source;
  column.elem = Elem::I32, column.categories = call.vocabulary->names();
  ir::TextEncoding encoding;
  encoding.unit = static_cast<ir::TextUnit>(call.vocabulary->unit()), encoding.special = static_cast<int64_t>(call.vocabulary->special());
  encoding.fit = call.cuts ? ir::TextFit::Cut : ir::TextFit::Pad, encoding.literals = call.literals;
  // What does not fit is an error now rather than in the executable; without a bound the longest row is one.
  data::Column read{"", call.sources, data::Element::I32, {}, {}, 0, 0, {}};
  read.encoding = data::Encoding{call.vocabulary, call.literals, static_cast<data::Encoding::Fit>(encoding.fit),
                                 call.most ? call.most : std::numeric_limits<int32_t>::max(), true};
  std::vector<int32_t> lengths(static_cast<size_t>(file.rows()));
  if (dl::Status status = file.read(read, lengths.data()); !status) {
    report(call.call->where, Diag::CannotOpenData, {status.message()});
    return false;
  }
  if (!call.most)
    for (int32_t length : lengths) call.most = std::max<int64_t>(call.most, length);
  call.most = std::max<int64_t>(call.most, 1);
  encoding.most = call.most;
  column.rowDims = {call.most}, column.encoding = encoding;
  table.columns.push_back(column);
  column.rowDims.clear(), column.encoding->lengths = true;
  table.columns.push_back(std::move(column));
  return true;
}

/// The names of a category of a table that is made already, for other files read by its fields.
std::shared_ptr<const Names> Elaborator::namesOfOwn(const ast::Data &decl, const std::string &field) {
  auto known = globals_.find((unit().isPrelude() ? "library " : "") + unit().qualified(decl.name.text));
  if (known == globals_.end() || !known->second.is(ValKind::Table)) return nullptr;
  const Val *column = known->second.bundle().find(field);
  return column ? read(*column).names : nullptr;
}

/// A column of numbers with a cell that is none: tells which. False: it is text throughout.
static bool reportCell(Elaborator &e, const data::Table &file, const std::string &name, const ast::Type *type, SourceRange where) {
  dl::Result<std::vector<std::string>> cells = file.texts(name);
  auto isNumber = [](const std::string &cell) {
    const size_t from = cell.find_first_not_of(" \t"), to = cell.find_last_not_of(" \t");
    double number = 0;
    return from != std::string::npos && std::from_chars(cell.data() + from, cell.data() + to + 1, number).ptr == cell.data() + to + 1;
  };
  if (!cells || std::none_of(cells->begin(), cells->end(), isNumber)) return false;
  std::optional<Elem> elem = type && !type->tuple ? e.elemNamed(type->name.text) : std::nullopt;
  data::Column read{name, {name}, elem && ir::isInteger(*elem) ? data::Element::I64 : data::Element::F64, {}, {}, 0, 0, {}};
  std::vector<int64_t> values(static_cast<size_t>(file.rows()));
  dl::Status status = file.read(read, values.data());
  if (!status) e.report(where, Diag::CannotOpenData, {status.message()}).help("mend the cell, or read names: `" + name + ": category`");
  return !status;
}

/// Opens the file, settles every column, emits the op.
bool Elaborator::loadColumns(const ast::Data &decl, const TableSourceInfo &source, const std::string &name, SourceRange where, SourceColumns &out) {
  if (source.kind == ir::TableKind::Range) {
    out.length = source.count;
    ir::Value *rows = emit(OpKind::Iota, {}, ir::IotaAttr{ir::Type(Elem::I32, {source.count}), 0});
    Val v = Val::tensor(rows);
    v.low = 0, v.high = source.count.bound();
    out.columns.push_back({"row", v, false, Val::none(), nullptr});
    return rows != nullptr;
  }
  std::unique_ptr<data::Table> opened = openSource(source, where);
  if (!opened) return false;
  const data::Table &file = *opened;
  ir::TableSource table;
  table.name = name, table.kind = source.kind, table.paths = source.paths, table.layout = source.layout;
  table.bound = source.most ? source.most : file.rows();
  if (file.rows() > table.bound) {
    report(where, Diag::MoreRows, {std::to_string(file.rows()), std::to_string(table.bound)}).help("raise `most`, or leave it out");
    return false;
  }
  for (const data::ColumnInfo &c : file.columns()) out.all.push_back(c.name);
  bool good = true;
  std::vector<EncodeCall> encoded = encodeCalls(decl, file, good);
  if (!good) return false;
  std::vector<std::string> keys;
  std::vector<const ast::Bind *> fields;
  for (const Request &r : requestsOf(decl, encoded)) {
    ir::TableColumn column;
    column.name = r.name;
    bool glob = r.many;
    if (!glob && !file.find(r.name)) {
      bool wanted = r.field || r.key.rfind("column ", 0) == 0;
      if (!wanted) continue; // some other name: a function, a helper
      if (r.field && r.field->value && (isGlobal(r.name, unit()) || r.name == "row")) continue;
      bool helper = false; // a line above of that name
      for (const ast::StmtPtr &s : decl.fields) {
        auto *bind = ast::tryAs<ast::Bind>(s);
        if (bind && bind != r.field && bind->pattern.name.text == r.name && bind->where.begin < r.where.begin) helper = true;
      }
      if (helper) continue;
      Diagnostic &d = report(r.where, Diag::UnknownColumn, {source.paths.empty() ? name : source.paths[0], r.name});
      d.fact("its columns are " + listed(out.all));
      if (auto near = nearest(r.name, out.all)) d.meant(*near);
      return false;
    }
    data::ColumnInfo info;
    if (!glob) {
      auto described = file.describe(r.name);
      if (!described) {
        report(r.where, Diag::CannotOpenData, {described.message()});
        return false;
      }
      info = *described;
      column.rowDims = info.rowShape;
    } else {
      int64_t width = 0;
      if (!r.to.empty()) {
        auto between = data::columnsBetween(file, r.name, r.to);
        if (!between) return report(r.where, Diag::CannotOpenData, {between.message()}), false;
        width = static_cast<int64_t>(between->size());
        column.name.clear();
        for (const std::string &one : *between) column.name += (column.name.empty() ? "" : "\t") + one;
      } else {
        for (const data::ColumnInfo &c : file.columns()) width += data::matchesGlob(r.name, c.name);
        if (width == 0) return report(r.where, Diag::UnknownColumn, {source.paths[0], r.name}), false;
      }
      column.rowDims = {width};
    }
    bool csv = source.kind == ir::TableKind::Csv;
    column.elem = csv || glob ? Elem::F32 : elemOf(info.element);
    const ast::Type *type = r.field ? r.field->pattern.type.get() : nullptr;
    const ast::Bind *asField = nullptr;
    if (type && type->name.text == "category") {
      column.category = true, column.elem = Elem::I32, asField = r.field;
      column.categories = type->categories;
      if (column.categories.empty()) {
        auto names = file.distinct(r.name);
        if (!names) return report(r.where, Diag::CannotOpenData, {names.message()}), false;
        column.categories = *names;
        if (std::shared_ptr<const Names> known = namesOfOwn(decl, r.field->pattern.name.text)) { // `held = iris(csv("more.csv"))`
          for (const std::string &each : *names)
            if (std::find(known->begin(), known->end(), each) == known->end())
              return report(where, Diag::CannotOpenData, {"`" + r.name + "` of " + (source.paths.empty() ? name : source.paths[0]) + ": " + data::unknownName(each, *known)}), false;
          column.categories = *known;
        }
      }
    } else if (info.isText && !r.field && r.key == r.name) {
      out.texts.push_back(r.name);
      continue;
    } else if (info.isText) {
      if (csv && reportCell(*this, file, r.name, type, r.where)) return false;
      report(r.where, Diag::TextColumn, {r.name}).help("`" + r.name + ": category` numbers its names");
      return false;
    } else if (type && !type->tuple && !type->hasCategories && type->dims.empty() && column.rowDims.empty()) {
      std::optional<TypeVal> t = evalType(*type);
      if (!t) return false;
      if (!t->isText && !t->isCategory && t->type.isScalar()) {
        column.elem = t->type.elem, asField = r.field;
        if (t->hasRange) column.low = static_cast<double>(t->low), column.high = static_cast<double>(t->high);
      }
    }
    table.columns.push_back(std::move(column));
    keys.push_back(r.key);
    fields.push_back(asField);
  }
  for (const EncodeCall &call : encoded) // their arguments are built again in each row
    for (const std::string &column : call.sources)
      if (std::find(out.texts.begin(), out.texts.end(), column) == out.texts.end()) out.texts.push_back(column);
  size_t firstEncoded = keys.size();
  for (EncodeCall &call : encoded)
    if (!addEncoded(call, file, table)) return false;
  ir::Op *op = loadTable(table, where);
  if (!op) return false;
  out.length = op->result(0)->dim;
  for (size_t i = 0; i < keys.size(); ++i) {
    Val v = Val::tensor(op->result(i + 1));
    const ir::TableColumn &c = table.columns[i];
    v.low = static_cast<int64_t>(c.low), v.high = static_cast<int64_t>(c.high);
    if (c.category) {
      v.names = std::make_shared<const Names>(c.categories);
      v.low = 0, v.high = static_cast<int64_t>(c.categories.size());
    }
    out.columns.push_back({keys[i], v, fields[i] != nullptr, Val::none(), nullptr});
  }
  for (size_t i = 0; i < encoded.size(); ++i) {
    Val ids = Val::tensor(op->result(1 + firstEncoded + 2 * i)), lengths = Val::tensor(op->result(2 + firstEncoded + 2 * i));
    ids.low = 0, ids.high = static_cast<int64_t>(encoded[i].vocabulary->names().size());
    lengths.low = 0, lengths.high = encoded[i].most + 1;
    if (encoded[i].single) {
      ids.value = builder_.reshape(ids.value, {out.length});
      out.columns.push_back({encoded[i].key, ids, false, Val::none(), nullptr});
      continue;
    }
    out.columns.push_back({encoded[i].key, ids, false, lengths, encoded[i].field});
  }
  return true;
}

} // namespace dl::frontend

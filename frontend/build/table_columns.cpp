/// Which columns of a file a `data` body uses, as which elements, and the op that loads them.
#include "frontend/build/table_columns.h"
#include "frontend/build/walk.h"
#include <filesystem>

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
    if (c.asField && c.name == name) return &c;
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

std::vector<Request> requestsOf(const ast::Data &decl) {
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

ir::TableKind kindOf(ir::TableKind k) { return k; }
data::TableKind dataKind(ir::TableKind k) { return static_cast<data::TableKind>(static_cast<int>(k)); }

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

/// Opens the file, settles every column, emits the op.
bool Elaborator::loadColumns(const ast::Data &decl, const TableSourceInfo &source, const std::string &name, SourceRange where, SourceColumns &out) {
  if (source.kind == ir::TableKind::Range) {
    out.length = source.count;
    ir::Value *rows = emit(OpKind::Iota, {}, ir::IotaAttr{ir::Type(Elem::I32, {source.count}), 0});
    Val v = Val::tensor(rows);
    v.low = 0, v.high = source.count.bound();
    out.columns.push_back({"row", v, false});
    return rows != nullptr;
  }
  std::vector<std::string> paths;
  for (const std::string &p : source.paths)
    paths.push_back(std::filesystem::path(p).is_absolute() ? p : (std::filesystem::path(c_.options.dataDir) / p).string());
  auto opened = data::openTable(dataKind(source.kind), paths);
  if (!opened) {
    report(where, Diag::CannotOpenData, {opened.message()})
        .help("relative paths are looked up in `" + c_.options.dataDir + "`; `--data-dir DIR` names another folder");
    return false;
  }
  const data::Table &file = **opened;
  ir::TableSource table;
  table.name = name, table.kind = kindOf(source.kind), table.paths = source.paths;
  table.bound = source.most ? source.most : file.rows();
  if (file.rows() > table.bound) {
    report(where, Diag::MoreRows, {std::to_string(file.rows()), std::to_string(table.bound)});
    return false;
  }
  std::vector<std::string> keys;
  std::vector<const ast::Bind *> fields;
  for (const Request &r : requestsOf(decl)) {
    ir::TableColumn column;
    column.name = r.name;
    bool glob = r.many;
    if (!glob && !file.find(r.name)) {
      bool wanted = r.field || r.key.rfind("column ", 0) == 0;
      if (!wanted) continue; // some other name: a function, a helper
      if (r.field && r.field->value && (isGlobal(r.name, false) || r.name == "row")) continue;
      bool helper = false; // a line above of that name
      for (const ast::StmtPtr &s : decl.fields) {
        auto *bind = ast::tryAs<ast::Bind>(s);
        if (bind && bind != r.field && bind->pattern.name.text == r.name && bind->where.begin < r.where.begin) helper = true;
      }
      if (helper) continue;
      std::vector<std::string> names;
      std::string list;
      for (const data::ColumnInfo &c : file.columns()) {
        names.push_back(c.name);
        if (names.size() <= 12) list += (list.empty() ? "`" : ", `") + c.name + "`";
      }
      if (names.size() > 12) list += ", ...";
      Diagnostic &d = report(r.where, Diag::UnknownColumn, {source.paths.empty() ? name : source.paths[0], r.name});
      d.fact("its columns are " + list);
      if (auto near = nearest(r.name, names)) d.help("did you mean `" + *near + "`?");
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
      }
    } else if (info.isText) {
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
  if (!c_.module.findTable(name)) c_.module.tables.push_back(table);
  ir::Op *op = emitOp(OpKind::LoadTable, {}, ir::TableAttr{name});
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
    out.columns.push_back({keys[i], v, fields[i] != nullptr});
  }
  return true;
}

} // namespace dl::frontend

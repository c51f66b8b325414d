/// Tables: their sources, their fields (computed row by row), selections of rows.
#include "frontend/build/table.h"
#include "frontend/build/advice.h"
#include "frontend/build/builtin.h"
#include "frontend/build/table_columns.h"
#include "frontend/build/unknown_names.h"
#include "frontend/build/vocabulary.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

static bool hasOwnLength(const ast::Type &type);
static TableObject &tableOf(const Val &v) { return static_cast<TableObject &>(*v.object); }

Val Elaborator::evalData(const ast::Data &decl) {
  frame_->site = "data/" + unit().qualified(decl.name.text), frame_->facts = &c_.facts(decl);
  Val source = evalSource(*decl.source);
  if (source.isError()) return source;
  return tableFrom(decl, source, unit().qualified(decl.name.text), decl.source->where);
}

/// `range(n)` as a source has a column `row`; anything else is evaluated.
Val Elaborator::evalSource(const ast::Expr &e) {
  auto *call = ast::tryAs<ast::Call>(&e);
  auto *name = call ? ast::tryAs<ast::Name>(call->callee) : nullptr;
  if (!name || name->text != "range" || call->arguments.size() != 1) return eval(e);
  Val n = eval(*call->arguments[0].value);
  std::optional<Dim> count = sizeOf(n, e.where, "the length of a range");
  if (!count) return Val::error();
  auto table = std::make_shared<TableObject>();
  table->source = TableSourceInfo{ir::TableKind::Range, {}, {}, 0, *count};
  return Val::of(ValKind::Table, std::move(table));
}

Val Elaborator::callTable(const Val &table, std::vector<Arg> args, const CallSite &site) {
  TableObject &object = tableOf(table);
  if (!object.decl) return fail(site.where, Diag::NotCallable, {"a table without fields of its own"});
  if (args.size() != 1 || !args[0].value.is(ValKind::Table))
    return fail(site.where, Diag::NotASource, {args.empty() ? "nothing" : describe(args[0].value)});
  std::string name = takeName(object.decl->name.text + "_2");
  // Its fields see the names of their own file.
  std::shared_ptr<Scope> here = std::exchange(frame_->scope, fileScope(c_.unitAt(object.decl->where)));
  std::string callSite = frame_->site + "/" + siteName(site.node, object.decl->name.text) + frame_->turns;
  std::swap(frame_->site, callSite);
  const BodyFacts *facts = std::exchange(frame_->facts, &c_.facts(*object.decl));
  Val out = tableFrom(*object.decl, args[0].value, name, args[0].where);
  frame_->scope = std::move(here), frame_->site = std::move(callSite), frame_->facts = facts;
  return out;
}

/// The rows of a source as scanned columns under the names a body uses, then the fields.
Val Elaborator::tableFrom(const ast::Data &decl, const Val &source, const std::string &name, SourceRange where) {
  if (!source.is(ValKind::Table)) return fail(where, Diag::NotASource, {describe(source)});
  naming_.clear();
  SourceColumns columns;
  if (tableOf(source).source) {
    if (!loadColumns(decl, *tableOf(source).source, name, where, columns)) return Val::error();
  } else {
    columns.length = source.bundle().length;
    for (size_t i = 0; i < source.bundle().items.size(); ++i) {
      const std::string &label = source.bundle().labels[i];
      const Val *lengths = source.bundle().find(lengthLabel(label));
      if (fieldOfLength(label).empty()) columns.columns.push_back({label, read(source.bundle().items[i]), false, lengths ? read(*lengths) : Val::none(), nullptr});
    }
  }
  // Fields that are a column as it is need no loop.
  std::vector<std::string> labels;
  std::vector<Val> whole;
  Names computed;
  for (const ast::StmtPtr &s : decl.fields)
    if (auto *bind = ast::tryAs<ast::Bind>(s); bind && bind->pattern.type && !bind->pattern.tuple) {
      labels.push_back(bind->pattern.name.text);
      const SourceColumn *same = columns.plain(*bind), *measured = columns.measured(*bind);
      whole.push_back(same ? same->value : measured ? measured->lengths : Val::error());
      if (!same && !measured) computed.push_back(labels.back());
      bool bounded = !same && hasOwnLength(*bind->pattern.type);
      if (!bounded && !(same && same->lengths.isTensor())) continue;
      labels.push_back(lengthLabel(labels.back()));
      whole.push_back(bounded ? Val::error() : same->lengths);
    }
  Val rows = Val::none();
  if (!computed.empty() || decl.condition) {
    rows = computeRows(decl, columns, computed);
    if (!rows.is(ValKind::Record)) return Val::error(); // reported here, or at the first table of this form
  }
  auto table = std::make_shared<TableObject>();
  table->decl = &decl, table->length = columns.length;
  for (size_t i = 0; i < labels.size(); ++i) {
    Val v = whole[i];
    if (v.isError()) v = *rows.bundle().find(labels[i]);
    table->labels.push_back(labels[i]);
    table->items.push_back(std::move(v));
  }
  for (const ast::StmtPtr &s : decl.fields)
    if (auto *bind = ast::tryAs<ast::Bind>(s); bind && !bind->pattern.tuple)
      if (const Val *column = table->find(bind->pattern.name.text)) origins.made(*column, s->where);
  Val out = Val::of(ValKind::Table, table);
  if (!decl.condition) return out;
  return selectWhere(out, tensor(*rows.bundle().find("where"), where), where);
}

/// `int[t <= 20]`: every row has a length of its own.
static bool hasOwnLength(const ast::Type &type) { return !type.tuple && !type.dims.empty() && type.dims[0].bound; }

/// A row with zeros behind it up to the bound of its type.
Val Elaborator::padRow(const Val &row, const ast::Expr &bound) {
  std::optional<int64_t> most = constantInt(eval(bound), bound.where, "a bound");
  if (!most) return Val::error();
  ir::Type type = row.type();
  type.dims[0] = Dim(*most);
  std::vector<ir::Value *> operands = {zeros(type), row.value};
  for (size_t d = 0; d < type.rank(); ++d) operands.push_back(builder_.i64(0));
  Val out = Val::tensor(emit(OpKind::UpdateAt, operands, ir::UpdateAtAttr{ir::ScatterMode::Set}));
  out.low = std::min<int64_t>(row.low, 0), out.high = row.high, out.names = row.names;
  return out;
}

/// An unknown name in a line of a declaration may be meant as a column.
static void adviseColumns(Elaborator &e, const ast::Data &decl, const SourceColumns &columns) {
  Diagnostic *d = columns.all.empty() ? nullptr : unknownNameIn(e.context(), decl.where);
  if (!d || !d->facts.empty()) return;
  d->fact("the columns are " + listed(columns.all));
  if (auto near = nearest(std::string(e.sourceText(d->where)), columns.all); near && d->helps.empty()) d->meant(*near, d->where);
}

/// One turn a row: the columns, `row` and the lines above are in scope.
Val Elaborator::computeRows(const ast::Data &decl, const SourceColumns &columns, const Names &computed) {
  LoopSpec spec;
  spec.where = decl.where, spec.trip = columns.length;
  for (const SourceColumn &c : columns.columns) {
    spec.scans.push_back(c.value.value);
    if (c.lengths.isTensor()) spec.scans.push_back(c.lengths.value);
  }
  spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &slices) {
    ScopeGuard guard(*this);
    Scope &scope = *frame_->scope;
    size_t next = 0;
    for (const SourceColumn &c : columns.columns) {
      Val v = Val::tensor(slices[next++]);
      v.low = c.value.low, v.high = c.value.high, v.names = c.value.names;
      if (c.lengths.isTensor()) v = cutTo(v, 0, slices[next++]);
      scope.set(c.name, v);
    }
    for (const std::string &name : columns.texts) scope.set(name, columnText(name));
    scope.set(kInRow, Val::none());
    if (!scope.own("row")) scope.set("row", intOf(index, 0, columns.length.bound()));
    std::vector<std::string> labels;
    std::vector<Val> items;
    if (decl.condition) {
      Val c = asTensor(eval(*decl.condition), decl.condition->where);
      if (c.isTensor() && (c.type().elem != Elem::Bool || !c.type().isScalar())) fail(decl.condition->where, Diag::ConditionNotBool, {describe(c)});
      labels.push_back("where"), items.push_back(c);
    }
    for (const ast::StmtPtr &s : decl.fields) {
      auto *bind = ast::tryAs<ast::Bind>(s);
      if (!bind || bind->pattern.tuple) {
        evalStatement(*s);
        continue;
      }
      const std::string &field = bind->pattern.name.text;
      Val v = bind->value ? read(eval(*bind->value)) : lookup(field, bind->where);
      if (v.isError()) adviseColumns(*this, decl, columns);
      if (bind->drawn) v = draw(v, bind->pattern.type.get(), s.get(), bind->where);
      bool category = bind->pattern.type && bind->pattern.type->name.text == "category";
      if (bind->pattern.type && !category && !v.isError()) v = annotate(v, *bind->pattern.type, bind->where, "the field `" + field + "`");
      scope.set(field, v);
      if (!bind->pattern.type || std::find(computed.begin(), computed.end(), field) == computed.end()) continue; // a helper, of a field's name, too
      if (v.is(ValKind::Text)) {
        report(bind->value ? bind->value->where : bind->where, Diag::NotATensor, {describe(v)})
            .help("a field is made of numbers; a line without a type, `" + field + " = ...`, names a text for the lines below it");
        v = Val::error();
      }
      labels.push_back(field), items.push_back(v.isError() ? v : asTensor(v, bind->where));
      if (!hasOwnLength(*bind->pattern.type) || !items.back().isTensor()) continue;
      Val padded = padRow(items.back(), *bind->pattern.type->dims[0].bound);
      items.push_back(padded.isError() ? padded : intOf(builder_.extent(items.back().type().dims[0])));
      items[items.size() - 2] = padded, labels.push_back(lengthLabel(field));
    }
    for (const Val &v : items)
      if (v.isError()) return;
    if (frame_->yields) frame_->yields->push_back(Val::record(labels, items));
  };
  return loop(spec);
}

/// The rows where the mask is true.
Val Elaborator::selectWhere(const Val &table, ir::Value *mask, SourceRange) {
  if (!mask) return Val::error();
  ir::Op *op = compress(*this, mask);
  if (!op) return Val::error();
  return selectRows(table, op->result(1), op->result(0)->dim);
}

/// Rows at the positions (i32[count]).
Val Elaborator::selectRows(const Val &table, ir::Value *positions, const Dim &count) {
  auto out = std::make_shared<TableObject>();
  const auto &from = static_cast<const TableObject &>(*table.object);
  out->labels = from.labels, out->length = count, out->decl = from.decl;
  for (const Val &item : from.items) {
    Val column = read(item);
    ir::IndexedAttr attr;
    ir::Factor factor;
    factor.operand = 0;
    for (size_t d = 0; d < column.type().rank(); ++d) {
      attr.names.push_back({d == 0 ? "r" : "d" + std::to_string(d), d == 0 ? count : column.type().dims[d]});
      ir::Index index;
      ir::Affine own{{{static_cast<int>(d), 1}}, Dim(0)};
      if (d == 0) index.source = 1, index.sourceIndex = {own};
      else index.affine = own;
      factor.index.push_back(index);
    }
    attr.outCount = static_cast<int>(attr.names.size());
    attr.factors = {factor};
    Val v = Val::tensor(emit(OpKind::Gather, {column.value, positions}, attr));
    v.low = column.low, v.high = column.high, v.names = column.names;
    out->items.push_back(v);
  }
  return Val::of(ValKind::Table, std::move(out));
}

/// "`kind` of the names `a`, `b`"
static std::string withNames(const std::string &label, const Val &column) {
  std::string list;
  for (const std::string &name : *column.names) list += (list.empty() ? "`" : ", `") + name + "`";
  return "`" + label + "` of the names " + list;
}

Val Elaborator::concatTables(const std::vector<Val> &tables, SourceRange where) {
  auto out = std::make_shared<TableObject>();
  if (tables[0].is(ValKind::Table)) out->labels = tables[0].bundle().labels;
  out->length = Dim(0);
  for (const Val &t : tables) {
    if (t.isError()) return t;
    if (!t.is(ValKind::Table) || t.bundle().labels != out->labels) return fail(where, Diag::TablesDiffer, {describe(tables[0]), describe(t)});
    out->length = out->length + t.bundle().length;
  }
  for (size_t c = 0; c < out->labels.size(); ++c) {
    std::vector<ir::Value *> parts;
    for (const Val &t : tables) parts.push_back(read(t.bundle().items[c]).value);
    Val v = Val::tensor(emit(OpKind::Concat, parts, ir::ConcatAttr{0}));
    if (v.isError()) return v;
    const Val first = read(tables[0].bundle().items[c]);
    v.low = first.low, v.high = first.high, v.names = first.names;
    for (const Val &t : tables) {
      const Val part = read(t.bundle().items[c]);
      if (first.names && part.names && *first.names != *part.names)
        return fail(where, Diag::TablesDiffer, {withNames(out->labels[c], first), withNames(out->labels[c], part)});
      const bool ranged = v.high > v.low && part.high > part.low;
      v.low = ranged ? std::min(v.low, part.low) : 0, v.high = ranged ? std::max(v.high, part.high) : 0;
    }
    out->items.push_back(v);
  }
  return Val::of(ValKind::Table, std::move(out));
}

} // namespace dl::frontend

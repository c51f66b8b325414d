/// Functions of tables: sources, split, fold, shuffle.
#include "frontend/build/builtin.h"
#include "frontend/build/complete.h"
#include "frontend/build/table.h"
#include <cstdio>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// The rows 0..n-1 in an order that depends on the place alone: every command and every seed sees the same one.
ir::Value *Elaborator::fixedPermutation(const Dim &n, const void *node, const std::string &what) {
  if (!rolls_.empty()) report(builder_.where, Diag::LoopTypeChanges, {what, "of each turn", "of all turns"}); // each turn has its own
  std::string path = frame_->site + "/" + siteName(node, what) + frame_->turns;
  ir::Value *key = builder_.constantBits(ir::Type(Elem::Key), {static_cast<uint64_t>(hashText(path))});
  return permutation(n, key);
}

/// Rows 0..n-1 sorted by random words of the key.
ir::Value *Elaborator::permutation(const Dim &n, ir::Value *key) {
  ir::Value *bits = emit(OpKind::RandomBits, {key}, ir::RandomAttr{ir::Type(Elem::I32, {n})});
  ir::Value *rows = emit(OpKind::Iota, {}, ir::IotaAttr{ir::Type(Elem::I32, {n}), 0});
  ir::Op *sorted = emitOp(OpKind::Sort, {bits, rows}, ir::SortAttr{0, false});
  return sorted ? sorted->result(1) : nullptr;
}

/// The inverse of a permutation: position of each row.
ir::Value *Elaborator::ranksOf(ir::Value *permutation) {
  const Dim &n = permutation->type.dims[0];
  ir::Value *rows = emit(OpKind::Iota, {}, ir::IotaAttr{ir::Type(Elem::I32, {n}), 0});
  ir::Op *sorted = emitOp(OpKind::Sort, {permutation, rows}, ir::SortAttr{0, false});
  return sorted ? sorted->result(1) : nullptr;
}

ir::Value *Elaborator::filled(ir::Value *scalar, const std::vector<Dim> &dims) {
  return emit(OpKind::Broadcast, {scalar}, ir::BroadcastAttr{dims, {}});
}

/// A setting of `csv`; nothing is said of other names. False: it was, or the setting is wrong.
static bool csvSetting(Elaborator &e, const Arg &a, ir::TableLayout &layout) {
  if (a.name == "separator") {
    std::optional<std::string> text = e.knownText(a.value, a.where, "`separator`");
    if (!text) return false;
    layout.separator = *text;
    if (text->size() == 1 && *text != "\"" && *text != "\n") return true;
    return e.fail(a.where, Diag::WrongType, {"`separator`", "one character between cells", "`" + *text + "`"}), false;
  }
  if (a.name == "header") {
    std::optional<bool> header = e.knownBool(a.value);
    if (!header) return e.fail(a.where, Diag::NotKnown, {"`header`", "a bool", e.describe(a.value)}), false;
    layout.header = *header;
    return true;
  }
  if (!a.value.is(ValKind::List) && !a.value.is(ValKind::Tuple))
    return e.fail(a.where, Diag::WrongType, {"`names`", "a list of texts", e.describe(a.value)}), false;
  for (const Val &item : a.value.bundle().items) {
    std::optional<std::string> name = e.knownText(item, a.where, "a column's name");
    if (!name) return false;
    layout.names.push_back(*name);
  }
  return true;
}

/// `csv("a.tsv", separator: "\t", names: ["x", "y"])`, `images("photos", mask: "masks")`.
static Val source(Elaborator &e, BuiltinCall &c, ir::TableKind kind) {
  auto table = std::make_shared<TableObject>();
  TableSourceInfo info;
  info.kind = kind;
  bool header = false; // said
  Names folders;
  for (Arg &a : c.rest) {
    if (a.name == "most") {
      std::optional<int64_t> most = e.constantInt(a.value, a.where, "`most`");
      if (!most) return Val::error();
      if (*most < 1) return e.fail(a.where, Diag::BadBatchSize, {"`most`", std::to_string(*most)});
      info.most = *most;
      continue;
    }
    static const Names settings = {"separator", "header", "names"};
    if (kind == ir::TableKind::Csv && std::find(settings.begin(), settings.end(), a.name) != settings.end()) {
      if (!csvSetting(e, a, info.layout)) return Val::error();
      header = header || a.name == "header";
      continue;
    }
    bool further = kind == ir::TableKind::Images && !a.name.empty(); // a folder that is a column
    if (!a.name.empty() && !further) {
      Names known = kind == ir::TableKind::Csv ? settings : Names{};
      known.emplace_back("most");
      return e.unknownArgument(a, c.builtin->name, known);
    }
    std::optional<std::string> path = e.knownText(a.value, a.where, "a path");
    if (!path) return Val::error();
    (further ? folders : info.paths).push_back(e.unit().dataPath(*path));
    if (further) info.layout.names.push_back(a.name);
  }
  if (kind == ir::TableKind::Csv && !header) info.layout.header = info.layout.names.empty();
  size_t most = kind == ir::TableKind::Idx ? 2 : 1;
  if (info.paths.empty()) return e.fail(c.site.where, Diag::MissingArgument, {c.builtin->name, "path"});
  if (info.paths.size() > most) return e.fail(c.site.where, Diag::TooManyArguments, {c.builtin->name, countOf(most, "argument", "arguments"), countOf(info.paths.size(), "is", "are")});
  info.paths.insert(info.paths.end(), folders.begin(), folders.end());
  table->source = std::move(info);
  return Val::of(ValKind::Table, std::move(table));
}
static Val csvOf(Elaborator &e, BuiltinCall &c) { return source(e, c, ir::TableKind::Csv); }
static Val idxOf(Elaborator &e, BuiltinCall &c) { return source(e, c, ir::TableKind::Idx); }
static Val npyOf(Elaborator &e, BuiltinCall &c) { return source(e, c, ir::TableKind::Npy); }
static Val npzOf(Elaborator &e, BuiltinCall &c) { return source(e, c, ir::TableKind::Npz); }
static Val linesOf(Elaborator &e, BuiltinCall &c) { return source(e, c, ir::TableKind::Lines); }
static Val imagesOf(Elaborator &e, BuiltinCall &c) { return source(e, c, ir::TableKind::Images); }

/// `column("a")`, `columns("a*")` inside a row.
static Val columnOf(Elaborator &e, BuiltinCall &c) {
  std::optional<std::string> name = e.knownText(c[0], c.where(0), "a column's name");
  if (!name) return Val::error();
  std::string to;
  if (c.args.size() > 1 && c.has(1)) {
    std::optional<std::string> last = e.knownText(c[1], c.where(1), "a column's name");
    if (!last) return Val::error();
    to = *last;
  }
  Val *found = e.find("column " + *name + (to.empty() ? "" : " to " + to));
  if (!found) return e.fail(c.site.where, Diag::ColumnOutside, {c.builtin->name});
  return *found;
}

Val asTable(Elaborator &e, const Val &record, SourceRange where) {
  auto table = std::make_shared<TableObject>();
  table->labels = record.bundle().labels;
  for (const Val &item : record.bundle().items) {
    const Val part = e.read(item);
    if (!part.isTensor() && !part.is(ValKind::List)) return record;
    Val column = e.asTensor(part, where);
    if (!column.isTensor() || column.type().isScalar()) return record;
    if (table->items.empty()) table->length = column.type().dims[0];
    else if (column.type().dims[0] != table->length)
      return e.fail(where, Diag::ColumnLengths, {table->labels[table->items.size()], column.type().dims[0].str(), table->length.str()});
    table->items.push_back(column);
  }
  return table->items.empty() ? record : Val::of(ValKind::Table, std::move(table));
}

/// The argument as a table; a record of tensors with one first dimension is one.
static bool isTable(Elaborator &e, std::optional<Arg> &arg) {
  Val &v = arg->value;
  if (v.is(ValKind::Record)) v = asTable(e, v, arg->where);
  if (v.isError()) return false;
  if (v.is(ValKind::Table) && !v.bundle().items.empty()) return true;
  if (!unsettled(e, v, arg->where)) e.report(arg->where, Diag::NotATable, {e.describe(v)});
  return false;
}

Val Elaborator::splitTable(const Val &table, const std::vector<double> &parts, const Val *classes, const CallSite &site) {
  const Dim n = table.bundle().length;
  ir::Value *order = fixedPermutation(n, site.node, "split");
  if (!order) return Val::error();
  // position[r]: place of row r among its like; size[r]: how many there are.
  ir::Value *position = ranksOf(order), *size = nullptr;
  if (classes) {
    // Rows by class, in the random order within each; then places relative to the first of the class.
    ir::Value *labels = convert(classes->value, Elem::I32);
    ir::IndexedAttr pick;
    pick.names = {{"r", n}}, pick.outCount = 1;
    ir::Factor factor;
    factor.operand = 0;
    ir::Index index;
    index.source = 1, index.sourceIndex = {ir::Affine{{{0, 1}}, Dim(0)}};
    factor.index = {index};
    pick.factors = {factor};
    ir::Value *shuffled = emit(OpKind::Gather, {labels, order}, pick);
    ir::Op *sorted = emitOp(OpKind::Sort, {shuffled, order}, ir::SortAttr{0, false});
    if (!sorted) return Val::error();
    ir::Value *place = ranksOf(sorted->result(1));
    ir::Value *first = emit(OpKind::Search, {sorted->result(0), labels}, ir::SearchAttr{false});
    ir::Value *last = emit(OpKind::Search, {sorted->result(0), labels}, ir::SearchAttr{true});
    position = emit(OpKind::Sub, {place, first});
    size = convert(emit(OpKind::Sub, {last, first}), Elem::F64);
  } else {
    size = filled(convert(builder_.extent(n), Elem::F64), {n});
  }
  ir::Type real(Elem::F64, {n});
  ir::Value *middle = emit(OpKind::Add, {convert(position, Elem::F64), builder_.constant(real, 0.5)});
  std::vector<Val> out;
  double from = 0;
  ir::Value *above = nullptr;
  for (size_t i = 0; i < parts.size(); ++i) {
    from += parts[i];
    ir::Value *below = nullptr;
    if (i + 1 < parts.size()) below = emit(OpKind::Lt, {middle, emit(OpKind::Mul, {builder_.constant(real, from), size})});
    ir::Value *mask = below && above ? emit(OpKind::And, {below, above}) : below ? below : above;
    if (!mask) mask = builder_.constant(ir::Type(Elem::Bool, {n}), 1);
    out.push_back(selectWhere(table, mask, site.where));
    if (below) above = emit(OpKind::Not, {below});
  }
  return Val::tuple(std::move(out));
}

static Val splitOf(Elaborator &e, BuiltinCall &c) {
  if (!isTable(e, c.args[0])) return Val::error();
  std::vector<double> parts;
  double total = 0;
  if (c[1].is(ValKind::List) || c[1].is(ValKind::Tuple))
    for (const Val &v : c[1].bundle().items) {
      if (!v.isNumber() || (v.integer && !v.whole.isConstant())) return e.fail(c.where(1), Diag::BadFractions, {e.describe(v)});
      parts.push_back(v.integer ? static_cast<double>(v.whole.value()) : v.real);
      total += parts.back();
    }
  bool good = parts.size() >= 2 && total > 0.999999 && total < 1.000001;
  for (double p : parts) good &= p > 0;
  if (!good) {
    Diagnostic &d = e.report(c.where(1), Diag::BadFractions, {e.describe(c[1])});
    char sum[32];
    std::snprintf(sum, sizeof sum, "%.6g", total);
    if (parts.size() >= 2) d.fact("they add up to " + std::string(sum));
    d.help("`split(" + e.sourceText(c.where(0)) + ", [0.8, 0.2])`");
    return Val::error();
  }
  Val classes;
  const Val *by = nullptr;
  if (c.has(2)) {
    std::optional<std::string> name = e.knownText(c[2], c.where(2), "`stratify`");
    if (!name) return Val::error();
    const Val *column = c[0].bundle().find(*name);
    if (!column) {
      Diagnostic &d = e.report(c.where(2), Diag::UnknownColumn, {"the table", *name});
      if (auto near = nearest(*name, c[0].bundle().labels)) d.meant(*near);
      return Val::error();
    }
    classes = e.read(*column);
    if (!classes.isTensor() || !ir::isInteger(classes.type().elem) || classes.type().rank() != 1)
      return e.fail(c.where(2), Diag::NotAClass, {*name, e.describe(classes)});
    by = &classes;
  }
  return e.splitTable(c[0], parts, by, c.site);
}

/// The least and the greatest an int can be, as far as it is known.
static std::optional<std::pair<int64_t, int64_t>> boundsOf(const Val &v) {
  if (v.isConstantInt()) return std::pair(v.whole.value(), v.whole.value());
  if (v.isTensor() && v.high > v.low) return std::pair(v.low, v.high - 1);
  return std::nullopt;
}

static Val foldOf(Elaborator &e, BuiltinCall &c) {
  if (!isTable(e, c.args[0])) return Val::error();
  const Dim n = c[0].bundle().length;
  const char *order = "the number of parts is given before the number of the part: `fold(table, 5, k)` for k in 0..5";
  auto parts = boundsOf(c[1]), part = boundsOf(c[2]);
  if (parts && parts->second < 1) {
    e.report(c.where(1), Diag::BadBatchSize, {"a number of parts", std::to_string(parts->second)}).help(order);
    return Val::error();
  }
  if (parts && part && (part->second < 0 || part->first >= parts->second)) {
    e.report(c.where(2), Diag::OutsideRange, {"the number of a part", std::to_string(part->first), "0", std::to_string(parts->second)}).help(order);
    return Val::error();
  }
  ir::Value *k = e.index64(c[1], c.where(1)), *i = e.index64(c[2], c.where(2));
  ir::Value *rows = e.fixedPermutation(n, nullptr, "fold");
  if (!k || !i || !rows) return Val::error();
  bool known = c[1].isConstantInt() && c[2].high > c[2].low && c[2].low >= 0 && c[2].high <= c[1].whole.value();
  if (!known && !(c[1].isConstantInt() && c[2].isConstantInt()))
    e.check(e.emit(OpKind::And, {e.emit(OpKind::Ge, {i, e.ir().i64(0)}), e.emit(OpKind::Lt, {i, k})}), c.where(2),
            {{"the part ", -1, "", {}}, {"", 1, "", {}}, {" is outside of 0..", -1, "", {}}, {"", 2, "", {}}}, {i, k});
  ir::Value *rank = e.convert(e.ranksOf(rows), Elem::I64);
  ir::Value *turn = e.emit(OpKind::Rem, {rank, e.filled(k, {n})});
  ir::Value *held = e.emit(OpKind::Eq, {turn, e.filled(i, {n})});
  Val learn = e.selectWhere(c[0], e.emit(OpKind::Not, {held}), c.site.where);
  return Val::tuple({learn, e.selectWhere(c[0], held, c.site.where)});
}

static Val shuffleOf(Elaborator &e, BuiltinCall &c) {
  if (!isTable(e, c.args[0])) return Val::error();
  const Dim n = c[0].bundle().length;
  return e.selectRows(c[0], e.permutation(n, e.siteKey(c.site.node, "shuffle")), n);
}

static Val batchesOf(Elaborator &e, BuiltinCall &c) {
  if (!isTable(e, c.args[0])) return Val::error();
  auto batches = std::make_shared<BatchesObject>();
  batches->table = c[0], batches->node = c.site.node, batches->where = c.site.where;
  std::optional<int64_t> size = e.constantInt(c[1], c.where(1), "the size of a batch");
  if (!size) return Val::error();
  if (*size < 1) return e.fail(c.where(1), Diag::BadBatchSize, {"a batch", std::to_string(*size)});
  batches->size = *size;
  if (c.has(2)) {
    std::optional<bool> shuffle = e.knownBool(c[2]);
    if (!shuffle) return e.fail(c.where(2), Diag::NotKnown, {"`shuffle`", "a bool", e.describe(c[2])});
    batches->shuffle = *shuffle;
  }
  return Val::of(ValKind::Batches, std::move(batches));
}

std::span<const Builtin> dataBuiltins() {
  static const Builtin table[] = {
      {"csv", "paths*", csvOf, "a table of a csv file"},
      {"idx", "paths*", idxOf, "images and labels of idx files"},
      {"npy", "paths*", npyOf, "a table of a npy file"},
      {"npz", "paths*", npzOf, "a table of a npz file"},
      {"lines", "paths*", linesOf, "a table of the lines of a text file"},
      {"images", "paths*", imagesOf, "a table of the pictures of a folder"},
      {"column", "name", columnOf, "a column by its name"},
      {"columns", "name to?", columnOf, "several columns as one row"},
      {"split", "table parts stratify?", splitOf, "parts of a table, the same for every seed"},
      {"fold", "table k i", foldOf, "all rows but the i-th of k parts, and that part"},
      {"shuffle", "table", shuffleOf, "the rows in another order"},
      {"batches", "table size shuffle?", batchesOf, "a table walked in batches"},
  };
  return table;
}

} // namespace dl::frontend

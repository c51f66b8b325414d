#include "ir/text/parser.h"
#include "ir/text/printer.h"

namespace dl::ir {

std::unique_ptr<Module> parseModule(uint32_t file, const SourceManager &sources, Diagnostics &diags) {
  return text::Parser(file, sources, diags).run();
}

} // namespace dl::ir

namespace dl::ir::text {

std::unique_ptr<Module> Parser::run() {
  module_ = std::make_unique<Module>();
  if (accept("module")) {
    expect("denormals");
    expect("=");
    if (accept("keep")) module_->flushDenormals = false;
    else expect("flush");
  }
  while (!failed_ && peek().kind != TokenKind::End) {
    if (accept("slot")) slot();
    else if (accept("table")) table();
    else if (accept("layer")) layer();
    else if (accept("func")) function(false);
    else if (accept("entry")) function(true);
    else unexpected("`slot`, `table`, `layer`, `func` or `entry`");
  }
  return failed_ ? nullptr : std::move(module_);
}

void Parser::slot() {
  Token token = peek();
  Slot slot;
  slot.path = name();
  expect(":");
  slot.type = type();
  expect("role");
  if (accept("state")) slot.role = SlotRole::State;
  else expect("param");
  if (module_->findSlot(slot.path)) fail(token.where, Diag::IrDefinedTwice, {"@" + slot.path});
  module_->slots.push_back(std::move(slot));
}

void Parser::layer() {
  LayerInfo layer;
  layer.path = name();
  layer.model = string();
  layer.output = string();
  expect("parameters");
  layer.parameters = integer();
  expect("flops");
  layer.flops = integer();
  module_->layers.push_back(std::move(layer));
}

TextUnit Parser::textUnit() {
  for (TextUnit one : {TextUnit::Whole, TextUnit::Characters, TextUnit::Words, TextUnit::Pieces})
    if (accept(text::name(one))) return one;
  unexpected("a unit of texts, as `characters`");
  return TextUnit::Whole;
}

void Parser::encoding(TableColumn &column) {
  TextEncoding e;
  bool fit = false;
  e.unit = textUnit();
  for (TextFit one : {TextFit::Pad, TextFit::Cut, TextFit::Exact})
    if (!fit && accept(text::name(one))) e.fit = one, fit = true;
  if (!fit) return unexpected("`pad`, `cut` or `exact`");
  e.lengths = accept("lengths");
  Token place = peek();
  expect("most");
  e.most = integer();
  expect("special");
  e.special = integer();
  expect("text");
  list("(", ")", [&] { e.literals.push_back(string()); });
  expect("names");
  list("(", ")", [&] { column.categories.push_back(string()); });
  bool fits = column.elem == Elem::I32 && column.rowDims == (e.lengths ? std::vector<int64_t>{} : std::vector<int64_t>{e.most});
  if (!fits && !failed_) fail(place.where, Diag::IrUnexpected, {e.lengths ? "a column of i32" : "a column of i32[most]", "another type"});
  column.encoding = std::move(e);
}

void Parser::table() {
  Token token = peek();
  TableSource table;
  table.name = name();
  bool known = false;
  for (TableKind kind : {TableKind::Csv, TableKind::Idx, TableKind::Npy, TableKind::Npz, TableKind::Images, TableKind::Lines, TableKind::Range, TableKind::Text})
    if (!known && accept(text::name(kind))) table.kind = kind, known = true;
  if (!known) unexpected("a kind of table");
  if (peek().kind == TokenKind::String) {
    do table.paths.push_back(string());
    while (accept(","));
  }
  if (accept("separator")) table.layout.separator = string();
  if (accept("headless")) table.layout.header = false;
  if (accept("names")) list("(", ")", [&] { table.layout.names.push_back(string()); });
  expect("most");
  table.bound = integer();
  if (table.bound < 0) fail(token.where, Diag::IrBadNumber, {std::to_string(table.bound), "bound"});
  expect("{");
  while (!failed_ && accept("column")) {
    TableColumn column;
    column.name = string();
    Token place = peek();
    Type row = type();
    column.elem = row.elem;
    if (row.elem == Elem::Dim || row.elem == Elem::Key) fail(place.where, Diag::IrUnexpected, {"a column's type", "`" + row.str() + "`"});
    for (const dl::Dim &d : row.dims) {
      if (!d.isConstant() || d.value() < 0) fail(place.where, Diag::IrUnexpected, {"a constant extent", "`" + d.str() + "`"});
      else column.rowDims.push_back(d.value());
    }
    if (accept("category")) {
      column.category = true;
      list("(", ")", [&] { column.categories.push_back(string()); });
    }
    if (accept("encode")) encoding(column);
    if (accept("range")) {
      expect("[");
      column.low = number();
      expect(",");
      column.high = number();
      expect("]");
    }
    table.columns.push_back(std::move(column));
  }
  expect("}");
  if (module_->findTable(table.name)) fail(token.where, Diag::IrDefinedTwice, {"@" + table.name});
  module_->tables.push_back(std::move(table));
}

void Parser::paramFacts(Param &param) {
  while (!failed_) {
    if (accept("text")) param.isText = true;
    else if (accept("global")) param.global = true;
    else if (accept("ends_loop")) param.endsLoop = true;
    else if (accept("trains")) param.trains = true;
    else if (accept("help")) param.help = string();
    else if (accept("=")) {
      if (peek().kind == TokenKind::String) {
        std::string text = string();
        for (char c : text) param.preset.push_back(static_cast<unsigned char>(c));
        param.preset.push_back(0);
      } else if (at("[")) list("[", "]", [&] { param.preset.push_back(number()); });
      else param.preset.push_back(number());
    } else if (accept("range")) {
      expect("[");
      param.low = number();
      expect(",");
      param.high = number();
      expect("]");
    } else break;
  }
}

void Parser::param(Function &function) {
  Param param;
  param.inout = accept("inout");
  Token token = next();
  if (token.kind != TokenKind::Value) return fail(token.where, Diag::IrUnexpected, {"a parameter", describe(token)});
  expect(":");
  Type written = type();
  if (accept("seed")) param.role = ParamRole::Seed;
  else if (accept("option")) param.role = ParamRole::Option, param.name = string();
  else if (accept("argument")) param.role = ParamRole::Argument, param.name = string();
  else if (accept("slot")) param.role = ParamRole::Slot, param.name = name();
  else if (accept("fresh")) param.role = ParamRole::Fresh, param.name = string();
  if (param.role != ParamRole::Plain) paramFacts(param);
  if (failed_) return;
  define(token, argument(function.body, token.text, std::move(written)));
  function.params.push_back(std::move(param));
}

void Parser::function(bool entry) {
  Token token = peek();
  std::string title = name();
  if (failed_) return;
  if (module_->find(title)) return fail(token.where, Diag::IrDefinedTwice, {"@" + title});
  Function *made = module_->addFunction(title);
  made->isEntry = entry;
  builder_.emplace(*module_, made->body);
  scopes_.clear();
  enter();
  list("(", ")", [&] { param(*made); });
  if (accept("->"))
    list("(", ")", [&] {
      Token place = peek();
      made->results.push_back(type());
      if (made->results.back().elem == Elem::Dim) fail(place.where, Diag::IrUnexpected, {"a tensor type", "a dimension"});
    });
  made->isTest = accept("test");
  if (accept("help")) made->help = string();
  body(made->body);
}

} // namespace dl::ir::text

#include "ir/text/lexer.h"
#include "ir/text/printer.h"
#include "ir/builder.h"

namespace dl::ir {

using namespace text;

static std::string strings(const std::vector<std::string> &list) {
  std::string out;
  for (size_t i = 0; i < list.size(); ++i) out += (i ? ", " : "") + quoted(list[i]);
  return out;
}

static std::string number(double n) { return literal(Elem::F64, encodeNumber(Elem::F64, n)); }

static void printTable(std::string &out, const TableSource &table) {
  out += "table " + atName(table.name) + " " + text::name(table.kind) + " " + strings(table.paths);
  if (!table.layout.separator.empty()) out += " separator " + quoted(table.layout.separator);
  if (!table.layout.header) out += " headless";
  if (!table.layout.names.empty()) out += " names (" + strings(table.layout.names) + ")";
  out += " most " + std::to_string(table.bound) + " {\n";
  for (const TableColumn &column : table.columns) {
    Type row(column.elem);
    for (int64_t d : column.rowDims) row.dims.emplace_back(d);
    out += "  column " + quoted(column.name) + " " + row.str();
    if (column.category) out += " category (" + strings(column.categories) + ")";
    if (column.encoding) {
      const TextEncoding &e = *column.encoding;
      out += std::string(" encode ") + text::name(e.unit) + " " + text::name(e.fit) + (e.lengths ? " lengths" : "") + " most " +
             std::to_string(e.most) + " special " + std::to_string(e.special) + " text (" + strings(e.literals) + ") names (" +
             strings(column.categories) + ")";
    }
    if (column.low != column.high) out += " range [" + number(column.low) + ", " + number(column.high) + "]";
    out += "\n";
  }
  out += "}\n";
}

std::string printModule(const Module &module, const PrintOptions &options) {
  std::string out;
  if (!module.flushDenormals) out += "module denormals = keep\n";
  for (const Slot &slot : module.slots)
    out += "slot " + atName(slot.path) + ": " + slot.type.str() + " role " + (slot.role == SlotRole::Param ? "param" : "state") + "\n";
  for (const TableSource &table : module.tables) printTable(out, table);
  for (const LayerInfo &layer : module.layers)
    out += "layer " + atName(layer.path) + " " + quoted(layer.model) + " " + quoted(layer.output) + " parameters " +
           std::to_string(layer.parameters) + " flops " + std::to_string(layer.flops) + "\n";
  for (const auto &function : module.functions) out += printFunction(*function, options);
  return out;
}

std::string printFunction(const Function &function, const PrintOptions &options) {
  Printer printer(options);
  printer.function(function);
  return printer.take();
}

std::string printOp(const Op &op) {
  PrintOptions options;
  Printer printer(options);
  printer.line(op);
  return printer.take();
}

} // namespace dl::ir

namespace dl::ir::text {

void Printer::param(const Param &param, const Value *arg) {
  if (param.inout) out_ += "inout ";
  out_ += value(arg) + ": " + type(arg->type);
  if (param.role == ParamRole::Plain) return;
  out_ += std::string(" ") + name(param.role);
  if (param.role == ParamRole::Seed) return;
  out_ += " " + (param.role == ParamRole::Slot ? atName(param.name) : quoted(param.name));
  if (param.isText) out_ += " text";
  if (param.global) out_ += " global";
  if (param.endsLoop) out_ += " ends_loop";
  if (param.trains) out_ += " trains";
  if (!param.preset.empty() && param.isText) {
    out_ += " = " + quoted(presetText(param));
  } else if (!param.preset.empty()) {
    out_ += " = ";
    if (param.preset.size() > 1) out_ += "[";
    for (size_t i = 0; i < param.preset.size(); ++i) out_ += (i ? ", " : "") + number(param.preset[i]);
    if (param.preset.size() > 1) out_ += "]";
  }
  if (param.low != param.high) out_ += " range [" + number(param.low) + ", " + number(param.high) + "]";
  if (!param.help.empty()) out_ += " help " + quoted(param.help);
}

void Printer::function(const Function &function) {
  names_.enter(false);
  const auto &args = function.body->args;
  for (const Value *arg : args) names_.define(arg);
  out_ += std::string(function.isEntry ? "entry " : "func ") + atName(function.name) + "(";
  for (size_t i = 0; i < args.size(); ++i) {
    if (i) out_ += ", ";
    param(i < function.params.size() ? function.params[i] : Param(), args[i]);
  }
  out_ += ") -> (";
  for (size_t i = 0; i < function.results.size(); ++i) out_ += (i ? ", " : "") + type(function.results[i]);
  out_ += ")";
  if (function.isTest) out_ += " test";
  if (!function.help.empty()) out_ += " help " + quoted(function.help);
  out_ += " {\n";
  ++depth_;
  for (const Op *inner : function.body->ops) op(*inner);
  --depth_;
  out_ += "}\n";
  names_.leave();
}

void Printer::defineResults(const Op &op) {
  for (const Value *result : op.results) names_.define(result);
  for (size_t i = 0; i < op.results.size(); ++i)
    out_ += (i ? ", " : "") + value(op.results[i]) + ": " + type(op.results[i]->type);
  if (!op.results.empty()) out_ += " = ";
}

void Printer::op(const Op &op) {
  // Operands and regions are written before the results get their names, so a region cannot seem to see them.
  std::string before = std::move(out_);
  out_.clear();
  payload(op);
  std::string body = std::move(out_);
  out_ = std::move(before) + std::string(static_cast<size_t>(depth_) * 2, ' ');
  defineResults(op);
  out_ += info(op.kind).mnemonic + body;
  if (options_.locations && options_.sources && op.where.valid()) {
    LineColumn at = options_.sources->start(op.where);
    out_ += " loc " + quoted(options_.sources->name(op.where.file)) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }
  out_ += "\n";
}

void Printer::line(const Op &op) {
  abridged_ = true;
  for (const Value *operand : op.operands) {
    for (const Value *dim : dimValues(operand->type))
      if (names_.of(dim).starts_with("%undefined")) names_.define(dim);
    if (names_.of(operand).starts_with("%undefined")) names_.define(operand);
  }
  for (const Value *result : op.results)
    for (const Value *dim : dimValues(result->type))
      if (dim->def != &op && names_.of(dim).starts_with("%undefined")) names_.define(dim);
  this->op(op);
  out_.pop_back(); // the line end
}

void Printer::region(const Region &region) {
  if (abridged_) {
    out_ += " { ... }";
    return;
  }
  out_ += " {\n";
  ++depth_;
  for (const Op *inner : region.ops) op(*inner);
  --depth_;
  out_ += std::string(static_cast<size_t>(depth_) * 2, ' ') + "}";
}

std::string Printer::type(const Type &type) const {
  return type.str([this](DimAtom *atom) { return atom->owner ? value(static_cast<Value *>(atom->owner)) : atom->name; });
}

std::string Printer::dim(const dl::Dim &dim) const {
  return dim.str([this](DimAtom *atom) { return atom->owner ? value(static_cast<Value *>(atom->owner)) : atom->name; });
}

std::string Printer::dims(const std::vector<dl::Dim> &dims) const {
  std::string out = "[";
  for (size_t i = 0; i < dims.size(); ++i) out += (i ? ", " : "") + dim(dims[i]);
  return out + "]";
}

} // namespace dl::ir::text

namespace dl::ir {

std::string presetText(const Param &param) {
  std::string text;
  for (size_t i = 0; i + 1 < param.preset.size(); ++i) text += static_cast<char>(static_cast<unsigned char>(param.preset[i]));
  return text;
}

} // namespace dl::ir

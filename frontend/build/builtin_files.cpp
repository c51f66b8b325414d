/// Files a program writes and reads while it runs: `save`, `load`, `write_image`.
#include "frontend/build/builtin.h"
#include "frontend/build/complete.h"
#include "frontend/build/text.h"
#include <tuple>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// "samples/{epoch}.png" -> "png"; nothing where the end of the path is a value of the program.
static std::optional<std::string> endingOf(const TextObject &path) {
  std::string last;
  for (auto part = path.parts.rbegin(); part != path.parts.rend() && !part->value; ++part) last = part->text + last;
  size_t dot = last.rfind('.');
  if (dot != std::string::npos && last.find('/', dot) == std::string::npos) return last.substr(dot + 1);
  return path.known() ? std::optional<std::string>("") : std::nullopt;
}

static const TextObject *pathOf(Elaborator &e, const Val &v, SourceRange where) {
  if (v.is(ValKind::Text)) return &v.text();
  if (!v.isError()) e.fail(where, Diag::WrongType, {"a path", "a text", e.describe(v)});
  return nullptr;
}

Val Elaborator::tensorTree(const Val &given, SourceRange where) {
  Val v = read(given);
  switch (v.kind) {
  case ValKind::Instance: return tensorTree(bundleOf(v.instance(), true), where);
  case ValKind::Tuple:
  case ValKind::Record:
  case ValKind::Table: {
    auto copy = std::make_shared<Bundle>(v.bundle());
    for (Val &item : copy->items) {
      item = tensorTree(item, where);
      if (item.isError()) return item;
    }
    return Val::of(copy->labels.empty() ? ValKind::Tuple : ValKind::Record, std::move(copy));
  }
  case ValKind::Number:
  case ValKind::Bool:
  case ValKind::List:
  case ValKind::Range:
  case ValKind::Tensor: return asTensor(v, where);
  case ValKind::Error: return v;
  case ValKind::None:
  case ValKind::Text:
  case ValKind::Function:
  case ValKind::Model:
  case ValKind::Place:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::Vocabulary:
  case ValKind::File:
  case ValKind::Import: break;
  }
  return fail(where, Diag::NotSavable, {describe(v)});
}

std::vector<std::string> Elaborator::namesInFile(const Val &tree) {
  if (tree.isTensor()) return {"value"};
  std::vector<std::string> names;
  leafPaths(tree, "", names);
  for (std::string &name : names)
    if (name.starts_with('.')) name.erase(0, 1);
  return names;
}

Val Elaborator::loadLike(const Val &file, const Val &like, SourceRange where) {
  const auto &object = static_cast<const FileObject &>(*file.object);
  Val tree = tensorTree(like, where);
  if (tree.isError()) return tree;
  std::vector<Val> parts;
  leaves(tree, parts);
  ir::SaveAttr attr;
  attr.names = namesInFile(tree);
  for (const Val &part : parts) attr.types.push_back(part.type());
  if (parts.empty()) return fail(where, Diag::NotSavable, {describe(like)});
  std::vector<ir::Value *> operands;
  attr.path = textPieces(object.path.text(), operands);
  SourceRange old = std::exchange(builder_.where, object.where);
  ir::Op *op = checking_ ? nullptr : emitOp(OpKind::Load, operands, attr);
  builder_.where = old;
  for (size_t i = 0; i < parts.size(); ++i) parts[i] = Val::tensor(op ? op->result(i) : placeholder(attr.types[i]));
  size_t next = 0;
  return rebuild(tree, parts, next);
}

static Val loadOf(Elaborator &e, BuiltinCall &c) {
  if (!pathOf(e, c[0], c.where(0))) return Val::error();
  auto file = std::make_shared<FileObject>();
  file->path = c[0], file->where = c.site.where;
  return Val::of(ValKind::File, std::move(file));
}

static Val write(Elaborator &e, const TextObject &path, ir::Value *tensor) {
  std::vector<ir::Value *> operands = {tensor};
  ir::WriteAttr attr;
  attr.path = textPieces(path, operands);
  e.emitOp(OpKind::Write, operands, attr);
  return Val::none();
}

/// save(value, path): by the ending of the path all tensors of a value under their names, or one tensor.
static Val saveOf(Elaborator &e, BuiltinCall &c) {
  const TextObject *path = pathOf(e, c[1], c.where(1));
  if (!path) return Val::error();
  Val tree = e.tensorTree(c[0], c.where(0));
  if (tree.isError()) return tree;
  std::optional<std::string> ending = endingOf(*path);
  bool single = tree.isTensor(), named = ending == "safetensors", array = ending == "npy" || ending == "csv";
  if (ending && !named && !array) {
    Diagnostic &d = e.report(c.where(1), Diag::UnknownEnding, {"save", ".safetensors, .npy or .csv", *ending});
    if (ending == "png") d.help("`write_image(file, image)` writes pictures");
    return Val::error();
  }
  if (array && !single) {
    e.report(c.where(0), Diag::OneTensorWanted, {*ending, e.describe(c[0])}).help("a .safetensors file holds any number of tensors");
    return Val::error();
  }
  if (array) return write(e, *path, tree.value);
  std::vector<Val> parts;
  e.leaves(tree, parts);
  if (parts.empty()) {
    const Val model = e.read(c[0]);
    if (model.is(ValKind::Instance) && e.context().diags.hasErrors()) return Val::error(); // what would use it may be what is wrong
    if (!unsettled(e, model, c.where(0))) e.fail(c.where(0), Diag::NotSavable, {e.describe(c[0])});
    return Val::error();
  }
  std::vector<ir::Value *> operands;
  ir::SaveAttr attr;
  attr.names = e.namesInFile(tree);
  for (const Val &part : parts) attr.types.push_back(part.type()), operands.push_back(part.value);
  attr.path = textPieces(*path, operands);
  e.emitOp(OpKind::Save, operands, attr);
  return Val::none();
}

/// write_image(file, image): floats from 0 to 1 or u8, grey or red, green, blue.
static Val writeImageOf(Elaborator &e, BuiltinCall &c) {
  const TextObject *path = pathOf(e, c[0], c.where(0));
  Val image = e.asTensor(c[1], c.where(1));
  if (!path || !image.isTensor()) return Val::error();
  std::optional<std::string> ending = endingOf(*path);
  if (ending && *ending != "png") return e.fail(c.where(0), Diag::UnknownEnding, {"write_image", ".png", *ending});
  const std::vector<Dim> &dims = image.type().dims;
  bool planes = dims.size() == 3 && (dims[0].isConstant(1) || dims[0].isConstant(3));
  bool pixels = image.type().elem == Elem::U8 || ir::isFloat(image.type().elem);
  if (!pixels || (dims.size() != 2 && !planes)) {
    Diagnostic &d = e.report(c.where(1), Diag::NotAnImage, {e.describe(image)});
    if (dims.size() == 4) d.help("`grid(images, columns)` lays a batch out as one image");
    else if (!pixels) d.help("0 and 1 as black and white: `f32(...)`");
    return Val::error();
  }
  return write(e, *path, image.value);
}

/// A series of a plot as tensors: y[n], points [n, 2], (x: [n], y: [n]) or (points: [n, 2], class: int[n]).
static bool addSeries(Elaborator &e, const Arg &a, std::vector<std::string> &names, std::vector<ir::Value *> &tensors) {
  std::string label = a.name.empty() ? e.sourceText(a.where) : a.name;
  Val tree = e.tensorTree(a.value, a.where);
  auto is = [&](const Val *v, size_t rank) {
    if (!v || !v->isTensor() || v->type().rank() != rank) return false;
    return (ir::isFloat(v->type().elem) || ir::isInteger(v->type().elem)) && (rank < 2 || v->type().dims[1].isConstant(2));
  };
  auto add = [&](const Val &v, const std::string &part) { names.push_back(label + part), tensors.push_back(v.value); };
  if (tree.isError()) return false;
  if (is(&tree, 1) || is(&tree, 2)) return add(tree, ""), true;
  if (tree.is(ValKind::Record) && tree.bundle().items.size() == 2) {
    const Bundle &b = tree.bundle();
    for (auto [first, second, rank] : {std::tuple("x", "y", size_t{1}), std::tuple("points", "class", size_t{2})}) {
      const Val *u = b.find(first), *v = b.find(second);
      if (!is(u, rank) || !is(v, 1) || !e.requireEqual(u->type().dims[0], v->type().dims[0])) continue;
      return add(*u, std::string("\t") + first), add(*v, std::string("\t") + second), true;
    }
  }
  return e.fail(a.where, Diag::NotASeries, {e.describe(a.value)}), false;
}

/// plot(file, name: series, ...): lines and points in one picture.
static Val plotOf(Elaborator &e, BuiltinCall &c) {
  const TextObject *path = pathOf(e, c[0], c.where(0));
  if (!path) return Val::error();
  std::optional<std::string> ending = endingOf(*path);
  if (ending != "svg") {
    Diagnostic &d = e.report(c.where(0), Diag::UnknownEnding, {"plot", ".svg", ending.value_or("...")});
    if (!ending) d.help("a name that the program receives gets its ending here: `\"{file}.svg\"`");
    return Val::error();
  }
  if (c.rest.empty()) return e.fail(c.site.where, Diag::MissingArgument, {"plot", "a series"});
  std::vector<ir::Value *> operands;
  ir::SaveAttr attr;
  for (const Arg &a : c.rest)
    if (!addSeries(e, a, attr.names, operands)) return Val::error();
  for (ir::Value *v : operands) attr.types.push_back(v->type);
  attr.path = textPieces(*path, operands);
  e.emitOp(OpKind::Save, operands, attr);
  return Val::none();
}

std::span<const Builtin> fileBuiltins() {
  static const Builtin table[] = {
      {"save", "value file", saveOf, "the tensors of a value to a .safetensors file, one tensor to .npy or .csv"},
      {"load", "file", loadOf, "what the place it is given to holds, from a .safetensors file"},
      {"plot", "file series*", plotOf, "lines and points to a .svg file"},
      {"write_image", "file image", writeImageOf, "an image to a .png file"},
  };
  return table;
}

} // namespace dl::frontend

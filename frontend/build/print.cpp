/// Output.
#include "frontend/build/builtin.h"
#include "frontend/build/text.h"
#include "support/numerics/value_text.h"

namespace dl::frontend {
using ir::OpKind;

void printText(Elaborator &e, TextObject text, const std::string &end) {
  text.parts.push_back({end, nullptr, "", nullptr});
  std::vector<ir::Value *> operands;
  std::vector<ir::PrintPiece> pieces = textPieces(text, operands);
  e.emitOp(OpKind::Print, operands, ir::PrintAttr{pieces});
}

static Val printOf(Elaborator &e, BuiltinCall &c) {
  TextObject text;
  std::string end = "\n";
  bool first = true;
  for (Arg &a : c.rest) {
    if (a.name == "end") {
      std::optional<std::string> known = e.knownText(a.value, a.where, "`end`");
      if (!known) return Val::error();
      end = *known;
      continue;
    }
    if (!a.name.empty()) return e.unknownArgument(a, "print", {});
    if (!first) text.parts.push_back({" ", nullptr, "", nullptr});
    first = false;
    e.appendText(text, a.value, "", a.where);
  }
  printText(e, std::move(text), end);
  return Val::none();
}

/// A text as it is told when built; what only the program knows is a `?`.
static std::string toldWhenBuilt(const TextObject &text) {
  std::string out;
  for (const TextPart &part : text.parts) {
    const ir::Op *def = part.value ? part.value->def : nullptr;
    if (def && def->kind == OpKind::Convert) def = def->operands[0]->def; // of a size
    if (!part.value) out += part.text;
    else if (def && def->kind == OpKind::Extent) out += def->as<ir::ExtentAttr>().extent.str();
    else if (def && def->kind == OpKind::Const && def->result()->type.isScalar()) {
      const auto &[type, bits] = def->as<ir::ConstAttr>();
      num::Scalar number;
      number.kind = type.elem == ir::Elem::Bool ? num::Scalar::Kind::Bool : ir::isFloat(type.elem) ? num::Scalar::Kind::Float32 : num::Scalar::Kind::Integer;
      number.real = ir::decodeNumber(type.elem, bits[0]), number.integer = static_cast<int64_t>(number.real);
      auto spec = num::parseSpec(part.spec);
      out += num::scalarText(number, spec ? *spec : num::Spec{});
    } else out += "?";
  }
  return out;
}

/// Whether what is built now surely runs, and is no command: there an assertion is what every call must fulfil.
static bool bindsCalls(Elaborator &e, SourceRange assertion) {
  if (e.frame().makesNew) return false;
  if (e.checking() && !e.context().inPrelude(assertion)) return false; // its parameters are guesses
  for (const Frame *f = &e.frame(); f; f = f->caller)
    if (f->branches > 0) return false;
  return true;
}

/// "conv2d(out, kernel, stride)": how a function of the library is called.
static std::string callOf(Elaborator &e, const std::string &name) {
  const ast::Decl *decl = e.context().find(name, e.context().preludeUnit());
  auto *model = ast::tryAs<ast::Model>(decl);
  auto *fn = ast::tryAs<ast::FnDecl>(decl);
  if (!model && !fn) return "";
  std::string all;
  for (const ast::Param &p : model ? model->configuration : fn->fn.params) all += (all.empty() ? "" : ", ") + p.name.text;
  return name + "(" + all + ")";
}

static Val assertOf(Elaborator &e, BuiltinCall &c) {
  TextObject text;
  if (!c.has(1)) text.parts = {{"the assertion `" + e.sourceText(c.where(0)) + "` does not hold", nullptr, "", nullptr}};
  else if (c[1].is(ValKind::Text)) text.parts = c[1].text().parts;
  else return e.fail(c.where(1), Diag::WrongType, {"the message of `assert`", "a text", e.describe(c[1])});
  const std::optional<bool> known = e.knownBool(c[0]);
  if (known && *known && e.context().inPrelude(c.site.where)) return Val::none(); // nothing of it is left in a step
  if (known && !*known && bindsCalls(e, c.site.where)) {
    SourceRange place = c.site.where;
    std::string callee;
    e.outOfLibrary(place, &callee);
    Diagnostic &d = e.report(c.site.where, Diag::AssertionFails, {toldWhenBuilt(text) + (callee.empty() ? "" : ", in `" + callee + "`")});
    if (std::string call = callOf(e, callee); !call.empty()) d.help("it is called `" + call + "`");
    return Val::error();
  }
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  if (t.type().elem != ir::Elem::Bool || !t.type().isScalar()) return e.notBool(t, c.where(0));
  std::vector<ir::Value *> operands = {t.value};
  std::vector<ir::PrintPiece> pieces = textPieces(text, operands);
  operands.erase(operands.begin());
  e.check(t.value, c.site.where, std::move(pieces), std::move(operands));
  return Val::none();
}

std::span<const Builtin> outputBuiltins() {
  static const Builtin table[] = {
      {"print", "rest*", printOf, "values to standard output"},
      {"assert", "condition message?", assertOf, "stops unless it holds, with a message of its own if given"},
  };
  return table;
}

} // namespace dl::frontend

/// Output.
#include "frontend/build/builtin.h"
#include "frontend/build/text.h"

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

static Val assertOf(Elaborator &e, BuiltinCall &c) {
  Val t = e.asTensor(c[0], c.where(0));
  if (!t.isTensor()) return t;
  if (t.type().elem != ir::Elem::Bool || !t.type().isScalar()) return e.notBool(t, c.where(0));
  e.check(t.value, c.site.where, {{"the assertion `" + e.sourceText(c.where(0)) + "` does not hold", -1, "", {}}}, {});
  return Val::none();
}

std::span<const Builtin> outputBuiltins() {
  static const Builtin table[] = {
      {"print", "rest*", printOf, "values to standard output"},
      {"assert", "condition", assertOf, "stops unless it holds"},
  };
  return table;
}

} // namespace dl::frontend

#include "frontend/build/conversion.h"

namespace dl::frontend {
using ir::Elem;

std::optional<Elem> floatIn(Elaborator &e, const Val &given) {
  const Val v = e.read(given);
  if (v.isTensor() && !v.weak && ir::isFloat(v.type().elem)) return v.type().elem;
  if (v.is(ValKind::List))
    for (const Val &item : v.bundle().items)
      if (std::optional<Elem> found = floatIn(e, item)) return found;
  return std::nullopt;
}

static bool changesType(const Val &v, Elem elem) {
  if (v.isTensor() && v.weak) return !ir::isFloat(elem);
  if (v.isTensor()) return v.type().elem != elem && (!ir::isFloat(elem) || ir::isFloat(v.type().elem));
  if (v.isNumber()) return v.integer ? elem == Elem::Bool : !ir::isFloat(elem);
  return false;
}

std::optional<Val> unspelled(Elaborator &e, const Val &given, Elem elem) {
  const Val v = e.read(given);
  if (v.is(ValKind::List)) {
    for (const Val &item : v.bundle().items)
      if (std::optional<Val> found = unspelled(e, item, elem)) return found;
    return std::nullopt;
  }
  return changesType(v, elem) ? std::optional(v) : std::nullopt;
}

bool becomes(Elaborator &e, const Val &v, Elem elem, SourceRange where, const std::string &what) {
  const std::optional<Val> part = unspelled(e, v, elem);
  if (!part) return true;
  const std::string wanted = elem == Elem::I32 ? "int" : ir::name(elem);
  Diagnostic &d = e.report(where, Diag::WrongType, {(v.is(ValKind::List) ? "an element of " : "") + what, "of type " + wanted, e.describe(*part)});
  d.help(elem == Elem::Bool && part->isNumber() ? "the bools are `true` and `false`" : "convert it: `" + wanted + "(...)`");
  return false;
}

} // namespace dl::frontend

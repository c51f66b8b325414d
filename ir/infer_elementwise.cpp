#include "ir/infer_support.h"

namespace dl::ir {
namespace {

enum class Accepts : uint8_t { Floats, Numbers, Bits, Integers, Anything };

Accepts accepted(OpKind kind) {
  if (kind == OpKind::Not || kind == OpKind::And || kind == OpKind::Or || kind == OpKind::Xor) return Accepts::Bits;
  if (kind == OpKind::Shl || kind == OpKind::Shr) return Accepts::Integers;
  if (kind == OpKind::Eq || kind == OpKind::Ne) return Accepts::Anything;
  bool numbers = kind == OpKind::Neg || kind == OpKind::Abs || kind == OpKind::Sign || kind == OpKind::Add ||
                 kind == OpKind::Sub || kind == OpKind::Mul || kind == OpKind::Div || kind == OpKind::Rem ||
                 kind == OpKind::Max || kind == OpKind::Min || kind == OpKind::Lt || kind == OpKind::Le ||
                 kind == OpKind::Gt || kind == OpKind::Ge;
  return numbers ? Accepts::Numbers : Accepts::Floats;
}

const char *describe(Accepts accepts) {
  switch (accepts) {
  case Accepts::Floats: return "floating-point numbers";
  case Accepts::Numbers: return "numbers";
  case Accepts::Bits: return "bools or integers";
  case Accepts::Integers: return "integers";
  case Accepts::Anything: return "numbers or bools";
  }
  DL_UNREACHABLE();
}

bool holds(Accepts accepts, Elem e) {
  switch (accepts) {
  case Accepts::Floats: return isFloat(e);
  case Accepts::Numbers: return isNumber(e);
  case Accepts::Bits: return isBits(e);
  case Accepts::Integers: return isInteger(e);
  case Accepts::Anything: return isNumber(e) || e == Elem::Bool;
  }
  DL_UNREACHABLE();
}

bool givesBool(OpKind kind) {
  return kind == OpKind::IsFinite || (kind >= OpKind::Eq && kind <= OpKind::Ge);
}

InferResult inferSelect(Operands operands) {
  const Type &choice = operands[0]->type, &a = operands[1]->type;
  if (choice.elem != Elem::Bool) return typeError(OpKind::Select, "C1", "the condition has type " + choice.str() + ", not bool", 0);
  if (a != operands[2]->type)
    return typeError(OpKind::Select, "C2", "the alternatives have types " + typesOf(operands.subspan(1)), 2);
  if (a.elem == Elem::Dim) return typeError(OpKind::Select, "C3", "a dimension cannot be selected", 1);
  if (choice.dims != a.dims)
    return typeError(OpKind::Select, "C4", "the condition has type " + choice.str() + " and the alternatives " + a.str(), 0);
  return one(a);
}

InferResult inferConversion(OpKind kind, Operands operands, const Attrs &attrs) {
  Elem from = operands[0]->type.elem, to = std::get<ConvertAttr>(attrs).to;
  auto refuse = [&](const char *label) {
    return typeError(kind, label, operands[0]->type.str() + " has no conversion to " + name(to), 0);
  };
  if (kind == OpKind::Convert) {
    auto converts = [](Elem e) { return isNumber(e) || e == Elem::Bool; };
    if (!converts(from) || !converts(to)) return refuse("C1");
  } else {
    auto plain = [](Elem e) { return isNumber(e) || e == Elem::Key; };
    if (!plain(from) || !plain(to)) return refuse("C1");
    if (byteSize(from) != byteSize(to)) return refuse("C2");
  }
  return one(operands[0]->type.withElem(to));
}

} // namespace

InferResult inferElementwise(OpKind kind, Operands operands, const Attrs &attrs) {
  if (kind == OpKind::Select) return inferSelect(operands);
  if (kind == OpKind::Convert || kind == OpKind::Bitcast) return inferConversion(kind, operands, attrs);
  const Type &type = operands[0]->type;
  for (size_t i = 1; i < operands.size(); ++i)
    if (operands[i]->type != type)
      return typeError(kind, "C1", "operands have types " + typesOf(operands), static_cast<int>(i));
  Accepts accepts = accepted(kind);
  if (!holds(accepts, type.elem))
    return typeError(kind, "C2", std::string("takes ") + describe(accepts) + ", got " + type.str(), 0);
  return one(givesBool(kind) ? type.withElem(Elem::Bool) : type);
}

} // namespace dl::ir

/// Options of the file: flags of every command that reads them.
#include "frontend/build/elaborator.h"

namespace dl::frontend {

Val Elaborator::optionValue(const ast::Option &decl) {
  return inPrologue([&]() -> Val {
    std::optional<TypeVal> type = evalType(*decl.type);
    if (!type) return Val::error();
    if (type->isText) return unsupported(decl.type->where, "a text option");
    if (!type->type.isScalar()) return unsupported(decl.type->where, "an option that is a tensor", "a program argument may be one");
    Val preset = eval(*decl.value);
    if (preset.isError()) return preset;
    ir::Param description;
    description.role = ir::ParamRole::Option, description.global = true;
    description.name = decl.name.text, description.help = decl.doc;
    description.low = static_cast<double>(type->low), description.high = static_cast<double>(type->high);
    if (preset.isNumber() && (!preset.integer || preset.whole.isConstant()))
      description.preset = {preset.integer ? static_cast<double>(preset.whole.value()) : preset.real};
    else if (preset.is(ValKind::Bool)) description.preset = {preset.truth ? 1.0 : 0.0};
    else return fail(decl.value->where, Diag::NotKnown, {"the default of an option", "a number", describe(preset)});
    bool outside = type->hasRange && (description.preset[0] < description.low || description.preset[0] >= description.high);
    if (outside) return fail(decl.value->where, Diag::PresetOutside, {describe(preset), std::to_string(type->low), std::to_string(type->high)});
    Val v = Val::tensor(parameter(description, type->type));
    if (type->hasRange) {
      v.low = type->low, v.high = type->high;
      if (v.low >= 0 && ir::isInteger(type->type.elem)) return Val::number(*dimOf(v, decl.where, "an option"));
    }
    return v;
  });
}

} // namespace dl::frontend

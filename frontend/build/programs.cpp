/// One entry for each command of a file.
#include "frontend/build/elaborator.h"

namespace dl::frontend {
using namespace ast;

void Elaborator::buildProgram(const Function &fn) {
  key_ = seed();
  CallSite site{fn.where, fn.name.where, nullptr};
  std::vector<Arg> args;
  Val program = global(fn.name.text, fn.name.where, false);
  for (const ast::Param &p : fn.params) {
    Val v = argumentValue(p);
    if (v.isError()) return;
    args.push_back({p.name.text, p.where, v, nullptr});
  }
  Val out = call(program, std::move(args), site);
  if (c_.diags.hasErrors()) return;
  finishEntry({});
  (void)out;
}

Val Elaborator::argumentValue(const ast::Param &p) {
  if (p.initial && !p.type) return eval(*p.initial);
  if (!p.type) return fail(p.where, Diag::MissingArgument, {"a command", p.name.text});
  std::optional<TypeVal> type = evalType(*p.type);
  if (!type) return Val::error();
  if (type->isText) return unsupported(p.where, "a text argument");
  ir::Param description;
  description.role = ir::ParamRole::Argument, description.name = p.name.text, description.help = p.doc;
  description.low = static_cast<double>(type->low), description.high = static_cast<double>(type->high);
  if (p.initial) {
    Val v = eval(*p.initial);
    if (v.isNumber() && (!v.integer || v.whole.isConstant()))
      description.preset = {v.integer ? static_cast<double>(v.whole.value()) : v.real};
    else if (v.is(ValKind::Bool)) description.preset = {v.truth ? 1.0 : 0.0};
    else return fail(p.initial->where, Diag::NotKnown, {"a default", "a number", describe(v)});
  }
  Val v = Val::tensor(parameter(description, type->type));
  if (type->hasRange) {
    v.low = type->low, v.high = type->high;
    if (v.type().isScalar() && v.low >= 0) return Val::number(*dimOf(v, p.where, "an argument"));
  }
  return v;
}

void buildEntries(Context &context) {
  for (const DeclPtr &decl : context.program.declarations) {
    auto *program = tryAs<ProgramDecl>(decl);
    if (!program) continue;
    ir::Function *fn = context.module.addFunction(program->fn.name.text);
    fn->isEntry = true, fn->help = decl->doc;
    Elaborator(context, fn).buildProgram(program->fn);
  }
}

} // namespace dl::frontend

/// `--emit=checked`: the declarations with the types that checking found.
#include "frontend/build/elaborator.h"
#include "frontend/check/check.h"

namespace dl::frontend {
using namespace ast;

namespace {
std::string source(const SourceManager &sources, SourceRange r) {
  std::string out;
  bool space = false;
  for (char c : sources.text(r.file).substr(r.begin, r.end - r.begin)) { // on one line
    if (c == '\n' || c == ' ') {
      space = true;
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false, out += c;
  }
  return out;
}

std::string parameters(const SourceManager &sources, const std::vector<ast::Param> &params) {
  std::string out = "(";
  for (const ast::Param &p : params) {
    if (out.size() > 1) out += ", ";
    out += p.name.text;
    if (p.type) out += ": " + source(sources, p.type->where);
    if (p.initial) out += " = " + source(sources, p.initial->where);
  }
  return out + ")";
}

std::string result(Context &context, const Decl &decl, const Type *written) {
  ir::Function *scratch = context.module.addFunction("checked");
  Elaborator e(context, scratch);
  e.setChecking();
  size_t before = context.diags.all().size();
  if (auto *fn = tryAs<FnDecl>(&decl)) e.checkFunction(fn->fn, nullptr);
  else e.checkModel(as<ast::Model>(decl));
  if (e.undecided()) context.diags.truncate(before);
  bool known = e.checkedResult && !e.checkedResult->isError() && !e.undecided();
  if (!known) return written ? " -> " + source(context.sources, written->where) : " -> found at each use";
  return " -> " + e.describe(*e.checkedResult);
}
} // namespace

std::string describeChecked(const Program &program, SourceManager &sources, const BuildOptions &options, Diagnostics &diags) {
  auto module = buildModule(program, sources, options, diags);
  if (!module) return "";
  ir::Module scratch;
  Context context(program, sources, options, diags, scratch);
  std::string out;
  for (const DeclPtr &decl : program.declarations) {
    if (auto *fn = tryAs<FnDecl>(decl)) {
      out += "fn " + fn->fn.name.text + parameters(sources, fn->fn.params) + result(context, *decl, fn->fn.result.get()) + "\n";
    } else if (auto *model = tryAs<ast::Model>(decl)) {
      out += "model " + model->name.text + parameters(sources, model->configuration);
      if (model->hasInputs) out += parameters(sources, model->inputs) + result(context, *decl, model->result.get());
      out += "\n";
    } else if (auto *option = tryAs<Option>(decl)) {
      out += "option " + option->name.text + ": " + source(sources, option->type->where) + " = " + source(sources, option->value->where) + "\n";
    } else if (auto *programDecl = tryAs<ProgramDecl>(decl)) {
      out += "program " + programDecl->fn.name.text + parameters(sources, programDecl->fn.params) + "\n";
    } else if (auto *train = tryAs<Train>(decl)) {
      out += "train " + (train->name.empty() ? std::string("train") : train->name.text) + parameters(sources, train->params) + "\n";
    } else if (auto *binding = tryAs<Binding>(decl)) {
      std::string name;
      if (auto *bind = tryAs<Bind>(binding->statement)) name = source(sources, bind->pattern.where);
      if (auto *define = tryAs<Define>(binding->statement)) name = define->name.text;
      out += name + "\n";
    } else if (auto *data = tryAs<Data>(decl)) {
      out += "data " + data->name.text + "\n";
    } else if (auto *test = tryAs<Test>(decl)) {
      out += "test " + test->name.text + "\n";
    }
  }
  for (const ir::Slot &slot : module->slots)
    out += std::string(slot.role == ir::SlotRole::Param ? "param " : "state ") + slot.path + ": " + Elaborator::describe(slot.type) + "\n";
  return diags.hasErrors() ? "" : out;
}

} // namespace dl::frontend

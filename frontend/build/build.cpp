#include "frontend/build/build.h"
#include "frontend/build/findings.h"
#include "frontend/check/check.h"
#include "frontend/check/names.h"
#include "frontend/check/unused.h"

namespace dl::frontend {
using namespace ast;

/// -D of a name that is no top-level number.
static void checkDefines(Context &c) {
  for (const auto &[name, text] : c.options.defines) {
    auto *binding = tryAs<Binding>(c.findQualified(name));
    auto *bind = binding ? tryAs<Bind>(binding->statement) : nullptr;
    const Expr *value = bind && !bind->pattern.tuple ? bind->value.get() : nullptr;
    if (auto *u = tryAs<Unary>(value)) value = u->operand.get();
    if (value && (value->kind == ExprKind::Number || value->kind == ExprKind::Bool)) continue;
    Diagnostic &d = c.diags.report({}, Diag::UnknownDefine, {name, text});
    std::vector<std::string> numbers;
    for (const DeclPtr &decl : c.program.declarations)
      if (auto *b = tryAs<Binding>(decl))
        if (auto *plain = tryAs<Bind>(b->statement); plain && plain->value && plain->value->kind == ExprKind::Number && !plain->pattern.tuple)
          numbers.push_back(plain->pattern.name.text);
    if (tryAs<Option>(c.findQualified(name))) d.help("`" + name + "` is an option, a flag of the executable: `--" + name + " " + text + "`");
    else if (auto near = nearest(name, numbers)) d.meant(*near);
  }
}

std::unique_ptr<ir::Module> buildModule(const Program &program, SourceManager &sources, const BuildOptions &options, Diagnostics &diags) {
  {
    ir::Module scratch;
    Context context(program, sources, options, diags, scratch);
    checkDefines(context);
  }
  if (diags.hasErrors()) return nullptr;
  {
    ir::Module scratch;
    Context bodies(program, sources, options, diags, scratch);
    checkBodies(bodies);
  }
  const bool sound = !diags.hasErrors();
  std::vector<const ast::ExprStmt *> dropped;
  if (sound) dropped = reportUnused(program, diags);
  // A `repeat` is taken to have equal turns until one building of the module shows that it has not.
  Context::Rolling rolling;
  for (const size_t messages = diags.all().size();;) {
    auto module = std::make_unique<ir::Module>();
    module->flushDenormals = options.flushDenormals;
    Context context(program, sources, options, diags, *module);
    const size_t refused = rolling.refused.size();
    rolling.used = false, context.rolling = &rolling;
    Findings findings;
    for (const ast::ExprStmt *s : dropped) findings.dropped.emplace(s, Findings::Dropped{});
    context.findings = &findings;
    buildEntries(context);
    const bool again = rolling.refused.size() > refused;
    if (!again && !diags.hasErrors()) { // all that is called is right
      checkNames(context);
      if (const auto rest = unreachedValues(program, context.reached); !rest.empty() && !diags.hasErrors()) {
        ir::Module scratch;
        Context others(program, sources, options, diags, scratch);
        checkValues(others, rest);
      }
      if (diags.hasErrors()) return nullptr;
      reportFindings(findings, diags);
      return module;
    }
    if (!again && !sound) return diags.dropRepeated(messages), nullptr;
    if (!again && !rolling.used) return nullptr;
    if (!again) rolling.allowed = false; // messages speak of what was written
    diags.truncate(messages);
  }
}

} // namespace dl::frontend

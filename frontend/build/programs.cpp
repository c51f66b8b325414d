/// One entry for each command of a file.
#include "frontend/build/arguments.h"
#include "frontend/build/text.h"
#include "frontend/build/train.h"
#include "frontend/build/walk.h"
#include <algorithm>
#include <utility>

namespace dl::frontend {
using namespace ast;

/// Whether a command prints this as its value. What is known when built only, and bundles of nothing, are not.
static bool isShown(const Val &v) {
  switch (v.kind) {
  case ValKind::Number:
  case ValKind::Bool:
  case ValKind::Text:
  case ValKind::Tensor:
  case ValKind::List:
  case ValKind::Range: return true;
  case ValKind::Tuple:
  case ValKind::Record:
  case ValKind::Table: return std::any_of(v.bundle().items.begin(), v.bundle().items.end(), isShown);
  case ValKind::Error:
  case ValKind::None:
  case ValKind::Function:
  case ValKind::Model:
  case ValKind::Instance:
  case ValKind::Place:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::Vocabulary:
  case ValKind::File:
  case ValKind::Import: break;
  }
  return false;
}

/// A command that is a function: its value, if any, is printed.
void Elaborator::buildProgram(const Function &fn) {
  key_ = seed();
  CallSite site{fn.where, fn.name.where, nullptr};
  std::vector<Arg> args;
  Val program = global(fn.name.text, fn.name.where, c_.own());
  if (!argumentValues(*this, fn.params, true, args)) return;
  Val out = recordOf(call(program, std::move(args), site));
  if (!c_.diags.hasErrors() && isShown(out)) {
    TextObject shown;
    appendText(shown, out, "", fn.name.where);
    printText(*this, std::move(shown));
  }
  if (!c_.diags.hasErrors()) finishEntry({});
}

/// Whether the length is not known before the command runs: it is computed from a parameter of the training or an option.
static bool isGiven(Context &context, const Train &train, const Expr &length) {
  bool given = false;
  Walker walker;
  walker.expr = [&](const Expr &e) {
    auto *name = tryAs<Name>(&e);
    if (!name) return true;
    given |= std::any_of(train.params.begin(), train.params.end(), [&](const Param &p) { return p.name.text == name->text; });
    given |= tryAs<Option>(context.find(name->text, context.own())) != nullptr;
    return true;
  };
  walker.walk(&length);
  return given;
}

/// A training whose parameters all have defaults: a command, with `--epochs` or `--steps` unless its own flags say how long it is.
void Elaborator::buildTraining(const Train &train) {
  key_ = seed();
  std::optional<TrainClauses> clauses = sortClauses(train, c_.diags);
  if (!clauses) return;
  std::vector<Arg> args;
  if (!argumentValues(*this, train.params, false, args)) return; // a default without a type is taken when it is bound
  const LengthClause &length = *clauses->length;
  if (!isGiven(c_, train, *length.count)) {
    ir::Param count;
    count.role = ir::ParamRole::Option, count.endsLoop = true, count.name = length.epochs ? "epochs" : "steps";
    count.help = length.epochs ? "how often the data is walked" : "how many steps are taken";
    if (auto *option = tryAs<Option>(c_.find(count.name, c_.own()))) {
      report(option->where, Diag::TakenFlag, {count.name}).help("choose another name, or write `" + count.name + " " + count.name + "` in the training");
      return;
    }
    Val given = lengthOf(*this, *clauses);
    std::optional<int64_t> preset = given.isError() ? std::nullopt : constantInt(given, length.count->where, "the length of a training");
    if (!preset) return;
    count.low = 0, count.high = 1e9;
    count.preset = {static_cast<double>(*preset)};
    args.push_back({count.name, length.where, Val::tensor(parameter(count, ir::Type(ir::Elem::I64))), nullptr});
  }
  auto fn = std::make_shared<FunctionObject>();
  fn->name = train.name.text, fn->where = train.where, fn->params = &train.params, fn->training = &train;
  fn->scope = fileScope(c_.own());
  call(Val::of(ValKind::Function, fn), std::move(args), {train.where, train.where, nullptr});
  if (!c_.diags.hasErrors()) finishEntry({});
}

static bool isCommand(const Train &train) {
  for (const ast::Param &p : train.params)
    if (!p.initial) return false;
  return true;
}

/// A `test` block: it stops at the first assertion that does not hold.
void Elaborator::buildTest(const Test &test) {
  function_->isTest = true;
  key_ = seed();
  static const std::vector<ast::Param> none;
  auto fn = std::make_shared<FunctionObject>();
  fn->name = test.name.text, fn->where = test.where, fn->params = &none, fn->body = &test.body;
  fn->scope = fileScope(c_.own()), fn->isProgram = true;
  call(Val::of(ValKind::Function, std::move(fn)), {}, {test.where, test.name.where, nullptr});
  if (!c_.diags.hasErrors()) finishEntry({});
}

/// What the entry of a declaration is called; nothing if it has none.
static std::string entryName(Context &context, const Decl &decl) {
  if (auto *train = tryAs<Train>(&decl)) return !isCommand(*train) ? "" : train->name.empty() ? "train" : train->name.text;
  if (auto *program = tryAs<ProgramDecl>(&decl)) return program->fn.name.text;
  auto *test = tryAs<Test>(&decl);
  if (!test) return "";
  const Decl *other = context.find(test->name.text, context.own()); // a test may have the name of something else
  return other && other != test ? test->name.text + "_test" : test->name.text;
}

/// Builds the entry of a declaration into an empty function.
static void buildEntry(Context &context, const Decl &decl, ir::Function *fn) {
  fn->isEntry = true, fn->help = decl.doc;
  if (auto *test = tryAs<Test>(&decl)) return Elaborator(context, fn).buildTest(*test);
  if (auto *train = tryAs<Train>(&decl)) Elaborator(context, fn).buildTraining(*train);
  else Elaborator(context, fn).buildProgram(as<ProgramDecl>(decl).fn);
}

void buildEntries(Context &context) {
  struct Entry {
    const Decl *decl;
    size_t fn; ///< in the module
  };
  std::vector<Entry> entries, later;
  for (const DeclPtr &decl : context.program.declarations) {
    std::string name = entryName(context, *decl);
    if (name.empty()) continue;
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry &e) { return context.module.functions[e.fn]->name == name; });
    if (same != entries.end()) {
      context.diags.report(decl->where, Diag::DeclaredTwice, {name}).note(same->decl->where, "this is a command of that name, too");
      continue;
    }
    if (decl->kind != DeclKind::Test && (name == "info" || name == "help")) {
      context.diags.report(decl->where, Diag::TakenCommand, {name}).help("choose another name, such as `my_" + name + "`");
      continue;
    }
    entries.push_back({decl.get(), context.module.functions.size()});
    context.module.addFunction(name);
  }
  // Trainings use a model in full; what only reads a part of it knows it from them.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
    return a.decl->kind == DeclKind::Train && b.decl->kind != DeclKind::Train;
  });
  for (int round = 0; round < 2; ++round) {
    for (Entry &e : entries) {
      size_t messages = context.diags.all().size();
      context.mayRetry = round == 0, context.retry = false;
      std::unique_ptr<ir::Function> &fn = context.module.functions[e.fn];
      buildEntry(context, *e.decl, fn.get());
      if (!context.retry) continue;
      context.diags.truncate(messages);
      auto again = std::make_unique<ir::Function>();
      again->name = fn->name, again->body = again->newRegion(nullptr);
      context.drafts.push_back(std::exchange(fn, std::move(again)));
      later.push_back(e);
    }
    entries = std::exchange(later, {});
  }
}

} // namespace dl::frontend

#include "frontend/build/advice.h"

namespace dl::frontend {

/// A text of the user as it fits into a help; nothing: it does not.
static std::string shortText(const Elaborator &e, SourceRange where) {
  constexpr size_t kMost = 40;
  if (!where.valid() || e.context().inPrelude(where)) return "";
  std::string text = e.sourceText(where);
  return text.size() <= kMost && text.find('\n') == std::string::npos ? text : "";
}

static std::string textOr(const Elaborator &e, SourceRange where, const char *otherwise) {
  const std::string text = shortText(e, where);
  return text.empty() ? otherwise : text;
}

/// Scores of classes, as they are or made into ints, where the classes are meant.
static void adviseGreatest(const Elaborator &e, Diagnostic &d, SourceRange where) {
  std::string text = textOr(e, where, "...");
  if (text.starts_with("int(") && text.ends_with(")")) text = text.substr(4, text.size() - 5);
  d.help("it takes class numbers: `argmax(" + text + ")` is the place of the greatest score along the last axis");
}

void adviseColumn(Elaborator &e, Diagnostic &d, const Val &v, SourceRange where) {
  std::string text = shortText(e, where);
  if (text.empty()) return;
  if (text.find(' ') != std::string::npos && text.back() != ')') text = "(" + text + ")"; // no name or call
  const std::vector<Dim> &dims = v.type().dims;
  const std::string column = "`" + text + (dims.size() == 2 ? "[:, 0]`" : "[..., 0]`");
  if (dims.back().isConstant(1)) d.help(column + " takes the one column");
  else d.help(column + " takes the first of " + dims.back().str() + " columns" +
              (isContracted(v.value, dims.size() - 1) ? "; a layer that gives only one is `dense(1)`" : ""));
}

static void noteValue(const Elaborator &e, Diagnostic &d, const Val &v, SourceRange given) {
  const SourceRange made = valueOrigin(e, v.value);
  if (!made.valid() || made == given || e.context().inPrelude(made)) return;
  const std::string text = shortText(e, made);
  if (!text.empty()) d.note(made, Elaborator::describe(v.type()) + " comes from `" + text + "`");
}

/// Ints, or the floats they were made into for a call.
static bool wasInteger(const Val &v) {
  const ir::Op *made = v.value->def;
  return ir::isInteger(v.type().elem) || (made && made->kind == ir::OpKind::Convert && ir::isInteger(made->operand(0)->type.elem));
}

void reportAxes(Elaborator &e, const Val &value, const ast::Type &type, SourceRange where, const std::string &what) {
  Scope *scope = e.frame().scope.get();
  while (!scope->own("...")) scope = scope->parent.get();
  const SourceRange first = scope->given["..."];
  const Val *other = nullptr;
  std::string name = "...";
  for (const auto &[parameter, v] : scope->names) {
    auto given = scope->given.find(parameter);
    if (parameter != "..." && v.isTensor() && given != scope->given.end() && given->second == first) other = &v, name = parameter;
  }
  std::vector<Dim> axes;
  for (const Val &d : scope->own("...")->bundle().items) axes.push_back(d.whole);
  Diagnostic &d = e.report(where, Diag::AxesDiffer, {what, e.describe(value), "`" + name + "`", other ? e.describe(*other) : str(axes)});
  d.fact("declared is " + e.sourceText(type.where));
  if (!other) return;
  const std::vector<Dim> &a = other->type().dims, &b = value.type().dims;
  size_t at = 0;
  while (!type.dims[at].ellipsis) ++at;
  const size_t count = b.size() + 1 - type.dims.size();
  if (count == axes.size()) {
    for (size_t i = at; i < at + count; ++i) {
      if (b[i] == axes[i - at]) continue;
      if (i < a.size() && a[i] == axes[i - at]) noteSize(e, d, other->value, i);
      noteSize(e, d, value.value, i);
    }
    return;
  }
  noteValue(e, d, *other, first), noteValue(e, d, value, where);
  std::optional<ir::Elem> elem = e.elemNamed(type.name.text);
  if (elem && ir::isInteger(*elem) && adviseClasses(e, d, value, type, where)) return;
  const bool valueLonger = count == axes.size() + 1;
  if (elem && ir::isInteger(*elem) && axes.size() == count + 1 && ir::isInteger(other->type().elem) && !a.back().isConstant(1))
    return adviseGreatest(e, d, first);
  const Val &shorter = valueLonger ? *other : value;
  const ir::Type &longer = valueLonger ? value.type() : other->type();
  if ((valueLonger || axes.size() == count + 1) && wasInteger(shorter) && ir::isFloat(longer.elem) && !longer.dims.back().isConstant(1)) {
    const std::string labels = shortText(e, valueLonger ? first : where), scores = shortText(e, valueLonger ? where : first);
    if (!labels.empty() && !scores.empty())
      d.help("if `" + labels + "` holds class numbers: `cross_entropy(" + scores + ", " + labels + ")`, or `one_hot(" + labels + ", " + longer.dims.back().str() + ")` in its place");
    return;
  }
  const std::vector<Dim> own(b.begin() + static_cast<ptrdiff_t>(at), b.begin() + static_cast<ptrdiff_t>(at + count));
  if (count == axes.size() + 1 && at + count == b.size() && std::equal(axes.begin(), axes.end(), own.begin())) adviseColumn(e, d, value, where);
  if (axes.size() == count + 1 && a.back() == axes.back() && std::equal(own.begin(), own.end(), axes.begin())) adviseColumn(e, d, *other, first);
}

bool adviseClasses(Elaborator &e, Diagnostic &d, const Val &given, const ast::Type &type, SourceRange where) {
  size_t rank = 0;
  bool open = false; // `...` stands for nothing yet
  for (const ast::TypeDim &dim : type.dims) {
    const Val *axes = dim.ellipsis ? e.find("...") : nullptr;
    open |= dim.ellipsis && !axes;
    rank += axes ? axes->bundle().items.size() : 1;
  }
  if (!given.isTensor() || given.type().dims.size() < 2 || given.type().dims.back().isConstant(1)) return false;
  const bool scores = isContracted(given.value, given.type().dims.size() - 1);
  if (open ? !scores || given.type().dims.size() <= rank : given.type().dims.size() != rank + 1) return false;
  if (scores) adviseGreatest(e, d, where);
  else d.help("it takes class numbers, not their one-hot: `argmax(" + textOr(e, where, "...") + ")`, or what the one-hot is made of");
  return true;
}

/// Bools alone, known or not.
static bool holdsBools(const Val &v) {
  if (v.is(ValKind::Bool)) return true;
  if (v.isTensor()) return v.type().elem == ir::Elem::Bool;
  if (!v.is(ValKind::Tuple) && !v.is(ValKind::Record) && !v.is(ValKind::List)) return false;
  const std::vector<Val> &items = v.bundle().items;
  return !items.empty() && std::all_of(items.begin(), items.end(), holdsBools);
}

void adviseParts(Elaborator &e, Diagnostic &d, const Val &v, SourceRange where) {
  if (v.is(ValKind::List) && v.bundle().items.empty()) {
    d.help("nothing is put into a list later: `xs = for i in 0..n { yield e }` collects a value of each turn");
    return;
  }
  if (holdsBools(v)) {
    d.help("`all(...)` and `any(...)` make one bool of it");
    return;
  }
  const std::string text = shortText(e, where);
  const bool named = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == std::string::npos;
  if (named && (v.is(ValKind::Instance) || v.is(ValKind::Function))) d.help("a value comes from a call of it: `" + text + "(x)`");
  if (v.is(ValKind::Column)) d.help("a field of `data` gives it a type: `data rows = csv(\"f.csv\") { x: f32 }`, then `rows.x`");
  if (!v.is(ValKind::Record) && !v.is(ValKind::Table)) return;
  std::string parts;
  size_t count = 0;
  for (const std::string &label : v.bundle().labels)
    if (label.find(' ') == std::string::npos && ++count <= 3) parts += (parts.empty() ? "`" : ", `") + (named ? text : "") + "." + label + "`";
  if (count) d.help("take a part of it: " + parts + (count > 3 ? ", ..." : ""));
}

static const SourceRange *givenAs(Elaborator &e, const std::string &name) {
  for (Scope *s = e.frame().scope.get(); s; s = s->parent.get()) {
    if (!s->own(name)) continue;
    auto found = s->given.find(name);
    return found == s->given.end() ? nullptr : &found->second;
  }
  return nullptr;
}

bool adviseFunction(Elaborator &e, Diagnostic &d, SourceRange callee) {
  const std::string name = e.sourceText(callee);
  const SourceRange *given = givenAs(e, name);
  if (!given) return false;
  const std::string text = textOr(e, *given, "...");
  d.help("`" + name + "` is called: give it a function, `" + name + ": () -> " + text + "`");
  return true;
}

std::string configuredLike(const ast::Model &model) {
  const std::string start = "Example: `";
  const std::string call = model.name.text + "(";
  size_t at = model.doc.find(start + call);
  if (at != std::string::npos) {
    at += start.size();
    int depth = 0;
    for (size_t i = at + call.size() - 1; i < model.doc.size(); ++i) {
      depth += model.doc[i] == '(' ? 1 : model.doc[i] == ')' ? -1 : 0;
      if (depth == 0) return model.doc.substr(at, i + 1 - at);
    }
  }
  std::string needed;
  for (const ast::Param &p : model.configuration)
    if (!p.initial) needed += (needed.empty() ? "" : ", ") + p.name.text;
  return call + needed + ")";
}

void reportUnconfigured(Elaborator &e, SourceRange where, const Val &model) {
  e.report(where, Diag::NotCallable, {e.describe(model) + ","}).help("configure it: `" + configuredLike(*model.model().decl) + "`");
}

Val configureGiven(Elaborator &e, const Val &model, std::vector<Arg> args, const CallSite &site) {
  const SourceRange *given = givenAs(e, e.sourceText(site.callee));
  const bool values = std::any_of(args.begin(), args.end(), [](const Arg &a) {
    return a.value.isTensor() || a.value.is(ValKind::Instance) || a.value.is(ValKind::Place) || a.value.is(ValKind::Record);
  });
  const size_t messages = e.context().diags.all().size();
  const SourceRange where = given ? *given : site.callee;
  Val made = e.configure(model, std::move(args), site);
  if (!made.isError() || !given || !values || e.context().diags.all().size() <= messages) return made;
  e.context().diags.truncate(messages);
  reportUnconfigured(e, where, model);
  return made;
}

void adviseTrained(Elaborator &e, const ast::Minimize &s, const Val &over) {
  Diagnostics &diags = e.context().diags;
  if (diags.all().empty() || !over.isTensor()) return;
  Diagnostic &d = diags.last();
  if (d.kind != Diag::InitialUsesInput || d.where != s.optimiser->where) return;
  d.help("`over` names what is trained, a model such as `net`; `" + e.sourceText(s.place->where) + "` is computed anew in each step");
}

void adviseInstance(Elaborator &e, Diagnostic &d, const Val &model) {
  const std::string kind = model.model().decl->name.text;
  for (Scope *s = e.frame().scope.get(); s; s = s->parent.get())
    for (const auto &[name, v] : s->names)
      if (v.is(ValKind::Instance) && v.instance().model == model.model().decl) {
        d.help("did you mean `" + name + "`? `" + kind + "` declares the model, `" + name + "` is one");
        return;
      }
  for (const ast::DeclPtr &decl : e.unit().program->declarations) {
    auto *binding = ast::tryAs<ast::Binding>(decl);
    auto *bind = binding ? ast::tryAs<ast::Bind>(binding->statement) : nullptr;
    auto *call = bind && !bind->pattern.tuple ? ast::tryAs<ast::Call>(bind->value) : nullptr;
    auto *callee = call ? ast::tryAs<ast::Name>(call->callee) : nullptr;
    if (!callee || callee->text != kind) continue;
    const std::string &name = bind->pattern.name.text;
    d.help("did you mean `" + name + "`? `" + kind + "` declares the model, `" + name + "` is one");
    return;
  }
  d.help("`" + kind + "` declares the model; make one, `net = " + kind + "(...)`, and use that");
}

std::string listed(const std::vector<std::string> &names) {
  constexpr size_t most = 12;
  std::string list;
  for (size_t i = 0; i < std::min(most, names.size()); ++i) list += (i ? ", `" : "`") + names[i] + "`";
  return names.size() > most ? list + ", ..." : list;
}

void adviseNames(Diagnostic &d, const std::vector<std::string> &labels) {
  std::vector<std::string> own;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(own), [](const std::string &label) { return label.find(' ') == std::string::npos; });
  if (!own.empty()) d.help("it has " + listed(own));
}

void reportRecursion(Elaborator &e, const Frame &frame) {
  e.report(frame.calledAt, Diag::Recursion, {frame.name})
      .help(frame.name == "->" ? "a function value sees what its names mean when it is called: give the old one another name before, `g = f`"
                               : "calls are written out when the program is built; a `for` carries a value from turn to turn");
}

bool isDistribution(const Val &v) {
  const ast::Model *model = v.is(ValKind::Instance) ? v.instance().model : nullptr;
  return model && std::any_of(model->body.statements.begin(), model->body.statements.end(), [](const ast::StmtPtr &s) {
    auto *fn = ast::tryAs<ast::FnStmt>(s);
    return fn && fn->fn.name.text == "draw";
  });
}

bool reportNoValue(Elaborator &e, const Val &none) {
  if (!none.is(ValKind::None) || !none.object) return false;
  auto &why = static_cast<const NoValue &>(*none.object);
  if (why.kind == Diag::NothingYielded) {
    e.report(why.where, why.kind).help("`yield` collects a value of each turn: `xs = for i in 0..n { yield i ^ 2 }`");
    return true;
  }
  const std::string &one = why.arguments[1], &other = why.arguments[2];
  const char *help = one == "none" || other == "none" ? "add `else { ... }`"
                     : one == other                  ? "only tensors are chosen while the program runs: put what uses the value into both branches"
                                                     : "both sides must agree in type and shape";
  e.report(why.where, why.kind, {why.arguments[0], one, other}).help(help);
  return true;
}

} // namespace dl::frontend

/// Expressions, except for calls, control, subscripts and index notation.
#include "frontend/build/advice.h"
#include "frontend/build/complete.h"
#include "frontend/build/unknown_names.h"
#include "frontend/build/table.h"
#include "frontend/build/text.h"
#include "frontend/build/train.h"
#include "frontend/build/turns.h"
#include "support/numerics/value_text.h"
#include <filesystem>

namespace dl::frontend {
using ast::ExprKind;

namespace {
/// Where the ops of an expression belong.
struct PlaceOfOps {
  PlaceOfOps(ir::Builder &builder, SourceRange where) : builder(builder), old(builder.where) {
    if (where.valid()) builder.where = where;
  }
  ~PlaceOfOps() { builder.where = old; }
  ir::Builder &builder;
  ir::Origin old;
};
} // namespace

Val Elaborator::eval(const ast::Expr &e) {
  PlaceOfOps here(builder_, e.where);
  auto wanted = [&](Val v) {
    return reportNoValue(*this, v) ? Val::error() : v;
  };
  auto made = [&](Val v) {
    if (!c_.inPrelude(e.where)) origins.made(v, e.where);
    return v;
  };
  if (naming_.empty()) return made(wanted(evalKind(e)));
  // What is bound passes its name to applications; other expressions make unnamed members.
  bool passes = e.kind == ExprKind::Call || e.kind == ExprKind::Repeat || e.kind == ExprKind::If || e.kind == ExprKind::Tuple;
  std::vector<std::string> naming = std::move(naming_);
  naming_.clear();
  if (passes) naming_ = naming;
  Val out = evalKind(e);
  naming_.clear();
  return made(wanted(std::move(out)));
}

Val Elaborator::evalKind(const ast::Expr &e) {
  switch (e.kind) {
  case ExprKind::Number: {
    auto &n = ast::as<ast::Number>(e);
    return n.integer ? Val::number(Dim(n.whole)) : Val::number(n.real);
  }
  case ExprKind::Text: return evalText(ast::as<ast::Text>(e));
  case ExprKind::Bool: return Val::boolean(ast::as<ast::Bool>(e).value);
  case ExprKind::None: return Val::none();
  case ExprKind::Training: return Val::boolean(frame_->training);
  case ExprKind::Name: {
    auto &n = ast::as<ast::Name>(e);
    if (n.reducer) return reducerFunction(n.text);
    return read(lookup(n.text, n.where));
  }
  case ExprKind::Tuple: {
    std::vector<std::string> naming = std::move(naming_);
    naming_.clear();
    std::vector<Val> items;
    auto &elements = ast::as<ast::Tuple>(e).elements;
    for (size_t i = 0; i < elements.size(); ++i) {
      if (naming.size() == elements.size() && naming.size() > 1) naming_ = {naming[i]};
      items.push_back(stored(eval(*elements[i]), *elements[i]));
      naming_.clear();
    }
    return Val::tuple(std::move(items));
  }
  case ExprKind::List: {
    std::vector<Val> items;
    for (auto &x : ast::as<ast::List>(e).elements) {
      items.push_back(eval(*x));
      if (items.back().isError()) return Val::error();
    }
    return Val::tuple(std::move(items), ValKind::List);
  }
  case ExprKind::Record: {
    std::vector<std::string> labels;
    std::vector<Val> items;
    for (auto &field : ast::as<ast::Record>(e).fields) {
      labels.push_back(field.name.text);
      items.push_back(stored(eval(*field.value), *field.value));
    }
    return Val::record(std::move(labels), std::move(items));
  }
  case ExprKind::Unary: {
    auto &u = ast::as<ast::Unary>(e);
    Val v = eval(*u.operand);
    builder_.where = e.where;
    return unary(u.op, v, e.where);
  }
  case ExprKind::Binary: return evalBinary(ast::as<ast::Binary>(e));
  case ExprKind::Reduce: return evalReduce(ast::as<ast::Reduce>(e));
  case ExprKind::Pipe: return evalPipe(ast::as<ast::Pipe>(e));
  case ExprKind::Call: return evalCall(ast::as<ast::Call>(e));
  case ExprKind::Member: return evalMember(ast::as<ast::Member>(e));
  case ExprKind::Subscript: return evalSubscript(ast::as<ast::Subscript>(e));
  case ExprKind::Lambda: {
    auto &l = ast::as<ast::Lambda>(e);
    auto fn = std::make_shared<FunctionObject>();
    fn->name = "->", fn->where = e.where, fn->params = &l.params, fn->scope = frame_->scope;
    if (l.block) fn->body = l.block.get();
    else fn->expression = l.body.get();
    return Val::of(ValKind::Function, std::move(fn));
  }
  case ExprKind::If: return evalIf(ast::as<ast::If>(e));
  case ExprKind::For: return evalFor(ast::as<ast::For>(e));
  case ExprKind::While: return evalWhile(ast::as<ast::While>(e));
  case ExprKind::Repeat: return evalRepeat(ast::as<ast::Repeat>(e));
  case ExprKind::Checkpoint: return evalCheckpoint(ast::as<ast::Checkpoint>(e));
  }
  return Val::error();
}

Val Elaborator::evalBinary(const ast::Binary &e) {
  // The left spine in a loop: sums may be very long.
  std::vector<const ast::Binary *> spine = {&e};
  while (auto *left = ast::tryAs<ast::Binary>(spine.back()->left)) spine.push_back(left);
  Val value = eval(*spine.back()->left);
  for (size_t i = spine.size(); i-- > 0;) {
    const ast::Binary &b = *spine[i];
    bool logical = b.op == ast::BinaryOp::And || b.op == ast::BinaryOp::Or;
    if (logical && value.is(ValKind::Bool)) { // known when built: the right side may not even make sense
      if (value.truth == (b.op == ast::BinaryOp::Or)) continue;
      value = eval(*b.right);
      if (!value.isError() && !value.is(ValKind::Bool) && !(value.isTensor() && value.type().elem == ir::Elem::Bool))
        return notBool(value, b.right->where);
      continue;
    }
    Val right = eval(*b.right);
    if (value.isError() || right.isError()) {
      value = Val::error();
      continue;
    }
    builder_.where = b.where;
    if (logical && right.is(ValKind::Bool)) {
      if (right.truth == (b.op == ast::BinaryOp::Or)) value = right;
      continue;
    }
    value = binary(b.op, value, right, b.opWhere.valid() ? b.opWhere : b.where);
  }
  return value;
}

Val Elaborator::evalText(const ast::Text &e) {
  auto text = std::make_shared<TextObject>();
  for (const ast::TextPiece &piece : e.pieces) {
    if (!piece.value) {
      text->parts.push_back({piece.text, nullptr, "", nullptr});
      continue;
    }
    Val v = eval(*piece.value);
    if (v.isError()) return v;
    appendText(*text, v, piece.format, piece.where);
  }
  return Val::of(ValKind::Text, std::move(text));
}

void Elaborator::appendText(TextObject &text, const Val &given, const std::string &format, SourceRange where) {
  Val v = read(given);
  if (v.is(ValKind::Text)) {
    Val shown = formatted(*this, v, format, where);
    if (shown.is(ValKind::Text)) text.parts.insert(text.parts.end(), shown.text().parts.begin(), shown.text().parts.end());
    return;
  }
  if (v.is(ValKind::None)) {
    text.parts.push_back({"none", nullptr, "", nullptr});
    return;
  }
  if (v.is(ValKind::Instance) && !v.instance().hasPlaces) { // it would show `()`
    Diagnostic &d = report(where, Diag::NotATensor, {describe(v)});
    if (isDistribution(v)) d.help("`~` draws from a distribution: `x ~ ...`, then show `x`");
    return;
  }
  if (v.is(ValKind::Table) && unsettled(*this, v, where)) return;
  if (v.is(ValKind::Instance)) return appendText(text, bundleOf(v.instance()), format, where);
  bool list = false;
  if (v.is(ValKind::List))
    for (const Val &item : v.bundle().items) list |= item.is(ValKind::Text);
  if (list || v.is(ValKind::Tuple) || v.is(ValKind::Record) || v.is(ValKind::Table)) {
    const Bundle &b = v.bundle();
    text.parts.push_back({list ? "[" : "(", nullptr, "", nullptr});
    for (size_t i = 0; i < b.items.size(); ++i) {
      if (i) text.parts.push_back({", ", nullptr, "", nullptr});
      if (i < b.labels.size()) text.parts.push_back({b.labels[i] + ": ", nullptr, "", nullptr});
      appendText(text, b.items[i], format, where);
    }
    text.parts.push_back({list ? "]" : ")", nullptr, "", nullptr});
    return;
  }
  const bool whole = v.isConstantInt() && v.whole.value() == static_cast<int32_t>(v.whole.value());
  if (auto spec = num::parseSpec(format); spec && (whole || v.is(ValKind::Bool))) { // known, as in the name of a file
    num::Scalar shown;
    shown.kind = v.is(ValKind::Bool) ? num::Scalar::Kind::Bool : num::Scalar::Kind::Integer, shown.integer = v.is(ValKind::Bool) ? v.truth : v.whole.value();
    text.parts.push_back({num::scalarText(shown, *spec), nullptr, "", nullptr});
    return;
  }
  Val t = asTensor(v, where);
  if (t.isTensor() && format.ends_with('d') && ir::isFloat(t.type().elem)) {
    report(where, Diag::WrongType, {"what is shown by `:" + format + "`", "of ints", describe(t)}).help("`:.0f` rounds; `int(...)` cuts off");
    return;
  }
  if (t.isTensor()) text.parts.push_back({"", t.value, format, t.names});
}

Val Elaborator::read(const Val &v) {
  if (v.kind != ValKind::Place) return v;
  const Place &p = places_[static_cast<size_t>(v.place)];
  if (initialising_ && (p.base >= 0 || p.turnOf >= 0)) {
    size_t depth = 0;
    if (std::optional<Val> part = initialPart(v.place, depth)) return *part;
  }
  return initialising_ && p.slot ? p.computed : placeValue(v.place);
}

Val *Elaborator::find(const std::string &name) {
  for (Scope *s = frame_->scope.get(); s; s = s->parent.get())
    if (Val *v = s->own(name)) return v;
  return nullptr;
}

/// A name that another part of the project has: a training binds it for itself, or a file beside this one is called so.
static bool adviseElsewhere(Elaborator &e, Diagnostic &d, const std::string &name) {
  const ast::Program *file = e.unit().program;
  if (!file) return false;
  for (const ast::DeclPtr &decl : file->declarations)
    if (auto *train = ast::tryAs<ast::Train>(decl); train && e.context().facts(*train).bound.count(name)) {
      d.help("only a training binds it, for itself: bind `" + name + "` at the top level, where all see it");
      return true;
    }
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::path(std::string(e.context().sources.name(file->file))).parent_path();
  if (!std::filesystem::is_regular_file(folder / (name + ".dl"), failed)) return false;
  d.help("a file `" + name + ".dl` stands beside this one: `import " + name + "`");
  return true;
}

/// A name in place of another, where that is what stands there in a file of the user.
static void propose(Elaborator &e, Diagnostic &d, SourceRange where, const std::string &name, const Near &instead) {
  const bool written = where.valid() && !e.context().inPrelude(where) && e.sourceText(where) == name;
  d.meant(instead, written ? where : SourceRange{});
}

Val Elaborator::lookup(const std::string &name, SourceRange where) {
  bool ownName = false; ///< bound later in the body that is running
  for (Scope *s = frame_->scope.get(); s; s = s->parent.get()) {
    if (Val *v = s->own(name)) return *v;
    ownName |= s->facts && s->facts == frame_->facts && s->facts->bound.count(name);
  }
  if (ownName && isGlobal(name, unit()) && !unit().isPrelude()) {
    const ast::Decl *decl = c_.find(name, unit());
    bool model = decl && decl->kind == ast::DeclKind::Binding && read(global(name, where, unit())).is(ValKind::Instance);
    for (const Diagnostic &told : c_.diags.all()) // once is enough
      if (told.kind == Diag::ReadBeforeBound && told.where.file == where.file && told.message.starts_with("`" + name + "`")) return Val::error();
    Diagnostic &d = report(where, Diag::ReadBeforeBound, {name});
    if (model) d.help("to change the top-level `" + name + "` write `" + name + " <- ...`; for a new value choose another name");
    else if (decl) d.help("a top-level value never changes: give the new one another name, or pass it from call to call");
    else d.help("it is bound later in this body, or in a block that has ended; `y = if c { 1 } else { 2 }` binds the value of a branch");
    return Val::error();
  }
  if (isGlobal(name, unit())) return global(name, where, unit());
  if (toldUnknown(c_, unit(), name, where)) return Val::error();
  Diagnostic &d = report(where, Diag::UnknownName, {name});
  std::vector<std::string> candidates = c_.knownNames(unit());
  candidates.insert(candidates.end(), {"true", "false", "none"});
  for (Scope *s = frame_->scope.get(); s; s = s->parent.get())
    for (auto &entry : s->names) candidates.push_back(entry.first);
  if (frame_->facts && frame_->facts->reduced.count(name))
    d.help("an index belongs to the product that follows its reducer; parentheses take in a sum: `sum[" + name + "] (a + b)`");
  else if (ownName && training_ && training_->prefix == "hook")
    d.help("a hook sees what is bound outside of `step`: it computes from a table, `loss(net, points.x, points.y)`; `report` in the step shows a mean over its steps");
  else if (ownName) d.help("it is bound later in this body, or in a block that has ended");
  else if (adviseElsewhere(*this, d, name)) return Val::error();
  else if (auto foreign = foreignName(name)) d.help(*foreign);
  else if (name == "train") d.help("a training is called by its name: `train fit { ... }`, then `fit()`");
  else if (auto near = nearest(name, candidates)) propose(*this, d, where, name, *near);
  return Val::error();
}

Val Elaborator::evalMember(const ast::Member &e) {
  Val base = eval(*e.base);
  return member(base, e.name, e.where);
}

/// `shapes.Block`, `vision.resnet`.
static Val importedName(Elaborator &e, const Val &from, const ast::Identifier &name) {
  const ast::ImportTarget &target = *static_cast<const ImportObject &>(*from.object).target;
  std::vector<std::string> names;
  for (const auto &[label, member] : target.members) {
    if (label == name.text) return Val::imported(member.get());
    names.push_back(label);
  }
  if (target.program) {
    const Unit &file = e.context().unitAt({target.program->file, 0, 0});
    if (e.context().find(name.text, file)) return e.read(e.global(name.text, name.where, file));
    for (const auto &[declared, decl] : file.names) names.push_back(declared);
    std::sort(names.begin(), names.end());
  }
  Diagnostic &d = e.report(name.where, Diag::UnknownMember, {e.describe(from), name.text});
  if (auto near = nearest(name.text, names)) propose(e, d, name.where, name.text, *near);
  return Val::error();
}

Val Elaborator::member(const Val &given, const ast::Identifier &name, SourceRange where) {
  Val base = read(given);
  switch (base.kind) {
  case ValKind::Error: return base;
  case ValKind::Tensor:
  case ValKind::List:
    if (name.text == "T") {
      Val t = asTensor(base, where);
      if (!t.isTensor()) return t;
      size_t rank = t.type().dims.size();
      if (rank < 2) return report(where, Diag::RankTooSmall, {".T", "2 axes", describe(t)}).help("of a vector: `[x].T` is a column"), Val::error();
      std::vector<int> perm;
      for (size_t i = 0; i < rank; ++i) perm.push_back(static_cast<int>(i));
      std::swap(perm[rank - 1], perm[rank - 2]);
      Val out = Val::tensor(builder_.transpose(t.value, perm));
      out.weak = t.weak, out.low = t.low, out.high = t.high, out.names = t.names;
      return out;
    }
    if (name.text == "names" && base.isTensor() && base.names) {
      std::vector<Val> texts;
      for (const std::string &n : *base.names) texts.push_back(Val::text(n));
      return Val::tuple(std::move(texts), ValKind::List);
    }
    break;
  case ValKind::Record:
  case ValKind::Table:
    if (const Val *v = base.bundle().find(name.text)) return read(*v);
    if (base.is(ValKind::Record)) {
      std::vector<std::pair<std::string, Val>> members;
      for (size_t i = 0; i < base.bundle().items.size(); ++i) members.emplace_back(base.bundle().labels[i], base.bundle().items[i]);
      if (std::optional<Val> turns = valueOfTurns(members, name.text)) return *turns;
    }
    if (base.is(ValKind::Table) && static_cast<const TableObject &>(base.bundle()).source) return sourceColumn(base, name);
    break;
  case ValKind::Vocabulary: return vocabularyMember(base, name);
  case ValKind::Instance: return read(instanceMember(base.instance(), name.text, name.where));
  case ValKind::Model:
  case ValKind::Number:
  case ValKind::Bool:
  case ValKind::None:
  case ValKind::Text:
  case ValKind::Tuple:
  case ValKind::Range:
  case ValKind::Function:
  case ValKind::Place:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::File: break;
  case ValKind::Import: return importedName(*this, base, name);
  }
  if (std::optional<Val> part = memberOfGroup(*this, base, name.text)) return read(*part);
  Diagnostic &d = report(name.where, Diag::UnknownMember, {describe(base), name.text});
  if (base.is(ValKind::Record) || base.is(ValKind::Table)) {
    if (auto near = nearest(name.text, base.bundle().labels)) propose(*this, d, name.where, name.text, *near);
    else if (base.is(ValKind::Table) && base.bundle().labels.empty()) d.help("its fields are the lines of its `data` that have a type: `" + name.text + ": f32`");
    else adviseNames(d, base.bundle().labels);
  } else if (base.is(ValKind::Model)) {
    d.help("configure it first: `" + base.model().decl->name.text + "(...)`");
  } else if (auto foreign = foreignName(name.text)) {
    d.help(*foreign);
  } else if (isGlobal(name.text, unit()) && global(name.text, name.where, unit()).is(ValKind::Function)) {
    d.help("`" + name.text + "` is a function: `" + name.text + "(x)`, or `x |> " + name.text + "`");
  }
  return Val::error();
}

} // namespace dl::frontend

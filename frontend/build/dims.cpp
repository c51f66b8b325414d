/// Equality of sizes, and values against written types.
#include "frontend/build/advice.h"
#include "frontend/build/builtin.h"
#include "frontend/build/conversion.h"
#include "frontend/build/unknown_names.h"

namespace dl::frontend {
using ir::Elem;

Elaborator::Equality Elaborator::equal(const Dim &a, const Dim &b) const {
  if (a == b) return Equality::Proved;
  if (a.isConstant() && b.isConstant()) return Equality::Refuted;
  if (a.lowest() > b.highest() || b.lowest() > a.highest()) return Equality::Refuted;
  Dim difference = a - b;
  if (difference.isConstant()) return Equality::Refuted;
  for (const Dim &zero : assumed_)
    if (difference == zero || -difference == zero) return Equality::Open;
  bool plain = (a.isConstant() || a.asAtom()) && (b.isConstant() || b.asAtom());
  return plain ? Equality::Refuted : Equality::Open;
}

bool Elaborator::requireEqual(const Dim &a, const Dim &b) {
  Equality e = equal(a, b);
  return e == Equality::Proved || (checking_ && e == Equality::Open);
}

std::optional<Elem> Elaborator::elemNamed(const std::string &name) {
  static const std::pair<const char *, Elem> table[] = {{"f64", Elem::F64}, {"f32", Elem::F32}, {"bf16", Elem::BF16},
                                                        {"f16", Elem::F16}, {"i64", Elem::I64}, {"int", Elem::I32},
                                                        {"u8", Elem::U8},   {"bool", Elem::Bool}};
  for (auto &[text, elem] : table)
    if (name == text) return elem;
  if (name == "float") {
    for (Scope *s = frame_->scope.get(); s; s = s->parent.get())
      if (Val *bound = s->own(kFloat)) return static_cast<Elem>(bound->whole.value());
    return Elem::F32;
  }
  return std::nullopt;
}

/// Names used in an expression of a shape.
static void namesIn(const ast::Expr &e, std::vector<const ast::Name *> &out) {
  if (auto *n = ast::tryAs<ast::Name>(&e)) out.push_back(n);
  if (auto *b = ast::tryAs<ast::Binary>(&e)) namesIn(*b->left, out), namesIn(*b->right, out);
  if (auto *u = ast::tryAs<ast::Unary>(&e)) namesIn(*u->operand, out);
  if (auto *c = ast::tryAs<ast::Call>(&e))
    for (auto &arg : c->arguments) namesIn(*arg.value, out);
}

/// True if evaluating this top-level value can only give a number.
static bool looksNumeric(const ast::Expr &e) {
  if (e.kind == ast::ExprKind::Number || e.kind == ast::ExprKind::Name) return true;
  if (auto *u = ast::tryAs<ast::Unary>(&e)) return looksNumeric(*u->operand);
  if (auto *b = ast::tryAs<ast::Binary>(&e))
    return b->op != ast::BinaryOp::Range && !ast::isComparison(b->op) && looksNumeric(*b->left) && looksNumeric(*b->right);
  if (auto *c = ast::tryAs<ast::Call>(&e)) {
    auto *callee = ast::tryAs<ast::Name>(c->callee);
    return callee && (callee->text == "len" || callee->text == "size" || callee->text == "int" || callee->text == "floor");
  }
  return false;
}

bool Elaborator::isSizeName(const std::string &name) {
  bool around = false; // of the bodies around only what can be a size counts, a list or a record does not
  for (Scope *s = frame_->scope.get(); s; around |= s->facts != nullptr, s = s->parent.get())
    if (Val *v = s->own(name)) {
      const Val size = read(*v);
      if (size.isError()) return false;
      if (!around || size.isNumber() || (size.isTensor() && size.type().isScalar())) return true;
      break;
    }
  const ast::Decl *decl = unit().isPrelude() ? nullptr : c_.find(name, unit());
  auto *binding = ast::tryAs<ast::Binding>(decl);
  if (!binding) return false;
  auto *bind = ast::tryAs<ast::Bind>(binding->statement);
  return bind && !bind->pattern.tuple && bind->value && looksNumeric(*bind->value);
}

std::optional<Elaborator::TypeVal> Elaborator::evalType(const ast::Type &type) {
  TypeVal out;
  if (type.tuple) {
    fail(type.where, Diag::WrongType, {"this type", "the type of a tensor", "a bundle"});
    return std::nullopt;
  }
  if (type.name.text == "text") return out.isText = true, out;
  if (type.name.text == "category") {
    out.isCategory = true, out.type = ir::Type(Elem::I32), out.categories = type.categories;
    return out;
  }
  std::optional<Elem> elem = elemNamed(type.name.text);
  if (!elem) {
    Diagnostic &d = report(type.name.where, Diag::UnknownType, {type.name.text});
    if (auto foreign = foreignType(type.name.text)) d.help(*foreign);
    else if (auto near = nearest(type.name.text, {"f64", "f32", "bf16", "f16", "i64", "int", "u8", "bool", "float", "text"}))
      d.meant(*near, type.name.where);
    return std::nullopt;
  }
  out.anyFloat = type.name.text == "float";
  out.type = ir::Type(*elem);
  for (const ast::TypeDim &dim : type.dims) {
    if (dim.ellipsis) {
      Val *axes = find(kAxes);
      if (!axes) {
        fail(dim.where, Diag::UnknownAxes, {});
        return std::nullopt;
      }
      for (const Val &d : axes->bundle().items) out.type.dims.push_back(d.whole);
      continue;
    }
    Val extent = eval(*dim.extent);
    std::optional<Dim> d = sizeOf(extent, dim.where, "a size");
    if (!d) return std::nullopt;
    out.type.dims.push_back(*d);
  }
  if (type.range) {
    auto *range = ast::tryAs<ast::Binary>(type.range);
    if (!range || range->op != ast::BinaryOp::Range) {
      fail(type.range->where, Diag::WrongType, {"what follows `in`", "a range", "another expression"});
      return std::nullopt;
    }
    std::optional<Dim> lo = dimOf(eval(*range->left), range->left->where, "the range"),
                       hi = dimOf(eval(*range->right), range->right->where, "the range");
    if (!lo || !hi) return std::nullopt;
    if (lo->isConstant() && hi->isConstant() && hi->value() <= lo->value()) {
      fail(type.range->where, Diag::EmptyRange, {lo->str(), hi->str()});
      return std::nullopt;
    }
    out.hasRange = true, out.low = lo->lowest(), out.high = hi->highest(), out.highDim = *hi;
  }
  return out;
}

/// A value against a written type.
struct GivenShape {
  Elaborator &e;
  const Val &value;
  const ast::Type &type;
  SourceRange where;
  const std::string &what; ///< "`x`"

  bool isResult() const { return what.starts_with("the result of "); }
  /// A message with both shapes; with a dimension, where its size comes from.
  Diagnostic &differs(Diag kind, std::initializer_list<std::string> args, std::optional<size_t> dim = {}) const {
    Diagnostic &d = e.report(where, kind, args);
    d.fact("given is " + e.describe(value) + ", declared is " + e.sourceText(type.where));
    if (dim) noteSize(e, d, value.value, *dim);
    return d;
  }
};

/// An unknown that solves a pattern whose other names are given; the same one for the same sizes, so that two results fit.
Dim Elaborator::someSolution(const ast::Expr &pattern, const Dim &atOne, const Dim &actual, const std::string &name) {
  for (const SolvedSize &s : solvedSizes_)
    if (s.pattern == &pattern && s.atOne == atOne && s.actual == actual) return s.solution;
  solvedSizes_.push_back({&pattern, atOne, actual, Dim::variable(name, kUnbounded)});
  return solvedSizes_.back().solution;
}

/// Matches one size against what is written for it; binds the new name in it, if there is one.
bool Elaborator::matchDim(const GivenShape &given, size_t dim, const ast::TypeDim &written) {
  const Dim &actual = given.value.type().dims[dim];
  auto isNamed = [&](const Dim &size) { // a number, or the size of a parameter
    const Val *v = find(size.str());
    return size.isConstant() || (v && v->isNumber() && v->integer && v->whole == size);
  };
  std::vector<const ast::Name *> used;
  namesIn(*written.extent, used);
  const ast::Name *unknown = nullptr;
  for (const ast::Name *n : used)
    if (n->text != "len" && n->text != "size" && !isSizeName(n->text)) {
      if (unknown && unknown->text != n->text) return fail(n->where, Diag::TwoUnknownSizes, {unknown->text, n->text}), false;
      unknown = n;
    }
  if (unknown) {
    Dim solved = actual;
    if (written.extent->kind != ast::ExprKind::Name) {
      Dim variable = Dim::variable(unknown->text, kUnbounded);
      auto withUnknown = [&](const Dim &size) {
        ScopeGuard guard(*this);
        frame_->scope->set(unknown->text, Val::number(size));
        return eval(*written.extent);
      };
      Val pattern = withUnknown(variable);
      if (!pattern.isNumber() || !pattern.integer) return false;
      std::optional<Dim> root = solveFor(pattern.whole, variable.asAtom(), actual);
      const Val one = withUnknown(Dim(1));
      const bool open = !actual.isConstant() || !one.isConstantInt(); // `heads * d` with unknown heads
      if (!root && checking_ && open && one.isNumber() && one.integer) root = someSolution(*written.extent, one.whole, actual, unknown->text);
      if (!root) {
        Diagnostic &d = given.differs(Diag::SizeNotPattern, {given.what, actual.str(), pattern.whole.str()}, dim);
        if (one.isConstantInt() && one.whole.isConstant(0)) d.help("`" + sourceText(written.where) + "` is 0 here, whatever `" + unknown->text + "` is");
        else if (one.isConstantInt() && pattern.whole == one.whole * variable)
          d.help("`" + sourceText(written.where) + "` is a multiple of " + one.whole.str() + "; is this the axis that is meant?");
        return false;
      }
      solved = *root;
    } else if (checking_ && given.isResult() && isNamed(actual)) {
      report(written.where, Diag::SizeInResultOnly, {unknown->text, actual.str()}).help("write `" + actual.str() + "`, or name `" + unknown->text + "` in a parameter");
      return false;
    }
    frame_->scope->set(unknown->text, Val::number(solved));
    SourceRange from = sizeOrigin(*this, given.value.value, dim);
    frame_->scope->given[unknown->text] = from.valid() ? from : given.where;
  } else {
    std::optional<Dim> wanted = dimOf(eval(*written.extent), written.where, "a size");
    if (!wanted) return false;
    if (!requireEqual(*wanted, actual)) {
      std::string text(c_.sources.text(written.where.file).substr(written.where.begin, written.where.end - written.where.begin));
      std::string need = wanted->str() == text ? text : text + " = " + wanted->str();
      if (actual.str() == wanted->str()) need = "another " + need;
      Diagnostic &d = given.differs(Diag::SizeDiffers, {given.what, actual.str(), need}, dim);
      for (const ast::Name *n : used) noteSizeName(*this, d, n->text);
      if (written.extent->kind == ast::ExprKind::Number && !given.isResult() && !c_.inPrelude(written.where))
        d.help("a name in the place of the " + text + " stands for any size: `n`");
      return false;
    }
  }
  if (written.bound) {
    std::optional<int64_t> most = constantInt(eval(*written.bound), written.bound->where, "a bound");
    if (most && actual.highest() > *most) {
      given.differs(Diag::SizeAboveBound, {given.what, actual.str(), std::to_string(*most)}, dim);
      return false;
    }
  }
  return true;
}

bool Elaborator::matchShape(const Val &value, const ast::Type &type, SourceRange where, const std::string &what) {
  const GivenShape given{*this, value, type, where, what};
  const std::vector<Dim> &actual = value.type().dims;
  size_t fixed = 0, at = type.dims.size();
  for (size_t i = 0; i < type.dims.size(); ++i) {
    if (type.dims[i].ellipsis) at = i;
    else ++fixed;
  }
  bool open = at < type.dims.size();
  if (actual.size() < fixed || (!open && actual.size() != fixed)) {
    std::string need = open ? std::to_string(fixed) + " or more are" : countOf(fixed, "is", "are");
    Diagnostic &d = given.differs(Diag::RankDiffers, {what, countOf(actual.size(), "axis", "axes"), need});
    const std::string text = sourceText(where);
    if (!open && actual.size() == fixed + 1 && actual.back().isConstant(1)) {
      if (given.isResult()) d.help(std::string("`(...)[") + (fixed == 1 ? ":" : "...") + ", 0]`, around what is given at the end, takes the one column");
      else adviseColumn(*this, d, value, where);
    }
    if (actual.size() + 1 == fixed && text.size() <= 30 && !given.isResult()) d.help("if it is one example, `[" + text + "]` is a batch of one");
    return false;
  }
  size_t extra = open ? actual.size() - fixed : 0;
  // Plain names first, so that patterns may use them: `f32[n, 2 * n]` in either order.
  for (int pass = 0; pass < 2; ++pass)
    for (size_t i = 0, d = 0; i < type.dims.size(); ++i) {
      if (type.dims[i].ellipsis) {
        if (pass == 0) {
          std::vector<Val> axes;
          for (size_t k = 0; k < extra; ++k) axes.push_back(Val::number(actual[d + k]));
          if (Val *old = find(kAxes)) {
            bool fits = old->bundle().items.size() == axes.size();
            for (size_t k = 0; fits && k < axes.size(); ++k) fits = requireEqual(old->bundle().items[k].whole, axes[k].whole);
            if (!fits) return reportAxes(*this, value, type, where, what), false;
          } else {
            frame_->scope->set(kAxes, Val::tuple(std::move(axes)));
            frame_->scope->given[kAxes] = where;
          }
        }
        d += extra;
        continue;
      }
      bool name = type.dims[i].extent->kind == ast::ExprKind::Name;
      if (name == (pass == 0) && !matchDim(given, d, type.dims[i])) return false;
      ++d;
    }
  return true;
}

/// Some value of the type, whose sizes are known.
Val Elaborator::exampleOf(const ast::Type &type) {
  if (!type.tuple) {
    std::optional<TypeVal> t = evalType(type);
    if (!t) return Val::error();
    if (t->isText || t->isCategory) return fail(type.where, Diag::NotSavable, {"a `" + type.name.text + "`"});
    return Val::tensor(placeholder(t->type));
  }
  std::vector<std::string> labels;
  std::vector<Val> items;
  for (const auto &field : type.fields) {
    items.push_back(exampleOf(*field.type));
    if (items.back().isError()) return Val::error();
    if (!field.name.empty()) labels.push_back(field.name.text);
  }
  return labels.size() == items.size() ? Val::record(std::move(labels), std::move(items)) : Val::tuple(std::move(items));
}

static Val notTensor(Elaborator &e, const Val &v, const ast::Type &type, SourceRange where, const std::string &what) {
  if (reportNoValue(e, v)) return Val::error();
  Diagnostic &d = e.report(where, Diag::WrongType, {what, type.dims.empty() ? "of type " + type.name.text : "a tensor", e.describe(v)});
  adviseParts(e, d, v, where);
  if (isDistribution(v)) d.help("`~` draws from a distribution: `x ~ " + e.sourceText(where) + "`");
  if (type.dims.empty() && v.is(ValKind::Text) && v.text().known() && (v.text().str() == "same" || v.text().str() == "valid"))
    d.help(v.text().str() == "same" ? "a padding is a number: 1 keeps the size under a kernel of 3, 2 under one of 5" : "a padding is a number: 0 adds nothing");
  if (type.dims.empty() && v.is(ValKind::Tuple)) {
    const std::vector<Val> &items = v.bundle().items;
    const bool equal = std::all_of(items.begin(), items.end(), [&](const Val &item) { return item.isConstantInt() && item.whole == items[0].whole; });
    if (equal && !items.empty()) d.help("one number stands for all axes: `" + items[0].whole.str() + "`");
  }
  return Val::error();
}

/// `...` that stands for nothing yet.
static bool opensAxes(Elaborator &e, const ast::Type &type) {
  return !e.find(kAxes) && std::any_of(type.dims.begin(), type.dims.end(), [](const ast::TypeDim &d) { return d.ellipsis; });
}

/// No size has a name that the value is to give a meaning.
static bool sizesKnown(Elaborator &e, const ast::Type &type) {
  std::vector<const ast::Name *> used;
  for (const ast::TypeDim &d : type.dims)
    if (!d.ellipsis) namesIn(*d.extent, used);
  return std::all_of(used.begin(), used.end(), [&](const ast::Name *n) {
    return n->text == "len" || n->text == "size" || e.find(n->text) || e.context().find(n->text, e.unit());
  });
}

Val Elaborator::annotate(const Val &given, const ast::Type &type, SourceRange where, const std::string &what, bool keepNumber) {
  Val v = read(given);
  if (v.isError()) return v;
  if (v.is(ValKind::File)) {
    Val like = exampleOf(type);
    return like.isError() ? like : loadLike(v, like, where);
  }
  if (type.tuple) {
    if ((!v.is(ValKind::Tuple) && !v.is(ValKind::Record)) || v.bundle().items.size() != type.fields.size())
      return fail(where, Diag::WrongType, {what, "a bundle of " + std::to_string(type.fields.size()), describe(v)});
    std::vector<Val> items;
    std::vector<std::string> labels;
    for (size_t i = 0; i < type.fields.size(); ++i) {
      const std::string &label = type.fields[i].name.text;
      const Val *item = label.empty() || v.is(ValKind::Tuple) ? &v.bundle().items[i] : v.bundle().find(label);
      if (!item) return fail(where, Diag::UnknownMember, {describe(v), label});
      items.push_back(annotate(*item, *type.fields[i].type, where, what, keepNumber));
      if (items.back().isError()) return Val::error();
      if (!label.empty()) labels.push_back(label);
    }
    if (labels.size() == items.size()) return Val::record(std::move(labels), std::move(items));
    if (v.is(ValKind::Record)) return Val::record(v.bundle().labels, std::move(items));
    return Val::tuple(std::move(items));
  }
  if (type.name.text == "text") {
    if (!v.is(ValKind::Text)) return fail(where, Diag::WrongType, {what, "a text", describe(v)});
    return v;
  }
  if (type.name.text == "category") {
    if (v.isTensor() && ir::isInteger(v.type().elem)) return v;
    return fail(where, Diag::WrongType, {what, "a category", describe(v)});
  }
  std::optional<Elem> elem = elemNamed(type.name.text);
  if (!elem) return evalType(type), Val::error();
  // Numbers known when built stay known as parameters and as ints; as an f64, i64 or u8, what is computed from them must be one, too.
  bool scalar = type.dims.empty();
  bool whole = ir::isInteger(*elem);
  if (*elem == Elem::Bool && v.isNumber()) return fail(where, Diag::WrongType, {what, scalar ? "a bool" : "of bools", describe(v)});
  const bool stays = *elem == Elem::I32 || (!whole && keepNumber && *elem != Elem::F64);
  if (scalar && v.isNumber() && (whole || stays)) {
    if (whole && !v.integer) return fail(where, Diag::WrongType, {what, "an int", describe(v)});
    if (type.range && v.whole.isConstant()) {
      std::optional<TypeVal> t = evalType(type);
      if (!t) return Val::error();
      if (v.whole.value() < t->low || v.whole.value() >= t->high)
        return report(where, Diag::OutsideRange, {what, v.whole.str(), std::to_string(t->low), std::to_string(t->high)})
                   .help("the numbers of " + std::to_string(t->low) + ".." + std::to_string(t->high) + " are " + std::to_string(t->low) + " to " + std::to_string(t->high - 1)), Val::error();
    }
    if (stays) return v;
  }
  if (scalar && *elem == Elem::Bool && v.is(ValKind::Bool)) return v;
  if (!v.isNumber() && !v.isTensor() && !v.is(ValKind::List) && !v.is(ValKind::Bool) && !v.is(ValKind::Range))
    return notTensor(*this, v, type, where, what);
  bool anyFloat = type.name.text == "float";
  std::optional<Elem> given_;
  if (v.isTensor() && !v.weak) given_ = v.type().elem;
  if (v.is(ValKind::List)) given_ = floatIn(*this, v);
  if (anyFloat && given_ && ir::isFloat(*given_) && !find(kFloat)) {
    frame_->scope->set(kFloat, Val::number(Dim(static_cast<int64_t>(*given_))));
    elem = given_;
  }
  if (v.is(ValKind::List) && !becomes(*this, v, *elem, where, what)) return Val::error();
  if (v.isTensor() && unspelled(*this, v, *elem)) {
    std::string wanted = *elem == Elem::I32 ? "int" : ir::name(*elem);
    Diagnostic &d = report(where, Diag::WrongType, {what, "of type " + wanted, describe(v)});
    if (!ir::isInteger(*elem) || !adviseClasses(*this, d, v, type, where)) d.help("convert it: `" + wanted + "(...)`");
    return Val::error();
  }
  if (v.isNumber() && !v.integer && whole) return fail(where, Diag::WrongType, {what, "of ints", describe(v)});
  if ((v.isNumber() || (v.is(ValKind::Bool) && *elem == Elem::Bool)) && !scalar && !opensAxes(*this, type)) { // a number fills
    if (!sizesKnown(*this, type)) return fail(where, Diag::WrongType, {what, "a tensor " + sourceText(type.where), describe(v)});
    std::optional<TypeVal> t = evalType(type);
    if (!t) return Val::error();
    return Val::tensor(broadcastTo(tensor(v, where, *elem), t->type.dims));
  }
  Val out = asTensor(v, where, *elem);
  if (!out.isTensor()) return out;
  if (!out.type().isScalar() && scalar) {
    GivenShape{*this, out, type, where, what}.differs(Diag::RankDiffers, {what, countOf(out.type().dims.size(), "axis", "axes"), "0 are"});
    return Val::error();
  }
  if (out.type().isScalar() && !scalar && !type.dims.empty() && v.isTensor()) {
    // A scalar of the program fills too.
    if (!keepNumber && !opensAxes(*this, type) && sizesKnown(*this, type)) {
      std::optional<TypeVal> t = evalType(type);
      return t ? Val::tensor(broadcastTo(out.value, t->type.dims)) : Val::error();
    }
  }
  if (!matchShape(out, type, where, what)) return Val::error();
  if (type.range && ir::isInteger(*elem)) {
    std::optional<TypeVal> t = evalType(type);
    if (!t) return Val::error();
    bool proven = out.high > out.low && out.low >= t->low && out.high <= t->high;
    if (!proven) {
      checkRange(out.value, t->low, t->high, where);
      out.low = t->low, out.high = t->high;
    }
  }
  return out;
}

} // namespace dl::frontend

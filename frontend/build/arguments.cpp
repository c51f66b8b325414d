/// What the command line gives: arguments of programs and trainings, options of the file.
#include "frontend/build/arguments.h"
#include "frontend/build/text.h"
#include <utility>

namespace dl::frontend {
using ir::Elem;

/// The longest text that a flag may give, in bytes: that of a path.
static constexpr int64_t kLongestText = 4096;

/// Whether the flag may be called that: what every command has, and what the file has given already, is taken.
static bool isFreeFlag(Elaborator &e, const ast::Identifier &name, bool option) {
  for (const char *own : {"seed", "threads", "run", "from", "resume", "help"})
    if (name.text == own) {
      e.report(name.where, Diag::TakenFlag, {name.text}).help("choose another name, such as `my_" + name.text + "`");
      return false;
    }
  const ast::Decl *other = option ? nullptr : e.context().find(name.text, e.context().own());
  if (!ast::tryAs<ast::Option>(other)) return true;
  e.report(name.where, Diag::DeclaredTwice, {name.text}).note(other->where, "an option of the file has that flag");
  return false;
}

/// The type of an argument. A new name that is a whole size is an extent which the value given decides.
static std::optional<Elaborator::TypeVal> argumentType(Elaborator &e, const ast::Type &type, const std::string &name) {
  for (const ast::TypeDim &dim : type.dims) {
    if (dim.ellipsis) return e.report(dim.where, Diag::UnknownAxes, {}).help("write the axes: `f32[3]`"), std::nullopt;
    auto *size = ast::tryAs<ast::Name>(dim.extent);
    if (!size || e.isSizeName(size->text)) continue;
    if (!dim.bound) {
      e.report(dim.where, Diag::NotKnown, {"the size `" + size->text + "` of the argument `" + name + "`", "a number or bounded by one", "neither"})
          .help("say how large it may be: `" + size->text + " <= 1000`");
      return std::nullopt;
    }
    std::optional<int64_t> most = e.constantInt(e.eval(*dim.bound), dim.bound->where, "a bound");
    if (!most) return std::nullopt;
    ir::Param extent;
    extent.name = size->text;
    ir::Value *words = e.parameter(extent, ir::Type::dimension(std::max<int64_t>(*most, 0)));
    e.frame().scope->set(size->text, Val::number(words->dim));
  }
  std::optional<Elaborator::TypeVal> out = e.evalType(type);
  if (!out || out->isText) return out;
  for (size_t d = 0; d < type.dims.size(); ++d)
    if (!out->type.dims[d].isConstant() && !out->type.dims[d].asAtom()) {
      e.report(type.dims[d].where, Diag::NotKnown, {"a size of the argument `" + name + "`", "a number or a name", "the expression " + out->type.dims[d].str()});
      return std::nullopt;
    }
  return out;
}

/// The entry parameter behind a flag.
static Val flagValue(Elaborator &e, ir::Param description, const Elaborator::TypeVal &type, const std::optional<Val> &preset, SourceRange where,
                          SourceRange presetWhere) {
  description.low = static_cast<double>(type.low), description.high = static_cast<double>(type.high);
  if (type.isText) {
    if (preset) {
      std::optional<std::string> text = e.knownText(*preset, presetWhere, "a default");
      if (!text) return Val::error();
      if (static_cast<int64_t>(text->size()) > kLongestText)
        return e.fail(presetWhere, Diag::SizeAboveBound, {"a default", std::to_string(text->size()), std::to_string(kLongestText)});
      for (char c : *text) description.preset.push_back(static_cast<unsigned char>(c));
      description.preset.push_back(0);
    }
    ir::Param extent;
    extent.name = "bytes of " + description.name;
    Dim length = e.parameter(extent, ir::Type::dimension(kLongestText))->dim;
    description.isText = true;
    return textOf(e.parameter(description, ir::Type(Elem::U8, {length})));
  }
  if (preset) {
    if (preset->isError()) return *preset;
    for (const Dim &d : type.type.dims)
      if (!d.isConstant()) {
        e.report(presetWhere, Diag::NotKnown, {"a default", "of a size", "for the open size `" + d.str() + "`"})
            .help("a number in the place of `" + d.str() + "` makes a default possible; without one the argument must be given");
        return Val::error();
      }
    bool fills = preset->isNumber() || preset->is(ValKind::Bool); // every element
    ir::Value *value = e.conform(*preset, fills ? ir::Type(type.type.elem) : type.type, presetWhere, "the default of `" + description.name + "`").value;
    if (!value) return Val::error();
    auto *constant = value->def ? std::get_if<ir::ConstAttr>(&value->def->attrs) : nullptr;
    if (!constant) {
      Diagnostic &d = e.report(presetWhere, Diag::NotKnown, {"a default", "a number", e.describe(*preset)});
      const std::string name = e.sourceText(presetWhere);
      if (ast::tryAs<ast::Option>(e.context().find(name, e.context().own()))) d.help("`" + name + "` is a flag of the command already, `--" + name + "`: the body reads it without a parameter");
      else d.help("what depends on another flag is computed in the body");
      return Val::error();
    }
    for (uint64_t bits : constant->bits) {
      double number = ir::decodeNumber(value->type.elem, bits);
      description.preset.push_back(number);
      if (type.hasRange && !(number >= description.low && number < description.high))
        return e.fail(presetWhere, Diag::PresetOutside, {e.sourceText(presetWhere), std::to_string(type.low), std::to_string(type.high)});
    }
  }
  Val v = Val::tensor(e.parameter(description, type.type));
  e.origins.made(v, where);
  if (type.hasRange) {
    v.low = type.low, v.high = type.high;
    if (type.type.isScalar() && v.low >= 0 && ir::isInteger(type.type.elem)) return Val::number(*e.dimOf(v, where, "an argument"));
  }
  return v;
}

/// An entry parameter, whose default sees those before it.
static Val argumentValue(Elaborator &e, const ast::Param &p, const std::shared_ptr<Scope> &before) {
  if (!isFreeFlag(e, p.name, false)) return Val::error();
  std::optional<Val> preset;
  if (p.initial) {
    std::shared_ptr<Scope> sizes = std::exchange(e.frame().scope, before);
    preset = e.eval(*p.initial);
    e.frame().scope = std::move(sizes);
  }
  if (!p.type) return preset ? *preset : e.fail(p.where, Diag::MissingArgument, {"a command", p.name.text});
  std::optional<Elaborator::TypeVal> type = argumentType(e, *p.type, p.name.text);
  if (!type) return Val::error();
  ir::Param description;
  description.role = ir::ParamRole::Argument, description.name = p.name.text, description.help = p.doc;
  return flagValue(e, description, *type, preset, p.where, p.initial ? p.initial->where : p.where);
}

bool argumentValues(Elaborator &e, const std::vector<ast::Param> &params, bool untyped, std::vector<Arg> &out) {
  Elaborator::ScopeGuard sizes(e);
  auto before = std::make_shared<Scope>();
  before->parent = e.frame().scope;
  const BodyFacts *facts = std::exchange(e.frame().facts, &e.context().facts(params));
  bool good = true;
  for (const ast::Param &p : params) {
    if (!p.type && !untyped) continue;
    Val v = argumentValue(e, p, before);
    good = !v.isError();
    if (!good) break;
    before->set(p.name.text, v);
    out.push_back({p.name.text, p.where, v, nullptr});
  }
  e.frame().facts = facts;
  return good;
}

Val Elaborator::optionValue(const ast::Option &decl) {
  std::optional<TypeVal> type = evalType(*decl.type);
  if (!type || !isFreeFlag(*this, decl.name, true)) return Val::error();
  if (!type->isText && !type->type.isScalar()) return unsupported(decl.type->where, "an option that is a tensor", "a program argument may be one");
  ir::Param description;
  description.role = ir::ParamRole::Option, description.global = true;
  description.name = unit().qualified(decl.name.text), description.help = decl.doc;
  return flagValue(*this, description, *type, eval(*decl.value), decl.where, decl.value->where);
}

} // namespace dl::frontend

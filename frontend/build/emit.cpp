/// Operations, errors, and numbers as tensors.
#include "frontend/build/advice.h"
#include "frontend/build/builtin.h"
#include "ir/index_range.h"
#include <cmath>

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// As it is written in the language.
static std::string spelled(Elem elem) { return elem == Elem::I32 ? "int" : ir::name(elem); }

bool fitsMemory(Elaborator &e, const ir::Type &type) {
  Dim count(1); // saturates
  for (const Dim &d : type.dims)
    if (d.isConstant()) count = count * d;
  if (count.value() <= int64_t(1) << 47) return true;
  e.report(e.ir().where, Diag::TooLarge, {type.str()});
  return false;
}

ir::Op *Elaborator::emitOp(OpKind kind, std::vector<ir::Value *> operands, ir::Attrs attrs, std::vector<ir::Region *> regions) {
  for (ir::Value *v : operands)
    if (!v) return nullptr;
  auto made = builder_.tryCreate(kind, operands, std::move(attrs), std::move(regions));
  if (auto *op = std::get_if<ir::Op *>(&made)) {
    for (const ir::Value *v : (*op)->results)
      if (!fitsMemory(*this, v->type)) return nullptr;
    return *op;
  }
  if (checking_) return undecided_ = true, nullptr; // sizes decide it
  const ir::TypeError &error = std::get<ir::TypeError>(made);
  Diagnostic &d = report(builder_.where, Diag::OperandsDoNotFit, {ir::info(kind).mnemonic, error.message});
  if (error.message.starts_with("indices are ints")) d.help("convert them: `int(...)`");
  for (const ir::Value *v : operands)
    for (size_t i = 0; i < v->type.dims.size(); ++i) noteSize(*this, d, v, i);
  return nullptr;
}

ir::Value *Elaborator::emit(OpKind kind, std::vector<ir::Value *> operands, ir::Attrs attrs) {
  ir::Op *op = emitOp(kind, std::move(operands), std::move(attrs));
  return op ? op->result() : nullptr;
}

const Frame *Elaborator::outOfLibrary(SourceRange &place, std::string *callee) const {
  const Frame *at = frame_;
  for (; (!place.valid() || c_.inPrelude(place)) && at && at->caller; at = at->caller) {
    if (callee && c_.inPrelude(place)) *callee = at->name;
    place = at->calledAt;
  }
  return at;
}

Diagnostic &Elaborator::report(SourceRange where, Diag kind, std::initializer_list<std::string> args) {
  // Inside the library the user's own line is the place; the library's is a note.
  SourceRange place = where;
  const Frame *at = outOfLibrary(place);
  // What is wrong with a call of the library is told once, however often the library meets it; a warning once for all sizes.
  if ((place != where && where.valid()) || info(kind).severity == Severity::Warning)
    for (const Diagnostic &old : c_.diags.all())
      if (old.kind == kind && old.where == place) {
        static thread_local Diagnostic again;
        return again = old;
      }
  Diagnostic &d = c_.diags.report(place, kind, args);
  if (place != where && where.valid()) d.note(where, "this is in the library");
  int shown = 0;
  for (; at && at->caller && at->caller != &top_ && shown < 4; at = at->caller) { // a command is called by nobody
    const SourceRange call = at->calledAt;
    if (!call.valid() || c_.inPrelude(call)) continue;
    if (call.file == place.file && call.begin <= place.begin && place.end <= call.end) continue; // the message shows it
    const std::string text = "reached by the call of `" + at->name + "`";
    if (std::any_of(d.notes.begin(), d.notes.end(), [&](auto &n) { return n.where == at->calledAt && n.message == text; })) continue;
    d.note(at->calledAt, text);
    ++shown;
  }
  return d;
}

Val Elaborator::unsupported(SourceRange where, const std::string &what, const std::string &instead) {
  Diagnostic &d = report(where, Diag::NotSupported, {what});
  if (!instead.empty()) d.help(instead);
  return Val::error();
}

/// A tensor in the list whose type differs from one before it, of floats or of ints.
static std::optional<Val> otherType(Elaborator &e, const Val &given, std::optional<Elem> &floating, std::optional<Elem> &whole) {
  const Val v = e.read(given);
  if (v.isTensor() && !v.weak && v.type().elem != Elem::Bool) {
    std::optional<Elem> &met = ir::isFloat(v.type().elem) ? floating : whole;
    if (met && *met != v.type().elem) return v;
    met = v.type().elem;
  }
  if (v.is(ValKind::List))
    for (const Val &item : v.bundle().items)
      if (std::optional<Val> other = otherType(e, item, floating, whole)) return other;
  return std::nullopt;
}

Val Elaborator::notBool(const Val &v, SourceRange where) {
  Diagnostic &d = report(where, Diag::ConditionNotBool, {describe(v)});
  if (v.isTensor() && v.type().elem == Elem::Bool) d.help("`all(...)` and `any(...)` give one bool; `where(mask, a, b)` selects element by element");
  else if (v.isNumber() || (v.isTensor() && v.type().isScalar())) d.help("compare it: `... != 0`");
  return Val::error();
}

Val Elaborator::unknownArgument(const Arg &a, const std::string &callee, const std::vector<std::string> &names) {
  const bool named = a.nameWhere.valid() && !c_.inPrelude(a.nameWhere);
  Diagnostic &d = report(named ? a.nameWhere : a.where, Diag::UnknownArgument, {callee, a.name});
  std::optional<Near> near = nearest(a.name, names);
  for (const std::string &name : names)
    if (!near && name.size() > 2 && (a.name.starts_with(name) || name.starts_with(a.name))) near = Near{name};
  std::string all;
  for (const std::string &name : names) all += (all.empty() ? "`" : ", `") + name + "`";
  if (near) d.meant(*near, named ? a.nameWhere : SourceRange{});
  else d.help(names.empty() ? "it has none" : "it has " + all);
  return Val::error();
}

/// A whole number known when built as an int of 32 bits.
bool fitsElem(Elaborator &e, const Val &v, Elem elem, SourceRange where) {
  const bool byte = elem == Elem::U8;
  if ((elem != Elem::I32 && !byte) || !v.isConstantInt()) return true;
  const int64_t n = v.whole.value();
  if (byte ? n >= 0 && n <= UINT8_MAX : n >= INT32_MIN && n <= INT32_MAX) return true;
  e.report(where, Diag::IntTooLarge, {v.whole.str(), byte ? "a u8, which goes from 0 to 255" : "an int, which has 32 bits"})
      .help(byte ? "`int(...)` has 32 bits" : "`i64(...)` has 64 bits");
  return false;
}

/// The element type a list of numbers and tensors wants; Bool if it holds bools alone.
static void survey(const Val &v, bool &real, bool &whole, bool &boolean, std::optional<Elem> &met) {
  if (v.isNumber()) (v.integer ? whole : real) = true;
  else if (v.is(ValKind::Bool)) boolean = true;
  else if (v.isTensor() && v.weak) real = true;
  else if (v.isTensor()) {
    Elem e = v.type().elem;
    if (!met || (ir::isFloat(e) && !ir::isFloat(*met)) || (*met == Elem::Bool)) met = e;
  } else if (v.is(ValKind::List))
    for (const Val &item : v.bundle().items) survey(item, real, whole, boolean, met);
}

Val Elaborator::asTensor(const Val &v, SourceRange where, std::optional<Elem> elem) {
  switch (v.kind) {
  case ValKind::Error: return v;
  case ValKind::Number: {
    Elem e = elem.value_or(v.integer ? Elem::I32 : Elem::F32);
    if (!fitsElem(*this, v, e, where)) return Val::error();
    if (!v.integer) {
      if (!ir::isFloat(e)) return fail(where, Diag::WrongType, {"this", "of type " + spelled(e), describe(v)});
      return Val::tensor(builder_.constant(ir::Type(e), v.real));
    }
    if (v.whole.isConstant()) {
      int64_t n = v.whole.value();
      Val out = Val::tensor(ir::isFloat(e) ? builder_.constant(ir::Type(e), static_cast<double>(n))
                                           : builder_.constantInt(ir::Type(e), n));
      if (ir::isInteger(e)) out.low = n, out.high = n + 1;
      return out;
    }
    Val out = Val::tensor(convert(builder_.extent(v.whole), e));
    if (ir::isInteger(e)) out.low = v.whole.lowest(), out.high = std::min(v.whole.highest(), INT64_MAX - 1) + 1;
    return out;
  }
  case ValKind::Bool: {
    Elem e = elem.value_or(Elem::Bool);
    return Val::tensor(ir::isFloat(e) ? builder_.constant(ir::Type(e), v.truth) : builder_.constantInt(ir::Type(e), v.truth));
  }
  case ValKind::Tensor: {
    if (!elem && v.weak) {
      Val out = Val::tensor(convert(v.value, Elem::F32));
      return out;
    }
    if (!elem || *elem == v.type().elem) {
      Val out = v;
      out.weak = false;
      return out;
    }
    Val out = Val::tensor(convert(v.value, *elem));
    if (ir::isInteger(*elem)) out.low = v.low, out.high = v.high;
    return out;
  }
  case ValKind::List: {
    const Bundle &b = v.bundle();
    if (b.items.empty()) return adviseParts(*this, report(where, Diag::WrongType, {"this", "a tensor", "an empty list"}), v, where), Val::error();
    if (!elem) {
      bool real = false, whole = false, boolean = false;
      std::optional<Elem> met;
      survey(v, real, whole, boolean, met);
      std::optional<Elem> floating, integral;
      if (std::optional<Val> other = otherType(*this, v, floating, integral)) {
        const Elem first = ir::isFloat(other->type().elem) ? *floating : *integral;
        report(where, Diag::TypesDiffer, {"[ ]", describe(ir::Type(first)), describe(*other)})
            .help("convert one of them: `" + describe(ir::Type(first)) + "(...)`");
        return Val::error();
      }
      if (met && ir::isFloat(*met)) elem = met;
      else if (real) elem = Elem::F32;
      else if (met && (*met != Elem::Bool || !whole)) elem = met;
      else elem = whole ? Elem::I32 : Elem::Bool;
    }
    // A list of known numbers is one constant.
    std::vector<Val> flat;
    std::vector<Dim> dims;
    std::function<bool(const Val &, size_t)> collect = [&](const Val &item, size_t depth) {
      if (item.is(ValKind::List)) {
        Dim n(static_cast<int64_t>(item.bundle().items.size()));
        if (depth == dims.size() && flat.empty()) dims.push_back(n); // the first number says how deep it is
        if (depth >= dims.size() || dims[depth] != n) return false;
        for (const Val &inner : item.bundle().items)
          if (!collect(inner, depth + 1)) return false;
        return true;
      }
      flat.push_back(item);
      return depth == dims.size() && ((item.isNumber() && (!item.integer || item.whole.isConstant())) || item.is(ValKind::Bool));
    };
    if (collect(v, 0)) {
      std::vector<uint64_t> bits;
      for (const Val &item : flat) {
        if (item.isNumber() && !item.integer && !ir::isFloat(*elem))
          return fail(where, Diag::WrongType, {"this", "of type " + spelled(*elem), describe(item)});
        if (!fitsElem(*this, item, *elem, where)) return Val::error();
        double x = item.is(ValKind::Bool) ? item.truth : item.integer ? static_cast<double>(item.whole.value()) : item.real;
        bits.push_back(item.isNumber() && item.integer && *elem == Elem::I64 ? static_cast<uint64_t>(item.whole.value())
                                                                             : ir::encodeNumber(*elem, x));
      }
      return Val::tensor(builder_.constantBits(ir::Type(*elem, dims), std::move(bits)));
    }
    std::vector<Val> items;
    for (const Val &item : b.items) {
      Val t = asTensor(read(item), where, elem);
      if (!t.isTensor()) return Val::error();
      items.push_back(std::move(t));
    }
    std::vector<ir::Value *> parts;
    for (const Val &t : items) {
      if (t.type().dims != items[0].type().dims) {
        const SourceRange *written = origins.placeOf(v);
        Diagnostic &d = report(written ? *written : where, Diag::ShapesDiffer, {"[ ]", describe(items[0]), describe(t)});
        noteSizes(*this, d, items[0], t);
        d.help("a list that is used as a tensor has parts of one shape");
        return Val::error();
      }
      std::vector<Dim> dims1 = t.type().dims;
      dims1.insert(dims1.begin(), Dim(1));
      parts.push_back(builder_.reshape(t.value, dims1));
    }
    Val out = Val::tensor(parts.size() == 1 ? parts[0] : emit(OpKind::Concat, parts, ir::ConcatAttr{0}));
    out.names = items[0].names;
    return out;
  }
  case ValKind::Range: {
    std::optional<Dim> lo = dimOf(v.bundle().items[0], where, "the range"), hi = dimOf(v.bundle().items[1], where, "the range");
    if (!lo || !hi) return Val::error();
    ir::Value *count = builder_.iota(ir::Type(Elem::I32, {*hi - *lo}), 0);
    Val out = Val::tensor(count);
    if (!lo->isConstant(0)) {
      Val shifted = binary(ast::BinaryOp::Add, out, Val::number(*lo), where);
      out = shifted;
    }
    out.low = lo->lowest(), out.high = std::max(hi->highest(), out.low);
    return elem && *elem != Elem::I32 ? asTensor(out, where, elem) : out;
  }
  case ValKind::None:
  case ValKind::Text:
  case ValKind::Tuple:
  case ValKind::Record:
  case ValKind::Table:
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
  if (v.is(ValKind::Place)) return asTensor(read(v), where, elem);
  Diagnostic &d = report(where, Diag::NotATensor, {describe(v)});
  adviseParts(*this, d, v, where);
  return Val::error();
}

ir::Value *Elaborator::index64(const Val &v, SourceRange where) {
  if (v.isError()) return nullptr;
  if (v.isNumber() && v.integer) return builder_.extent(v.whole);
  if (!v.isTensor() || !v.type().isScalar() || !ir::isInteger(v.type().elem)) {
    Diagnostic &d = report(where, Diag::IndexNotInt, {describe(v)});
    if (v.isNumber() || (v.isTensor() && ir::isFloat(v.type().elem))) d.help("`int(...)` cuts a number off; `//` divides ints");
    return nullptr;
  }
  return convert(v.value, Elem::I64);
}

Val Elaborator::intOf(ir::Value *i64, int64_t low, int64_t high) {
  Val out = Val::tensor(convert(i64, Elem::I32));
  out.low = low, out.high = high;
  return out;
}

/// Computed from constants by arithmetic alone.
static bool isConstant(const ir::Value *value) {
  std::vector<const ir::Value *> work = {value};
  std::set<const ir::Value *> seen = {value};
  while (!work.empty()) {
    const ir::Op *def = work.back()->def;
    work.pop_back();
    if (!def) return false;
    const OpKind kind = def->kind;
    if (kind == OpKind::Const) continue;
    if (kind != OpKind::Add && kind != OpKind::Sub && kind != OpKind::Mul && kind != OpKind::Div && kind != OpKind::Rem && kind != OpKind::Neg && kind != OpKind::Convert)
      return false;
    for (const ir::Value *operand : def->operands)
      if (seen.insert(operand).second) work.push_back(operand);
  }
  return true;
}

/// The number that an i64 or u8 known when built is: `k: i64 = 3`.
static std::optional<int64_t> onlyNumber(const Val &v) {
  const bool one = v.isTensor() && v.type().isScalar() && ir::isInteger(v.type().elem) && v.high == v.low + 1;
  return one && isConstant(v.value) ? std::optional(v.low) : std::nullopt;
}

std::optional<int64_t> Elaborator::constantInt(const Val &v, SourceRange where, const char *what) {
  if (v.isConstantInt()) return v.whole.value();
  if (std::optional<int64_t> n = onlyNumber(v)) return n;
  if (v.isNumber() && !v.integer && v.real == std::floor(v.real) && std::fabs(v.real) < kExactWhole) return static_cast<int64_t>(v.real);
  if (!v.isError()) report(where, Diag::NotKnown, {what, "an int", describe(v)});
  return std::nullopt;
}

std::optional<Dim> Elaborator::dimOf(const Val &v, SourceRange where, const char *what) {
  if (v.isNumber() && v.integer) return v.whole;
  if (std::optional<int64_t> n = onlyNumber(v)) return Dim(*n);
  if (v.isTensor() && v.type().isScalar() && ir::isInteger(v.type().elem) && v.high > v.low && v.low >= 0) {
    // An int of a known range is a run-time dimension.
    ir::Value *dim = builder_.toDim(convert(v.value, Elem::I64), v.high - 1, v.value->name.empty() ? "n" : v.value->name);
    return dim->dim;
  }
  if (v.isError()) return std::nullopt;
  if (checking_ && v.isTensor() && v.type().isScalar() && ir::isInteger(v.type().elem)) { // its range may depend on the sizes
    undecided_ = true;
    return std::nullopt;
  }
  Diagnostic &d = report(where, Diag::NotKnown, {what, "an int", describe(v)});
  if (v.isTensor() && v.type().isScalar() && ir::isInteger(v.type().elem))
    d.help("a range makes it a size with a bound: `n: int in 1..65`");
  else if (v.isTensor() && ir::isFloat(v.type().elem))
    d.help("sizes are computed from ints by `+ - * //`, and `^` with an exponent known when the program is built; `/` gives a float");
  return std::nullopt;
}

std::optional<Dim> Elaborator::sizeOf(const Val &v, SourceRange where, const char *what) {
  std::optional<Dim> d = dimOf(v, where, what);
  if (d && !notNegative(*d, where, what)) return std::nullopt;
  return d;
}

bool Elaborator::notNegative(const Dim &size, SourceRange where, const std::string &what, const char *help) {
  if (size.highest() < 0) {
    Diagnostic &d = report(where, Diag::NegativeSize, {what, size.str()});
    if (help) d.help(help);
    return false;
  }
  if (checking_ || ir::isNonNegative(size)) return true;
  ir::Value *n = builder_.extent(size);
  check(emit(OpKind::Ge, {n, builder_.i64(0)}), where, {{what + " is ", -1, "", {}}, {"", 1, "", {}}, {": it cannot be negative", -1, "", {}}}, {n});
  return true;
}

std::optional<bool> Elaborator::knownBool(const Val &v) {
  if (v.is(ValKind::Bool)) return v.truth;
  return std::nullopt;
}

std::optional<std::string> Elaborator::knownText(const Val &v, SourceRange where, const char *what) {
  if (v.is(ValKind::Text) && v.text().known()) return v.text().str();
  if (!v.isError()) report(where, Diag::NotKnown, {what, "a text", describe(v)});
  return std::nullopt;
}

} // namespace dl::frontend

/// Promotion, broadcasting and arithmetic.
#include "frontend/build/advice.h"
#include "frontend/build/text.h"
#include <cmath>

namespace dl::frontend {
using ast::BinaryOp;
using ir::Elem;
using ir::OpKind;

static bool isKnownNumber(const Val &v) {
  return (v.isNumber() && (!v.integer || v.whole.isConstant())) || v.is(ValKind::Bool);
}
static double asDouble(const Val &v) {
  return v.is(ValKind::Bool) ? v.truth : v.integer ? static_cast<double>(v.whole.value()) : v.real;
}

/// What the operands of one operation become.
struct Meeting {
  std::optional<Elem> floating, whole;
  bool real = false, number = false, boolean = false, weak = false, clash = false;

  void add(const Val &v) {
    if (v.isNumber()) (v.integer ? number : real) = true;
    else if (v.is(ValKind::Bool)) boolean = true;
    else if (v.is(ValKind::List))
      for (const Val &item : v.bundle().items) add(item);
    else if (v.is(ValKind::Range)) addElem(Elem::I32);
    else if (v.isTensor() && v.weak) weak = true;
    else if (v.isTensor()) addElem(v.type().elem);
  }
  void addElem(Elem e) {
    if (e == Elem::Bool) boolean = true;
    else if (ir::isFloat(e)) clash |= floating && *floating != e, floating = e;
    else clash |= whole && *whole != e, whole = e;
  }
};

bool Elaborator::promote(std::vector<Val> &values, SourceRange where, const char *operation) {
  Meeting m;
  for (Val &v : values) {
    v = read(v);
    if (v.isError()) return false;
    if (!v.isTensor() && !v.isNumber() && !v.is(ValKind::Bool) && !v.is(ValKind::List) && !v.is(ValKind::Range)) {
      const size_t told = c_.diags.all().size();
      asTensor(v, where); // reports
      if (v.is(ValKind::Text) && std::string_view(operation) == "+" && c_.diags.all().size() > told) c_.diags.last().help("texts are joined by `\"{a}{b}\"`");
      return false;
    }
    m.add(v);
  }
  if (m.clash) {
    const Val *a = nullptr, *b = nullptr;
    for (Val &v : values)
      if (v.is(ValKind::List) && (v = asTensor(v, where)).isError()) return false;
    for (const Val &v : values)
      if (v.isTensor() && v.type().elem != Elem::Bool) {
        if (!a) a = &v;
        else if (a->type().elem != v.type().elem && !b) b = &v;
      }
    Diagnostic &d = report(where, Diag::TypesDiffer, {operation, a ? describe(*a) : "", b ? describe(*b) : ""});
    if (a && b) {
      // Of two kinds of ints the wider one holds both.
      const bool wider = ir::isInteger(a->type().elem) && ir::isInteger(b->type().elem) && ir::byteSize(b->type().elem) > ir::byteSize(a->type().elem);
      const Elem elem = wider ? b->type().elem : a->type().elem;
      std::string to = elem == Elem::I32 ? "int" : ir::name(elem);
      d.help("convert one of them: `" + to + "(...)`");
    }
    return false;
  }
  std::string_view op = operation;
  bool logical = op == "and" || op == "or" || op == "not";
  bool keepsBool = op == "==" || op == "!=" || op == "where" || op == "concat" || op == "min" || op == "max" || logical;
  bool weakResult = false;
  Elem target;
  if (m.floating) target = *m.floating;
  else if (m.weak && !m.whole) target = Elem::F64, weakResult = true;
  else if (m.real || m.weak) target = Elem::F32;
  else if (m.whole) target = *m.whole;
  else if (m.number || !keepsBool) target = Elem::I32;
  else target = Elem::Bool;
  for (Val &v : values) {
    Val t = asTensor(v, where, target);
    if (!t.isTensor()) return false;
    t.weak = weakResult;
    v = std::move(t);
  }
  return true;
}

ir::Value *Elaborator::broadcastTo(ir::Value *v, const std::vector<Dim> &dims) {
  if (!v || v->type.dims == dims) return v;
  size_t rank = v->type.dims.size(), shift = dims.size() - rank;
  std::vector<Dim> kept;
  std::vector<int> to;
  for (size_t i = 0; i < rank; ++i) {
    if (v->type.dims[i].isConstant(1) && !dims[i + shift].isConstant(1)) continue;
    kept.push_back(v->type.dims[i]);
    to.push_back(static_cast<int>(i + shift));
  }
  if (checking_) { // open equalities were assumed
    std::vector<Dim> wanted;
    for (int d : to) wanted.push_back(dims[static_cast<size_t>(d)]);
    if (wanted != kept) return function_->newValue(ir::Type(v->type.elem, dims));
  }
  if (kept.size() != rank) v = builder_.reshape(v, kept);
  return to.size() == dims.size() && kept == dims ? v : builder_.broadcast(v, dims, to);
}

/// `net(x) - y` of f32[b, 1] and f32[b]: the one column of a layer meets a vector.
static void checkPairs(Elaborator &e, const std::vector<Val> &v, SourceRange where, const char *operation) {
  if (v.size() != 2) return;
  for (size_t k = 0; k < 2; ++k) {
    const std::vector<Dim> &a = v[k].type().dims, &b = v[1 - k].type().dims;
    if (a.size() < 2 || b.size() + 1 != a.size() || !a.back().isConstant(1) || b.back().isConstant(1)) continue;
    if (!std::equal(b.begin(), b.end(), a.begin()) || !isContracted(v[k].value, a.size() - 1)) continue;
    std::vector<Dim> out = a;
    out.back() = b.back();
    Diagnostic &d = e.report(where, Diag::PairsMade, {operation, e.describe(v[0]), e.describe(v[1]), e.describe(ir::Type(v[k].type().elem, out))});
    for (size_t side = 0; side < 2; ++side) noteSize(e, d, v[side].value, v[side].type().dims.size() - 1);
    d.help("`[:, 0]` takes the one column; where pairs are meant, `y[none]` says so");
  }
}

bool Elaborator::broadcastTogether(std::vector<Val> &tensors, SourceRange where, const char *operation) {
  checkPairs(*this, tensors, where, operation);
  size_t rank = 0;
  for (const Val &v : tensors) rank = std::max(rank, v.type().dims.size());
  std::vector<Dim> dims(rank, Dim(1));
  for (const Val &v : tensors) {
    size_t shift = rank - v.type().dims.size();
    for (size_t i = 0; i < v.type().dims.size(); ++i) {
      const Dim &d = v.type().dims[i];
      Dim &out = dims[i + shift];
      if (d.isConstant(1)) continue;
      if (out.isConstant(1)) { // an open size is not assumed to be 1
        out = d;
        continue;
      }
      if (requireEqual(out, d)) continue;
      const Val *other = &tensors[0];
      for (const Val &t : tensors)
        if (&t != &v && (t.type().dims.size() == rank || other == &v)) other = &t;
      Diagnostic &report_ = report(where, Diag::ShapesDiffer, {operation, describe(*other), describe(v)});
      report_.fact("aligned at the right, " + out.str() + " meets " + d.str());
      noteSizes(*this, report_, *other, v);
      if (tensors.size() == 2 && tensors[0].type().dims.size() != tensors[1].type().dims.size())
        report_.help("a value per leading axis goes by index: `y[i, ...] = u[i] * x[i, ...]`");
      return false;
    }
  }
  for (Val &v : tensors) {
    bool weak = v.weak;
    int64_t low = v.low, high = v.high;
    auto names = v.names;
    v = Val::tensor(broadcastTo(v.value, dims));
    v.weak = weak, v.low = low, v.high = high, v.names = names;
  }
  return true;
}

Val Elaborator::elementwise(OpKind kind, std::vector<Val> operands, SourceRange where) {
  return zip(operands, where, [&](const std::vector<Val> &given) -> Val {
    std::vector<Val> v = given;
    const char *name = ir::info(kind).mnemonic;
    if (!promote(v, where, name)) return Val::error();
    static const OpKind floats[] = {OpKind::Exp,  OpKind::Expm1, OpKind::Log,     OpKind::Log1p, OpKind::Sqrt,   OpKind::Sin,
                                    OpKind::Cos,  OpKind::Tan,   OpKind::Tanh,    OpKind::Sigmoid, OpKind::Erf,  OpKind::ErfInv,
                                    OpKind::Lgamma, OpKind::Digamma, OpKind::Atan2, OpKind::IsFinite, OpKind::Pow};
    bool floatOnly = std::find(std::begin(floats), std::end(floats), kind) != std::end(floats);
    if (floatOnly && !ir::isFloat(v[0].type().elem))
      for (Val &x : v) x = asTensor(x, where, Elem::F32);
    if (!broadcastTogether(v, where, name)) return Val::error();
    std::vector<ir::Value *> raw;
    for (Val &x : v) raw.push_back(x.value);
    Val out = Val::tensor(emit(kind, raw));
    out.weak = v[0].weak && out.isTensor() && out.type().elem == Elem::F64;
    return out;
  });
}

Val Elaborator::select(const Val &condition, const Val &a, const Val &b, SourceRange where) {
  return zip({condition, a, b}, where, [&](const std::vector<Val> &given) -> Val {
    if (given[0].is(ValKind::Bool) && given[1].isNumber() && given[2].isNumber()) return given[0].truth ? given[1] : given[2];
    Val c = asTensor(given[0], where);
    if (!c.isTensor()) return Val::error();
    if (c.type().elem != Elem::Bool) return notBool(c, where);
    std::vector<Val> v = {given[1], given[2]};
    bool real = v[0].isNumber() && v[1].isNumber() && (!v[0].integer || !v[1].integer);
    for (size_t i = 0; real && i < 2; ++i) v[i] = asTensor(v[i], where, Elem::F64), v[i].weak = true; // takes the float type it meets
    if (!promote(v, where, "where")) return Val::error();
    bool weak = v[0].weak;
    v.insert(v.begin(), c);
    if (!broadcastTogether(v, where, "where")) return Val::error();
    Val out = Val::tensor(emit(OpKind::Select, {v[0].value, v[1].value, v[2].value}));
    out.weak = weak;
    if (given[1].isTensor() && given[2].isTensor() && given[1].high > given[1].low && given[2].high > given[2].low)
      out.low = std::min(given[1].low, given[2].low), out.high = std::max(given[1].high, given[2].high);
    return out;
  });
}

constexpr size_t kMostTerms = 64; ///< of a size, written out as a sum of products

/// Whether arithmetic on sizes would give one of more than `kMostTerms`.
static bool tooLong(BinaryOp op, const Val &a, const Val &b) {
  if (!a.isNumber() || !a.integer || !b.isNumber() || !b.integer) return false;
  auto terms = [](const Dim &d) { return (d.poly() ? d.poly()->terms.size() : 0) + (d.constantPart() != 0 ? 1 : 0); };
  size_t left = terms(a.whole), right = terms(b.whole);
  if (op == BinaryOp::Multiply || op == BinaryOp::Remainder) return left > 1 && right > 1 && left * right > kMostTerms;
  if (op != BinaryOp::Power || left <= 1 || !b.whole.isConstant()) return left + right > kMostTerms + 1;
  size_t powers = 1;
  for (int64_t i = 0; i < b.whole.value() && powers <= kMostTerms; ++i) powers *= left;
  return powers > kMostTerms;
}

/// Numbers known when built; nothing if this must be computed by the program.
static std::optional<Val> foldNumbers(BinaryOp op, const Val &a, const Val &b) {
  auto whole = [](const Val &v) { return v.isNumber() && v.integer; };
  if (whole(a) && whole(b)) {
    const Dim &x = a.whole, &y = b.whole;
    if (op == BinaryOp::Add) return Val::number(x + y);
    if (op == BinaryOp::Subtract) return Val::number(x - y);
    if (op == BinaryOp::Multiply) return Val::number(x * y);
    if (op == BinaryOp::FloorDivide && !y.isConstant(0)) return Val::number(floorDiv(x, y));
    if (op == BinaryOp::Remainder && !y.isConstant(0)) return Val::number(remainder(x, y));
    bool apart = x.lowest() > y.highest() || y.lowest() > x.highest(), same = x == y;
    if (op == BinaryOp::Equal && (same || apart)) return Val::boolean(same);
    if (op == BinaryOp::NotEqual && (same || apart)) return Val::boolean(!same);
    if (op == BinaryOp::Less && x.highest() < y.lowest()) return Val::boolean(true);
    if (op == BinaryOp::Less && x.lowest() >= y.highest()) return Val::boolean(false);
    if (op == BinaryOp::Greater && x.lowest() > y.highest()) return Val::boolean(true);
    if (op == BinaryOp::Greater && x.highest() <= y.lowest()) return Val::boolean(false);
    if (op == BinaryOp::LessEqual && x.highest() <= y.lowest()) return Val::boolean(true);
    if (op == BinaryOp::LessEqual && x.lowest() > y.highest()) return Val::boolean(false);
    if (op == BinaryOp::GreaterEqual && x.lowest() >= y.highest()) return Val::boolean(true);
    if (op == BinaryOp::GreaterEqual && x.highest() < y.lowest()) return Val::boolean(false);
    if (op == BinaryOp::Power && y.isConstant() && y.value() >= 0) {
      int64_t n = y.value();
      if (x.isConstant() && x.value() >= -1 && x.value() <= 1 && n > 2) n = 2 - n % 2;
      bool fits = n < 63 && (!x.isConstant() || std::pow(std::fabs(static_cast<double>(x.value())), static_cast<double>(n)) < 9e18);
      Dim out(1);
      for (int64_t i = 0; fits && i < n; ++i) out = out * x;
      if (fits) return Val::number(out);
    }
  }
  if (!isKnownNumber(a) || !isKnownNumber(b)) return std::nullopt;
  bool bothBool = a.is(ValKind::Bool) && b.is(ValKind::Bool);
  double x = asDouble(a), y = asDouble(b);
  switch (op) {
  case BinaryOp::Equal: return Val::boolean(x == y);
  case BinaryOp::NotEqual: return Val::boolean(x != y);
  case BinaryOp::Less: return Val::boolean(x < y);
  case BinaryOp::LessEqual: return Val::boolean(x <= y);
  case BinaryOp::Greater: return Val::boolean(x > y);
  case BinaryOp::GreaterEqual: return Val::boolean(x >= y);
  case BinaryOp::Divide: return Val::number(x / y);
  case BinaryOp::Power: return Val::number(std::pow(x, y));
  case BinaryOp::Add:
  case BinaryOp::Subtract:
  case BinaryOp::Multiply: {
    double r = op == BinaryOp::Add ? x + y : op == BinaryOp::Subtract ? x - y : x * y;
    bool ints = (a.is(ValKind::Bool) || a.integer) && (b.is(ValKind::Bool) || b.integer);
    return ints || bothBool ? Val::number(Dim(static_cast<int64_t>(r))) : Val::number(r);
  }
  case BinaryOp::FloorDivide:
  case BinaryOp::Remainder:
  case BinaryOp::MatMul:
  case BinaryOp::Range:
  case BinaryOp::And:
  case BinaryOp::Or: return std::nullopt;
  }
  return std::nullopt;
}

static OpKind kindOf(BinaryOp op) {
  switch (op) {
  case BinaryOp::Power: return OpKind::Pow;
  case BinaryOp::Multiply: return OpKind::Mul;
  case BinaryOp::Divide:
  case BinaryOp::FloorDivide: return OpKind::Div;
  case BinaryOp::Remainder: return OpKind::Rem;
  case BinaryOp::Add: return OpKind::Add;
  case BinaryOp::Subtract: return OpKind::Sub;
  case BinaryOp::Equal: return OpKind::Eq;
  case BinaryOp::NotEqual: return OpKind::Ne;
  case BinaryOp::Less: return OpKind::Lt;
  case BinaryOp::LessEqual: return OpKind::Le;
  case BinaryOp::Greater: return OpKind::Gt;
  case BinaryOp::GreaterEqual: return OpKind::Ge;
  case BinaryOp::And: return OpKind::And;
  case BinaryOp::Or: return OpKind::Or;
  case BinaryOp::MatMul:
  case BinaryOp::Range: break;
  }
  DL_UNREACHABLE();
}

/// An int to a power known when built that is not negative: an int of the same type, by squares and products.
static Val wholePower(Elaborator &e, const Val &base, int64_t n) {
  ir::Value *square = base.value, *out = nullptr;
  for (; n > 0; n /= 2, square = n > 0 ? e.emit(OpKind::Mul, {square, square}) : square)
    if (n % 2 == 1) out = out ? e.emit(OpKind::Mul, {out, square}) : square;
  return Val::tensor(out ? out : e.ir().constantInt(base.type(), 1));
}

Val Elaborator::power(const Val &base, const Val &exponent, SourceRange where) {
  const bool known = exponent.isConstantInt() && exponent.whole.value() >= 0;
  Meeting m;
  m.add(base);
  if (known && !m.floating && !m.real && !m.weak && !m.clash) {
    const Val x = asTensor(base, where, m.whole.value_or(Elem::I32));
    return x.isTensor() ? wholePower(*this, x, exponent.whole.value()) : x;
  }
  if (known && base.isTensor() && exponent.whole.value() >= 1 && exponent.whole.value() <= 4) {
    const int64_t n = exponent.whole.value();
    const Val x = base;
    if (n == 1) return x;
    auto times = [&](const Val &a, const Val &b) {
      Val out = Val::tensor(emit(OpKind::Mul, {a.value, b.value}));
      out.weak = x.weak;
      return out;
    };
    Val square = times(x, x);
    return n == 2 ? square : n == 3 ? times(square, x) : times(square, square);
  }
  return elementwise(OpKind::Pow, {base, exponent}, where);
}

Val Elaborator::binary(BinaryOp op, const Val &left, const Val &right, SourceRange where) {
  if (op == BinaryOp::MatMul) return matmul(left, right, where);
  Val l = read(left), r = read(right);
  if (l.isError() || r.isError()) return Val::error();
  if (op == BinaryOp::Range) {
    for (const Val *v : {&l, &r})
      if (!(v->isNumber() && v->integer) && !(v->isTensor() && v->type().isScalar() && ir::isInteger(v->type().elem)))
        return fail(where, Diag::WrongType, {"an end of a range", "an int", describe(*v)});
    return Val::tuple({l, r}, ValKind::Range);
  }
  bool equality = op == BinaryOp::Equal || op == BinaryOp::NotEqual;
  if (equality) {
    bool want = op == BinaryOp::Equal;
    if (l.is(ValKind::None) || r.is(ValKind::None)) return Val::boolean((l.kind == r.kind) == want);
    if (l.is(ValKind::Text) || r.is(ValKind::Text)) {
      const Val &text = l.is(ValKind::Text) ? l : r, &other = l.is(ValKind::Text) ? r : l;
      bool category = other.isTensor() && other.names;
      if (!category && l.kind != r.kind) return fail(where, Diag::TypesDiffer, {std::string(ast::spelling(op)), describe(l), describe(r)});
      Val equal = category ? categoryIs(*this, other, text, where) : textsEqual(*this, l, r, where);
      return want ? equal : unary(ast::UnaryOp::Not, equal, where);
    }
    if (l.is(ValKind::Function) || l.is(ValKind::Model)) return Val::boolean(same(l, r) == want);
  }
  return zip({l, r}, where, [&](const std::vector<Val> &given) -> Val {
    const Val &a = given[0], &b = given[1];
    if (tooLong(op, a, b)) {
      const Frame *outer = frame_->caller;
      while (outer && (!outer->facts || outer->facts != frame_->facts)) outer = outer->caller;
      if (outer) return reportRecursion(*this, *frame_), Val::error(); // a product that each call makes longer
      return fail(where, Diag::SizeTooLong, {std::to_string(kMostTerms)});
    }
    if ((op == BinaryOp::FloorDivide || op == BinaryOp::Remainder) && b.isConstantInt() && b.whole.isConstant(0))
      return fail(where, Diag::DivisionByZero, {std::string(ast::spelling(op))});
    if (auto folded = foldNumbers(op, a, b)) return *folded;
    if (op == BinaryOp::Power) return power(a, b, where);
    std::string text(ast::spelling(op));
    std::vector<Val> v = {a, b};
    bool exact = op == BinaryOp::Add || op == BinaryOp::Subtract || op == BinaryOp::Multiply || op == BinaryOp::Divide;
    if (a.isNumber() && b.isNumber() && exact) // a size known at run time: the result takes the float type it meets
      for (Val &x : v) x = asTensor(x, where, Elem::F64), x.weak = true;
    if (!promote(v, where, text.c_str())) return Val::error();
    Elem elem = v[0].type().elem;
    if (op == BinaryOp::Divide && !ir::isFloat(elem)) {
      for (Val &x : v) x = asTensor(x, where, Elem::F32);
    } else if ((op == BinaryOp::FloorDivide || op == BinaryOp::Remainder) && !ir::isInteger(elem)) {
      report(where, Diag::IntsOnly, {text, describe(v[0])}).help(op == BinaryOp::FloorDivide ? "write `floor(a / b)`" : "write `a - floor(a / b) * b`");
      return Val::error();
    } else if ((op == BinaryOp::And || op == BinaryOp::Or) && elem != Elem::Bool) {
      return notBool(a.isTensor() && a.type().elem == Elem::Bool ? b : a, where);
    } else if ((op == BinaryOp::Less || op == BinaryOp::LessEqual || op == BinaryOp::Greater || op == BinaryOp::GreaterEqual) &&
               elem == Elem::Bool) {
      for (Val &x : v) x = asTensor(x, where, Elem::I32);
    }
    if (op == BinaryOp::FloorDivide || op == BinaryOp::Remainder) {
      bool proven = (b.isConstantInt() && !b.whole.isConstant(0)) || (v[1].high > v[1].low && (v[1].low > 0 || v[1].high <= 0));
      if (!proven) {
        ir::Value *zero = builder_.constantInt(v[1].type(), 0);
        ir::Value *fine = emit(OpKind::Ne, {v[1].value, zero});
        for (size_t i = v[1].type().dims.size(); fine && i-- > 0;) fine = builder_.reduce(ir::ReduceKind::And, fine, {static_cast<int>(i)});
        check(fine, where, {{"division by zero", -1, "", {}}}, {});
      }
    }
    int64_t low = 0, high = 0;
    const Val &x = v[0], &y = v[1];
    auto narrow = [](const Val &v) { return v.high > v.low && v.low >= INT32_MIN && v.high <= int64_t{INT32_MAX} + 1; };
    if (ir::isInteger(elem) && narrow(x) && narrow(y)) {
      if (op == BinaryOp::Add) low = x.low + y.low, high = x.high + y.high - 1;
      if (op == BinaryOp::Subtract) low = x.low - (y.high - 1), high = x.high - y.low;
      if (op == BinaryOp::Multiply && x.low >= 0 && y.low >= 0) low = x.low * y.low, high = (x.high - 1) * (y.high - 1) + 1;
      if (op == BinaryOp::FloorDivide && x.low >= 0 && y.low > 0) low = x.low / (y.high - 1), high = (x.high - 1) / y.low + 1;
      if (op == BinaryOp::Remainder && y.low > 0) low = 0, high = y.high - 1;
      if (high > INT32_MAX || low < INT32_MIN) low = high = 0;
    }
    if (!broadcastTogether(v, where, text.c_str())) return Val::error();
    Val out = Val::tensor(emit(kindOf(op), {v[0].value, v[1].value}));
    if (!out.isTensor()) return out;
    out.weak = v[0].weak && out.type().elem == Elem::F64;
    if (ir::isInteger(out.type().elem)) out.low = low, out.high = high;
    return out;
  });
}

Val Elaborator::unary(ast::UnaryOp op, const Val &given, SourceRange where) {
  return zip({given}, where, [&](const std::vector<Val> &x) -> Val {
    const Val &v = x[0];
    if (op == ast::UnaryOp::Not) {
      if (v.is(ValKind::Bool)) return Val::boolean(!v.truth);
      Val t = asTensor(v, where);
      if (!t.isTensor()) return t;
      if (t.type().elem != Elem::Bool) return notBool(v, where);
      return Val::tensor(emit(OpKind::Not, {t.value}));
    }
    if (v.isNumber()) return v.integer ? Val::number(-v.whole) : Val::number(-v.real);
    std::vector<Val> one = {v};
    if (!promote(one, where, "-")) return Val::error();
    Val out = Val::tensor(emit(OpKind::Neg, {one[0].value}));
    out.weak = one[0].weak;
    if (one[0].high > one[0].low) out.low = -(one[0].high - 1), out.high = -one[0].low + 1;
    return out;
  });
}

} // namespace dl::frontend

/// Draws: keys follow the place in the program and the turns of its loops; distributions are models with `draw`.
#include "frontend/build/advice.h"
#include "frontend/build/builtin.h"
#include "frontend/build/turns.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

ir::Value *Elaborator::siteKey(const void *node, const std::string &what) {
  if (!key_) key_ = seed();
  std::vector<int64_t> turns; // the key has them
  std::string path = withoutTurns(frame_->site + "/" + siteName(node, what), turns);
  return emit(OpKind::KeyFold, {key_, builder_.i64(hashText(path))});
}

Val Elaborator::draw(const Val &given, const ast::Type *type, const void *node, SourceRange where) {
  Val d = read(given);
  if (!d.is(ValKind::Instance)) {
    Diagnostic &report_ = report(where, Diag::NotADistribution, {describe(d)});
    if (d.is(ValKind::Model)) report_.help("configure it: `" + configuredLike(*d.model().decl) + "`");
    else if (c_.inPrelude(where)) report_.help("give a function of one, such as `() -> normal(0, 0.1)`; all zeros are `() -> normal(0, 0)`");
    return Val::error();
  }
  Val *fn = d.instance().scope->own("draw");
  if (!fn || !fn->is(ValKind::Function)) return fail(where, Diag::NotADistribution, {describe(d)});
  std::vector<Arg> args;
  std::optional<Elem> old = drawElem_;
  drawElem_.reset();
  if (type) {
    std::optional<TypeVal> t = evalType(*type);
    if (!t) return Val::error();
    std::vector<Val> shape;
    for (const Dim &n : t->type.dims) shape.push_back(Val::number(n));
    args.push_back({"", where, Val::tuple(std::move(shape)), nullptr});
    if (ir::isFloat(t->type.elem)) drawElem_ = t->type.elem;
  }
  Val out = call(*fn, std::move(args), {where, where, node});
  drawElem_ = old;
  if (type && !out.isError()) out = annotate(out, *type, where, "the draw");
  return out;
}

std::optional<Elem> elemOfDraws(Elaborator &e, const Scope &distribution) {
  std::vector<Val> config;
  for (const auto &entry : distribution.names) e.leaves(entry.second, config);
  for (const Val &v : config)
    if (v.isTensor() && !v.weak && ir::isFloat(v.type().elem) && v.type().elem != Elem::F32) return v.type().elem;
  return std::nullopt;
}

/// A shape as written: a list or tuple of ints, one int, or nothing.
std::optional<std::vector<Dim>> Elaborator::shapeOf(const Val &given, SourceRange where) {
  Val v = read(given);
  std::vector<Dim> dims;
  if (v.is(ValKind::List) || v.is(ValKind::Tuple)) {
    for (const Val &item : v.bundle().items) {
      std::optional<Dim> d = sizeOf(read(item), where, "a size");
      if (!d) return std::nullopt;
      dims.push_back(*d);
    }
    return dims;
  }
  std::optional<Dim> d = sizeOf(v, where, "a size");
  if (!d) return std::nullopt;
  return std::vector<Dim>{*d};
}

ir::Value *Elaborator::randomBits(Elem elem, const std::vector<Dim> &dims, const CallSite &site, const char *what) {
  return emit(OpKind::RandomBits, {siteKey(site.node, what)}, ir::RandomAttr{ir::Type(elem, dims)});
}

static Val uniformBits(Elaborator &e, BuiltinCall &c) {
  auto dims = e.shapeOf(c[0], c.where(0));
  return dims ? Val::tensor(e.randomBits(Elem::I32, *dims, c.site, "uniform_bits")) : Val::error();
}

/// Bits without their lowest ones, as a float: an int below 2^24 (f32) or 2^53 (f64).
static ir::Value *mantissa(Elaborator &e, const std::vector<Dim> &dims, const CallSite &site, const char *what, Elem elem, int drop) {
  Elem bits = elem == Elem::F64 ? Elem::I64 : Elem::I32;
  ir::Value *raw = e.randomBits(bits, dims, site, what);
  if (!raw) return nullptr;
  return e.convert(e.emit(OpKind::Shr, {raw, e.ir().constantInt(raw->type, drop)}), elem);
}

/// Draws of the halves are those of f32, rounded: their own grids are too coarse for a rare event or a tail.
static Elem madeIn(Elem elem) { return ir::isHalf(elem) ? Elem::F32 : elem; }
static Val asDrawn(Elaborator &e, ir::Value *drawn, bool belowOne) {
  const Elem elem = e.drawElem();
  ir::Value *out = e.convert(drawn, elem);
  if (belowOne && ir::isHalf(elem)) // rounding must not reach the end of the interval
    out = e.emit(OpKind::Min, {out, e.ir().constant(out->type, elem == Elem::F16 ? 1 - 0x1p-11 : 1 - 0x1p-8)});
  return Val::tensor(out);
}

static Val standardUniform(Elaborator &e, BuiltinCall &c) {
  auto dims = e.shapeOf(c[0], c.where(0));
  if (!dims) return Val::error();
  Elem elem = madeIn(e.drawElem());
  ir::Value *m = mantissa(e, *dims, c.site, "standard_uniform", elem, elem == Elem::F64 ? 11 : 8);
  if (!m) return Val::error();
  return asDrawn(e, e.emit(OpKind::Mul, {m, e.ir().constant(m->type, elem == Elem::F64 ? 0x1p-53 : 0x1p-24)}), true);
}

/// Odd ints below 2^24 (f32) or 2^53 (f64), scaled: never 0, never `scale * 2^24`.
static ir::Value *oddGrid(Elaborator &e, BuiltinCall &c, double scale32, double scale64) {
  auto dims = e.shapeOf(c[0], c.where(0));
  if (!dims) return nullptr;
  Elem elem = madeIn(e.drawElem());
  bool wide = elem == Elem::F64;
  ir::Value *m = mantissa(e, *dims, c.site, c.builtin->name, elem, wide ? 12 : 9);
  if (!m) return nullptr;
  auto number = [&](double x) { return e.ir().constant(m->type, x); };
  ir::Value *odd = e.emit(OpKind::Add, {e.emit(OpKind::Mul, {m, number(2)}), number(1)});
  return e.emit(OpKind::Mul, {odd, number(wide ? scale64 : scale32)});
}

static Val openUniform(Elaborator &e, BuiltinCall &c) {
  ir::Value *grid = oddGrid(e, c, 0x1p-24, 0x1p-53);
  return grid ? asDrawn(e, grid, true) : Val::error();
}

/// sqrt(2) * erf_inv(x) with x on a symmetric grid inside (-1, 1).
static Val standardNormal(Elaborator &e, BuiltinCall &c) {
  ir::Value *grid = oddGrid(e, c, 0x1p-23, 0x1p-52);
  if (!grid) return Val::error();
  auto number = [&](double x) { return e.ir().constant(grid->type, x); };
  ir::Value *x = e.emit(OpKind::Sub, {grid, number(1)});
  return asDrawn(e, e.emit(OpKind::Mul, {e.emit(OpKind::ErfInv, {x}), number(1.4142135623730951)}), false);
}

static Val permutation(Elaborator &e, BuiltinCall &c) {
  std::optional<Dim> n = e.sizeOf(c[0], c.where(0), "the length");
  if (!n) return Val::error();
  ir::Value *bits = e.randomBits(Elem::I32, {*n}, c.site, "permutation");
  ir::Value *rows = e.ir().iota(ir::Type(Elem::I32, {*n}), 0);
  ir::Op *sorted = e.emitOp(OpKind::Sort, {bits, rows}, ir::SortAttr{0, false});
  if (!sorted) return Val::error();
  Val out = Val::tensor(sorted->result(1));
  out.low = 0, out.high = n->lowest();
  return out;
}

std::span<const Builtin> randomBuiltins() {
  static const Builtin table[] = {
      {"uniform_bits", "shape", uniformBits, "random 32-bit words"},
      {"standard_uniform", "shape", standardUniform, "uniform in [0, 1)"},
      {"open_uniform", "shape", openUniform, "uniform in (0, 1), without the ends"},
      {"standard_normal", "shape", standardNormal, "normal with mean 0 and deviation 1"},
      {"permutation", "n", permutation, "the ints 0..n in random order"},
  };
  return table;
}

} // namespace dl::frontend

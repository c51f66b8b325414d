/// Primitives of linear algebra: factorisations without derivatives, which the prelude (linear_algebra.dl) wraps, and the
/// discrete Fourier transform.
#include "frontend/build/builtin.h"
#include "ir/index_range.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// As a tensor of f32 or f64: there are no routines for the halves.
static Val precise(Elaborator &e, const Val &given, SourceRange where, const char *what) {
  Val t = e.asTensor(given, where);
  if (!t.isTensor()) return t;
  if (!ir::isFloat(t.type().elem)) return e.asTensor(t, where, Elem::F32);
  if (ir::isHalf(t.type().elem))
    return e.report(where, Diag::WrongType, {what, "of type f32 or f64", e.describe(t)}).help("convert it: `f32(...)`"), Val::error();
  return t;
}

/// An argument as a tensor of floats with at least `rank` axes.
static Val floats(Elaborator &e, BuiltinCall &c, size_t i, size_t rank) {
  Val t = precise(e, c[i], c.where(i), "this matrix");
  if (!t.isTensor()) return t;
  if (t.type().dims.size() < rank) return e.fail(c.where(i), Diag::RankTooSmall, {c.builtin->name, countOf(rank, "axis", "axes"), e.describe(t)});
  return t;
}

static Val results(ir::Op *op, std::vector<std::string> labels) {
  if (!op) return Val::error();
  if (labels.empty()) return Val::tensor(op->result());
  std::vector<Val> items;
  for (ir::Value *r : op->results) items.push_back(Val::tensor(r));
  return Val::record(std::move(labels), std::move(items));
}

/// A factorisation of which the smaller side decides the shapes. Where it is not known which one that is, the side of the smaller bound is
/// taken (of qr, whose columns come first, their number): as many rows (or columns) of zeros behind the others make it so. Their part of
/// the first (or last) factor is cut off: it holds zeros, or belongs to singular values 0.
static Val thin(Elaborator &e, OpKind kind, const Val &a, std::vector<std::string> labels) {
  std::vector<Dim> dims = a.type().dims;
  const Dim m = dims[dims.size() - 2], n = dims.back();
  const bool known = ir::isNonNegative(m - n) || ir::isNonNegative(n - m), byRows = kind == OpKind::Qr || n.bound() <= m.bound();
  ir::Value *whole = a.value;
  const int axis = static_cast<int>(dims.size()) - (byRows ? 2 : 1);
  if (!known) {
    dims[static_cast<size_t>(axis)] = m + n;
    ir::PadAttr pad{std::vector<Dim>(dims.size(), Dim(0)), dims, std::vector<int64_t>(dims.size(), 1)};
    whole = e.emit(OpKind::Pad, {whole, e.zeros(ir::Type(a.type().elem))}, pad);
  }
  ir::Op *op = e.emitOp(kind, {whole});
  if (!op) return Val::error();
  std::vector<Val> items;
  for (ir::Value *r : op->results) items.push_back(Val::tensor(r));
  Val &cut = byRows ? items.front() : items.back();
  if (!known) cut = e.slice(cut.value, axis, Dim(0), byRows ? m : n);
  return Val::record(std::move(labels), std::move(items));
}

static Val factorise(Elaborator &e, BuiltinCall &c) {
  Val a = floats(e, c, 0, 2);
  if (!a.isTensor()) return a;
  if (c.builtin->op == OpKind::Svd) return thin(e, OpKind::Svd, a, {"u", "s", "v"});
  if (c.builtin->op == OpKind::Qr) return thin(e, OpKind::Qr, a, {"q", "r"});
  std::vector<std::string> labels;
  if (c.builtin->op == OpKind::Lu) labels = {"lu", "rows", "sign"};
  if (c.builtin->op == OpKind::Eigh) labels = {"values", "vectors"};
  Val out = results(e.emitOp(c.builtin->op, {a.value}), labels);
  if (c.builtin->op != OpKind::Lu || out.isError()) return out;
  std::vector<Val> items = out.bundle().items;
  items[1].low = 0, items[1].high = a.type().dims.back().highest();
  return Val::record(labels, std::move(items));
}

/// x with a x = b, a triangular; batches of equal sizes.
static Val triangularSolve(Elaborator &e, BuiltinCall &c) {
  std::vector<Val> v = {floats(e, c, 0, 2), floats(e, c, 1, 2)};
  if (!v[0].isTensor() || !v[1].isTensor() || !e.promote(v, c.site.where, c.builtin->name)) return Val::error();
  auto flag = [&](size_t i) { return c.has(i) && e.knownBool(c[i]).value_or(false); };
  return Val::tensor(e.emit(OpKind::TriSolve, {v[0].value, v[1].value}, ir::TriSolveAttr{flag(2), flag(3)}));
}

/// Both, repeated along the axes before the last two so that those agree.
static Val matchBatches(Elaborator &e, BuiltinCall &c) {
  std::vector<Val> v = {floats(e, c, 0, 2), floats(e, c, 1, 2)};
  if (!v[0].isTensor() || !v[1].isTensor() || !e.promote(v, c.site.where, c.builtin->name)) return Val::error();
  std::vector<Dim> a = v[0].type().dims, b = v[1].type().dims, batch;
  size_t count = std::max(a.size(), b.size()) - 2;
  for (size_t i = 0; i < count; ++i) {
    const Dim *da = i + a.size() >= count + 2 ? &a[i + a.size() - 2 - count] : nullptr;
    const Dim *db = i + b.size() >= count + 2 ? &b[i + b.size() - 2 - count] : nullptr;
    if (da && db && !da->isConstant(1) && !db->isConstant(1) && !e.requireEqual(*da, *db))
      return noteSizes(e, e.report(c.site.where, Diag::ShapesDiffer, {c.builtin->name, e.describe(v[0]), e.describe(v[1])}), v[0], v[1]), Val::error();
    batch.push_back(da && !da->isConstant(1) ? *da : db ? *db : *da);
  }
  std::vector<Val> out;
  for (const Val &x : v) {
    std::vector<Dim> dims = batch;
    dims.insert(dims.end(), x.type().dims.end() - 2, x.type().dims.end());
    out.push_back(Val::tensor(e.broadcastTo(x.value, dims)));
  }
  return Val::tuple(std::move(out));
}

/// Of real numbers, or of a pair of real and imaginary parts; gives a record (re, im).
static Val fourier(Elaborator &e, BuiltinCall &c) {
  Val z = e.read(c[0]);
  std::vector<Val> parts = {z};
  if (z.is(ValKind::Tuple) || z.is(ValKind::Record)) parts = z.bundle().items;
  if (parts.size() > 2) return e.fail(c.where(0), Diag::WrongType, {"`z`", "a tensor, or a record (re: ..., im: ...)", e.describe(z)});
  for (Val &part : parts) {
    part = precise(e, part, c.where(0), "`z`");
    if (!part.isTensor()) return part;
  }
  if (parts.size() == 1) parts.push_back(Val::tensor(e.zeros(parts[0].type())));
  if (!e.promote(parts, c.where(0), c.builtin->name) || !e.broadcastTogether(parts, c.where(0), c.builtin->name)) return Val::error();
  std::optional<int> axis = e.axisOf(c.has(1) ? c[1] : Val::number(Dim(-1)), parts[0].type().dims.size(), c.where(1));
  if (!axis) return Val::error();
  bool inverse = c.has(2) && e.knownBool(c[2]).value_or(false);
  return results(e.emitOp(OpKind::Fft, {parts[0].value, parts[1].value}, ir::FftAttr{*axis, inverse}), {"re", "im"});
}

std::span<const Builtin> linearBuiltins() {
  static const Builtin table[] = {
      {"factor_cholesky", "a", factorise, "lower triangular l with a = l @ l.T, from the lower triangle of a", OpKind::Cholesky},
      {"factor_lu", "a", factorise, "(lu, rows, sign): both triangles packed, row order, its sign", OpKind::Lu},
      {"factor_qr", "a", factorise, "(q, r)", OpKind::Qr},
      {"factor_eigh", "a", factorise, "(values, vectors) from the lower triangle of a", OpKind::Eigh},
      {"factor_svd", "a", factorise, "(u, s, v)", OpKind::Svd},
      {"triangular_solve", "a b upper? transpose?", triangularSolve, "x with a @ x = b, from one triangle of a"},
      {"match_batches", "a b", matchBatches, "both with the same axes before the last two"},
      {"fourier", "z axis? inverse?", fourier, "(re, im) of the discrete Fourier transform, not divided"},
  };
  return table;
}

} // namespace dl::frontend

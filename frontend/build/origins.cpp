#include "frontend/build/elaborator.h"

namespace dl::frontend {
using ir::OpKind;

void Origins::made(const Val &v, SourceRange where) {
  if (!where.valid()) return;
  if (v.isTensor()) made_.try_emplace(v.value, where);
  else if (v.is(ValKind::List)) lists_.try_emplace(v.object, where);
  else if (v.is(ValKind::Tuple) || v.is(ValKind::Record) || v.is(ValKind::Table))
    for (const Val &item : v.bundle().items) made(item, where);
}

void Origins::gave(const std::string &function, const Val &v) {
  if (v.isTensor()) gave_.try_emplace(v.value, function);
}

const SourceRange *Origins::placeOf(const ir::Value *v) const {
  auto found = made_.find(v);
  return found == made_.end() ? nullptr : &found->second;
}

const SourceRange *Origins::placeOf(const Val &list) const {
  auto found = lists_.find(list.object);
  return found == lists_.end() ? nullptr : &found->second;
}

const std::string *Origins::functionOf(const ir::Value *v) const {
  while (v->def && v->def->kind == OpKind::Leaf) v = v->def->operand(0);
  auto found = gave_.find(v);
  return found == gave_.end() ? nullptr : &found->second;
}

namespace {

struct Axis {
  const ir::Value *value = nullptr;
  size_t dim = 0;
};

/// What the argument of a loop's region is in the first turn; `dim` counts there.
Axis outside(const ir::Value *v, size_t dim) {
  const ir::Op *op = v->region ? v->region->parent : nullptr;
  if (!op) return {};
  if (op->kind == OpKind::While) return v->index < op->operands.size() ? Axis{op->operand(v->index), dim} : Axis{};
  if (op->kind != OpKind::For || v->index == 0) return {};
  auto &attr = op->as<ir::ForAttr>();
  const size_t at = v->index - 1 + (attr.tripIsDim ? 0 : 1);
  if (at >= op->operands.size()) return {};
  return {op->operand(at), v->index - 1 < attr.scanDims.size() ? dim + 1 : dim};
}

/// Where the size of a dimension is taken from; nothing: it is made here.
Axis upstream(const ir::Value *v, size_t dim) {
  if (!v->def) return outside(v, dim);
  const ir::Op &op = *v->def;
  if (op.kind == OpKind::For || op.kind == OpKind::If) {
    const ir::Op *end = op.regions.front()->terminator();
    bool stacked = op.kind == OpKind::For && v->index >= static_cast<uint32_t>(op.as<ir::ForAttr>().carries);
    if (!end || v->index >= end->operands.size() || (stacked && dim == 0)) return {};
    return {end->operand(v->index), stacked ? dim - 1 : dim};
  }
  const Dim &size = v->type.dims[dim];
  Axis best;
  int most = -1;
  for (const ir::Value *operand : op.operands)
    for (size_t i = 0; i < operand->type.dims.size(); ++i) {
      if (operand->type.dims[i] != size) continue;
      bool filled = operand->def && (operand->def->kind == OpKind::Broadcast || operand->def->kind == OpKind::Const); // takes its size from others
      int score = (filled ? 0 : 4) + (i == dim ? 1 : 0) + (operand->type.dims.size() - i == v->type.dims.size() - dim ? 2 : 0);
      if (score > most) most = score, best = {operand, i};
    }
  return best;
}

/// A param or state that holds the value: its declaration, or the user's text that had the library make it.
SourceRange placeHolding(const Elaborator &e, const ir::Value *v) {
  for (const Place &p : e.places())
    for (const Val *held : {&p.value, &p.initial})
      if (held->isTensor() && held->value == v) return e.context().inPrelude(p.where) ? p.firstUse : p.where;
  return {};
}

/// A text as it fits into a message.
std::string shortened(std::string text) {
  constexpr size_t kMost = 40;
  text = text.substr(0, text.find('\n'));
  return text.size() <= kMost ? text : text.substr(0, kMost - 3) + "...";
}

} // namespace

SourceRange sizeOrigin(const Elaborator &e, const ir::Value *v, size_t dim) {
  SourceRange best;
  if (dim >= v->type.dims.size() || v->type.dims[dim].isConstant(1)) return best;
  for (Axis at{v, dim}; at.value && at.dim < at.value->type.dims.size(); at = upstream(at.value, at.dim)) {
    if (const SourceRange *place = e.origins.placeOf(at.value)) best = *place;
    if (SourceRange place = placeHolding(e, at.value); place.valid()) return place;
  }
  return best;
}

const ir::Value *movedFrom(const ir::Value *v) {
  for (;;) {
    if (!v->def) {
      const ir::Value *before = outside(v, 0).value;
      if (!before) return v;
      v = before;
      continue;
    }
    static const OpKind moves[] = {OpKind::Leaf,  OpKind::Convert, OpKind::Reshape, OpKind::Transpose, OpKind::Broadcast,
                                   OpKind::Slice, OpKind::SliceAt, OpKind::Gather,  OpKind::Remap};
    if (std::find(std::begin(moves), std::end(moves), v->def->kind) == std::end(moves)) return v;
    v = v->def->operand(0);
  }
}

SourceRange valueOrigin(const Elaborator &e, const ir::Value *v) {
  const SourceRange *place = e.origins.placeOf(movedFrom(v));
  if (!place) place = e.origins.placeOf(v);
  return place ? *place : SourceRange{};
}

bool isContracted(const ir::Value *v, size_t dim) {
  for (Axis at{v, dim}; at.value; at = upstream(at.value, at.dim)) {
    const ir::Op *op = at.value->def;
    if (!op) continue;
    if (op->kind == OpKind::Contract) return true;
    if (ir::info(op->kind).family != ir::Family::Elementwise && op->kind != OpKind::Leaf && op->kind != OpKind::Convert) return false;
  }
  return false;
}

void noteSize(Elaborator &e, Diagnostic &d, const ir::Value *v, size_t dim) {
  SourceRange where = sizeOrigin(e, v, dim);
  if (!where.valid() || e.context().inPrelude(where)) return;
  const std::string size = v->type.dims[dim].str(), from = " from `" + shortened(e.sourceText(where)) + "`";
  for (Diagnostic::Note &known : d.notes) { // several sizes of one value are one note
    const size_t verb = known.message.find(" come");
    if (known.where != where || verb == std::string::npos) continue;
    const std::string sizes = known.message.substr(0, verb);
    if (sizes == size || sizes.ends_with(" " + size) || sizes.starts_with(size + ",")) return;
    known.message = sizes + ", " + size + " come" + from;
    return;
  }
  d.note(where, size + " comes" + from);
}

void noteSizes(Elaborator &e, Diagnostic &d, const Val &a, const Val &b) {
  if (!a.isTensor() || !b.isTensor()) return;
  const std::vector<Dim> &x = a.type().dims, &y = b.type().dims;
  for (size_t i = 1; i <= std::min(x.size(), y.size()); ++i) {
    const Dim &one = x[x.size() - i], &other = y[y.size() - i];
    if (one == other) continue;
    noteSize(e, d, a.value, x.size() - i), noteSize(e, d, b.value, y.size() - i);
    if (one.str() == other.str()) d.fact("two sizes are called " + one.str() + " here: each is found when the program runs, and they may differ");
  }
}

void noteSizeName(Elaborator &e, Diagnostic &d, const std::string &name) {
  for (Scope *s = e.frame().scope.get(); s; s = s->parent.get()) {
    auto found = s->given.find(name);
    if (found == s->given.end()) continue;
    Val *value = s->own(name);
    if (!value || !value->isNumber() || !found->second.valid() || e.context().inPrelude(found->second)) return;
    const std::string size = value->whole.str();
    d.note(found->second, "`" + name + "`" + (size == name ? "" : " = " + size) + " comes from `" + shortened(e.sourceText(found->second)) + "`");
    return;
  }
}

} // namespace dl::frontend

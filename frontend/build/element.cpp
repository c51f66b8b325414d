/// `table[s, a] <- q`: one element or block of a local value is replaced.
#include "frontend/build/builtin.h"
#include "frontend/build/conversion.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

/// `base` with the block at `starts`, known to be inside, replaced by `v`, which has as many elements.
Val Elaborator::updateBlock(const Val &base, const std::vector<ir::Value *> &starts, const std::vector<Dim> &block, ir::Value *v) {
  const std::vector<Dim> &dims = base.type().dims;
  ir::Value *part = builder_.reshape(v, block);
  bool fits = true;
  for (size_t k = 0; k < dims.size(); ++k) fits &= (dims[k] - block[k]).lowest() >= 0;
  if (!fits) { // only the checks prove it: element by element
    ir::IndexedAttr attr;
    ir::Factor into, from;
    into.operand = 0, from.operand = 1;
    std::vector<ir::Value *> parts = {base.value, part};
    for (size_t k = 0; k < block.size(); ++k) {
      attr.names.push_back({"i" + std::to_string(k), block[k]});
      ir::Index plain, computed;
      plain.affine.terms.push_back({static_cast<int>(k), 1});
      computed.source = static_cast<int>(parts.size()), computed.sourceIndex.push_back(plain.affine);
      ir::Value *rows = builder_.iota(ir::Type(Elem::I64, {block[k]}), 0);
      parts.push_back(emit(OpKind::Add, {rows, broadcastTo(starts[k], rows->type.dims)}));
      into.index.push_back(std::move(computed)), from.index.push_back(std::move(plain));
    }
    attr.outCount = static_cast<int>(attr.names.size());
    attr.mode = ir::ScatterMode::Set;
    attr.factors = {std::move(into), std::move(from)};
    Val out = base;
    out.value = emit(OpKind::Scatter, parts, std::move(attr));
    out.low = out.high = 0;
    return out.value ? out : Val::error();
  }
  std::vector<ir::Value *> operands = {base.value, part};
  operands.insert(operands.end(), starts.begin(), starts.end());
  Val out = base;
  out.value = emit(OpKind::UpdateAt, operands, ir::UpdateAtAttr{ir::ScatterMode::Set});
  out.low = out.high = 0;
  return out.value ? out : Val::error();
}

Val Elaborator::updateElement(const Val &given, const ast::Subscript &at, const Val &value, SourceRange where) {
  Val base = read(given);
  if (base.is(ValKind::List)) base = asTensor(base, where);
  if (base.is(ValKind::Record)) { // leaf by leaf
    Val v = read(value);
    std::vector<Val> parts;
    for (size_t i = 0; i < base.bundle().items.size(); ++i) {
      const Val *part = v.is(ValKind::Record) ? v.bundle().find(base.bundle().labels[i]) : &v;
      if (!part) return fail(where, Diag::BundlesDiffer, {describe(base), describe(v)});
      parts.push_back(updateElement(base.bundle().items[i], at, *part, where));
      if (parts.back().isError()) return Val::error();
    }
    return Val::record(base.bundle().labels, std::move(parts));
  }
  if (!base.isTensor()) return fail(where, Diag::NotPlace, {describe(base)});
  std::vector<Item> items = evalItems(at.items);
  const std::vector<Dim> whole = base.type().dims;
  const bool merged = mergeMasked(*this, base, items);
  std::optional<std::vector<AxisPlan>> axes = planAxes(base, items, where);
  if (!axes) return Val::error();
  // The shape of the part, as a subscript would read it, and as a block of the base.
  std::vector<Dim> shape, block;
  bool plain = true;
  for (const AxisPlan &a : *axes) {
    if (a.rows) shape.insert(shape.end(), a.rows->type().dims.begin(), a.rows->type().dims.end());
    else if (!a.drop) shape.push_back(a.extent);
    if (a.fresh) continue;
    const Dim &n = base.type().dims[block.size()];
    block.push_back(a.extent);
    plain &= !a.rows && a.step == 1 && (n - a.extent).lowest() >= 0;
  }
  Val v = fitBlock(value, ir::Type(base.type().elem, shape), where);
  if (!v.isTensor()) return v;
  Val out = base, given_ = read(value);
  if (plain) {
    std::vector<ir::Value *> operands = {base.value, builder_.reshape(v.value, block)};
    for (const AxisPlan &a : *axes)
      if (!a.fresh) operands.push_back(a.first ? a.first : builder_.extent(a.start));
    out.value = emit(OpKind::UpdateAt, operands, ir::UpdateAtAttr{ir::ScatterMode::Set});
  } else {
    out = scatterInto(base, *axes, v.value);
  }
  if (given_.isConstantInt()) given_.low = given_.whole.value(), given_.high = given_.low + 1;
  bool known = base.high > base.low && given_.high > given_.low && ir::isInteger(base.type().elem);
  out.low = known ? std::min(base.low, given_.low) : 0, out.high = known ? std::max(base.high, given_.high) : 0;
  if (!out.value) return Val::error();
  if (merged) out.value = builder_.reshape(out.value, whole);
  return out;
}

/// A value for a block: scalars fill, other shapes broadcast as in arithmetic.
Val Elaborator::fitBlock(const Val &value, const ir::Type &type, SourceRange where) {
  Val v = read(value);
  if (v.isError()) return v;
  if (!becomes(*this, v, type.elem, where, v.is(ValKind::List) ? "the new part" : "the new element")) return Val::error();
  Val t = asTensor(v, where, type.elem);
  if (!t.isTensor()) return t;
  size_t rank = t.type().dims.size();
  bool fits = rank <= type.dims.size();
  for (size_t i = 0; fits && i < rank; ++i) {
    const Dim &a = t.type().dims[i], &b = type.dims[i + type.dims.size() - rank];
    fits = a.isConstant(1) || requireEqual(a, b);
  }
  if (!fits) {
    Diagnostic &d = report(where, Diag::ShapeKept, {"the part", describe(type), describe(t)});
    for (size_t i = 0; i < rank; ++i) noteSize(*this, d, t.value, i);
    return Val::error();
  }
  return Val::tensor(broadcastTo(t.value, type.dims));
}

/// The base with `part` (of the shape that the subscript reads) at the places of the axes, element by element; of several
/// values for one place the last stays.
Val Elaborator::scatterInto(const Val &base, const std::vector<AxisPlan> &axes, ir::Value *part) {
  ir::IndexedAttr attr;
  ir::Factor into, from;
  into.operand = 0, from.operand = 1;
  std::vector<ir::Value *> operands = {base.value, nullptr};
  std::vector<Dim> shape; // without new axes
  auto name = [&](const Dim &extent) {
    attr.names.push_back({"i" + std::to_string(attr.names.size()), extent});
    return ir::Affine{{{static_cast<int>(attr.names.size()) - 1, 1}}, Dim(0)};
  };
  for (const AxisPlan &a : axes) {
    if (a.fresh) continue;
    ir::Index at;
    std::vector<ir::Affine> own;
    if (a.rows) {
      for (const Dim &n : a.rows->type().dims) own.push_back(name(n));
      at.source = static_cast<int>(operands.size()), at.sourceIndex = own;
      operands.push_back(a.rows->value);
    } else if (a.first || a.step < 0) {
      own.push_back(name(a.extent));
      at.source = static_cast<int>(operands.size()), at.sourceIndex = own;
      operands.push_back(rowsOf(a));
    } else {
      if (!a.drop) own.push_back(name(a.extent)), at.affine.terms.push_back({own[0].terms[0].first, a.step});
      at.affine.offset = a.start;
    }
    into.index.push_back(std::move(at));
    for (size_t k = 0; !a.drop && k < own.size(); ++k) {
      ir::Index plain;
      plain.affine = own[k], shape.push_back(attr.names[static_cast<size_t>(own[k].terms[0].first)].extent);
      from.index.push_back(std::move(plain));
    }
  }
  operands[1] = builder_.reshape(part, shape);
  attr.outCount = static_cast<int>(attr.names.size());
  attr.mode = ir::ScatterMode::Set;
  attr.factors = {std::move(into), std::move(from)};
  return Val::tensor(emit(OpKind::Scatter, operands, std::move(attr)));
}

} // namespace dl::frontend

/// `table[s, a] <- q`: one element or block of a local value is replaced.
#include "frontend/build/elaborator.h"

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
    return out;
  }
  std::vector<ir::Value *> operands = {base.value, part};
  operands.insert(operands.end(), starts.begin(), starts.end());
  Val out = base;
  out.value = emit(OpKind::UpdateAt, operands, ir::UpdateAtAttr{ir::ScatterMode::Set});
  out.low = out.high = 0;
  return out;
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
  const std::vector<Dim> dims = base.type().dims;
  size_t given_ = 0;
  for (const Item &i : items) given_ += i.kind != ast::ItemKind::Ellipsis;
  if (given_ > dims.size()) return fail(where, Diag::TooManySubscripts, {describe(base), std::to_string(dims.size()), std::to_string(given_)});
  // A block at a place: int and slice subscripts.
  std::vector<ir::Value *> starts;
  std::vector<Dim> block, shape; ///< with and without the axes of ints
  size_t d = 0;
  auto whole = [&] {
    starts.push_back(builder_.i64(0)), block.push_back(dims[d]), shape.push_back(dims[d]), ++d;
  };
  for (const Item &i : items) {
    if (i.kind == ast::ItemKind::Ellipsis) {
      for (size_t n = dims.size() - given_; n-- > 0;) whole();
      continue;
    }
    const Dim n = dims[d];
    if (i.kind == ast::ItemKind::Slice) {
      if (i.begin.is(ValKind::None) && i.end.is(ValKind::None) && i.step.is(ValKind::None)) {
        whole();
        continue;
      }
      if (!i.step.is(ValKind::None)) return unsupported(i.where, "`<-` to a slice with a step");
      auto end = [&](const Val &v, const Dim &otherwise) -> std::optional<Dim> {
        if (v.is(ValKind::None)) return otherwise;
        if (v.isNumber() && v.integer) return v.whole.isConstant() && v.whole.value() < 0 ? n + v.whole : v.whole;
        return std::nullopt;
      };
      std::optional<Dim> from = end(i.begin, Dim(0)), to = end(i.end, n), length;
      if (from && to) length = *to - *from;
      else if (i.length.isNumber() && i.length.integer) length = i.length.whole;
      if (!length) return unsupported(i.where, "`<-` to a slice whose length is known at run time only", "write `x[i:i + n] <- ...`");
      ir::Value *first = from ? builder_.extent(*from) : index64(i.begin, i.where);
      if (!first) return Val::error();
      bool proven = from && from->lowest() >= 0 && (n - *from - *length).lowest() >= 0;
      if (from && (n - *from - *length).highest() < 0) return fail(i.where, Diag::SliceOutside, {sourceText(i.where), n.str()});
      if (!proven) {
        ir::Value *fine = emit(OpKind::And, {emit(OpKind::Le, {builder_.i64(0), first}),
                                             emit(OpKind::Le, {emit(OpKind::Add, {first, builder_.extent(*length)}), builder_.extent(n)})});
        check(fine, i.where, {{"a slice is outside an axis of length ", -1, "", {}}, {"", 1, "", {}}}, {builder_.extent(n)});
      }
      starts.push_back(first), block.push_back(*length), shape.push_back(*length), ++d;
      continue;
    }
    const Val &index = i.value;
    if (index.isError()) return index;
    if (index.isTensor() && !index.type().isScalar()) return updateMany(base, items, value, where);
    if (index.isNumber() && index.integer) {
      Dim k = index.whole.isConstant() && index.whole.value() < 0 ? n + index.whole : index.whole;
      if (k.lowest() < 0 || (n - k).highest() <= 0) return fail(i.where, Diag::IndexOutside, {index.whole.str(), n.str()});
      if ((n - k).lowest() <= 0) checkInside(Val::tensor(builder_.extent(k)), n, i.where);
      starts.push_back(builder_.extent(k));
    } else {
      ir::Value *k = index64(index, i.where);
      if (!k) return Val::error();
      checkInside(index, n, i.where);
      starts.push_back(k);
    }
    block.push_back(Dim(1)), ++d;
  }
  while (d < dims.size()) whole();
  Elem elem = base.type().elem;
  Val v = fitBlock(value, ir::Type(elem, shape), where);
  if (!v.isTensor()) return v;
  return updateBlock(base, starts, block, v.value);
}

/// A value for a block: scalars fill, other shapes broadcast as in arithmetic.
Val Elaborator::fitBlock(const Val &value, const ir::Type &type, SourceRange where) {
  Val v = read(value);
  if (v.isError()) return v;
  if (v.isTensor() && !v.weak && v.type().elem != type.elem && !(ir::isFloat(type.elem) && !ir::isFloat(v.type().elem)))
    return fail(where, Diag::WrongType, {"the new element", describe(type), describe(v)});
  if (v.isNumber() && !v.integer && !ir::isFloat(type.elem)) return fail(where, Diag::WrongType, {"the new element", describe(type), describe(v)});
  Val t = asTensor(v, where, type.elem);
  if (!t.isTensor()) return t;
  size_t rank = t.type().dims.size();
  bool fits = rank <= type.dims.size();
  for (size_t i = 0; fits && i < rank; ++i) {
    const Dim &a = t.type().dims[i], &b = type.dims[i + type.dims.size() - rank];
    fits = a.isConstant(1) || requireEqual(a, b);
  }
  if (!fits) return fail(where, Diag::ShapeKept, {"the part", describe(type), describe(t)});
  return Val::tensor(broadcastTo(t.value, type.dims));
}

/// x[rows] <- v with a tensor of ints in the first place.
Val Elaborator::updateMany(const Val &base, const std::vector<Item> &items, const Val &value, SourceRange where) {
  if (items.size() != 1 || items[0].value.type().elem == Elem::Bool || items[0].value.type().dims.size() != 1)
    return unsupported(where, "`<-` to elements chosen by several subscripts of which one is a tensor");
  const Val &rows = items[0].value;
  checkInside(rows, base.type().dims[0], items[0].where);
  std::vector<Dim> shape = base.type().dims;
  shape[0] = rows.type().dims[0];
  Val v = fitBlock(value, ir::Type(base.type().elem, shape), where);
  if (!v.isTensor()) return v;
  ir::IndexedAttr attr;
  ir::Factor into, from;
  into.operand = 0, from.operand = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    attr.names.push_back({"i" + std::to_string(d), shape[d]});
    ir::Index plain;
    plain.affine.terms.push_back({static_cast<int>(d), 1});
    from.index.push_back(plain);
    if (d == 0) {
      ir::Index computed;
      computed.source = 2, computed.sourceIndex.push_back(plain.affine);
      into.index.push_back(std::move(computed));
    } else {
      into.index.push_back(plain);
    }
  }
  attr.outCount = static_cast<int>(attr.names.size());
  attr.mode = ir::ScatterMode::Set;
  attr.factors = {std::move(into), std::move(from)};
  Val out = base;
  out.value = emit(OpKind::Scatter, {base.value, v.value, rows.value}, std::move(attr));
  return out;
}

} // namespace dl::frontend

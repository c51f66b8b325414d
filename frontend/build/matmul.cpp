/// `@` as one contraction.
#include "frontend/build/elaborator.h"

namespace dl::frontend {
using ir::Elem;

Val Elaborator::matmul(const Val &left, const Val &right, SourceRange where) {
  std::vector<Val> v = {left, right};
  if (!promote(v, where, "@")) return Val::error();
  if (v[0].type().elem == Elem::Bool) v = {asTensor(v[0], where, Elem::I32), asTensor(v[1], where, Elem::I32)};
  for (Val &x : v) x = asTensor(x, where);
  const std::vector<Dim> a = v[0].type().dims, b = v[1].type().dims;
  if (a.empty() || b.empty()) {
    report(where, Diag::MatMulScalar, {describe(v[0]), describe(v[1])}).help("`*` multiplies by a scalar");
    return Val::error();
  }
  bool row = a.size() >= 2, column = b.size() >= 2;
  const Dim &inner = a.back(), &other = column ? b[b.size() - 2] : b.back();
  if (!requireEqual(inner, other)) {
    Diagnostic &d = report(where, Diag::InnerSizesDiffer, {describe(v[0]), describe(v[1]), inner.str(), other.str()});
    noteSize(*this, d, v[0].value, a.size() - 1);
    noteSize(*this, d, v[1].value, column ? b.size() - 2 : b.size() - 1);
    if (column && requireEqual(inner, b.back())) d.help("transpose the right side: `.T`");
    else if (inner.str() == other.str()) d.help("these are two sizes of the run; take the size or the slice once, under a name, and use that in both places");
    return Val::error();
  }
  size_t batchA = row ? a.size() - 2 : 0, batchB = column ? b.size() - 2 : 0, batch = std::max(batchA, batchB);
  ir::IndexedAttr attr;
  std::vector<ir::Index> indexA, indexB;
  auto use = [](int name) {
    ir::Index i;
    if (name >= 0) i.affine.terms.push_back({name, 1});
    return i;
  };
  for (size_t i = 0; i < batch; ++i) {
    const Dim *da = i + batchA >= batch ? &a[i + batchA - batch] : nullptr;
    const Dim *db = i + batchB >= batch ? &b[i + batchB - batch] : nullptr;
    if (da && db && !da->isConstant(1) && !db->isConstant(1) && !requireEqual(*da, *db)) {
      Diagnostic &d = report(where, Diag::ShapesDiffer, {"@", describe(v[0]), describe(v[1])});
      noteSize(*this, d, v[0].value, i + batchA - batch), noteSize(*this, d, v[1].value, i + batchB - batch);
      return Val::error();
    }
    Dim extent = da && !da->isConstant(1) ? *da : db ? *db : *da;
    int name = static_cast<int>(attr.names.size());
    attr.names.push_back({"b" + std::to_string(i), extent});
    if (da) indexA.push_back(use(da->isConstant(1) && !extent.isConstant(1) ? -1 : name));
    if (db) indexB.push_back(use(db->isConstant(1) && !extent.isConstant(1) ? -1 : name));
  }
  int i = -1, j = -1;
  if (row) i = static_cast<int>(attr.names.size()), attr.names.push_back({"i", a[a.size() - 2]});
  if (column) j = static_cast<int>(attr.names.size()), attr.names.push_back({"j", b.back()});
  attr.outCount = static_cast<int>(attr.names.size());
  int k = attr.outCount;
  attr.names.push_back({"k", inner});
  if (row) indexA.push_back(use(i));
  indexA.push_back(use(k));
  indexB.push_back(use(k));
  if (column) indexB.push_back(use(j));
  attr.factors = {{0, Dim(0), std::move(indexA)}, {1, Dim(0), std::move(indexB)}};
  return Val::tensor(emit(ir::OpKind::Contract, {v[0].value, assume(v[1].value, column ? b.size() - 2 : 0, inner)}, std::move(attr)));
}

ir::Value *Elaborator::assume(ir::Value *v, size_t dim, const Dim &extent) {
  if (!checking_ || v->type.dims[dim] == extent) return v;
  ir::Type type = v->type;
  type.dims[dim] = extent;
  return function_->newValue(type);
}

} // namespace dl::frontend

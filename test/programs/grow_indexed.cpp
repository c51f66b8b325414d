// Index notation: contractions, reads and writes at affine and computed places.
#include "test/programs/grower.h"
#include <algorithm>

namespace dl::test {

using namespace ir;

namespace {

/// Names of an operation while its factors are drawn.
class Names {
public:
  Names(Random &random, int64_t mostTerms) : random_(random), mostTerms_(mostTerms) {}

  /// One factor that reads a value of these dimensions.
  Factor read(int operand, const std::vector<Dim> &dims, bool plain) {
    Factor factor;
    factor.operand = operand;
    for (const Dim &d : dims) factor.index.push_back(plain ? alone(d) : index(d));
    return factor;
  }
  Index alone(const Dim &extent) { return of({{name(extent), 1}}); }
  Index index(const Dim &extent) {
    switch (random_.below(12)) {
    case 0: // a window
      if (extent.lowest() >= 2) {
        int tap = fresh(Dim(2));
        return of({{fresh(extent - Dim(1)), 1}, {tap, 1}});
      }
      return alone(extent);
    case 1: { // a window with a guard
      int64_t stride = random_.between(1, 2);
      int tap = fresh(Dim(random_.between(1, 3)));
      Index i = of({{fresh(floorDiv(extent + Dim(stride - 1), Dim(stride))), stride}, {tap, 1}}, Dim(-1));
      return i.guarded = true, i;
    }
    case 2: { // backwards
      return of({{name(extent), -1}}, extent - Dim(1));
    }
    case 3: { // divided
      Index i = of({{fresh(extent * Dim(2)), 1}}, Dim(random_.between(0, 1)));
      return i.divisor = 2, i.guarded = true, i;
    }
    case 4: // one place
      if (extent.lowest() >= 1) return of({}, Dim(random_.between(0, extent.lowest() - 1)));
      return alone(extent);
    case 5: { // beyond the edge
      Index i = of({{name(extent), 1}}, Dim(random_.between(-2, 2)));
      return i.guarded = true, i;
    }
    case 6: { // a name of something else
      if (names.empty()) return alone(extent);
      Index i = of({{static_cast<int>(random_.below(names.size())), random_.between(1, 2)}});
      return i.guarded = true, i;
    }
    default: return alone(extent);
    }
  }
  int name(const Dim &extent) {
    std::vector<int> same;
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i].extent == extent) same.push_back(static_cast<int>(i));
    if (!same.empty() && random_.chance(60)) return random_.of(same);
    return fresh(extent);
  }
  int fresh(const Dim &extent) {
    names.push_back({std::string(1, static_cast<char>('a' + names.size() % 26)) + (names.size() < 26 ? "" : "z"), extent});
    return static_cast<int>(names.size()) - 1;
  }
  bool fits() const {
    double terms = 1;
    for (const IndexName &n : names) terms *= static_cast<double>(n.extent.bound());
    return terms <= static_cast<double>(mostTerms_) && names.size() < 9;
  }
  static Index of(std::vector<std::pair<int, int64_t>> terms, Dim offset = Dim(0)) {
    Index i;
    std::sort(terms.begin(), terms.end());
    for (size_t t = 1; t < terms.size(); ++t)
      if (terms[t].first == terms[t - 1].first) terms[t - 1].second += terms[t].second, terms.erase(terms.begin() + static_cast<long>(t--));
    i.affine.terms = std::move(terms), i.affine.offset = offset;
    return i;
  }
  /// The names in another order, the first `out` of it the result's; the factors follow.
  IndexedAttr arranged(std::vector<Factor> factors, const std::vector<int> &order, int out) const {
    IndexedAttr attr;
    std::vector<int> place(names.size());
    for (size_t i = 0; i < order.size(); ++i) place[static_cast<size_t>(order[i])] = static_cast<int>(i), attr.names.push_back(names[static_cast<size_t>(order[i])]);
    auto move = [&](Affine &affine) {
      for (auto &[name, coefficient] : affine.terms) name = place[static_cast<size_t>(name)];
      std::sort(affine.terms.begin(), affine.terms.end());
    };
    for (Factor &f : factors)
      for (Index &i : f.index) {
        move(i.affine);
        for (Affine &affine : i.sourceIndex) move(affine);
      }
    attr.outCount = out, attr.factors = std::move(factors);
    return attr;
  }
  std::vector<int> shuffled() {
    std::vector<int> order;
    for (size_t i = 0; i < names.size(); ++i) order.insert(order.begin() + static_cast<long>(random_.below(order.size() + 1)), static_cast<int>(i));
    return order;
  }

  std::vector<IndexName> names;

private:
  Random &random_;
  int64_t mostTerms_;
};

} // namespace

bool Grower::contract() {
  Value *x = any([&](const Value *v) { return (isFloat(v->type.elem) || isInteger(v->type.elem)) && v->type.rank() > 0; });
  if (!x) return false;
  std::vector<Value *> operands = {x};
  for (size_t more = random_.below(3); more > 0; --more)
    if (Value *y = any([&](const Value *v) { return v->type.elem == x->type.elem; })) operands.push_back(y);
  Names names(random_, 20 * growth_.mostElements);
  std::vector<Factor> factors;
  for (size_t i = 0; i < operands.size(); ++i) factors.push_back(names.read(static_cast<int>(i), operands[i]->type.dims, random_.chance(40)));
  if (random_.chance(10)) names.fresh(Dim(random_.between(0, 3)));
  if (random_.chance(10) && !names.names.empty()) {
    Factor one;
    one.extent = anyExtent();
    Index i = names.index(one.extent);
    i.guarded = true;
    one.index = {i};
    factors.push_back(one);
  }
  if (!names.fits()) return false;
  std::vector<int> order = names.shuffled();
  int out = static_cast<int>(std::min<size_t>(random_.below(4), order.size()));
  return put(make(OpKind::Contract, operands, names.arranged(factors, order, out)));
}

/// Products of matrices and vectors, batched or not, in all transpositions.
bool Grower::product() {
  Value *x = any([&](const Value *v) { return (isFloat(v->type.elem) || isInteger(v->type.elem)) && v->type.rank() > 0 && v->type.rank() < 4; });
  if (!x) return false;
  Value *y = any([&](const Value *v) {
    if (v->type.elem != x->type.elem) return false;
    for (const Dim &a : v->type.dims)
      for (const Dim &b : x->type.dims)
        if (a == b) return true;
    return false;
  });
  if (!y) return false;
  Names names(random_, 20 * growth_.mostElements);
  std::vector<Factor> factors = {names.read(0, x->type.dims, true)};
  Factor second;
  second.operand = 1;
  std::vector<bool> used(names.names.size());
  for (const Dim &d : y->type.dims) { // each name of x at most once
    int found = -1;
    for (size_t n = 0; n < used.size(); ++n)
      if (!used[n] && names.names[n].extent == d && (found < 0 || random_.chance(50))) found = static_cast<int>(n);
    if (found >= 0) used[static_cast<size_t>(found)] = true;
    else found = names.fresh(d);
    second.index.push_back(Names::of({{found, 1}}));
  }
  factors.push_back(second);
  if (!names.fits()) return false;
  std::vector<int> order, summed;
  for (int n : names.shuffled()) (static_cast<size_t>(n) < used.size() && used[static_cast<size_t>(n)] && random_.chance(75) ? summed : order).push_back(n);
  int out = static_cast<int>(order.size());
  order.insert(order.end(), summed.begin(), summed.end());
  return put(make(OpKind::Contract, {x, y}, names.arranged(factors, order, out)));
}

bool Grower::remap() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0 && v->type.elem != Elem::Key; });
  if (!x) return false;
  Names names(random_, growth_.mostElements);
  std::vector<Factor> factors = {names.read(0, x->type.dims, false)};
  if (random_.chance(20)) names.fresh(anyExtent(5));
  if (!names.fits()) return false;
  return put(make(OpKind::Remap, {x}, names.arranged(factors, names.shuffled(), static_cast<int>(names.names.size()))));
}

Value *Grower::places(const std::vector<Dim> &dims, const Dim &extent) {
  Type type(random_.of({Elem::I32, Elem::I64}), dims);
  Value *at = fit(type);
  if (random_.chance(70)) at = b_.binary(OpKind::Rem, at, b_.constantInt(type, extent.bound() + random_.between(0, 1)));
  return at;
}

bool Grower::gather() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  std::vector<Value *> operands = {x};
  Names names(random_, growth_.mostElements);
  Factor factor;
  factor.operand = 0;
  bool some = false;
  for (const Dim &d : x->type.dims) {
    if (some && random_.chance(70)) {
      factor.index.push_back(random_.chance(80) ? names.alone(d) : names.index(d));
      continue;
    }
    some = true;
    std::vector<Dim> dims;
    for (size_t rank = random_.below(3); rank > 0; --rank) dims.push_back(anyExtent());
    if (Type(Elem::I64, dims).boundCount() > growth_.mostElements) return false;
    Index taken;
    taken.source = static_cast<int>(operands.size());
    for (const Dim &e : dims) taken.sourceIndex.push_back(names.alone(e).affine);
    operands.push_back(places(dims, d));
    factor.index.push_back(taken);
  }
  if (!names.fits()) return false;
  return put(make(OpKind::Gather, operands, names.arranged({factor}, names.shuffled(), static_cast<int>(names.names.size()))));
}

bool Grower::scatter() {
  Value *base = any([](const Value *v) { return v->type.rank() > 0 && v->type.elem != Elem::Key; });
  if (!base) return false;
  Value *updates = any([&](const Value *v) { return v->type.elem == base->type.elem; });
  std::vector<Value *> operands = {base, updates};
  Names names(random_, 4 * growth_.mostElements);
  Factor source = names.read(1, updates->type.dims, true), target;
  target.operand = 0;
  for (const Dim &d : base->type.dims) {
    if (random_.chance(35)) {
      Index i = names.index(d);
      target.index.push_back(i);
      continue;
    }
    // Places for some names that are there.
    std::vector<Dim> dims;
    Index taken;
    for (size_t n = 0; n < names.names.size(); ++n)
      if (random_.chance(50) && dims.size() < 2) dims.push_back(names.names[n].extent), taken.sourceIndex.push_back(Names::of({{static_cast<int>(n), 1}}).affine);
    if (Type(Elem::I64, dims).boundCount() > growth_.mostElements) return false;
    taken.source = static_cast<int>(operands.size());
    operands.push_back(places(dims, d));
    target.index.push_back(taken);
  }
  if (!names.fits()) return false;
  IndexedAttr attr = names.arranged({target, source}, names.shuffled(), static_cast<int>(names.names.size()));
  attr.mode = random_.of({ScatterMode::Set, ScatterMode::Add, ScatterMode::Max, ScatterMode::Min});
  return put(make(OpKind::Scatter, operands, attr));
}

bool Grower::sliceAt() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  std::vector<Value *> operands = {x};
  SliceAtAttr attr;
  for (const Dim &d : x->type.dims) {
    operands.push_back(index());
    attr.extent.push_back(d.isConstant() ? Dim(random_.between(d.value() > 0 ? 1 : 0, d.value())) : d);
  }
  return put(make(OpKind::SliceAt, operands, attr));
}

bool Grower::updateAt() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  Value *update = any([&](const Value *v) {
    if (v->type.elem != x->type.elem || v->type.rank() != x->type.rank()) return false;
    for (size_t d = 0; d < x->type.rank(); ++d)
      if (v->type.dims[d] != x->type.dims[d] && !(v->type.dims[d].isConstant() && v->type.dims[d].value() <= x->type.dims[d].lowest())) return false;
    return true;
  });
  if (!update) return false;
  std::vector<Value *> operands = {x, update};
  for (size_t d = 0; d < x->type.rank(); ++d) operands.push_back(index());
  return put(make(OpKind::UpdateAt, operands, UpdateAtAttr{random_.chance(50) ? ScatterMode::Set : ScatterMode::Add}));
}

} // namespace dl::test

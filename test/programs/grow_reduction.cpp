// Reductions, running reductions, sorts and searches.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

bool Grower::reduce() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0 && v->type.elem != Elem::Key; });
  if (!x) return false;
  ReduceAttr attr;
  for (size_t d = 0; d < x->type.rank(); ++d)
    if (random_.chance(55)) attr.dims.push_back(static_cast<int>(d));
  attr.kind = random_.of({ReduceKind::Sum, ReduceKind::Sum, ReduceKind::Max, ReduceKind::Min, ReduceKind::Prod, ReduceKind::And, ReduceKind::Or});
  if (x->type.elem == Elem::Bool) attr.kind = random_.of({ReduceKind::And, ReduceKind::Or});
  if (random_.chance(8)) attr.order = {64 * random_.between(1, 3), random_.of<int64_t>({1, 64})};
  if (attr.kind != ReduceKind::Sum && attr.kind != ReduceKind::Prod) attr.order = Order();
  Value *result = make(OpKind::Reduce, {x}, attr);
  return result && put(clampEmpty(result, attr.kind));
}

bool Grower::argReduce() {
  Value *x = any([&](const Value *v) { return v->type.rank() > 0 && !(smooth() && isFloat(v->type.elem)); });
  return x && put(make(OpKind::ArgReduce, {x}, ArgReduceAttr{random_.chance(50), static_cast<int>(random_.below(x->type.rank()))}));
}

bool Grower::cumulate() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0; });
  if (!x) return false;
  CumulateAttr attr{random_.of({ReduceKind::Sum, ReduceKind::Max, ReduceKind::Prod, ReduceKind::Min}), static_cast<int>(random_.below(x->type.rank())), random_.chance(50), random_.chance(40)};
  Value *result = make(OpKind::Cumulate, {x}, attr);
  return result && put(clampEmpty(result, attr.kind));
}

bool Grower::sort() {
  Value *x = any([](const Value *v) { return v->type.rank() > 0 && v->type.elem != Elem::Bool && v->type.elem != Elem::Key; });
  if (!x) return false;
  std::vector<Value *> operands = {x};
  if (random_.chance(50)) operands.push_back(fit(x->type.withElem(anyElem())));
  auto made = b_.tryCreate(OpKind::Sort, operands, SortAttr{static_cast<int>(random_.below(x->type.rank())), random_.chance(50)});
  Op **op = std::get_if<Op *>(&made);
  return op && putAll(*op);
}

bool Grower::search() {
  Value *x = any([&](const Value *v) { return v->type.rank() == 1 && !(smooth() && isFloat(v->type.elem)); });
  if (!x) return false;
  Value *query = any([&](const Value *v) { return v->type.elem == x->type.elem; });
  Value *sorted = x;
  if (random_.chance(80)) {
    auto made = b_.tryCreate(OpKind::Sort, {x}, SortAttr{0, false});
    if (Op **op = std::get_if<Op *>(&made)) sorted = (*op)->result();
  }
  return query && put(make(OpKind::Search, {sorted, query}, SearchAttr{random_.chance(50)}));
}

} // namespace dl::test

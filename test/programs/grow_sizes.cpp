// Sizes that change from one iteration to the next.
#include "test/programs/grower.h"
#include <algorithm>

namespace dl::test {

using namespace ir;

/// The beginning of x along its first dimension, zeros behind its end.
Value *Grower::resized(Value *x, const Dim &size) {
  IndexedAttr attr;
  Factor factor;
  factor.operand = 0;
  for (size_t d = 0; d < x->type.rank(); ++d) {
    Index i;
    i.affine.terms = {{static_cast<int>(d), 1}};
    i.guarded = d == 0;
    factor.index.push_back(i);
    attr.names.push_back({std::string(1, static_cast<char>('a' + d)), d == 0 ? size : x->type.dims[d]});
  }
  attr.outCount = static_cast<int>(x->type.rank());
  attr.factors = {factor};
  return b_.value(OpKind::Remap, {x}, attr);
}

/// A loop that carries a size and a value of that size. Derivatives refuse it.
bool Grower::sizedLoop() {
  int64_t turns = random_.between(0, 4);
  if (tooDeep(turns) || growth_.differentiates || smooth()) return false;
  Value *x = any([](const Value *v) { return v->type.rank() > 0 && v->type.rank() < 4 && v->type.elem != Elem::Key; });
  if (!x) return false;
  int64_t most = std::clamp<int64_t>(x->type.dims[0].bound(), 1, 20);
  Value *size = b_.toDim(index(), most);
  if (size->type.elem != Elem::Dim) return false;
  Value *start = resized(!free() && isFloat(x->type.elem) ? tame(x) : x, size->dim);
  Region *body = b_.newRegion({Type(Elem::I64)}), *outside = b_.region();
  auto argument = [&](const Type &type) {
    Value *arg = b_.function().newValue(type, "");
    arg->region = body, arg->index = static_cast<uint32_t>(body->args.size());
    body->args.push_back(arg);
    return arg;
  };
  Value *now = argument(size->type);
  Type type = start->type;
  type.dims[0] = now->dim;
  Value *kept = argument(type);
  if (exact()) growth_.magnitudes[kept] = 16;
  b_.setRegion(body);
  ++growth_.nesting, growth_.turns *= std::max<int64_t>(turns, 1);
  Grower inner = nested({body->args[0], kept});
  inner.extents_.insert(inner.extents_.end(), {now->dim, now->dim});
  inner.grow(static_cast<int>(1 + random_.below(3)));
  Value *next = nullptr;
  if (random_.chance(50)) next = b_.create(OpKind::Compress, {inner.fit(Type(Elem::Bool, {now->dim}))})->results[0];
  else next = b_.toDim(b_.add(b_.extent(now->dim), b_.i64(random_.between(-1, 1))), most);
  b_.yield({next, resized(inner.next(inner, type), next->dim)});
  --growth_.nesting, growth_.turns /= std::max<int64_t>(turns, 1);
  b_.setRegion(outside);
  ForAttr attr;
  attr.trip = Dim(turns), attr.tripIsDim = true, attr.carries = 2, attr.reverse = random_.chance(25);
  Op *loop = b_.create(OpKind::For, {size, start}, attr, {body});
  if (growth_.nesting < 2) extents_.push_back(loop->results[0]->dim);
  return put(loop->results[1]);
}

} // namespace dl::test

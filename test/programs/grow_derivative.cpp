// Derivatives of what was grown from a leaf; at any depth, so that some are differentiated again.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

bool Grower::gradient() {
  if (!growth_.differentiates || growth_.nesting > 2) return false;
  Value *x = anyFloat();
  if (!x) return false;
  Value *leaf = b_.unary(OpKind::Leaf, exact() ? tame(x) : x);
  Grower body = nested({leaf});
  body.grow(static_cast<int>(1 + random_.below(3)));
  Value *y = body.any([](const Value *v) { return isFloat(v->type.elem); });
  if (exact() && growth_.magnitude(y) > 0x1p12) y = leaf;
  Value *loss = body.summary(y);
  if (loss->type.elem != leaf->type.elem && smooth()) return false;
  Value *slope = make(OpKind::Grad, {loss, leaf}, GradAttr{});
  if (!slope) return false;
  pool_ = body.pool_, extents_ = body.extents_;
  return put(free() ? slope : tame(slope));
}

bool Grower::tangent() {
  if (!growth_.differentiates || exact() || growth_.nesting > 2) return false;
  Value *x = anyFloat();
  if (!x) return false;
  Value *direction = fit(x->type), *leaf = b_.unary(OpKind::Leaf, x);
  Grower body = nested({leaf});
  body.grow(static_cast<int>(1 + random_.below(3)));
  Value *y = body.any([](const Value *v) { return isFloat(v->type.elem); });
  Value *slope = make(OpKind::Jvp, {y, leaf, direction}, JvpAttr{});
  if (!slope) return false;
  pool_ = body.pool_, extents_ = body.extents_;
  return put(free() ? slope : tame(slope));
}

bool Grower::stopGradient() {
  if (smooth()) return false;
  return put(make(OpKind::StopGradient, {any()}));
}

} // namespace dl::test

// Branches, loops and regions that run once.
#include "test/programs/grower.h"

namespace dl::test {

using namespace ir;

namespace {
constexpr int kDeepest = 3;
constexpr int64_t kMostTurns = 400;
} // namespace

bool Grower::tooDeep(int64_t turns) const { return growth_.nesting >= kDeepest || growth_.turns * std::max<int64_t>(turns, 1) > kMostTurns; }

Region *Grower::inside(const std::vector<Type> &types, const std::function<std::vector<Value *>(Region &)> &fill) {
  Region *made = b_.newRegion(types), *outside = b_.region();
  b_.setRegion(made);
  ++growth_.nesting;
  b_.yield(fill(*made));
  --growth_.nesting;
  b_.setRegion(outside);
  return made;
}

Grower Grower::nested(const std::vector<Value *> &more) {
  std::vector<Value *> pool = pool_;
  pool.insert(pool.end(), more.begin(), more.end());
  return Grower(growth_, b_, pool, extents_);
}

Value *Grower::next(Grower &body, const Type &type) {
  Value *v = body.any([&](const Value *x) { return x->type == type; });
  if (!v || random_.chance(20)) v = body.fit(type);
  if (free() || !isFloat(type.elem)) return v;
  return body.tame(v);
}

Value *Grower::predicate() {
  Value *x = any([&](const Value *v) { return v->type.isScalar() && (v->type.elem == Elem::Bool || v->type.elem == Elem::I64 || (isFloat(v->type.elem) && !smooth())); });
  if (!x) return b_.binary(OpKind::Lt, index(), b_.i64(2));
  if (x->type.elem == Elem::Bool) return x;
  if (isFloat(x->type.elem)) return b_.binary(OpKind::Lt, x, b_.constant(x->type, 1));
  return b_.binary(OpKind::Eq, b_.binary(OpKind::Rem, x, b_.i64(2)), b_.i64(0));
}

bool Grower::branch() {
  if (growth_.nesting >= kDeepest) return false;
  std::vector<Type> types;
  for (size_t n = 1 + random_.below(2); n > 0; --n) types.push_back(any()->type);
  Value *decision = predicate();
  auto side = [&] {
    return inside({}, [&](Region &) {
      Grower body = nested({});
      body.grow(static_cast<int>(random_.below(4)));
      std::vector<Value *> yields;
      for (const Type &type : types) yields.push_back(body.fit(type));
      return yields;
    });
  };
  Region *yes = side(), *no = side();
  return putAll(b_.create(OpKind::If, {decision}, NoAttr{}, {yes, no}));
}

bool Grower::forLoop() {
  ForAttr attr;
  attr.reverse = random_.chance(25);
  std::vector<Value *> operands;
  attr.trip = random_.chance(50) ? anyExtent(9) : Dim(random_.between(0, 4));
  attr.tripIsDim = random_.chance(85);
  int64_t turns = attr.tripIsDim ? attr.trip.bound() : 5;
  if (tooDeep(turns)) return false;
  if (!attr.tripIsDim) operands.push_back(b_.binary(OpKind::Rem, index(), b_.i64(5)));
  std::vector<Type> types = {Type(Elem::I64)};
  for (size_t n = attr.tripIsDim ? random_.below(3) : 0; n > 0; --n) {
    Value *x = any([&](const Value *v) {
      for (const Dim &d : v->type.dims)
        if (d == attr.trip) return true;
      return false;
    });
    if (!x) break;
    std::vector<int> dims;
    for (size_t d = 0; d < x->type.rank(); ++d)
      if (x->type.dims[d] == attr.trip) dims.push_back(static_cast<int>(d));
    attr.scanDims.push_back(random_.of(dims));
    Type slice = x->type;
    slice.dims.erase(slice.dims.begin() + attr.scanDims.back());
    operands.push_back(x), types.push_back(slice);
  }
  size_t scans = attr.scanDims.size();
  for (attr.carries = 0; attr.carries < 3 && random_.chance(attr.carries ? 35 : 75); ++attr.carries) {
    Value *x = any();
    if (!free() && isFloat(x->type.elem)) x = tame(x);
    operands.push_back(x), types.push_back(x->type);
  }
  growth_.turns *= std::max<int64_t>(turns, 1);
  Region *region = inside(types, [&](Region &r) {
    for (size_t i = 1; i < r.args.size(); ++i)
      if (exact()) growth_.magnitudes[r.args[i]] = i <= scans ? growth_.magnitude(operands[i - (attr.tripIsDim ? 1 : 0)]) : 16;
    Grower body = nested(r.args);
    body.grow(static_cast<int>(1 + random_.below(4)));
    std::vector<Value *> yields;
    for (int c = 0; c < attr.carries; ++c) yields.push_back(next(body, r.args[1 + scans + static_cast<size_t>(c)]->type));
    if (attr.tripIsDim)
      for (size_t n = random_.below(3); n > 0; --n)
        if (Value *v = body.any(); v->type.boundCount() * turns <= growth_.mostElements && v->type.rank() < 4) {
          bool outside = true;
          for (DimAtom *atom : v->type.elementCount().atoms()) {
            const Value *owner = static_cast<const Value *>(atom->owner);
            bool known = false;
            for (const Dim &d : extents_)
              for (DimAtom *a : d.atoms()) known |= a->owner == owner;
            outside &= known;
          }
          if (outside) yields.push_back(v);
        }
    return yields;
  });
  growth_.turns /= std::max<int64_t>(turns, 1);
  return putAll(b_.create(OpKind::For, operands, attr, {region}));
}

bool Grower::whileLoop() {
  constexpr int64_t kBound = 6;
  if (tooDeep(kBound)) return false;
  WhileAttr attr;
  attr.bound = random_.chance(70) || growth_.differentiates || smooth() ? random_.between(1, kBound) : 0;
  std::vector<Value *> operands;
  std::vector<Type> types;
  for (size_t n = 1 + random_.below(2); n > 0; --n) {
    Value *x = any();
    if (!free() && isFloat(x->type.elem)) x = tame(x);
    operands.push_back(x), types.push_back(x->type);
  }
  operands.push_back(b_.i64(0)), types.push_back(Type(Elem::I64));
  attr.carries = static_cast<int>(operands.size());
  Value *limit = b_.binary(OpKind::Rem, index(), b_.i64(kBound));
  auto known = [&](Region &r) {
    for (Value *arg : r.args)
      if (exact()) growth_.magnitudes[arg] = 16;
  };
  growth_.turns *= kBound;
  Region *condition = inside(types, [&](Region &r) {
    known(r);
    Value *more = b_.binary(OpKind::Lt, r.args.back(), limit);
    if (!smooth() && random_.chance(40)) more = b_.binary(OpKind::And, more, nested(r.args).predicate());
    return std::vector{more};
  });
  Region *region = inside(types, [&](Region &r) {
    known(r);
    Grower body = nested(r.args);
    body.grow(static_cast<int>(1 + random_.below(3)));
    std::vector<Value *> yields;
    for (size_t i = 0; i + 1 < r.args.size(); ++i) yields.push_back(next(body, r.args[i]->type));
    yields.push_back(b_.add(r.args.back(), b_.i64(1)));
    if (attr.bound > 0 && random_.chance(40)) {
      Value *stacked = r.args[random_.below(r.args.size())];
      if (stacked->type.boundCount() * attr.bound <= growth_.mostElements && stacked->type.rank() < 4) yields.push_back(stacked);
    }
    return yields;
  });
  growth_.turns /= kBound;
  Op *loop = b_.create(OpKind::While, operands, attr, {condition, region});
  if (attr.bound > 0 && growth_.nesting < 2) {
    extents_.push_back(loop->results[0]->dim);
    return putAll(loop, 1);
  }
  bool some = false;
  for (int c = 0; c < attr.carries; ++c) some |= put(loop->results[static_cast<size_t>(c) + (attr.bound > 0)]);
  return some;
}

bool Grower::checkpoint() {
  if (growth_.nesting >= kDeepest) return false;
  Value *x = any();
  Region *region = inside({x->type}, [&](Region &r) {
    if (exact()) growth_.magnitudes[r.args[0]] = growth_.magnitude(x);
    Grower body = nested({r.args[0]});
    body.grow(3);
    return std::vector{body.fit(any()->type)};
  });
  return putAll(b_.create(OpKind::Checkpoint, {x}, NoAttr{}, {region}));
}

/// A gradient of its own that is not one: only the profile whose gradients nobody compares with differences.
bool Grower::customGrad() {
  if (!free() || growth_.nesting >= kDeepest) return false;
  Value *x = anyFloat();
  if (!x) return false;
  Region *primal = inside({x->type}, [&](Region &r) {
    Grower body = nested({r.args[0]});
    body.grow(2);
    return std::vector{body.fit(x->type)};
  });
  Region *vjp = inside({x->type, x->type, x->type}, [&](Region &r) {
    Grower body = nested(r.args);
    body.grow(1);
    return std::vector{b_.mul(body.fit(x->type), r.args[2])};
  });
  return putAll(b_.create(OpKind::CustomGrad, {x}, NoAttr{}, {primal, vjp}));
}

} // namespace dl::test

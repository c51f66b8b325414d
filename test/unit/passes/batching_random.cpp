// Random bodies of maps.
#include "batching_programs.h"
#include "ir/builder.h"
#include "ir/text.h"
#include <functional>
#include <random>

namespace dl::test {

using namespace ir;

namespace {

class Body {
public:
  Body(Builder &b, std::mt19937_64 &random, std::vector<Value *> pool, Value *number, Value *key)
      : b_(b), random_(random), pool_(std::move(pool)), number_(number), key_(key) {}

  void grow(int count) {
    for (int tries = 0; count > 0 && tries < 500; ++tries) count -= step() ? 1 : 0;
  }
  Value *last(size_t back) const { return pool_[pool_.size() - 1 - back % pool_.size()]; }

private:
  size_t below(size_t n) { return random_() % n; }
  Value *any() { return pool_[below(pool_.size())]; }
  bool put(Value *v) {
    if (v->type.rank() > 3 || v->type.boundCount() > 2000) return false;
    pool_.push_back(v);
    return true;
  }
  Value *scalar() {
    Value *x = any();
    std::vector<int> all;
    for (size_t d = 0; d < x->type.rank(); ++d) all.push_back(static_cast<int>(d));
    return b_.reduce(ReduceKind::Max, x, all);
  }
  Value *predicate() {
    if (below(3) == 0) return b_.binary(OpKind::Eq, b_.binary(OpKind::Rem, number_, b_.i64(2)), b_.i64(0));
    return b_.binary(OpKind::Lt, scalar(), b_.constant(Type(Elem::F32), 0.5));
  }
  Value *start() { return b_.sub(b_.binary(OpKind::Rem, number_, b_.i64(3)), b_.i64(1)); }
  /// Runs `fill` in a new region with arguments of the given types.
  Region *inside(const std::vector<Type> &types, const std::function<std::vector<Value *>(Region &)> &fill) {
    Region *made = b_.newRegion(types), *outside = b_.region();
    b_.setRegion(made);
    b_.yield(fill(*made));
    b_.setRegion(outside);
    return made;
  }
  Value *inner(std::vector<Value *> more, Value *like) {
    std::vector<Value *> pool = pool_;
    pool.insert(pool.end(), more.begin(), more.end());
    Body body(b_, random_, pool, number_, key_);
    body.grow(2);
    for (size_t back = 0; back < 2; ++back)
      if (body.last(back)->type == like->type) return body.last(back);
    return b_.unary(OpKind::Tanh, more.empty() ? like : more.back());
  }

  bool step();
  bool control(Value *x);

  Builder &b_;
  std::mt19937_64 &random_;
  std::vector<Value *> pool_;
  Value *number_, *key_;
};

bool Body::control(Value *x) {
  switch (below(4)) {
  case 0: {
    Value *p = predicate();
    Region *yes = inside({}, [&](Region &) { return std::vector{inner({}, x)}; });
    Region *no = inside({}, [&](Region &) { return std::vector{inner({}, x)}; });
    return put(b_.create(OpKind::If, {p}, NoAttr{}, {yes, no})->result());
  }
  case 1: {
    ForAttr attr;
    attr.trip = 3, attr.carries = 1, attr.reverse = below(2) == 0;
    bool own = below(2) == 0;
    attr.tripIsDim = !own;
    std::vector<Value *> operands{x};
    if (own) operands.insert(operands.begin(), start());
    Region *body = inside({Type(Elem::I64), x->type}, [&](Region &r) { return std::vector{inner({r.args[1]}, x)}; });
    return put(b_.create(OpKind::For, operands, attr, {body})->result());
  }
  default: {
    WhileAttr attr;
    attr.bound = below(2) * 4, attr.carries = 2;
    Value *most = b_.add(start(), b_.i64(1));
    std::vector<Type> types{x->type, Type(Elem::I64)};
    Region *condition = inside(types, [&](Region &r) { return std::vector{b_.binary(OpKind::Lt, r.args[1], most)}; });
    Region *body = inside(types, [&](Region &r) {
      Value *next = inner({r.args[0]}, x);
      return std::vector{next, b_.add(r.args[1], b_.i64(1))};
    });
    Op *loop = b_.create(OpKind::While, {x, b_.i64(0)}, attr, {condition, body});
    return put(loop->results[attr.bound > 0]);
  }
  }
}

bool Body::step() {
  Value *x = any();
  size_t rank = x->type.rank(), d = rank ? below(rank) : 0;
  int dim = static_cast<int>(d);
  switch (below(20)) {
  case 0: case 1: case 2:
    for (int i = 0; i < 10; ++i)
      if (Value *y = any(); y->type == x->type)
        return put(b_.binary(std::vector{OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Max}[below(4)], x, y));
    return false;
  case 3: return put(b_.unary(std::vector{OpKind::Tanh, OpKind::Abs, OpKind::Sin, OpKind::Floor}[below(4)], x));
  case 4: return rank && put(b_.reduce(std::vector{ReduceKind::Sum, ReduceKind::Max}[below(2)], x, {dim}));
  case 5: {
    Value *y = any();
    if (rank >= y->type.rank()) return false;
    std::vector<int> to;
    size_t next = 0;
    for (size_t k = 0; k < y->type.rank() && next < rank; ++k)
      if (y->type.dims[k] == x->type.dims[next]) to.push_back(static_cast<int>(k)), ++next;
    return next == rank && put(b_.broadcast(x, y->type.dims, to));
  }
  case 6: return rank == 2 && put(b_.transpose(x, {1, 0}));
  case 7: {
    Value *y = any();
    if (!rank || !y->type.rank() || rank + y->type.rank() > 5 || x->type.dims.back() != y->type.dims.back()) return false;
    IndexedAttr a;
    std::vector<Value *> operands{x, y};
    int sum = static_cast<int>(rank + y->type.rank()) - 2;
    for (int o = 0, name = 0; o < 2; ++o) {
      Factor f;
      f.operand = o;
      const Type &type = operands[static_cast<size_t>(o)]->type;
      for (size_t k = 0; k < type.rank(); ++k) {
        Index i;
        bool summed = k + 1 == type.rank();
        i.affine.terms = {{summed ? sum : name, 1}};
        if (!summed) a.names.push_back({"n" + std::to_string(name++), type.dims[k]});
        f.index.push_back(i);
      }
      a.factors.push_back(f);
    }
    a.outCount = sum;
    a.names.push_back({"k", x->type.dims.back()});
    return put(b_.value(OpKind::Contract, operands, a));
  }
  case 8: case 9: {
    if (!rank || x->type.dims[d].value() < 2) return false;
    Type part = x->type;
    part.dims[d] = part.dims[d] - dl::Dim(1);
    std::vector<Value *> operands{x};
    for (size_t k = 0; k < rank; ++k) operands.push_back(k == d ? start() : b_.i64(0));
    Value *piece = b_.value(OpKind::SliceAt, operands, SliceAtAttr{part.dims});
    if (below(2)) return put(piece);
    operands.insert(operands.begin() + 1, b_.unary(OpKind::Abs, piece));
    if (below(2)) operands[2] = b_.i64(0);
    return put(b_.value(OpKind::UpdateAt, operands, UpdateAtAttr{below(2) ? ScatterMode::Add : ScatterMode::Set}));
  }
  case 10: {
    if (rank != 1) return false;
    Type places = x->type.withElem(Elem::I32);
    Value *at = b_.add(b_.iota(places, 0), b_.convert(b_.splat(start(), places.dims), Elem::I32));
    IndexedAttr a;
    a.names = {{"i", x->type.dims[0]}}, a.outCount = 1;
    Index taken, plain;
    plain.affine.terms = {{0, 1}};
    taken.source = 1, taken.sourceIndex = {plain.affine};
    if (below(2)) {
      a.factors = {Factor{0, {}, {taken}}};
      return put(b_.value(OpKind::Gather, {x, at}, a));
    }
    taken.source = 2;
    a.mode = below(2) ? ScatterMode::Add : ScatterMode::Max;
    a.factors = {Factor{0, {}, {taken}}, Factor{1, {}, {plain}}};
    return put(b_.value(OpKind::Scatter, {x, b_.unary(OpKind::Neg, x), at}, a));
  }
  case 11: {
    Value *key = b_.value(OpKind::KeyFold, {key_, b_.add(number_, b_.i64(static_cast<int64_t>(below(3))))});
    Value *bits = b_.value(OpKind::RandomBits, {key}, RandomAttr{x->type.withElem(Elem::I32)});
    return put(b_.mul(b_.convert(bits, Elem::F32), b_.constant(x->type, 1.0 / 2147483648.0)));
  }
  case 12: return rank && put(b_.create(OpKind::Sort, {x}, SortAttr{dim, below(2) == 0})->result());
  case 13: return rank && put(b_.value(OpKind::Cumulate, {x}, CumulateAttr{ReduceKind::Sum, dim, below(2) == 0, below(2) == 0}));
  case 14: return rank && put(b_.value(OpKind::Concat, {x, x}, ConcatAttr{dim}));
  case 15: {
    PadAttr attr;
    for (size_t k = 0; k < rank; ++k) attr.low.push_back(1), attr.step.push_back(1), attr.extent.push_back(x->type.dims[k] + dl::Dim(1));
    return rank && put(b_.value(OpKind::Pad, {x, scalar()}, attr));
  }
  case 16: {
    Value *y = any();
    if (rank != 1) return false;
    Value *at = b_.value(OpKind::Search, {x, y}, SearchAttr{below(2) == 0});
    return put(b_.convert(at, Elem::F32));
  }
  default: return control(x);
  }
}

} // namespace

std::string randomMap(unsigned seed, int count) {
  std::mt19937_64 random(seed);
  Module module;
  Function *f = module.addFunction("f");
  Builder b(module, f->body);
  auto param = [&](const Type &type, const char *name) {
    Value *v = f->newValue(type, name);
    v->region = f->body, v->index = static_cast<uint32_t>(f->body->args.size());
    f->body->args.push_back(v);
    f->params.emplace_back();
    return v;
  };
  Value *n = param(Type::dimension(5), "n"), *x = param(Type(Elem::F32, {n->dim, 4, 3}), "x");
  Value *y = param(Type(Elem::F32, {3, n->dim}), "y"), *w = param(Type(Elem::F32, {4, 3}), "w"), *k = param(Type(Elem::Key), "k");
  Region *body = b.newRegion({Type(Elem::I64), Type(Elem::F32, {4, 3}), Type(Elem::F32, {3})});
  b.setRegion(body);
  Body inside(b, random, {w, body->args[2], body->args[1]}, body->args[0], k);
  inside.grow(count);
  b.yield({inside.last(0), inside.last(1), inside.last(2)});
  b.setRegion(f->body);
  ForAttr attr;
  attr.trip = n->dim, attr.scanDims = {0, 1};
  Op *loop = b.create(OpKind::For, {x, y}, attr, {body});
  for (Value *result : loop->results) f->results.push_back(result->type);
  b.ret(loop->results);
  return printModule(module);
}

} // namespace dl::test

/// check_gradients. Before: no calls, `grad` ops still there. After: they are expanded, and behind each `grad` and each
/// `custom_grad` a loop over elements of what is differentiated by compares the result with a central difference, by clones
/// of the ops between, and stops the run where they are apart. A `grad` whose path goes through a function with a gradient
/// of its own is left out: that function is compared itself. On request only. Needs NoCalls; after widen_floats, instead of
/// expand_grad, for the inner of two nested ones is gone before the outer one is compared.
/// Test: test/passes/autodiff/check_gradients.dlir, test/driver/check_gradients.test.
#include "passes/autodiff/forward.h"
#include "passes/pass.h"
#include <algorithm>

namespace dl::passes {

namespace {

using namespace ir;

constexpr int64_t kAllElements = 24; ///< of larger tensors a sample of so many

std::vector<int> allDims(const Type &type) {
  std::vector<int> dims;
  for (size_t d = 0; d < type.rank(); ++d) dims.push_back(static_cast<int>(d));
  return dims;
}

Value *dot(Builder &b, Value *x, Value *y) { return b.reduce(ReduceKind::Sum, b.mul(x, y), allDims(x->type)); }

/// A cotangent without zeros or symmetries: 1.5 + sin of a sum of multiples of the indices.
Value *someCotangent(Builder &b, const Type &type) {
  Value *angle = b.constant(type, 0.7);
  for (size_t d = 0; d < type.rank(); ++d)
    angle = b.add(angle, b.mul(b.iota(type, static_cast<int>(d)), b.constant(type, 1.3 + static_cast<double>(d))));
  return b.add(b.constant(type, 1.5), b.unary(OpKind::Sin, angle));
}

/// `f` as a function of `x` alone, against its gradient `d`.
void compare(Builder &at, Value *x, Value *d, const std::string &what, const std::function<Value *(Builder &, Value *)> &f) {
  Dim count(1);
  for (const Dim &dim : x->type.dims) count = count * dim;
  bool all = count.isConstant() && count.value() <= kAllElements;
  int64_t turns = all ? count.value() : kAllElements;
  Region *body = at.newRegion({Type(Elem::I64)});
  Builder b(at.module(), body);
  b.where = at.where;
  Value *place = body->args[0];
  if (!all) // spread over the elements
    place = b.binary(OpKind::Rem, b.add(b.mul(place, b.i64(1000003)), b.i64(7)), b.extent(count));
  Value *places = b.iota(Type(Elem::I64, {count}), 0);
  Value *here = b.reshape(b.convert(b.binary(OpKind::Eq, places, b.splat(place, {count})), x->type.elem), x->type.dims);
  Type scalar(x->type.elem);
  Value *step = b.mul(b.constant(scalar, 1e-5), b.binary(OpKind::Max, b.constant(scalar, 1), b.unary(OpKind::Abs, dot(b, x, here))));
  Value *along = b.mul(here, b.splat(step, x->type.dims));
  Value *above = f(b, b.add(x, along)), *below = f(b, b.sub(x, along));
  Value *slope = b.div(b.sub(above, below), b.add(step, step)), *got = dot(b, d, here);
  Value *apart = b.unary(OpKind::Abs, b.sub(got, slope));
  Value *size = b.add(b.unary(OpKind::Abs, got), b.unary(OpKind::Abs, slope));
  Value *limit = b.add(b.mul(b.constant(scalar, 1e-4), size),
                       b.mul(b.constant(scalar, 1e-7), b.add(b.constant(scalar, 1), b.unary(OpKind::Abs, above))));
  CheckAttr attr;
  auto piece = [](std::string text, int operand) {
    PrintPiece made;
    made.text = std::move(text), made.operand = operand;
    return made;
  };
  attr.message = {piece("the gradient " + what + " is wrong at element ", -1), piece("", 1), piece(": it is ", -1), piece("", 2),
                  piece(", central differences give ", -1), piece("", 3), piece(" (", -1), piece("", 4), piece(" apart)", -1)};
  b.create(OpKind::Check, {b.binary(OpKind::Le, apart, limit), place, got, slope, apart}, attr);
  b.yield({});
  ForAttr loop;
  loop.trip = Dim(turns);
  at.create(OpKind::For, {}, loop, {body});
}

/// The ops before a place that lead from x to y.
class Between {
public:
  Between(Op &place, Value *x, const std::vector<Value *> &ys)
      : around_(regionsAround(place)), activity_(*place.parent->function, place, {x}), reach_(*place.parent->function) {
    for (const Value *y : ys) reach_.mark(y);
    for (size_t i = around_.size(); i-- > 0;) {
      reach_.through(*around_[i].first, around_[i].second);
      if (i > 0) reach_.leave(*around_[i].first);
    }
    for (auto [region, count] : around_)
      for (size_t i = 0; i < count; ++i) list(*region->ops[i], x);
  }

  /// A function with a gradient of its own, or what earlier turns of a loop around the place have left, is on the way.
  bool isOpaque() const {
    for (const Op *op : ops_) {
      if (op->kind == OpKind::CustomGrad) return true;
      bool inside = false;
      for (const Region *region : op->regions)
        walk(*region, [&](const Op *inner) { inside |= inner->kind == OpKind::CustomGrad && wants(*inner); });
      if (inside) return true;
    }
    for (auto [region, count] : around_)
      for (const Value *arg : region->args)
        if (wants(arg)) return true;
    return false;
  }

  void clone(Builder &b, ValueMap &map) const {
    for (const Op *op : ops_) cloneOp(*op, map, b);
  }

private:
  bool wants(const Value *v) const { return activity_.varied(v) && reach_(v); }
  bool wants(const Op &op) const {
    return std::any_of(op.results.begin(), op.results.end(), [&](const Value *v) { return wants(v); });
  }
  void list(const Op &op, const Value *x) {
    if (wants(op) && &op != x->def) ops_.push_back(&op);
  }

  std::vector<std::pair<Region *, size_t>> around_;
  Activity activity_;
  Reach reach_;
  std::vector<const Op *> ops_;
};

struct Counts {
  int compared = 0, left = 0;
};

std::string named(const Value *v, size_t number) {
  return "by " + (v->name.empty() ? "value " + std::to_string(number) : "`" + v->name + "`") + " (" + v->type.str() + ")";
}

void checkGrad(Op &grad, Builder &b, Counts &counts) {
  const auto &attr = grad.as<GradAttr>();
  auto from = grad.operands.begin();
  std::vector<Value *> ys(from, from + attr.values), seeds;
  if (attr.seeded) seeds.assign(from + attr.values, from + 2 * attr.values);
  from += attr.seeded ? 2 * attr.values : attr.values;
  for (size_t k = 0; from + static_cast<ptrdiff_t>(k) != grad.operands.end(); ++k) {
    Value *x = from[static_cast<ptrdiff_t>(k)];
    if (x->type.elem != Elem::F64) continue;
    Between between(grad, x, ys);
    ++(between.isOpaque() ? counts.left : counts.compared);
    if (between.isOpaque()) continue;
    compare(b, x, grad.result(k), named(x, k), [&](Builder &in, Value *moved) {
      ValueMap map;
      map.map(x, moved);
      between.clone(in, map);
      Value *sum = nullptr;
      for (size_t i = 0; i < ys.size(); ++i) {
        Value *y = map(ys[i]), *term = attr.seeded ? dot(in, y, seeds[i]) : y;
        sum = sum ? in.add(sum, term) : term;
      }
      return sum;
    });
  }
}

void checkCustom(Op &op, Builder &b, Counts &counts) {
  const Region &primal = *op.regions[0], &rule = *op.regions[1];
  ValueMap map;
  std::vector<Value *> cotangents;
  size_t arg = 0;
  for (Value *operand : op.operands) map.map(rule.args[arg++], operand);
  for (Value *result : op.results) map.map(rule.args[arg++], result);
  for (Value *result : op.results) {
    cotangents.push_back(isFloat(result->type.elem) ? someCotangent(b, result->type) : nullptr);
    if (cotangents.back()) map.map(rule.args[arg++], cotangents.back());
  }
  std::vector<Value *> gives = cloneBody(rule, map, b);
  size_t next = 0;
  for (size_t k = 0; k < op.operands.size(); ++k) {
    Value *x = op.operand(k);
    if (!isFloat(x->type.elem)) continue;
    Value *d = gives[next++];
    ++counts.compared;
    const Value *said = primal.args[k]->name.empty() ? x : primal.args[k];
    compare(b, x, d, "of a function " + named(said, k), [&](Builder &in, Value *moved) {
      ValueMap inner;
      for (size_t i = 0; i < op.operands.size(); ++i) inner.map(primal.args[i], i == k ? moved : op.operand(i));
      std::vector<Value *> results = cloneBody(primal, inner, in);
      Value *sum = nullptr;
      for (size_t i = 0; i < results.size(); ++i) {
        if (!cotangents[i]) continue;
        Value *term = dot(in, results[i], cotangents[i]);
        sum = sum ? in.add(sum, term) : term;
      }
      return sum;
    });
  }
}

} // namespace

Status check_gradients(Module &module, PassContext &context) {
  Counts counts;
  for (const auto &function : module.functions) {
    std::vector<Op *> found;
    walk(*function->body, [&](Op *op) {
      if (op->kind == OpKind::Grad || op->kind == OpKind::Jvp || op->kind == OpKind::CustomGrad) found.push_back(op);
    });
    for (Op *op : found) {
      if (op->kind != OpKind::Jvp) {
        Region &at = *op->parent, *made = function->newRegion(nullptr);
        Builder b(module, made);
        b.where = op->where;
        (op->kind == OpKind::Grad ? checkGrad : checkCustom)(*op, b, counts);
        for (Op *each : made->ops) each->parent = &at;
        at.ops.insert(std::find(at.ops.begin(), at.ops.end(), op) + 1, made->ops.begin(), made->ops.end());
      }
      if (op->kind == OpKind::CustomGrad) continue;
      Rewriter rewriter;
      (op->kind == OpKind::Grad ? expandReverse : expandForward)(*op, module, context.diags, rewriter);
      if (context.diags.hasErrors()) return Done{};
      walk(*function->body, [&](Op *each) { rewriter.operands(*each); });
    }
  }
  context.remark(std::to_string(counts.compared) + " gradients are compared with central differences" +
                 (counts.left ? ", " + std::to_string(counts.left) + " that go through a function with a gradient of its own are not" : ""));
  return Done{};
}

} // namespace dl::passes

/// expand_grad. Before: `grad` and `jvp` ops, after inlining. After: none; where each `grad` stood, its cotangents are
/// computed from the values of the forward pass (loops and branches of the forward pass yield what their adjoints read);
/// the tangents of a `jvp` are computed beside those values. Innermost first: one that another differentiates stands before
/// it, so list order is enough. Needs NoCalls, gives NoGrad.
/// Before simplify, which tidies what rules leave. Test: test/passes/autodiff, test/unit/gradients.
#include "passes/autodiff/forward.h"
#include "passes/autodiff/scopes.h"
#include "passes/pass.h"
#include <algorithm>

namespace dl::passes {

namespace {

using namespace ir;

/// What reaches an argument of a region around the grad goes on to the operand it stands for.
bool leaveRegion(Region &region, Reverse &r, const Activity &activity) {
  Op &around = *region.parent;
  Builder &b = r.b;
  for (Value *arg : region.args) {
    if (!r.has(arg)) continue;
    if (around.kind == OpKind::Checkpoint || around.kind == OpKind::CustomGrad || around.kind == OpKind::Fused) {
      r.contribute(around.operand(arg->index), r.take(arg));
      continue;
    }
    CarryLayout carry = carriesOf(around);
    if (arg->index >= carry.argument) {
      if (!activity.reachesBack(arg)) continue;
      r.refuse(around, Diag::GradientReachesBack, arg->name.empty() ? "a value" : "`" + arg->name + "`");
      return false;
    }
    size_t number = arg->index - 1;
    Value *scanned = around.operand(number), *induction = region.args[0], *g = r.take(arg);
    size_t dim = static_cast<size_t>(around.as<ForAttr>().scanDims[number]);
    r.contributeOnto(scanned, [&b, scanned, induction, g, dim](Value *base) {
      Type slice = scanned->type;
      slice.dims[dim] = 1;
      std::vector<Value *> operands{base ? base : b.constant(scanned->type, 0), b.reshape(g, slice.dims)};
      for (size_t d = 0; d < slice.rank(); ++d) operands.push_back(d == dim ? induction : b.i64(0));
      return b.value(OpKind::UpdateAt, operands, UpdateAtAttr{ScatterMode::Add});
    });
  }
  return true;
}

} // namespace

void expandReverse(Op &grad, Module &module, Diagnostics &diags, Rewriter &rewriter) {
  Region &at = *grad.parent;
  bool seeded = grad.as<GradAttr>().seeded;
  size_t values = static_cast<size_t>(grad.as<GradAttr>().values);
  std::vector<Value *> inputs(grad.operands.begin() + static_cast<ptrdiff_t>(seeded ? 2 * values : values), grad.operands.end());
  Activity activity(*at.function, grad, inputs);
  // The list is cut here and grows again from here.
  auto place = std::find(at.ops.begin(), at.ops.end(), &grad);
  std::vector<Op *> behind(place + 1, at.ops.end());
  at.ops.erase(place, at.ops.end());
  size_t count = at.ops.size();
  Differentiation shared{module, diags, activity, grad.where};
  Builder builder(module, &at);
  builder.where = grad.where;
  builder.where.phase = Phase::Backward;
  OpenScope scope;
  Reverse reverse(shared, scope, builder);
  for (size_t i = 0; i < values; ++i) {
    Value *y = grad.operand(i);
    if (reverse.wants(y)) reverse.contribute(y, seeded ? grad.operand(values + i) : builder.constant(y->type, 1));
  }
  for (Region *region = &at;;) {
    std::vector<Op *> ops(region->ops.begin(), region->ops.begin() + static_cast<long>(count));
    reverse.run(ops, ops.size());
    Op *around = region->parent;
    if (!around || !leaveRegion(*region, reverse, activity)) break;
    region = around->parent;
    count = static_cast<size_t>(std::find(region->ops.begin(), region->ops.end(), around) - region->ops.begin());
  }
  for (size_t i = 0; i < inputs.size(); ++i) rewriter.replace(grad.result(i), reverse.takeOrZero(inputs[i]));
  at.ops.insert(at.ops.end(), behind.begin(), behind.end());
}

Status expand_grad(Module &module, PassContext &context) {
  for (const auto &function : module.functions) {
    std::vector<Op *> grads;
    walk(*function->body, [&](Op *op) {
      if (op->kind == OpKind::Grad || op->kind == OpKind::Jvp) grads.push_back(op);
    });
    for (Op *grad : grads) {
      // Later ops, and later grads among them, see the cotangents at once.
      Rewriter rewriter;
      (grad->kind == OpKind::Grad ? expandReverse : expandForward)(*grad, module, context.diags, rewriter);
      if (context.diags.hasErrors()) return Done{};
      walk(*function->body, [&](Op *op) { rewriter.operands(*op); });
    }
  }
  return Done{};
}

} // namespace dl::passes

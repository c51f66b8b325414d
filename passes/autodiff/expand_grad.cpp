/// expand_grad. Before: `grad` ops, after inlining. After: none; where each stood, its cotangents are computed from the
/// values of the forward pass (loops and branches of the forward pass yield what their adjoints read). Innermost first:
/// a `grad` that another one differentiates stands before it, so list order is enough. Needs NoCalls, gives NoGrad.
/// Before simplify, which tidies what rules leave. Test: test/passes/autodiff, test/unit/gradients.
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

void expand(Op &grad, Module &module, PassContext &context, Rewriter &rewriter) {
  Region &at = *grad.parent;
  bool seeded = grad.as<GradAttr>().seeded;
  std::vector<Value *> inputs(grad.operands.begin() + (seeded ? 2 : 1), grad.operands.end());
  Activity activity(*at.function, grad, inputs);
  // The list is cut here and grows again from here.
  auto place = std::find(at.ops.begin(), at.ops.end(), &grad);
  std::vector<Op *> behind(place + 1, at.ops.end());
  at.ops.erase(place, at.ops.end());
  size_t count = at.ops.size();
  Differentiation shared{module, context.diags, activity, grad.where};
  Builder builder(module, &at);
  builder.where = grad.where;
  OpenScope scope;
  Reverse reverse(shared, scope, builder);
  Value *y = grad.operand(0);
  if (reverse.wants(y)) reverse.contribute(y, seeded ? grad.operand(1) : builder.constant(y->type, 1));
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

} // namespace

Status expand_grad(Module &module, PassContext &context) {
  for (const auto &function : module.functions) {
    std::vector<Op *> grads;
    walk(*function->body, [&](Op *op) {
      if (op->kind == OpKind::Grad) grads.push_back(op);
    });
    for (Op *grad : grads) {
      // Later ops, and later grads among them, see the cotangents at once.
      Rewriter rewriter;
      expand(*grad, module, context, rewriter);
      if (context.diags.hasErrors()) return Done{};
      walk(*function->body, [&](Op *op) { rewriter.operands(*op); });
    }
  }
  return Done{};
}

} // namespace dl::passes

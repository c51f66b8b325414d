/// Rules of `select` and comparisons.
#include "passes/simplify/rules.h"

namespace dl::passes {

using namespace ir;

namespace {

Value *knownCondition(Op &op, Builder &) {
  if (op.kind != OpKind::Select) return nullptr;
  auto bits = splatBits(op.operand(0));
  return bits ? op.operand(*bits ? 1 : 2) : nullptr;
}

Value *sameSides(Op &op, Builder &) {
  return op.kind == OpKind::Select && op.operand(1) == op.operand(2) ? op.operand(1) : nullptr;
}

Value *invertedCondition(Op &op, Builder &at) {
  if (op.kind != OpKind::Select) return nullptr;
  Op *inverse = definedBy(op.operand(0), OpKind::Not);
  return inverse ? at.select(inverse->operand(0), op.operand(2), op.operand(1)) : nullptr;
}

/// select(c, select(c, a, b), d) reads only a, and so on.
Value *nestedSameCondition(Op &op, Builder &at) {
  if (op.kind != OpKind::Select) return nullptr;
  Op *a = definedBy(op.operand(1), OpKind::Select), *b = definedBy(op.operand(2), OpKind::Select);
  if (a && a->operand(0) == op.operand(0)) return at.select(op.operand(0), a->operand(1), op.operand(2));
  if (b && b->operand(0) == op.operand(0)) return at.select(op.operand(0), op.operand(1), b->operand(2));
  return nullptr;
}

/// Integers are ordered: the opposite of `<` is `>=`.
Value *notOfComparison(Op &op, Builder &at) {
  if (op.kind != OpKind::Not || !op.operand(0)->def) return nullptr;
  const Op &inner = *op.operand(0)->def;
  static constexpr std::pair<OpKind, OpKind> kOpposites[] = {{OpKind::Eq, OpKind::Ne}, {OpKind::Ne, OpKind::Eq},
                                                             {OpKind::Lt, OpKind::Ge}, {OpKind::Ge, OpKind::Lt},
                                                             {OpKind::Gt, OpKind::Le}, {OpKind::Le, OpKind::Gt}};
  for (auto [kind, opposite] : kOpposites) {
    if (inner.kind != kind) continue;
    bool ordered = !isFloat(inner.operand(0)->type.elem) || kind == OpKind::Eq || kind == OpKind::Ne;
    return ordered ? at.binary(opposite, inner.operand(0), inner.operand(1)) : nullptr;
  }
  return nullptr;
}

Value *logicWithConstant(Op &op, Builder &) {
  if ((op.kind != OpKind::And && op.kind != OpKind::Or) || op.result()->type.elem != Elem::Bool) return nullptr;
  for (size_t i = 0; i < 2; ++i)
    if (auto bits = splatBits(op.operand(i))) {
      bool neutral = (*bits != 0) == (op.kind == OpKind::And);
      return neutral ? op.operand(1 - i) : op.operand(i);
    }
  return nullptr;
}

} // namespace

std::vector<Rule> selectionRules() {
  return {{"known_condition", RuleClass::Exact, knownCondition},
          {"same_sides", RuleClass::Exact, sameSides},
          {"inverted_condition", RuleClass::Exact, invertedCondition},
          {"nested_same_condition", RuleClass::Exact, nestedSameCondition},
          {"not_of_comparison", RuleClass::Exact, notOfComparison},
          {"logic_with_constant", RuleClass::Exact, logicWithConstant}};
}

} // namespace dl::passes

/// Rules of numbers.
#include "passes/simplify/rules.h"
#include <cmath>

namespace dl::passes {

using namespace ir;

namespace {

Value *mulByOne(Op &op, Builder &) {
  if (op.kind == OpKind::Mul)
    for (size_t i = 0; i < 2; ++i)
      if (isNumber(op.operand(i), 1)) return op.operand(1 - i);
  return op.kind == OpKind::Div && isNumber(op.operand(1), 1) ? op.operand(0) : nullptr;
}

/// x - 0 and x + -0 are x even for x = -0; x + 0 is not.
Value *addNothing(Op &op, Builder &) {
  bool floats = isFloat(op.result()->type.elem);
  if (op.kind == OpKind::Sub && isNumber(op.operand(1), 0)) return op.operand(0);
  if (op.kind != OpKind::Add) return nullptr;
  for (size_t i = 0; i < 2; ++i)
    if (isNumber(op.operand(i), floats ? -0.0 : 0.0)) return op.operand(1 - i);
  return nullptr;
}

Value *accumulateZero(Op &op, Builder &) {
  if (op.kind == OpKind::Accumulate)
    for (size_t i = 0; i < 2; ++i)
      if (isNumber(op.operand(i), 0) || isNumber(op.operand(i), -0.0)) return op.operand(1 - i);
  return nullptr;
}

Value *integerMulByZero(Op &op, Builder &) {
  if (op.kind == OpKind::Mul && isInteger(op.result()->type.elem))
    for (size_t i = 0; i < 2; ++i)
      if (isNumber(op.operand(i), 0)) return op.operand(i);
  return nullptr;
}

Value *mulByMinusOne(Op &op, Builder &at) {
  if (op.kind == OpKind::Mul && isFloat(op.result()->type.elem))
    for (size_t i = 0; i < 2; ++i)
      if (isNumber(op.operand(i), -1)) return at.unary(OpKind::Neg, op.operand(1 - i));
  return nullptr;
}

Value *doubleNegation(Op &op, Builder &) {
  if (op.kind != OpKind::Neg && op.kind != OpKind::Not) return nullptr;
  Op *inner = definedBy(op.operand(0), op.kind);
  return inner ? inner->operand(0) : nullptr;
}

Value *addNegated(Op &op, Builder &at) {
  if (op.kind == OpKind::Sub)
    if (Op *neg = definedBy(op.operand(1), OpKind::Neg)) return at.add(op.operand(0), neg->operand(0));
  if (op.kind == OpKind::Add)
    for (size_t i = 0; i < 2; ++i)
      if (Op *neg = definedBy(op.operand(i), OpKind::Neg)) return at.sub(op.operand(1 - i), neg->operand(0));
  return nullptr;
}

Value *productOfNegated(Op &op, Builder &at) {
  if (op.kind != OpKind::Mul && op.kind != OpKind::Div) return nullptr;
  Op *a = definedBy(op.operand(0), OpKind::Neg), *b = definedBy(op.operand(1), OpKind::Neg);
  return a && b && isFloat(op.result()->type.elem) ? at.binary(op.kind, a->operand(0), b->operand(0)) : nullptr;
}

/// Dividing by a power of two is multiplying by another one: both round the same real number once.
Value *divByPowerOfTwo(Op &op, Builder &at) {
  Elem elem = op.result()->type.elem;
  if (op.kind != OpKind::Div || (elem != Elem::F32 && elem != Elem::F64)) return nullptr;
  auto divisor = splatNumber(op.operand(1));
  int exponent = 0;
  if (!divisor || !std::isfinite(*divisor) || std::fabs(std::frexp(*divisor, &exponent)) != 0.5) return nullptr;
  if (exponent < -100 || exponent > 100 || *divisor == 1) return nullptr;
  return at.mul(op.operand(0), at.constant(op.result()->type, 1 / *divisor));
}

Value *smallPower(Op &op, Builder &at) {
  if (op.kind != OpKind::Pow) return nullptr;
  Value *x = op.operand(0);
  auto exponent = splatNumber(op.operand(1));
  if (!exponent) return nullptr;
  if (*exponent == 1) return x;
  if (*exponent == 2) return at.mul(x, x);
  if (*exponent == 3) return at.mul(at.mul(x, x), x);
  if (*exponent == -1) return at.div(at.constant(x->type, 1), x);
  return nullptr;
}

Value *absoluteOfSign(Op &op, Builder &at) {
  if (op.kind != OpKind::Abs) return nullptr;
  if (definedBy(op.operand(0), OpKind::Abs)) return op.operand(0);
  Op *neg = definedBy(op.operand(0), OpKind::Neg);
  return neg && isFloat(op.result()->type.elem) ? at.unary(OpKind::Abs, neg->operand(0)) : nullptr;
}

Value *sameOperands(Op &op, Builder &) {
  bool idempotent = op.kind == OpKind::Max || op.kind == OpKind::Min || op.kind == OpKind::And || op.kind == OpKind::Or;
  return idempotent && op.operand(0) == op.operand(1) ? op.operand(0) : nullptr;
}

Value *convertToSame(Op &op, Builder &) {
  if (op.kind != OpKind::Convert && op.kind != OpKind::Bitcast) return nullptr;
  return op.operand(0)->type == op.result()->type ? op.operand(0) : nullptr;
}

/// Out and back through a type that holds every value.
Value *convertBack(Op &op, Builder &) {
  if (op.kind != OpKind::Convert && op.kind != OpKind::Bitcast) return nullptr;
  Op *inner = definedBy(op.operand(0), op.kind);
  if (!inner || inner->operand(0)->type != op.result()->type) return nullptr;
  if (op.kind == OpKind::Bitcast) return inner->operand(0);
  Elem from = op.result()->type.elem, through = inner->result()->type.elem;
  bool exact = (from == Elem::F32 && through == Elem::F64) || (from == Elem::I32 && (through == Elem::I64 || through == Elem::F64)) ||
               (from == Elem::Bool && through != Elem::Key) ||
               ((from == Elem::BF16 || from == Elem::F16) && (through == Elem::F32 || through == Elem::F64));
  return exact ? inner->operand(0) : nullptr;
}

} // namespace

std::vector<Rule> arithmeticRules() {
  return {{"mul_by_one", RuleClass::Numeric, mulByOne}, // a subnormal is no longer flushed here
          {"add_nothing", RuleClass::Numeric, addNothing},
          {"accumulate_zero", RuleClass::Numeric, accumulateZero},
          {"integer_mul_by_zero", RuleClass::Exact, integerMulByZero},
          {"mul_by_minus_one", RuleClass::Numeric, mulByMinusOne},
          {"double_negation", RuleClass::Exact, doubleNegation},
          {"add_negated", RuleClass::Exact, addNegated},
          {"product_of_negated", RuleClass::Exact, productOfNegated},
          {"div_by_power_of_two", RuleClass::Exact, divByPowerOfTwo},
          {"small_power", RuleClass::Numeric, smallPower},
          {"absolute_of_sign", RuleClass::Exact, absoluteOfSign},
          {"same_operands", RuleClass::Numeric, sameOperands},
          {"convert_to_same", RuleClass::Exact, convertToSame},
          {"convert_back", RuleClass::Numeric, convertBack}};
}

} // namespace dl::passes

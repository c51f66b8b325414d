/// Every element-wise op of the table that has a derivative, over its domain.
#include "gradient_check.h"
#include "ir/op_kinds.h"

namespace dl::test {

using namespace ir;

namespace {

Input inputFor(const OpInfo &op, const std::string &name, const std::string &type) {
  Input input{name, type};
  if (op.domain == Domain::Positive) input.low = 0.4, input.high = 2.5;
  if (op.domain == Domain::Unit) input.low = -0.8, input.high = 0.8;
  if (op.domain == Domain::NonZero && name == "b") input.low = 0.4, input.high = 1.9;
  return input;
}

TEST(Gradients, ElementwiseOps) {
  int tested = 0;
  for (int k = 0; k < opKindCount(); ++k) {
    OpKind kind = static_cast<OpKind>(k);
    const OpInfo &op = info(kind);
    if (op.family != Family::Elementwise || op.derivative != Derivative::E) continue;
    SCOPED_TRACE(op.mnemonic);
    for (const std::string type : {"f64[3, 2]", "f64", "f64[2, 0]"}) {
      Case test;
      std::string operands;
      for (int i = 0; i < op.operands; ++i) {
        std::string name(1, static_cast<char>('a' + i));
        test.inputs.push_back(inputFor(op, name, type));
        operands += (i ? ", %" : "%") + name;
      }
      test.body = "  %z: " + type + " = " + std::string(op.mnemonic) + " " + operands;
      test.zType = type;
      checkGradient(test, static_cast<uint64_t>(k) + 7);
    }
    ++tested;
  }
  EXPECT_GE(tested, 25);
}

TEST(Gradients, Select) {
  checkGradient({{{"c", "bool[4]", 0, 0, {1, 0, 0, 1}}, {"a", "f64[4]"}, {"b", "f64[4]"}},
                 "  %s: f64[4] = select %c, %a, %b\n  %z: f64[4] = mul %s, %s", "f64[4]"});
}

TEST(Gradients, Convert) {
  checkGradient({{{"a", "f64[4]"}}, "  %z: f64[4] = convert %a", "f64[4]"});
  // Through f32 and back: exact for a sum of small integers.
  double numbers[] = {1, 2, 3};
  Tensor x(Elem::F64, {3});
  for (int64_t i = 0; i < 3; ++i) x.data<double>()[i] = numbers[i];
  auto d = evaluateText("func @f(%x: f64[3]) -> (f64[3]) {\n  %s: f32[3] = convert %x\n  %q: f32[3] = mul %s, %s\n  %y: f32 = reduce sum %q dims [0]\n"
                        "  %d: f64[3] = grad %y wrt %x\n  return %d\n}\n",
                        {"expand_grad"}, {x});
  ASSERT_EQ(d.size(), 1u);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(d[0].number(i), 2 * numbers[i]);
}

TEST(Gradients, TiesAndKinks) {
  Tensor zero(Elem::F64, {});
  auto text = [](const std::string &body) {
    return "func @f(%x: f64) -> (f64) {\n  %c: f64 = const 0.0\n" + body + "  %d: f64 = grad %y wrt %x\n  return %d\n}\n";
  };
  // A tie gives its derivative to the first operand; relu is max(0, x).
  EXPECT_EQ(evaluateText(text("  %y: f64 = max %c, %x\n"), {"expand_grad"}, {zero})[0].number(0), 0);
  EXPECT_EQ(evaluateText(text("  %y: f64 = max %x, %c\n"), {"expand_grad"}, {zero})[0].number(0), 1);
  EXPECT_EQ(evaluateText(text("  %y: f64 = min %c, %x\n"), {"expand_grad"}, {zero})[0].number(0), 0);
  EXPECT_EQ(evaluateText(text("  %y: f64 = abs %x\n"), {"expand_grad"}, {zero})[0].number(0), 0);
  EXPECT_EQ(evaluateText(text("  %y: f64 = floor %x\n"), {"expand_grad"}, {zero})[0].number(0), 0);
}

TEST(Gradients, PowerAtItsEdges) {
  Tensor x = Tensor::fromNumber(Elem::F64, 0), p = Tensor::fromNumber(Elem::F64, 2);
  std::string text = "func @f(%a: f64, %b: f64) -> (f64, f64) {\n  %y: f64 = pow %a, %b\n  %d: f64, %e: f64 = grad %y wrt %a, %b\n"
                     "  return %d, %e\n}\n";
  auto d = evaluateText(text, {"expand_grad"}, {x, p});
  EXPECT_EQ(d[0].number(0), 0);
  EXPECT_EQ(d[1].number(0), 0);
  d = evaluateText(text, {"expand_grad"}, {x, x});
  EXPECT_EQ(d[0].number(0), 0);
}

} // namespace
} // namespace dl::test

/// Every rewrite rule against the evaluator: by bits (with zeros of both signs, infinities and NaN) or, if its class is
/// numeric, by value. A rule without a program here that it rewrites fails.
#include "passes/simplify/rules.h"
#include "random_arguments.h"
#include <gtest/gtest.h>
#include <set>

namespace dl::test {

using namespace ir;

namespace {

struct Program {
  const char *rule, *signature, *body;
};

const Program kPrograms[] = {
    {"mul_by_one", "(%x: f32[9]) -> (f32[9])", "%o: f32[9] = const 1.0\n %z: f32[9] = mul %o, %x"},
    {"add_nothing", "(%x: f32[9]) -> (f32[9])", "%o: f32[9] = const -0.0\n %z: f32[9] = add %o, %x"},
    {"accumulate_zero", "(%x: f32[9]) -> (f32[9])", "%o: f32[9] = const 0.0\n %z: f32[9] = accumulate %x, %o"},
    {"integer_mul_by_zero", "(%x: i32[9]) -> (i32[9])", "%o: i32[9] = const 0\n %z: i32[9] = mul %x, %o"},
    {"mul_by_minus_one", "(%x: f32[9]) -> (f32[9])", "%o: f32[9] = const -1.0\n %z: f32[9] = mul %x, %o"},
    {"double_negation", "(%x: f32[9]) -> (f32[9])", "%y: f32[9] = neg %x\n %z: f32[9] = neg %y"},
    {"add_negated", "(%x: f32[9], %y: f32[9]) -> (f32[9])", "%n: f32[9] = neg %x\n %z: f32[9] = add %n, %y"},
    {"add_negated", "(%x: f32[9], %y: f32[9]) -> (f32[9])", "%n: f32[9] = neg %x\n %z: f32[9] = sub %y, %n"},
    {"product_of_negated", "(%x: f32[9], %y: f32[9]) -> (f32[9])", "%n: f32[9] = neg %x\n %m: f32[9] = neg %y\n %z: f32[9] = div %n, %m"},
    {"div_by_power_of_two", "(%x: f32[9]) -> (f32[9])", "%o: f32[9] = const 8.0\n %z: f32[9] = div %x, %o"},
    {"small_power", "(%x: f32[9]) -> (f32[9])", "%o: f32[9] = const 3.0\n %z: f32[9] = pow %x, %o"},
    {"absolute_of_sign", "(%x: f32[9]) -> (f32[9])", "%n: f32[9] = neg %x\n %z: f32[9] = abs %n"},
    {"same_operands", "(%x: f32[9]) -> (f32[9])", "%z: f32[9] = min %x, %x"},
    {"convert_to_same", "(%x: f32[9]) -> (f32[9])", "%z: f32[9] = convert %x"},
    {"convert_back", "(%x: i32[9]) -> (i32[9])", "%y: f64[9] = convert %x\n %z: i32[9] = convert %y"},
    {"known_condition", "(%x: f32[9], %y: f32[9]) -> (f32[9])", "%c: bool[9] = const false\n %z: f32[9] = select %c, %x, %y"},
    {"same_sides", "(%c: bool[9], %x: f32[9]) -> (f32[9])", "%z: f32[9] = select %c, %x, %x"},
    {"inverted_condition", "(%c: bool[9], %x: f32[9], %y: f32[9]) -> (f32[9])", "%n: bool[9] = not %c\n %z: f32[9] = select %n, %x, %y"},
    {"nested_same_condition", "(%c: bool[9], %x: f32[9], %y: f32[9], %w: f32[9]) -> (f32[9])",
     "%n: f32[9] = select %c, %x, %y\n %z: f32[9] = select %c, %w, %n"},
    {"not_of_comparison", "(%x: f32[9], %y: f32[9]) -> (bool[9])", "%n: bool[9] = eq %x, %y\n %z: bool[9] = not %n"},
    {"logic_with_constant", "(%x: bool[9]) -> (bool[9])", "%n: bool[9] = const true\n %z: bool[9] = or %x, %n"},
    {"moves_nothing", "(%x: f32[3, 4]) -> (f32[3, 4])", "%z: f32[3, 4] = slice %x start [0, 0]"},
    {"reshape_twice", "(%x: f32[3, 4]) -> (f32[6, 2])", "%y: f32[12] = reshape %x\n %z: f32[6, 2] = reshape %y"},
    {"elementwise_of_reshape", "(%x: f32[3, 4], %y: f32[3, 4]) -> (f32[12])",
     "%a: f32[12] = reshape %x\n %b: f32[12] = reshape %y\n %z: f32[12] = sub %a, %b"},
    {"elementwise_of_reshape", "(%x: f32[3]) -> (f32[3, 1])", "%a: f32[3, 1] = reshape %x\n %o: f32[3, 1] = const 0.5\n %z: f32[3, 1] = max %a, %o"},
    {"transpose_twice", "(%x: f32[3, 4, 2]) -> (f32[3, 2, 4])", "%y: f32[4, 2, 3] = transpose %x perm [1, 2, 0]\n %z: f32[3, 2, 4] = transpose %y perm [2, 1, 0]"},
    {"transpose_of_units", "(%x: f32[3, 1]) -> (f32[1, 3])", "%z: f32[1, 3] = transpose %x perm [1, 0]"},
    {"reverse_twice", "(%x: f32[3, 4]) -> (f32[3, 4])", "%y: f32[3, 4] = reverse %x dims [0, 1]\n %z: f32[3, 4] = reverse %y dims [0, 1]"},
    {"slice_twice", "(%x: f32[20]) -> (f32[3])", "%y: f32[9] = slice %x start [1] step [2]\n %z: f32[3] = slice %y start [2] step [3]"},
    {"slice_of_pad", "(%x: f32[4], %v: f32) -> (f32[4])", "%y: f32[11] = pad %x, %v low [2] step [2]\n %z: f32[4] = slice %y start [2] step [2]"},
    {"slice_of_concat", "(%x: f32[4], %y: f32[6]) -> (f32[2])", "%c: f32[10] = concat %x, %y dim 0\n %z: f32[2] = slice %c start [5] step [3]"},
    {"nested_concat", "(%x: f32[4], %y: f32[6]) -> (f32[14])", "%c: f32[10] = concat %x, %y dim 0\n %z: f32[14] = concat %c, %x dim 0"},
    {"reduce_units", "(%x: f32[3, 1]) -> (f32[3])", "%z: f32[3] = reduce max %x dims [1]"},
    {"reduce_twice", "(%x: f32[3, 4, 2]) -> (f32[4])", "%y: f32[3, 4] = reduce max %x dims [2]\n %z: f32[4] = reduce max %y dims [0]"},
    {"broadcast_twice", "(%x: f32[3]) -> (f32[2, 3, 4])", "%y: f32[3, 4] = broadcast %x to [0]\n %z: f32[2, 3, 4] = broadcast %y to [1, 2]"},
    {"transpose_of_broadcast", "(%x: f32[3, 4]) -> (f32[4, 2, 3])", "%y: f32[3, 4, 2] = broadcast %x to [0, 1]\n %z: f32[4, 2, 3] = transpose %y perm [1, 2, 0]"},
    {"transpose_of_positions", "() -> (i32[4, 2, 3])", "%y: i32[3, 4, 2] = iota dim 1\n %z: i32[4, 2, 3] = transpose %y perm [1, 2, 0]"},
    {"transpose_of_elementwise", "(%x: f32[4], %i: i32[3]) -> (f32[2, 3, 4])",
     "%p: i32[3, 4, 2] = iota dim 2\n %q: i32[3, 4, 2] = broadcast %i to [0]\n %c: bool[3, 4, 2] = eq %p, %q\n %v: f32[3, 4, 2] = broadcast %x to [1]\n"
     " %o: f32[3, 4, 2] = const 0.5\n %y: f32[3, 4, 2] = select %c, %v, %o\n %z: f32[2, 3, 4] = transpose %y perm [2, 0, 1]"},
    {"reshape_of_repeated_scalar", "(%x: f32) -> (f32[6])", "%y: f32[3, 2] = broadcast %x to []\n %z: f32[6] = reshape %y"},
    {"slice_of_broadcast", "(%x: f32[5]) -> (f32[2, 2])", "%y: f32[3, 5] = broadcast %x to [1]\n %z: f32[2, 2] = slice %y start [1, 0] step [1, 3]"},
    {"elementwise_of_broadcast", "(%x: f32[5], %y: f32[5]) -> (f32[3, 5])",
     "%a: f32[3, 5] = broadcast %x to [1]\n %b: f32[3, 5] = broadcast %y to [1]\n %z: f32[3, 5] = div %a, %b"},
    {"elementwise_of_broadcast", "(%x: f32[5]) -> (f32[3, 5])", "%a: f32[3, 5] = broadcast %x to [1]\n %b: f32[3, 5] = const 2.5\n %z: f32[3, 5] = max %a, %b"},
    {"reduce_of_broadcast", "(%x: f32[5]) -> (f32[5, 2])", "%a: f32[3, 5, 2] = broadcast %x to [1]\n %z: f32[5, 2] = reduce min %a dims [0]"},
    {"slice_at_known_place", "(%x: f32[5]) -> (f32[2])", "%i: i64 = const 3\n %z: f32[2] = slice_at %x, %i"},
    {"update_of_everything", "(%x: f32[5], %y: f32[5], %i: i64) -> (f32[5])", "%z: f32[5] = update_at set %x, %y, %i"},
    {"update_of_zeros", "(%x: f32[2]) -> (f32[5])", "%o: f32[5] = const 0.0\n %i: i64 = const 3\n %z: f32[5] = update_at add %o, %x, %i"},
    {"plain_remap", "(%x: f32[2, 3, 4]) -> (f32[4, 2, 3])", "%z: f32[4, 2, 3] = remap [a, b, c] %x[b, c, a]"},
    {"scatter_to_rows", "(%x: f32[6, 3], %t: i32[6], %u: f32[6]) -> (f32[6, 3])", "%z: f32[6, 3] = scatter add %x[i, %t[i]] over [i:6] of %u[i]"},
};

TEST(Rules, EveryRuleKeepsItsProgram) {
  std::set<std::string> seen;
  for (const Program &program : kPrograms) {
    SCOPED_TRACE(program.rule);
    std::string text = "func @f" + std::string(program.signature) + " {\n " + program.body + "\n return %z\n}\n";
    auto loaded = load(text);
    if (!loaded) continue;
    const passes::Rule *rule = nullptr;
    for (const passes::Rule &candidate : passes::allRules())
      if (std::string(candidate.name) == program.rule) rule = &candidate;
    ASSERT_NE(rule, nullptr);
    Region &body = *loaded->module->functions[0]->body;
    Op *last = body.ops[body.ops.size() - 2];
    Builder scratch(*loaded->module, loaded->module->functions[0]->newRegion(nullptr));
    EXPECT_NE(rule->apply(*last, scratch), nullptr) << "does not match";
    seen.insert(rule->name);
    expectPreserved(text, {"simplify"}, rule->kind == passes::RuleClass::Numeric);
  }
  for (const passes::Rule &rule : passes::allRules()) EXPECT_TRUE(seen.count(rule.name)) << rule.name << " has no program";
}

} // namespace
} // namespace dl::test

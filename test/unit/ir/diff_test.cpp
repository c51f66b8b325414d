#include "ir/evaluate/diff.h"
#include "test/unit/ir/run_text.h"

using namespace dl::ir;
using namespace dl::ir::test;

namespace {

std::string diff(const std::string &a, const std::string &b) {
  auto left = parse(a), right = parse(b);
  auto result = diffModules(*left, *right);
  return result ? *result : "refused: " + result.message();
}
std::string body(const std::string &text) { return "func @f(%n: dim<=9, %x: f32[%n]) -> (f32[%n]) {\n" + text + "\n return %y }"; }

} // namespace

TEST(Diff, FindsOneRounding) {
  std::string fused = body(" %y: f32[%n] = fma %x, %x, %x"), apart = body(" %a: f32[%n] = mul %x, %x\n %y: f32[%n] = add %a, %x");
  EXPECT_EQ(diff(fused, fused), "");
  EXPECT_NE(diff(fused, apart).find("result 0: element ["), std::string::npos) << diff(fused, apart);
}

TEST(Diff, AcceptsEqualBits) {
  EXPECT_EQ(diff(body(" %y: f32[%n] = add %x, %x"), body(" %t: f32[%n] = const 2\n %y: f32[%n] = mul %x, %t")), "");
}

TEST(Diff, ComparesWhatIsPrinted) {
  std::string a = "entry @f(%x: f32) -> () {\n print \"a\"\n return }", b = "entry @f(%x: f32) -> () {\n print \"b\"\n return }";
  EXPECT_EQ(diff(a, a), "");
  EXPECT_NE(diff(a, b).find("they print"), std::string::npos);
}

TEST(Diff, RefusesOtherParameters) {
  EXPECT_EQ(diff("func @f(%x: f32) -> () {\n return }", "func @f(%x: f64) -> () {\n return }"), "refused: the parameters of @f differ");
  EXPECT_EQ(diff("func @f() -> () {\n return }", "func @g() -> () {\n return }"), "refused: the modules have no function in common");
}

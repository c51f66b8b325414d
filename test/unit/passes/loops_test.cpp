/// Loops made at random: every pass over loops keeps every bit, differentiated or not; all of them together keep values.
#include "ir/text.h"
#include "passes/pipeline.h"
#include "random_arguments.h"
#include <gtest/gtest.h>

namespace dl::test {
namespace {

/// A function around one loop (and perhaps one in it) with scanned, carried, captured and stacked values.
class RandomLoop {
public:
  explicit RandomLoop(uint64_t seed) : state_(seed * 2654435761u + 17) {}

  std::string text(bool gradient) {
    std::string result = "func @f(%n: dim<=5, %x: f32[%n, 2, 3], %y: f32[2, %n, 3], %w: f32[3, 3], %v: f32[3, 3], %c: f32[2, 3], %k: key) -> (f32, f32[2, 3], f32[3, 3], f32[%n, 2, 3]";
    std::string wrt = "  %dx: f32[%n, 2, 3], %dy: f32[2, %n, 3], %dw: f32[3, 3], %dv: f32[3, 3], %dc: f32[2, 3] = grad %loss wrt %x, %y, %w, %v, %c\n";
    result += gradient ? ", f32[%n, 2, 3], f32[2, %n, 3], f32[3, 3], f32[3, 3], f32[2, 3]) {\n" : ") {\n";
    result += "  %zero: f32[3, 3] = const 0.0\n  %e: f32 = const 0.0\n";
    names_ = {"%xt", "%yt", "%h", "%c"};
    std::string body = "    %key: key = key_fold %k, %i\n    %bits: i32[2, 3] = random_bits %key\n    %none: i32[2, 3] = const 0\n"
                       "    %on: bool[2, 3] = lt %bits, %none\n";
    for (int count = 4 + static_cast<int>(next(8)), i = 0; i < count; ++i) body += step(i);
    std::string last = pick(), stack = pick(), other = pick();
    body += "    %hn: f32[2, 3] = tanh " + last + "\n    %p: f32[3, 3] = contract [a, b] sum [r:2] " + pick() + "[r, a] * " + pick() + "[r, b]\n" +
            "    %an: f32[3, 3] = " + (next(2) ? "accumulate" : "add") + " %a, %p\n    %t: f32[2, 3] = tanh " + other + "\n" +
            "    %q: f32 = reduce sum %t dims [0, 1]\n    %sn: f32 = add %s, %q\n    yield %hn, %an, %sn stack " + stack + "\n";
    result += "  %hN: f32[2, 3], %aN: f32[3, 3], %sN: f32, %z: f32[%n, 2, 3] = for %i in 0..%n " + std::string(next(2) ? "reverse " : "") +
              "scan (%xt: f32[2, 3] = %x dim 0, %yt: f32[2, 3] = %y dim 1) carry (%h: f32[2, 3] = %c, %a: f32[3, 3] = %zero, %s: f32 = %e) {\n" + body + "  }\n";
    // Element-wise work on the stack.
    result += "  %z1: f32[%n, 2, 3] = mul %z, %x\n  %cb: f32[%n, 2, 3] = broadcast %c to [1, 2]\n  %z2: f32[%n, 2, 3] = add %z1, %cb\n  %z3: f32[%n, 2, 3] = tanh %z2\n"
              "  %l1: f32 = reduce sum %z3 dims [0, 1, 2]\n  %l2: f32 = reduce sum %hN dims [0, 1]\n  %at: f32[3, 3] = tanh %aN\n  %l3: f32 = reduce sum %at dims [0, 1]\n"
              "  %l4: f32 = add %l1, %l2\n  %l5: f32 = add %l3, %sN\n  %loss: f32 = add %l4, %l5\n";
    if (gradient) result += wrt;
    return result + "  return %loss, %hN, %aN, %z3" + (gradient ? ", %dx, %dy, %dw, %dv, %dc" : "") + "\n}\n";
  }

private:
  uint64_t next(uint64_t n) { return (state_ = state_ * 6364136223846793005u + 1442695040888963407u, (state_ >> 33) % n); }
  std::string pick() { return names_[next(names_.size())]; }

  std::string step(int number) {
    std::string name = "%r" + std::to_string(number), line = "    " + name + ": f32[2, 3] = ";
    switch (next(8)) {
    case 0:
    case 1: line += "contract [i1, j1] sum [k1:3] " + pick() + "[i1, k1] * " + (next(2) ? "%w" : "%v") + "[k1, j1]\n"; break;
    case 2: line += "add " + pick() + ", " + pick() + "\n"; break;
    case 3: line += "mul " + pick() + ", " + pick() + "\n"; break;
    case 4: line += "select %on, " + pick() + ", " + pick() + "\n"; break;
    case 5: line += "tanh " + pick() + "\n"; break;
    case 6: { // a loop inside
      std::string from = pick(), by = pick();
      line += "for " + name + "j in 0..2 carry (" + name + "m: f32[2, 3] = " + from + ") {\n      " + name + "u: f32[2, 3] = contract [i2, j2] sum [k2:3] " +
              name + "m[i2, k2] * %w[k2, j2]\n      " + name + "o: f32[2, 3] = mul " + name + "u, " + by + "\n      " + name + "t: f32[2, 3] = tanh " + name +
              "o\n      yield " + name + "t\n    }\n";
      break;
    }
    default: // a row of everything
      line += "gather [i3, j3] %x[%i[], i3, j3]\n";
    }
    names_.push_back(name);
    return line;
  }

  uint64_t state_;
  std::vector<std::string> names_;
};

std::string after(const std::string &text, const std::vector<std::string> &passes) {
  auto loaded = load(text);
  if (!loaded) return "";
  passes::PipelineOptions options;
  options.only = passes;
  auto report = passes::runPipeline(*loaded->module, options, loaded->diags);
  if (!report || loaded->diags.hasErrors()) ADD_FAILURE() << (report ? loaded->diags.render() : report.message()) << text;
  return ir::printModule(*loaded->module);
}

TEST(Loops, PassesKeepBits) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomLoop random(seed);
    std::string text = random.text(seed % 2 == 0);
    SCOPED_TRACE(text);
    std::string plain = after(text, {"expand_grad", "strip_markers", "eliminate_dead_ops"});
    for (std::string pass : {"unscan", "sink_into_loops", "scan_rows", "canonicalise_loops"}) {
      SCOPED_TRACE(pass);
      expectPreserved(plain, {pass}, false);
      expectPreserved(plain, {"canonicalise_loops", "eliminate_dead_ops", pass, "eliminate_dead_ops"}, false);
    }
    expectPreserved(plain, {"unscan", "eliminate_dead_ops", "unscan", "sink_into_loops", "eliminate_dead_ops", "scan_rows"}, false);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Loops, AllTogetherKeepValues) {
  for (uint64_t seed = 101; seed <= 106; ++seed) {
    RandomLoop random(seed);
    std::string text = random.text(true);
    SCOPED_TRACE(text);
    std::vector<std::string> all = passes::pipelineAt(2);
    all.resize(static_cast<size_t>(std::find(all.begin(), all.end(), "choose_orders") - all.begin()));
    expectPreserved(after(text, {"expand_grad", "strip_markers"}), all, true);
    if (::testing::Test::HasFailure()) return;
  }
}

/// Differentiating what canonicalise_loops made gives the same gradient.
TEST(Loops, CanonicalBeforeDifferentiation) {
  for (uint64_t seed = 201; seed <= 204; ++seed) {
    std::string text = RandomLoop(seed).text(true);
    SCOPED_TRACE(text);
    auto a = load(after(text, {"expand_grad", "strip_markers"})),
         b = load(after(text, {"canonicalise_loops", "eliminate_dead_ops", "expand_grad", "strip_markers", "eliminate_dead_ops"}));
    if (!a || !b || ::testing::Test::HasFailure()) return;
    auto args = randomArguments(*a->module->functions[0], seed, false);
    auto first = ir::evaluate(*a->module, *a->module->functions[0], args), second = ir::evaluate(*b->module, *b->module->functions[0], args);
    ASSERT_TRUE(first.ok() && second.ok());
    for (size_t i = 0; i < first->size(); ++i)
      for (int64_t k = 0; k < (*first)[i].count(); ++k) {
        double x = (*first)[i].number(k), y = (*second)[i].number(k);
        ASSERT_NEAR(x, y, 1e-4 * (1 + std::abs(x)));
      }
  }
}

} // namespace
} // namespace dl::test

/// What gradients cost, counted by the evaluator: at most five times the arithmetic of the forward pass, and linear in
/// the number of steps however a loop reads its data, rolled or not. Bytes are those of single operations: a gradient of
/// a matrix that is added up in a loop moves it eight times as often as the product that reads it.
#include "gradient_check.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include <algorithm>

namespace dl::test {
namespace {

/// A program for T steps: parameters, the types of x..., the body that ends with %loss.
struct Program {
  std::string name;
  std::string (*params)(int64_t steps);
  std::string wrt, types; ///< "%x, %w", "{x}, f32[16, 16]" with {x} the type of x
  std::string (*body)(int64_t steps);
};

std::string num(int64_t n) { return std::to_string(n); }

std::string textOf(const Program &program, int64_t steps, bool gradient) {
  std::string types = program.types, names, results;
  for (auto [word, times] : {std::pair{std::string("{T}"), 1}, {"{8T}", 8}, {"{16T}", 16}})
    for (size_t at; (at = types.find(word)) != std::string::npos;) types.replace(at, word.size(), num(times * steps));
  std::string text = "func @f(" + program.params(steps) + ") -> (f32" + (gradient ? ", " + types : "") + ") {\n" + program.body(steps);
  if (!gradient) return text + "  return %loss\n}\n";
  int count = 0, depth = 0;
  std::string type;
  for (char c : types + ",") {
    depth += (c == '[') - (c == ']');
    if (c != ',' || depth != 0) {
      if (c != ' ' || !type.empty()) type += c;
      continue;
    }
    names += (count ? ", %d" : "%d") + num(count);
    results += (count ? ", %d" : "%d") + num(count) + ": " + type;
    type.clear(), ++count;
  }
  return text + "  " + results + " = grad %loss wrt " + program.wrt + "\n  return %loss, " + names + "\n}\n";
}

/// Runs the pipeline up to where bits are fixed and evaluates on zeros; what it costs.
ir::Work workOf(const std::string &text) {
  SourceManager sources;
  Diagnostics diags(sources);
  auto module = ir::parseModule(sources.add("test.dlir", text), sources, diags);
  ir::Work work;
  if (!module) return ADD_FAILURE() << diags.render() << text, work;
  passes::PipelineOptions options;
  options.stopAfter = "choose_orders";
  auto report = passes::runPipeline(*module, options, diags);
  if (!report || diags.hasErrors()) return ADD_FAILURE() << (report ? diags.render() : report.message()) << text, work;
  const ir::Function &function = *module->functions[0];
  std::vector<ir::Tensor> args;
  for (const ir::Value *param : function.body->args) {
    std::vector<int64_t> shape;
    for (const Dim &dim : param->type.dims) shape.push_back(dim.bound());
    args.emplace_back(param->type.elem == ir::Elem::Dim ? ir::Elem::I64 : param->type.elem, shape);
    if (param->type.elem == ir::Elem::Dim) args.back().setBits(0, static_cast<uint64_t>(param->type.bound));
  }
  ir::EvaluateOptions evaluation;
  evaluation.work = &work;
  auto results = ir::evaluate(*module, function, args, evaluation);
  if (!results) ADD_FAILURE() << results.message();
  if (::testing::Test::HasFailure()) std::printf("%s", ir::printModule(*module).c_str());
  return work;
}

void expectCheap(const Program &program, bool linear = true) {
  SCOPED_TRACE(program.name);
  constexpr int64_t kShort = 16, kLong = 32;
  ir::Work forward = workOf(textOf(program, kLong, false)), gradient = workOf(textOf(program, kLong, true));
  EXPECT_LE(gradient.flops, 5 * forward.flops);
  EXPECT_LE(gradient.bytes, 8 * forward.bytes);
  if (!linear) return;
  ir::Work shorter = workOf(textOf(program, kShort, true));
  EXPECT_LE(gradient.flops * 10, shorter.flops * 22) << gradient.flops << " after " << shorter.flops;
  EXPECT_LE(gradient.bytes * 10, shorter.bytes * 22) << gradient.bytes << " after " << shorter.bytes;
  if (::testing::Test::HasFailure()) std::printf("%s", textOf(program, kLong, true).c_str());
}

const std::string kConstants = "  %zero: i64 = const 0\n  %one: i64 = const 1\n  %e: f32[16] = const 0.5\n";
const std::string kLoss = "  %q: f32[16] = mul %z, %z\n  %loss: f32 = reduce sum %q dims [0]\n";

/// h' = tanh(w h + what `read` puts into %v).
std::string rolled(int64_t steps, const std::string &read) {
  return kConstants + "  %z: f32[16] = for %i in 0.." + num(steps) + " carry (%h: f32[16] = %e) {\n" + read +
         "    %u: f32[16] = contract [j] sum [k:16] %w[j, k] * %h[k]\n    %s: f32[16] = add %u, %v\n    %n: f32[16] = tanh %s\n    yield %n\n  }\n" +
         kLoss;
}

std::string columns(int64_t steps) { return "%x: f32[16, " + num(steps) + "], %w: f32[16, 16]"; }
std::string rows(int64_t steps) { return "%x: f32[" + num(steps) + ", 16], %w: f32[16, 16]"; }

TEST(Work, ReadOfAColumn) {
  expectCheap({"x[:, t]", columns, "%x, %w", "f32[16, {T}], f32[16, 16]", [](int64_t t) {
                 return rolled(t, "    %c: f32[16, 1] = slice_at %x, %zero, %i\n    %v: f32[16] = reshape %c\n");
               }});
}

TEST(Work, ReadOfTheColumnBefore) {
  // Clamped at 0: no scan.
  expectCheap({"x[:, t - 1]", columns, "%x, %w", "f32[16, {T}], f32[16, 16]", [](int64_t t) {
                 return rolled(t, "    %p: i64 = sub %i, %one\n    %c: f32[16, 1] = slice_at %x, %zero, %p\n    %v: f32[16] = reshape %c\n");
               }});
}

TEST(Work, ReadFromTheEnd) {
  expectCheap({"x[T - 1 - t]", rows, "%x, %w", "f32[{T}, 16], f32[16, 16]", [](int64_t t) {
                 return "  %last: i64 = const " + num(t - 1) + "\n" +
                        rolled(t, "    %p: i64 = sub %last, %i\n    %c: f32[1, 16] = slice_at %x, %p, %zero\n    %v: f32[16] = reshape %c\n");
               }});
}

TEST(Work, ReadAtComputedRows) {
  expectCheap({"x[idx[t]]", [](int64_t t) { return rows(t) + ", %t: i32[" + num(t) + "]"; }, "%x, %w", "f32[{T}, 16], f32[16, 16]",
               [](int64_t t) {
                 return rolled(t, "    %c: i32[1] = slice_at %t, %i\n    %r: i32 = reshape %c\n    %v: f32[16] = gather [k] %x[%r[], k]\n");
               }});
}

TEST(Work, ReadOfAWindow) {
  expectCheap({"x[t:t + 4]", rows, "%x, %w", "f32[{T}, 16], f32[16, 16]", [](int64_t t) {
                 return rolled(t, "    %c: f32[4, 16] = slice_at %x, %i, %zero\n    %v: f32[16] = reduce sum %c dims [0]\n");
               }});
}

/// Windows that grow with t cost a quadratic forward pass; the gradient costs a multiple of it.
TEST(Work, GrowingWindowsUnrolled) {
  expectCheap({"x[:t]", rows, "%x, %w", "f32[{T}, 16], f32[16, 16]",
               [](int64_t steps) {
                 std::string text = kConstants, h = "%e";
                 for (int64_t t = 0; t < steps; ++t) {
                   std::string n = num(t);
                   text += "  %c" + n + ": f32[" + num(t + 1) + ", 16] = slice %x start [0, 0]\n  %v" + n + ": f32[16] = reduce sum %c" + n +
                           " dims [0]\n  %u" + n + ": f32[16] = contract [j] sum [k:16] %w[j, k] * " + h + "[k]\n  %s" + n + ": f32[16] = add %u" + n +
                           ", %v" + n + "\n  %h" + n + ": f32[16] = tanh %s" + n + "\n";
                   h = "%h" + n;
                 }
                 return text + "  %z: f32[16] = neg " + h + "\n" + kLoss;
               }},
              false);
}

std::string unrolled(int64_t steps, std::string (*read)(int64_t t, int64_t steps)) {
  std::string text = kConstants, h = "%e";
  for (int64_t t = 0; t < steps; ++t) {
    std::string n = num(t);
    text += read(t, steps) + "  %v" + n + ": f32[16] = reshape %c" + n + "\n  %u" + n + ": f32[16] = contract [j] sum [k:16] %w[j, k] * " + h +
            "[k]\n  %s" + n + ": f32[16] = add %u" + n + ", %v" + n + "\n  %h" + n + ": f32[16] = tanh %s" + n + "\n";
    h = "%h" + n;
  }
  return text + "  %z: f32[16] = neg " + h + "\n" + kLoss;
}

TEST(Work, ReadsUnrolled) {
  expectCheap({"x[:, t]", columns, "%x, %w", "f32[16, {T}], f32[16, 16]", [](int64_t steps) {
                 return unrolled(steps, [](int64_t t, int64_t) { return "  %c" + num(t) + ": f32[16, 1] = slice %x start [0, " + num(t) + "]\n"; });
               }});
  expectCheap({"x[t::T]", [](int64_t t) { return "%x: f32[" + num(16 * t) + "], %w: f32[16, 16]"; }, "%x, %w", "f32[{16T}], f32[16, 16]",
               [](int64_t steps) {
                 return unrolled(steps, [](int64_t t, int64_t all) { return "  %c" + num(t) + ": f32[16] = slice %x start [" + num(t) + "] step [" + num(all) + "]\n"; });
               }});
}

TEST(Work, CarriedTable) {
  // A carried state that is read and written at a place: nothing of its size each step.
  expectCheap({"m[t] = f(m[t - 1])", rows, "%x, %w", "f32[{T}, 16], f32[16, 16]", [](int64_t t) {
                 std::string n = num(t);
                 return kConstants + "  %m: f32[" + n + ", 16] = for %i in 0.." + n + " carry (%a: f32[" + n + ", 16] = %x) {\n" +
                        "    %p: i64 = sub %i, %one\n    %c: f32[1, 16] = slice_at %a, %p, %zero\n    %h: f32[16] = reshape %c\n"
                        "    %u: f32[16] = contract [j] sum [k:16] %w[j, k] * %h[k]\n    %s: f32[16] = tanh %u\n    %r: f32[1, 16] = reshape %s\n"
                        "    %b: f32[" + n + ", 16] = update_at set %a, %r, %i, %zero\n    yield %b\n  }\n"
                        "  %q: f32[" + n + ", 16] = mul %m, %m\n  %loss: f32 = reduce sum %q dims [0, 1]\n";
               }});
}

TEST(Work, LoopInLoop) {
  // Each inner loop reads a few rows of all of x.
  expectCheap({"x[8 i + j]", [](int64_t t) { return "%x: f32[" + num(8 * t) + ", 16], %w: f32[16, 16]"; }, "%x, %w", "f32[{8T}, 16], f32[16, 16]",
               [](int64_t t) {
                 return kConstants + "  %eight: i64 = const 8\n  %z: f32[16] = for %i in 0.." + num(t) + " carry (%h: f32[16] = %e) {\n" +
                        "    %o: i64 = mul %i, %eight\n    %g: f32[16] = for %j in 0..8 carry (%k: f32[16] = %h) {\n"
                        "      %p: i64 = add %o, %j\n      %c: f32[1, 16] = slice_at %x, %p, %zero\n      %v: f32[16] = reshape %c\n"
                        "      %u: f32[16] = contract [a] sum [b:16] %w[a, b] * %k[b]\n      %s: f32[16] = add %u, %v\n"
                        "      %n: f32[16] = tanh %s\n      yield %n\n    }\n    yield %g\n  }\n" + kLoss;
               }});
}

TEST(Work, BranchInLoop) {
  expectCheap({"if p[t] { x[t] }", rows, "%x, %w", "f32[{T}, 16], f32[16, 16]", [](int64_t t) {
                 return rolled(t, "    %two: i64 = const 2\n    %m: i64 = rem %i, %two\n    %on: bool = eq %m, %one\n"
                                  "    %p: i64 = mul %i, %one\n    %v: f32[16] = if %on {\n      %c: f32[1, 16] = slice_at %x, %p, %zero\n"
                                  "      %y: f32[16] = reshape %c\n      yield %y\n    } else {\n      yield %e\n    }\n");
               }});
}

} // namespace
} // namespace dl::test

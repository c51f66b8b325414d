#include "test/unit/agreement/compiled.h"
#include "passes/pass.h"
#include "test/unit/agreement/compiled_entry.h"
#include <cmath>

namespace dl::test {

using ir::Elem;
using ir::Tensor;

namespace {

std::unique_ptr<CompiledEntry> compile(std::unique_ptr<ir::Module> module, const Mode &mode) {
  SourceManager sources;
  Diagnostics diags(sources);
  passes::PassContext context{diags, 2, nullptr};
  auto run = [](const Status &status) { EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.message()); };
  run(passes::choose_orders(*module, context));
  if (mode.fuse) run(passes::fuse(*module, context));
  auto target = codegen::chooseTarget(mode.cpu), native = codegen::chooseTarget("native");
  EXPECT_TRUE(target.ok() && native.ok());
  if (native->lanes < target->lanes) target->cpu = "x86-64-v3"; // the same code; each of its vectors is a pair here
  auto compiled = CompiledEntry::create(std::move(module), *target);
  EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.message());
  return compiled.ok() ? std::move(*compiled) : nullptr;
}

std::string show(const Tensor &t, int64_t i) {
  char text[64];
  std::snprintf(text, sizeof text, "%.9g (%llx)", t.number(i), static_cast<unsigned long long>(t.bits(i)));
  return text;
}

} // namespace

std::vector<Mode> modes() {
  std::vector<Mode> all;
  for (const char *cpu : {"x86-64-v3", "x86-64-v4"}) {
    all.push_back({cpu, true});
    all.push_back({cpu, false});
  }
  return all;
}

Tensor randomTensor(const std::string &name, Elem elem, std::vector<int64_t> shape, uint64_t seed) {
  Tensor t(elem == Elem::Dim ? Elem::I64 : elem, std::move(shape));
  uint64_t state = seed * 0x9E3779B97F4A7C15u + std::hash<std::string>()(name);
  auto next = [&] {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state * 0x2545F4914F6CDD1Du;
  };
  auto starts = [&](const char *p) { return name.rfind(p, 0) == 0; };
  for (int64_t i = 0; i < t.count(); ++i) {
    uint64_t r = next() >> 16;
    double unit = static_cast<double>(next() >> 11) * 0x1p-53;
    if (starts("index")) t.setBits(i, Tensor::fromNumber(elem, static_cast<double>(r % 72) - 3).bits(0));
    else if (starts("small")) t.setBits(i, Tensor::fromNumber(elem, static_cast<double>(r % 4)).bits(0));
    else if (starts("sorted")) t.setBits(i, Tensor::fromNumber(elem, static_cast<double>(i / 2)).bits(0));
    else if (starts("plain")) t.setBits(i, Tensor::fromNumber(elem, unit * 4 - 2).bits(0));
    else if (elem == Elem::Bool) t.setBits(i, r & 1);
    else if (elem == Elem::Key) t.setBits(i, next());
    else if (ir::isInteger(elem)) {
      if (r % 3 == 0) t.setBits(i, next());
      else t.setBits(i, Tensor::fromNumber(elem, static_cast<double>(r % 41) - 20).bits(0));
    } else {
      static const double special[] = {0.0, -0.0, 1, -1, 0.5, 2, INFINITY, -INFINITY, NAN, 1e-40, -1e-40, 3e-310, 1e30, -1e30, 88, -104, 2.5, -3.5};
      double x = r % 5 == 0 ? special[next() >> 16 & 15] : (unit * 2 - 1) * std::ldexp(1.0, static_cast<int>(r % 24) - 12);
      t.setBits(i, Tensor::fromNumber(elem, x).bits(0));
    }
  }
  return t;
}

void agreeModule(const std::function<std::unique_ptr<ir::Module>()> &build, const std::vector<int64_t> &extents) {
  std::unique_ptr<ir::Module> reference = build();
  ASSERT_TRUE(reference);
  std::vector<std::string> problems;
  ASSERT_TRUE(ir::verifyModule(*reference, problems)) << problems[0];
  SourceManager sources;
  Diagnostics diags(sources);
  passes::PassContext context{diags, 2, nullptr};
  ASSERT_TRUE(passes::choose_orders(*reference, context).ok());
  const ir::Function &f = *reference->functions.back();
  bool dynamic = false;
  for (const ir::Value *v : f.body->args) dynamic |= v->type.elem == Elem::Dim;
  std::vector<std::vector<Tensor>> inputs, expected;
  for (int64_t n : dynamic ? extents : std::vector<int64_t>{0}) {
    std::vector<Tensor> args;
    std::unordered_map<const void *, int64_t> dims;
    for (size_t k = 0; k < f.body->args.size(); ++k) {
      const ir::Value *v = f.body->args[k];
      if (v->type.elem == Elem::Dim) {
        dims[v] = std::min(n, v->type.bound);
        args.push_back(Tensor::scalar(Elem::I64, static_cast<uint64_t>(dims[v])));
        continue;
      }
      std::vector<int64_t> shape;
      for (const Dim &d : v->type.dims) shape.push_back(d.evaluate([&](DimAtom *a) { return dims.at(a->owner); }));
      args.push_back(randomTensor(v->name, v->type.elem, shape, static_cast<uint64_t>(n) * 31 + k + 1));
    }
    auto result = ir::evaluate(*reference, f, args);
    ASSERT_TRUE(result.ok()) << result.message();
    inputs.push_back(std::move(args));
    expected.push_back(std::move(*result));
  }
  for (const Mode &mode : modes()) {
    SCOPED_TRACE(mode.cpu + (mode.fuse ? " fused" : " unfused"));
    auto compiled = compile(build(), mode);
    if (!compiled) return;
    for (size_t i = 0; i < inputs.size(); ++i) {
      auto called = compiled->call(inputs[i]);
      ASSERT_TRUE(called.ok()) << called.message();
      const std::vector<Tensor> &got = *called;
      ASSERT_EQ(got.size(), expected[i].size());
      for (size_t k = 0; k < got.size(); ++k) {
        const Tensor &want = expected[i][k];
        if (got[k].sameAs(want)) continue;
        const ir::Value *v = f.body->terminator()->operands[k];
        std::string what = v->def ? ir::printOp(*v->def) : v->name;
        ASSERT_EQ(got[k].shape, want.shape) << what;
        int shown = 0;
        for (int64_t e = 0; e < want.count() && shown < 4; ++e) {
          Tensor a = Tensor::scalar(want.elem, want.bits(e)), b = Tensor::scalar(want.elem, got[k].bits(e));
          if (a.sameAs(b)) continue;
          ++shown;
          ADD_FAILURE() << "case " << i << ", result " << k << ": " << what << "\nelement " << e << ": evaluated " << show(want, e) << ", compiled " << show(got[k], e);
        }
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
}

void agree(const std::string &text) {
  agreeModule([&]() -> std::unique_ptr<ir::Module> {
    SourceManager sources;
    Diagnostics diags(sources);
    auto module = ir::parseModule(sources.add("test", text), sources, diags);
    EXPECT_TRUE(module) << diags.render();
    return module;
  });
}

} // namespace dl::test

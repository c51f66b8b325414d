#include "test/unit/agreement/compiled.h"
#include "codegen/llvm/backend.h"
#include "codegen/program/lower_program.h"
#include "passes/pass.h"
#include "runtime/dlrt.h"
#include "support/numerics/denormals.h"
#include <bit>
#include <cmath>
#include <cstring>

namespace dl::test {

using ir::Elem;
using ir::Tensor;

namespace {

/// Splits every parallel loop unevenly and runs the parts backwards: no result may depend on it.
void splitParallel(dl_frame *frame, dl_kernel kernel, const int64_t *args, int64_t count, int64_t) {
  int64_t end = count;
  int64_t part = count / 3 + 1;
  while (end > 0) {
    int64_t begin = end > part ? end - part : 0;
    std::memset(frame->scratch[0], 0xff, static_cast<size_t>(frame->entry->scratch_bytes));
    kernel(frame, args, begin, end, frame->scratch[0]);
    end = begin;
    part = part * 2 / 3 + 1;
  }
}
int32_t accept(dl_frame *) { return DL_OK; }
int32_t acceptPoint(dl_frame *, uint32_t) { return DL_OK; }
const char feature = 0;

class Compiled {
public:
  Compiled(std::unique_ptr<ir::Module> module, const Mode &mode) : module_(std::move(module)) {
    SourceManager sources;
    Diagnostics diags(sources);
    passes::PassContext context{diags, 2, nullptr};
    run(passes::choose_orders(*module_, context));
    if (mode.fuse) run(passes::fuse(*module_, context));
    entry_ = module_->functions.back().get();
    std::vector<passes::MemoryPlan> plans;
    for (const auto &f : module_->functions)
      if (f->isEntry) plans.push_back(passes::planMemory(*f));
    auto target = codegen::chooseTarget(mode.cpu);
    EXPECT_TRUE(target.ok());
    auto program = codegen::lowerProgram(*module_, plans, {target->lanes, target->vectorRegisters}, {});
    EXPECT_TRUE(program.ok());
    std::vector<std::string> problems;
    for (const auto &f : program->functions) codegen::verifyFunction(*f, problems);
    EXPECT_TRUE(problems.empty()) << problems[0] << "\n" << codegen::printProgram(*program);
    if (!problems.empty()) return;
    if (std::getenv("DLC_SHOW_LOOPS")) std::fputs(codegen::printProgram(*program).c_str(), stderr);
    std::map<std::string, void *> symbols = {{"dlrt_parallel", reinterpret_cast<void *>(splitParallel)},
                                             {"dlrt_enter", reinterpret_cast<void *>(accept)},
                                             {"dlrt_poll", reinterpret_cast<void *>(acceptPoint)},
                                             {"dlrt_sort", reinterpret_cast<void *>(dlrt_sort)},
                                             {"dlrt_cholesky", reinterpret_cast<void *>(dlrt_cholesky)},
                                             {"dlrt_trisolve", reinterpret_cast<void *>(dlrt_trisolve)},
                                             {"dlrt_lu", reinterpret_cast<void *>(dlrt_lu)},
                                             {"dlrt_qr", reinterpret_cast<void *>(dlrt_qr)},
                                             {"dlrt_eigh", reinterpret_cast<void *>(dlrt_eigh)},
                                             {"dlrt_svd", reinterpret_cast<void *>(dlrt_svd)},
                                             {"dlrt_fft", reinterpret_cast<void *>(dlrt_fft)},
                                             {"memmove", reinterpret_cast<void *>(static_cast<void *(*)(void *, const void *, size_t)>(std::memmove))},
                                             {"memset", reinterpret_cast<void *>(static_cast<void *(*)(void *, int, size_t)>(std::memset))},
                                             {"memcpy", reinterpret_cast<void *>(static_cast<void *(*)(void *, const void *, size_t)>(std::memcpy))},
                                             {"dl_feature_png", const_cast<char *>(&feature)}};
    auto jit = codegen::JitProgram::create(*program, *target, symbols);
    EXPECT_TRUE(jit.ok()) << (jit.ok() ? "" : jit.message());
    if (!jit.ok()) return;
    jit_ = std::move(*jit);
    program_ = static_cast<const dl_program *>(jit_->find("dl_program_v1"));
    EXPECT_TRUE(program_);
    plan_ = std::move(plans.back());
  }

  std::vector<Tensor> call(const std::vector<Tensor> &args) {
    if (!program_) return {};
    const dl_entry &e = program_->entries[program_->n_entries - 1];
    std::vector<uint8_t> memory(sizeof(dl_frame) + e.n_words * 8 + 64, 0xee);
    auto *frame = reinterpret_cast<dl_frame *>((reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64);
    std::vector<uint8_t> arena(e.arena_bytes + 64, 0xff), scratch(e.scratch_bytes + 64, 0xff);
    arena_ = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(arena.data()) + 63) / 64 * 64);
    uint8_t *scratchAt = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(scratch.data()) + 63) / 64 * 64);
    frame->arena = arena_, frame->scratch = &scratchAt, frame->label = 0, frame->threads = 1;
    frame->program = program_, frame->entry = &e;
    words_ = frame->scalars;
    for (size_t i = 0; i < args.size(); ++i) place(entry_->body->args[i], args[i]);
    {
      num::DenormalScope mode(module_->flushDenormals ? num::Denormals::Flush : num::Denormals::Keep);
      EXPECT_EQ(e.run(frame), DL_OK);
    }
    std::vector<Tensor> results;
    for (const ir::Value *v : entry_->body->terminator()->operands) results.push_back(fetch(v));
    return results;
  }

private:
  static void run(const Status &status) { EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.message()); }
  uint8_t *at(const ir::Value *v) {
    const passes::Place &p = plan_.of(v);
    if (p.kind == passes::Place::Kind::Arena) return arena_ + p.at + p.offset;
    return reinterpret_cast<uint8_t *>(words_ + p.at);
  }
  std::vector<int64_t> shapeOf(const ir::Value *v) {
    std::vector<int64_t> shape;
    for (const Dim &d : v->type.dims)
      shape.push_back(d.evaluate([&](DimAtom *a) { return words_[plan_.of(static_cast<const ir::Value *>(a->owner)).at]; }));
    return shape;
  }
  /// Offset of element `i` of an exact tensor in the buffer laid out by bounds.
  static int64_t offsetOf(const ir::Value *v, const std::vector<int64_t> &shape, int64_t i) {
    int64_t offset = 0, stride = 1;
    for (size_t d = shape.size(); d-- > 0;) {
      offset += i % shape[d] * stride;
      i /= shape[d];
      stride *= v->type.dims[d].bound();
    }
    return offset;
  }
  void place(const ir::Value *v, const Tensor &t) {
    if (v->type.isScalar()) {
      uint64_t bits = t.bits(0);
      if (v->type.elem == Elem::I32) bits = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(bits)));
      words_[plan_.of(v).at] = static_cast<int64_t>(bits);
      return;
    }
    int64_t width = ir::byteSize(v->type.elem);
    for (int64_t i = 0; i < t.count(); ++i) std::memcpy(at(v) + offsetOf(v, t.shape, i) * width, t.bytes.data() + i * width, static_cast<size_t>(width));
  }
  Tensor fetch(const ir::Value *v) {
    Elem elem = v->type.elem == Elem::Dim ? Elem::I64 : v->type.elem;
    if (v->type.isScalar()) return Tensor::scalar(elem, static_cast<uint64_t>(words_[plan_.of(v).at]));
    Tensor t(elem, shapeOf(v));
    if (plan_.of(v).kind == passes::Place::Kind::Constant) {
      const auto &bits = v->def->as<ir::ConstAttr>().bits;
      for (int64_t i = 0; i < t.count(); ++i) t.setBits(i, bits[bits.size() == 1 ? 0 : static_cast<size_t>(i)]);
      return t;
    }
    int64_t width = ir::byteSize(elem);
    for (int64_t i = 0; i < t.count(); ++i) std::memcpy(t.bytes.data() + i * width, at(v) + offsetOf(v, t.shape, i) * width, static_cast<size_t>(width));
    return t;
  }

  std::unique_ptr<ir::Module> module_;
  ir::Function *entry_ = nullptr;
  passes::MemoryPlan plan_;
  std::unique_ptr<codegen::JitProgram> jit_;
  const dl_program *program_ = nullptr;
  uint8_t *arena_ = nullptr;
  int64_t *words_ = nullptr;
};

std::string show(const Tensor &t, int64_t i) {
  char text[64];
  std::snprintf(text, sizeof text, "%.9g (%llx)", t.number(i), static_cast<unsigned long long>(t.bits(i)));
  return text;
}

} // namespace

std::vector<Mode> modes() {
  std::vector<Mode> all;
  auto native = codegen::chooseTarget("native");
  for (const char *cpu : {"x86-64-v3", "x86-64-v4"}) {
    if (std::string(cpu) == "x86-64-v4" && native.ok() && native->lanes != 16) continue;
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
    Compiled compiled(build(), mode);
    for (size_t i = 0; i < inputs.size(); ++i) {
      std::vector<Tensor> got = compiled.call(inputs[i]);
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

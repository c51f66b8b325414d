#include "test/unit/agreement/compiled_entry.h"
#include "codegen/program/lower_program.h"
#include "runtime/dlrt.h"
#include "support/numerics/denormals.h"
#include <cstdlib>
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
int32_t acceptPoint(dl_frame *, uint32_t, int32_t) { return DL_OK; }
const char feature = 0;

using Copy = void *(*)(void *, const void *, size_t);
using Fill = void *(*)(void *, int, size_t);

std::map<std::string, void *> symbols() {
  return {{"dlrt_parallel", reinterpret_cast<void *>(splitParallel)},
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
          {"memmove", reinterpret_cast<void *>(static_cast<Copy>(std::memmove))},
          {"memset", reinterpret_cast<void *>(static_cast<Fill>(std::memset))},
          {"memcpy", reinterpret_cast<void *>(static_cast<Copy>(std::memcpy))},
          {"dl_feature_png", const_cast<char *>(&feature)}};
}

/// `bytes` of garbage on a cache line.
class Memory {
public:
  Memory(uint64_t bytes, uint8_t garbage) : bytes_(bytes + 64, garbage) {}
  uint8_t *begin() { return reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(bytes_.data()) + 63) / 64 * 64); }

private:
  std::vector<uint8_t> bytes_;
};

/// Offset of element `i` of an exact tensor in the buffer laid out by bounds.
int64_t offsetOf(const ir::Value *v, const std::vector<int64_t> &shape, int64_t i) {
  int64_t offset = 0, stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    offset += i % shape[d] * stride;
    i /= shape[d];
    stride *= v->type.dims[d].bound();
  }
  return offset;
}

} // namespace

Result<std::unique_ptr<CompiledEntry>> CompiledEntry::create(std::unique_ptr<ir::Module> module, const codegen::Target &target) {
  std::unique_ptr<CompiledEntry> made(new CompiledEntry);
  made->module_ = std::move(module);
  made->entry_ = made->module_->functions.back().get();
  std::vector<passes::MemoryPlan> plans;
  for (const auto &f : made->module_->functions)
    if (f->isEntry) plans.push_back(passes::planMemory(*f));
  DL_TRY(program, codegen::lowerProgram(*made->module_, plans, {target.lanes, target.vectorRegisters}, {}));
  std::vector<std::string> problems;
  for (const auto &f : program.functions) codegen::verifyFunction(*f, problems);
  if (!problems.empty()) return failure("the loops are broken: " + problems[0] + "\n" + codegen::printProgram(program));
  if (std::getenv("DLC_SHOW_LOOPS")) std::fputs(codegen::printProgram(program).c_str(), stderr);
  DL_TRY(jit, codegen::JitProgram::create(program, target, symbols()));
  made->jit_ = std::move(jit);
  made->program_ = static_cast<const dl_program *>(made->jit_->find("dl_program_v1"));
  if (!made->program_) return failure("the code has no description");
  made->plan_ = std::move(plans.back());
  return made;
}

Result<std::vector<Tensor>> CompiledEntry::call(const std::vector<Tensor> &args) {
  const dl_entry &e = program_->entries[program_->n_entries - 1];
  Memory memory(sizeof(dl_frame) + e.n_words * 8, 0xee), arena(e.arena_bytes, 0xff), scratch(e.scratch_bytes, 0xff);
  auto *frame = reinterpret_cast<dl_frame *>(memory.begin());
  uint8_t *scratchAt = scratch.begin();
  arena_ = arena.begin();
  frame->arena = arena_, frame->scratch = &scratchAt, frame->label = 0, frame->threads = 1;
  frame->program = program_, frame->entry = &e;
  words_ = frame->scalars;
  for (size_t i = 0; i < args.size(); ++i) place(entry_->body->args[i], args[i]);
  {
    num::DenormalScope mode(module_->flushDenormals ? num::Denormals::Flush : num::Denormals::Keep);
    if (int32_t status = e.run(frame); status != DL_OK) return failure("the entry stops with status " + std::to_string(status));
  }
  std::vector<Tensor> results;
  for (const ir::Value *v : entry_->body->terminator()->operands) results.push_back(fetch(v));
  return results;
}

uint8_t *CompiledEntry::at(const ir::Value *v) {
  const passes::Place &p = plan_.of(v);
  if (p.kind == passes::Place::Kind::Arena) return arena_ + p.at + p.offset;
  return reinterpret_cast<uint8_t *>(words_ + p.at);
}

std::vector<int64_t> CompiledEntry::shapeOf(const ir::Value *v) {
  std::vector<int64_t> shape;
  for (const Dim &d : v->type.dims)
    shape.push_back(d.evaluate([&](DimAtom *a) { return words_[plan_.of(static_cast<const ir::Value *>(a->owner)).at]; }));
  return shape;
}

void CompiledEntry::place(const ir::Value *v, const Tensor &t) {
  if (v->type.isScalar()) {
    uint64_t bits = t.bits(0);
    if (v->type.elem == Elem::I32) bits = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(bits)));
    words_[plan_.of(v).at] = static_cast<int64_t>(bits);
    return;
  }
  int64_t width = ir::byteSize(v->type.elem);
  for (int64_t i = 0; i < t.count(); ++i)
    std::memcpy(at(v) + offsetOf(v, t.shape, i) * width, t.bytes.data() + i * width, static_cast<size_t>(width));
}

Tensor CompiledEntry::fetch(const ir::Value *v) {
  Elem elem = v->type.elem == Elem::Dim ? Elem::I64 : v->type.elem;
  if (v->type.isScalar()) return Tensor::scalar(elem, static_cast<uint64_t>(words_[plan_.of(v).at]));
  Tensor t(elem, shapeOf(v));
  int64_t width = ir::byteSize(elem);
  if (const passes::Place &p = plan_.of(v); p.kind == passes::Place::Kind::Constant) {
    const auto &bits = p.constant->def->as<ir::ConstAttr>().bits;
    for (int64_t i = 0; i < t.count(); ++i) t.setBits(i, bits[bits.size() == 1 ? 0 : static_cast<size_t>(p.offset / width + i)]);
    return t;
  }
  for (int64_t i = 0; i < t.count(); ++i)
    std::memcpy(t.bytes.data() + i * width, at(v) + offsetOf(v, t.shape, i) * width, static_cast<size_t>(width));
  return t;
}

} // namespace dl::test

#include "codegen/llvm/translate.h"
#include "runtime/dlrt_program.h"

namespace dl::codegen {

static void initialiseOnce() {
  static const bool done = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)done;
}

Result<Target> chooseTarget(const std::string &cpu) {
  Target t;
  t.name = cpu;
  t.triple = llvm::sys::getDefaultTargetTriple();
  constexpr uint64_t v3 = DL_CPU_AVX2 | DL_CPU_FMA | DL_CPU_F16C | DL_CPU_BMI2 | DL_CPU_LZCNT | DL_CPU_MOVBE;
  constexpr uint64_t v4 = v3 | DL_CPU_AVX512F | DL_CPU_AVX512BW | DL_CPU_AVX512DQ | DL_CPU_AVX512VL | DL_CPU_AVX512CD;
  if (cpu == "native") {
    llvm::StringMap<bool> bits = llvm::sys::getHostCPUFeatures();
    auto has = [&](std::initializer_list<const char *> names) {
      for (const char *n : names) if (!bits.lookup(n)) return false;
      return true;
    };
    if (!has({"avx2", "fma", "f16c", "bmi2", "lzcnt", "movbe"}))
      return failure("this machine lacks AVX2 with FMA, the least that compiled programs need");
    bool wide = has({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"});
    t.cpu = wide ? "x86-64-v4" : "x86-64-v3";
    std::vector<std::string> names;
    for (const auto &entry : bits) {
      std::string n = entry.first().str();
      if (entry.second && n.rfind("avx10", 0) != 0) names.push_back("+" + n);
    }
    std::sort(names.begin(), names.end());
    for (const std::string &n : names) t.features += (t.features.empty() ? "" : ",") + n;
    t.lanes = wide ? 16 : 8;
  } else if (cpu == "x86-64-v4" || cpu == "x86-64-v3") {
    t.cpu = cpu;
    t.lanes = cpu == "x86-64-v4" ? 16 : 8;
  } else {
    return failure("unknown CPU `" + cpu + "`; known are native, x86-64-v3 and x86-64-v4");
  }
  t.vectorRegisters = t.lanes == 16 ? 32 : 16;
  t.cpuBits = t.lanes == 16 ? v4 : v3;
  return t;
}

std::unique_ptr<llvm::TargetMachine> makeMachine(const Target &target) {
  initialiseOnce();
  std::string problem;
  const llvm::Target *t = llvm::TargetRegistry::lookupTarget(target.triple, problem);
  DL_CHECK(t);
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(t->createTargetMachine(target.triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
                                                                     std::nullopt, llvm::CodeGenOptLevel::Default));
}

} // namespace dl::codegen

#include "runtime/cpu.h"
#include "runtime/dlrt_program.h"

namespace dl::rt {

std::string lackingCpuFeatures([[maybe_unused]] uint64_t needed) {
  std::string lacking;
#if defined(__x86_64__)
  __builtin_cpu_init();
  auto check = [&](uint64_t bit, bool present, const char *name) {
    if ((needed & bit) && !present) lacking += (lacking.empty() ? "" : ", ") + std::string(name);
  };
  check(DL_CPU_AVX2, __builtin_cpu_supports("avx2"), "AVX2");
  check(DL_CPU_FMA, __builtin_cpu_supports("fma"), "FMA");
  check(DL_CPU_F16C, __builtin_cpu_supports("f16c"), "F16C");
  check(DL_CPU_BMI2, __builtin_cpu_supports("bmi2"), "BMI2");
  check(DL_CPU_AVX512F, __builtin_cpu_supports("avx512f"), "AVX512F");
  check(DL_CPU_AVX512BW, __builtin_cpu_supports("avx512bw"), "AVX512BW");
  check(DL_CPU_AVX512DQ, __builtin_cpu_supports("avx512dq"), "AVX512DQ");
  check(DL_CPU_AVX512VL, __builtin_cpu_supports("avx512vl"), "AVX512VL");
  check(DL_CPU_AVX512CD, __builtin_cpu_supports("avx512cd"), "AVX512CD");
  check(DL_CPU_LZCNT, __builtin_cpu_supports("lzcnt"), "LZCNT");
  check(DL_CPU_MOVBE, __builtin_cpu_supports("movbe"), "MOVBE");
#endif
  return lacking;
}

} // namespace dl::rt

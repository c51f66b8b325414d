// Peak of fused multiply-adds of one thread: independent chains in registers, for the widest vectors the CPU has.
// Prints GFLOP/s (two operations each). Compile with -O2 -march=native.
#include <chrono>
#include <cstdint>
#include <cstdio>

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float))));
constexpr int kChains = 12; // more than latency 4 x 2 units, fewer than 16 registers
constexpr int64_t kTurns = 20'000'000;

int main() {
  double best = 0;
  float sink = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    Vector chain[kChains];
    for (int i = 0; i < kChains; ++i) chain[i] = Vector{} + static_cast<float>(i);
    Vector factor = Vector{} + 0.999999f, term = Vector{} + 1e-6f;
    auto start = std::chrono::steady_clock::now();
    for (int64_t turn = 0; turn < kTurns; ++turn) {
#pragma clang fp contract(fast)
      for (int i = 0; i < kChains; ++i) chain[i] = chain[i] * factor + term;
      asm volatile("" : "+v"(chain[0]), "+v"(chain[1]), "+v"(chain[2]), "+v"(chain[3]), "+v"(chain[4]), "+v"(chain[5]));
    }
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (Vector v : chain) sink += v[0];
    double rate = 2.0 * kLanes * kChains * kTurns / seconds * 1e-9;
    if (rate > best) best = rate;
  }
  std::printf("%.1f\n", best);
  return sink == 12345.0f;
}

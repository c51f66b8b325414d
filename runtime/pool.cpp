#include "runtime/pool.h"
#include "runtime/denormals.h"
#include <algorithm>
#include <climits>
#include <cstdio>
#include <ctime>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dl::rt {

namespace {

constexpr int64_t kSpinNanoseconds = 220'000;
constexpr int64_t kHotThreshold = 1'500;      ///< workers spinning: less work is done alone
constexpr int64_t kAsleepThreshold = 150'000; ///< workers asleep: waking them costs 50 to 75 us
constexpr int64_t kChunkNanoseconds = 2'000;  ///< chunks are not cut below this
constexpr int64_t kChunksPerThread = 6;

thread_local bool insideJob = false;
thread_local int64_t currentThread = 0; ///< of the pool; callers are 0

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  asm volatile("yield");
#endif
}

int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

void futexWait(std::atomic<uint32_t> &word, uint32_t seen) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}
void futexWakeAll(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

} // namespace

std::vector<int> allowedCpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) cpus.push_back(i);
  if (cpus.empty()) cpus.push_back(-1); // unknown: one thread, never pinned
  return cpus;
}

int64_t defaultThreads() {
  int64_t threads = int64_t(allowedCpus().size());
  if (FILE *file = std::fopen("/sys/fs/cgroup/cpu.max", "re")) { // "QUOTA PERIOD" in microseconds, or "max PERIOD"
    double quota = 0, period = 0;
    if (std::fscanf(file, "%lf %lf", &quota, &period) == 2 && period > 0)
      threads = std::clamp<int64_t>(int64_t(quota / period + 0.5), 1, threads);
    std::fclose(file);
  }
  return threads;
}

Pool::Pool(int64_t threads, bool flushDenormals) : threads_(std::max<int64_t>(threads, 1)), flush_(flushDenormals) {
  // A pool smaller than the machine leaves the choice of cores to the kernel: two programs must not pin to the same.
  std::vector<int> cpus = allowedCpus();
  if (threads_ > 1 && int64_t(cpus.size()) == threads_) {
    cpus_ = std::move(cpus);
    pin(pthread_self(), cpus_[0]);
  }
  workers_.reserve(size_t(threads_ - 1));
  for (int64_t i = 1; i < threads_; ++i) {
    Worker &worker = workers_.emplace_back(Worker{this, i, {}});
    if (pthread_create(&worker.handle, nullptr, workerMain, &worker) != 0) {
      workers_.pop_back(); // fewer threads than asked for; the results are the same
      break;
    }
  }
}

Pool::~Pool() {
  closing_.store(true);
  bell_.fetch_add(1);
  futexWakeAll(bell_);
  for (Worker &worker : workers_) pthread_join(worker.handle, nullptr);
  if (!cpus_.empty()) { // give the calling thread all its cores back
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu : cpus_) CPU_SET(cpu, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  }
}

void Pool::pin(pthread_t handle, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(handle, sizeof set, &set);
}

void *Pool::workerMain(void *argument) {
  Worker &worker = *static_cast<Worker *>(argument);
  setDenormals(worker.pool->flush_);
  if (!worker.pool->cpus_.empty()) worker.pool->pin(pthread_self(), worker.pool->cpus_[size_t(worker.number)]);
  insideJob = true;
  currentThread = worker.number;
  worker.pool->serve(worker.number);
  return nullptr;
}

void Pool::serve(int64_t thread) {
  uint32_t seen = 0; // the bell before any job: a worker that starts late looks once for work
  while (!closing_.load(std::memory_order_relaxed)) {
    while (claimAndRun(thread)) {
    }
    // Nothing to claim: spin for the next job, then sleep.
    int64_t deadline = 0;
    for (uint32_t round = 0; bell_.load(std::memory_order_acquire) == seen; ++round) {
      pause();
      if (round % 64 != 63) continue;
      int64_t time = now();
      if (deadline == 0) deadline = time + kSpinNanoseconds;
      if (time < deadline) continue;
      sleepers_.fetch_add(1);
      futexWait(bell_, seen); // returns at once if the bell has rung meanwhile
      sleepers_.fetch_sub(1);
    }
    seen = bell_.load(std::memory_order_acquire);
  }
}

bool Pool::claimAndRun(int64_t thread) {
  uint64_t claim = claim_.load(std::memory_order_acquire);
  for (;;) {
    Body body = body_.load(std::memory_order_relaxed);
    void *context = context_.load(std::memory_order_relaxed);
    int64_t count = count_.load(std::memory_order_relaxed);
    uint32_t chunks = chunks_.load(std::memory_order_relaxed);
    uint32_t chunk = uint32_t(claim);
    if (chunk >= chunks) return false;
    // Succeeds only if the job is still the one whose fields were read.
    if (!claim_.compare_exchange_weak(claim, claim + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    int64_t begin = int64_t(__int128(count) * chunk / chunks), end = int64_t(__int128(count) * (chunk + 1) / chunks);
    body(context, begin, end, thread);
    finished_.fetch_add(1, std::memory_order_release);
    return true;
  }
}

void Pool::run(Body body, void *context, int64_t count, int64_t work) {
  if (count <= 0) return;
  bool alone = insideJob || workers_.empty() || count == 1 || work < kHotThreshold;
  if (!alone && sleepers_.load(std::memory_order_relaxed) == workers_.size() && work < kAsleepThreshold) {
    // Not worth a wake-up by itself; a stream of such jobs is.
    skipped_ += work;
    if (skipped_ < kAsleepThreshold) alone = true;
  }
  if (alone) {
    bool outer = insideJob;
    insideJob = true; // what this body starts in turn would use the same scratch
    body(context, 0, count, currentThread);
    insideJob = outer;
    return;
  }
  skipped_ = 0;
  int64_t chunks = std::clamp(work / kChunkNanoseconds, threads_, threads_ * kChunksPerThread);
  uint64_t job = (claim_.load(std::memory_order_relaxed) >> 32) + 1;
  // Close the old job for late readers before the fields change: its number goes, and no chunk is left to claim.
  claim_.store(job << 32 | 0xffffffffu, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  body_.store(body, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  count_.store(count, std::memory_order_relaxed);
  uint32_t pieces = uint32_t(std::min(chunks, count));
  chunks_.store(pieces, std::memory_order_relaxed);
  finished_.store(0, std::memory_order_relaxed);
  claim_.store((job + 1) << 32, std::memory_order_release);
  bell_.fetch_add(1);
  if (sleepers_.load() != 0) futexWakeAll(bell_);
  insideJob = true;
  while (claimAndRun(0)) {
  }
  while (finished_.load(std::memory_order_acquire) != pieces) pause();
  insideJob = false;
}

} // namespace dl::rt

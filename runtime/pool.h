/// The threads of a program: fork-join over chunks claimed one by one.
///
/// One worker for each thread but the caller's, pinned when the pool takes every core the process may use. Workers
/// spin about 220 us for the next job, then sleep on a futex. The caller claims chunks like everybody else and at the
/// end waits only for chunks that another thread has begun; it never sleeps. Who computes a chunk changes no result.
#pragma once
#include <atomic>
#include <cstdint>
#include <pthread.h>
#include <vector>

namespace dl::rt {

class Pool {
public:
  /// body(context, begin, end, thread): thread is in [0, threads).
  using Body = void (*)(void *context, int64_t begin, int64_t end, int64_t thread);

  Pool(int64_t threads, bool flushDenormals);
  ~Pool();
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;

  int64_t threads() const { return threads_; }
  /// Covers [0, count) once. `work`: estimated serial duration in nanoseconds. Below the threshold, and inside another
  /// run, the caller does it alone.
  void run(Body body, void *context, int64_t count, int64_t work);

private:
  struct Worker {
    Pool *pool;
    int64_t number;
    pthread_t handle;
  };
  static void *workerMain(void *worker);
  void serve(int64_t thread);
  bool claimAndRun(int64_t thread);
  void pin(pthread_t handle, int cpu);

  int64_t threads_;
  bool flush_;
  std::vector<int> cpus_; ///< one for each thread, or empty: not pinned
  std::vector<Worker> workers_;

  // The job. Fields are written only while no chunk of a job is unclaimed or unfinished; a reader that was late finds
  // that its claim fails because the job number has moved on.
  std::atomic<Body> body_{nullptr};
  std::atomic<void *> context_{nullptr};
  std::atomic<int64_t> count_{0};
  std::atomic<uint32_t> chunks_{0};
  alignas(64) std::atomic<uint64_t> claim_{0}; ///< job number << 32 | next chunk
  alignas(64) std::atomic<uint32_t> finished_{0};
  alignas(64) std::atomic<uint32_t> bell_{0}; ///< counts jobs; what sleepers wait on
  std::atomic<uint32_t> sleepers_{0};
  std::atomic<bool> closing_{false};
  int64_t skipped_ = 0; ///< work done alone since everybody fell asleep
};

/// The cores this process may use.
std::vector<int> allowedCpus();
/// As many threads as those cores, or as the share of time that a container grants is worth.
int64_t defaultThreads();

} // namespace dl::rt

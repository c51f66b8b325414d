// The pool covers every index once, whatever the sizes, also nested, after sleeping, and with more threads than cores.
#include "runtime/pool.h"
#include <atomic>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

using dl::rt::Pool;

namespace {

struct Cover {
  std::vector<std::atomic<int>> seen;
  std::atomic<int> wrongThread{0};
  int64_t threads;
  Cover(int64_t count, int64_t t) : seen(size_t(count)), threads(t) {}
  static void body(void *context, int64_t begin, int64_t end, int64_t thread) {
    Cover &self = *static_cast<Cover *>(context);
    if (thread < 0 || thread >= self.threads) ++self.wrongThread;
    for (int64_t i = begin; i < end; ++i) ++self.seen[size_t(i)];
  }
  void check() {
    EXPECT_EQ(wrongThread, 0);
    for (size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], 1) << i;
  }
};

constexpr int64_t kMuch = 1'000'000'000;

TEST(Pool, CoversEveryIndexOnce) {
  for (int64_t threads : {1, 2, 3, 7}) {
    Pool pool(threads, true);
    for (int64_t count : {0, 1, 2, 3, 16, 17, 1000, 65537})
      for (int64_t work : {int64_t(0), int64_t(5000), kMuch}) {
        Cover cover(count, threads);
        pool.run(Cover::body, &cover, count, work);
        cover.check();
      }
  }
}

TEST(Pool, ManyJobsInARow) {
  Pool pool(3, true);
  std::atomic<int64_t> sum{0};
  auto body = [](void *context, int64_t begin, int64_t end, int64_t) {
    auto &total = *static_cast<std::atomic<int64_t> *>(context);
    for (int64_t i = begin; i < end; ++i) total += i;
  };
  for (int i = 0; i < 3000; ++i) pool.run(body, &sum, 50, kMuch);
  EXPECT_EQ(sum, 3000 * 1225);
}

TEST(Pool, WorksAfterTheWorkersFellAsleep) {
  Pool pool(2, true);
  for (int i = 0; i < 3; ++i) {
    Cover cover(100, 2);
    pool.run(Cover::body, &cover, 100, kMuch);
    cover.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

TEST(Pool, SmallJobsWakeSleepersAfterAWhile) {
  Pool pool(2, true);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  struct Threads {
    std::atomic<int> other{0};
  } used;
  auto body = [](void *context, int64_t, int64_t, int64_t thread) {
    auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(20);
    while (std::chrono::steady_clock::now() < until) {
    }
    if (thread != 0) ++static_cast<Threads *>(context)->other;
  };
  auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (used.other == 0 && std::chrono::steady_clock::now() < stop) pool.run(body, &used, 8, 20'000);
  EXPECT_GT(used.other, 0);
}

struct Nested {
  Pool *pool;
  Cover *inner[8];
  static void outer(void *context, int64_t begin, int64_t end, int64_t) {
    Nested &self = *static_cast<Nested *>(context);
    for (int64_t i = begin; i < end; ++i) self.pool->run(Cover::body, self.inner[i], 100, kMuch);
  }
};

TEST(Pool, NestedRunsAreSerial) {
  Pool pool(3, true);
  std::vector<std::unique_ptr<Cover>> covers;
  Nested nested{&pool, {}};
  for (int i = 0; i < 8; ++i) {
    covers.push_back(std::make_unique<Cover>(100, 3));
    nested.inner[i] = covers.back().get();
  }
  pool.run(Nested::outer, &nested, 8, kMuch);
  for (auto &cover : covers) cover->check();
}

TEST(Pool, WorkersFlushDenormals) {
  Pool pool(4, true);
  struct Out {
    std::atomic<int> other{0}, wrong{0};
  } out;
  auto body = [](void *context, int64_t, int64_t, int64_t thread) {
    if (thread == 0) { // callers set their own mode
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return;
    }
    volatile float tiny = 1e-40f, one = 1.0f;
    Out &o = *static_cast<Out *>(context);
    ++o.other;
    if (tiny * one != 0.0f) ++o.wrong;
  };
  auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (out.other == 0 && std::chrono::steady_clock::now() < stop) pool.run(body, &out, 64, kMuch);
  EXPECT_GT(out.other, 0);
  EXPECT_EQ(out.wrong, 0);
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The thread pool: every unit once, whatever the number of threads.

#include "backends/cpu/runtime/ThreadPool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

using namespace glowplug::cpu;

namespace {

/// Adds 1 to each unit's counter; buffers[0] is the counters.
void countUnits(void *const *buffers, int64_t begin, int64_t end) {
  auto *counters = static_cast<int *>(buffers[0]);
  for (int64_t i = begin; i < end; ++i)
    ++counters[i];
}

} // namespace

TEST(CpuThreadPool, DoesEveryUnitOnce) {
  for (unsigned threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    // Many jobs right after one another, of all shapes.
    for (int64_t job = 0; job < 2000; ++job) {
      const int64_t units = 1 + job % 37, chunks = 1 + job % units;
      std::vector<int> counters(units);
      void *buffers[] = {counters.data()};
      pool.run(countUnits, buffers, units, chunks);
      ASSERT_EQ(std::accumulate(counters.begin(), counters.end(), 0), units);
      for (int counter : counters)
        ASSERT_EQ(counter, 1) << "job " << job;
    }
  }
}

TEST(CpuThreadPool, WakesAfterAPause) {
  ThreadPool pool(3);
  std::vector<int> counters(100);
  void *buffers[] = {counters.data()};
  for (int i = 0; i < 5; ++i) {
    // Long enough for the helpers to fall asleep.
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    pool.run(countUnits, buffers, 100, 10);
  }
  EXPECT_EQ(counters, std::vector<int>(100, 5));
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A few threads that help the caller with one step at a time.
#pragma once

#include "backends/cpu/runtime/Blob.h"

#include <atomic>
#include <thread>
#include <vector>

namespace glowplug::cpu {

/// The caller takes part and could do all the work alone: a helper that the
/// system does not schedule delays only the chunk that it has claimed.
class ThreadPool {
public:
  /// \p threads counts the caller. Throws if threads cannot be made.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  unsigned threads() const { return static_cast<unsigned>(helpers.size()) + 1; }

  /// Runs \p kernel over the units [0, units) in \p chunks pieces, and returns
  /// when all are done. Not to be called by two threads at once.
  void run(KernelFunction kernel, void *const *buffers, int64_t units,
           int64_t chunks);

private:
  void help();
  bool claimAndRun();
  void stop();

  // The job. Written only while nothing is left to claim and all is done;
  // read only by who has claimed a chunk.
  KernelFunction kernel = nullptr;
  void *const *buffers = nullptr;
  int64_t units = 0;
  int64_t chunks = 0;

  alignas(64) std::atomic<int64_t> unclaimed{0};
  alignas(64) std::atomic<int64_t> unfinished{0};
  /// Raised with each job and to stop; idle helpers wait for a change.
  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> isStopping{false};
  std::vector<std::thread> helpers;
};

} // namespace glowplug::cpu

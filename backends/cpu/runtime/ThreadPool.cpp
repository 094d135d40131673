// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A few threads that help the caller with one step at a time.

#include "backends/cpu/runtime/ThreadPool.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Some 50 microseconds: longer than the gap between two steps of a program,
/// short enough to give the core away soon after one.
constexpr int idleSpins = 1500;

void pauseBriefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

} // namespace

ThreadPool::ThreadPool(unsigned threads) {
  try {
    for (unsigned i = 1; i < threads; ++i)
      helpers.emplace_back([this] { help(); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  isStopping = true;
  ++generation;
  generation.notify_all();
  for (std::thread &helper : helpers)
    helper.join();
}

GP_CPU_CALLS_KERNELS
bool ThreadPool::claimAndRun() {
  int64_t left = unclaimed.load(std::memory_order_relaxed);
  do {
    if (left == 0)
      return false;
  } while (!unclaimed.compare_exchange_weak(
      left, left - 1, std::memory_order_acquire, std::memory_order_relaxed));
  // Chunk sizes differ by at most one unit.
  int64_t chunk = chunks - left;
  int64_t size = units / chunks, larger = units % chunks;
  int64_t begin = chunk * size + std::min(chunk, larger);
  kernel(buffers, begin, begin + size + (chunk < larger));
  unfinished.fetch_sub(1, std::memory_order_release);
  return true;
}

void ThreadPool::run(KernelFunction job, void *const *jobBuffers,
                     int64_t jobUnits, int64_t jobChunks) {
  kernel = job;
  buffers = jobBuffers;
  units = jobUnits;
  chunks = jobChunks;
  unfinished.store(jobChunks, std::memory_order_relaxed);
  unclaimed.store(jobChunks, std::memory_order_release);
  ++generation;
  if (sleepers.load() != 0)
    generation.notify_all();

  while (claimAndRun()) {
  }
  for (int spins = 0; unfinished.load(std::memory_order_acquire) != 0;) {
    // A helper without a core of its own will not finish while we spin.
    if (++spins < idleSpins)
      pauseBriefly();
    else
      std::this_thread::yield();
  }
}

void ThreadPool::help() {
  while (!isStopping) {
    uint32_t seen = generation.load();
    while (claimAndRun()) {
    }
    for (int spins = 0; spins < idleSpins && generation.load() == seen; ++spins)
      pauseBriefly();
    if (generation.load() != seen)
      continue;
    ++sleepers;
    generation.wait(seen);
    --sleepers;
  }
}

} // namespace glowplug::cpu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Static division of independent work over threads.

#include "core/reference/Parallel.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

using namespace glowplug;

void reference::parallelFor(
    unsigned threads, int64_t items, int64_t grain,
    llvm::function_ref<void(int64_t begin, int64_t end)> function) {
  if (items <= 0)
    return;
  int64_t parts = std::clamp<int64_t>(items / std::max<int64_t>(grain, 1), 1,
                                      std::max(threads, 1u));
  auto begin = [&](int64_t part) {
    return items / parts * part + std::min(part, items % parts);
  };

  std::vector<std::exception_ptr> failures(parts);
  auto run = [&](int64_t part, int64_t end) {
    try {
      function(begin(part), end);
    } catch (...) {
      failures[part] = std::current_exception();
    }
  };
  std::vector<std::thread> helpers;
  helpers.reserve(parts - 1);
  int64_t started = 1;  // part 0 is the caller's
  int64_t rest = items; // no more threads to be had: the caller does the rest
  try {
    for (; started < parts; ++started)
      helpers.emplace_back(run, started, begin(started + 1));
  } catch (const std::system_error &) {
    rest = begin(started);
  }
  run(0, begin(1));
  if (rest < items)
    run(started, items);
  for (std::thread &helper : helpers)
    helper.join();
  for (const std::exception_ptr &failure : failures)
    if (failure)
      std::rethrow_exception(failure);
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The counters that order the queues.

#pragma once

#include "simulator/isa/Command.h"

namespace glowplug::npu {

class Semaphores {
public:
  /// Whether all waits of a command can be met. Waits for the same semaphore
  /// add up.
  bool canTake(const Header &header) const {
    std::array<int, 3> need{};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        if (header.waitSem[j] == header.waitSem[i])
          need[i] += header.waitCount[j];
    for (int i = 0; i < 3; ++i)
      if (header.waitCount[i] != 0 && counts[header.waitSem[i]] < need[i])
        return false;
    return true;
  }

  void take(const Header &header) {
    for (int i = 0; i < 3; ++i)
      counts[header.waitSem[i]] -= header.waitCount[i];
  }

  /// Gives a command's signals; returns the first semaphore that overflows, or
  /// -1.
  int give(const Header &header) {
    int overflowing = -1;
    for (int i = 0; i < 3; ++i) {
      counts[header.signalSem[i]] += header.signalCount[i];
      const int semaphore = header.signalSem[i];
      if (counts[semaphore] > semaphoreLimit &&
          (overflowing < 0 || semaphore < overflowing))
        overflowing = semaphore;
    }
    return overflowing;
  }

  int count(int semaphore) const { return counts[semaphore]; }

private:
  std::array<int, semaphores> counts{};
};

} // namespace glowplug::npu

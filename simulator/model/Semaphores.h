// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The 64 semaphores as a module.

#pragma once

#include "simulator/model/Run.h"
#include "simulator/timing/Semaphores.h"

#include <systemc>

#include <queue>

namespace glowplug::npu::model {

/// Gives the signals of retired commands in the cycle after, and then wakes
/// the queues that can go on with them.
class SemaphoreUnit : public sc_core::sc_module, public Actor {
public:
  explicit SemaphoreUnit(const sc_core::sc_module_name &name)
      : sc_module(name) {}

  void begin(Run &next);

  /// The command \p number retires at \p end, which is now or later.
  void retire(std::int64_t number, Cycle end);

  Semaphores state;

  /// Wakes \p turn, that of a queue, after the signals that let its first
  /// command, \p number, take its tokens, which it cannot now.
  void wakeWhenReady(Agenda::Turn turn, std::int64_t number);

  /// Gives the signals of this cycle.
  void act(Cycle now) override;

private:
  struct Signal {
    Cycle time;
    std::int64_t number;
    bool operator>(const Signal &other) const { return time > other.time; }
  };

  Run *run = nullptr;
  std::priority_queue<Signal, std::vector<Signal>, std::greater<>> signals;
  /// For each turn, the command that waits, or -1.
  std::array<std::int64_t, Agenda::turns> waiters;
};

} // namespace glowplug::npu::model

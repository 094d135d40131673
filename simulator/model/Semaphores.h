// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The 64 semaphores as a module.

#pragma once

#include "simulator/model/Run.h"
#include "simulator/timing/Semaphores.h"

#include <queue>

namespace glowplug::npu::model {

/// Gives the signals of retired commands in the cycle after, and then wakes
/// all queues.
class SemaphoreUnit : public sc_core::sc_module {
public:
  explicit SemaphoreUnit(const sc_core::sc_module_name &name);

  void begin(Run &next);

  /// The command \p number retires at \p end, which is now or later.
  void retire(std::int64_t number, Cycle end);

  Semaphores state;

  /// Notifies \p event once, a delta cycle after the signals that let the
  /// command \p number take its tokens, which it cannot now.
  void wakeWhenReady(sc_core::sc_event &event, std::int64_t number);

  /// All commands have issued and the last signals were given, or one of them
  /// was a fault.
  sc_core::sc_event ended{"ended"};

private:
  void give();

  struct Signal {
    Cycle time;
    std::int64_t number;
    bool operator>(const Signal &other) const { return time > other.time; }
  };

  Run *run = nullptr;
  std::priority_queue<Signal, std::vector<Signal>, std::greater<>> signals;
  struct Waiter {
    sc_core::sc_event *event;
    std::int64_t number;
  };
  std::vector<Waiter> waiters; ///< at most one for each queue
  sc_core::sc_event due{"due"};
};

} // namespace glowplug::npu::model

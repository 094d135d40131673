// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The 64 semaphores as a module.

#include "simulator/model/Semaphores.h"

#include "simulator/timing/Deadlock.h"

#include <algorithm>

namespace glowplug::npu::model {

SemaphoreUnit::SemaphoreUnit(const sc_core::sc_module_name &name)
    : sc_module(name) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&due);
  sc_core::sc_spawn([this] { give(); }, "give", &options);
}

void SemaphoreUnit::begin(Run &next) {
  run = &next;
  state = {};
  signals = {};
  waiters.clear();
}

void SemaphoreUnit::wakeWhenReady(sc_core::sc_event &event,
                                  std::int64_t number) {
  const auto isOf = [&](const Waiter &w) { return w.event == &event; };
  if (std::none_of(waiters.begin(), waiters.end(), isOf))
    waiters.push_back({&event, number});
}

void SemaphoreUnit::retire(std::int64_t number, Cycle end) {
  const Header &header = headerOf(run->commands[number]);
  const bool isLast =
      run->retired == static_cast<std::int64_t>(run->commands.size());
  if (!isLast &&
      header.signalCount[0] + header.signalCount[1] + header.signalCount[2] ==
          0)
    return;
  signals.push({end + 1, number});
  // An event keeps the earliest of its notifications.
  run->clock.notifyAt(due, end + 1);
}

void SemaphoreUnit::give() {
  const Cycle now = run->clock.now();
  while (!signals.empty() && signals.top().time <= now) {
    const std::int64_t number = signals.top().number;
    signals.pop();
    const int overflowing = state.give(headerOf(run->commands[number]));
    if (overflowing >= 0 && !run->fault)
      run->fault = explainOverflow(number, overflowing);
  }
  if (!signals.empty())
    run->clock.notifyAt(due, signals.top().time);
  // A semaphore has one queue that waits for it, so nobody else takes the
  // tokens before the waiter does.
  std::erase_if(waiters, [&](const Waiter &waiter) {
    if (!state.canTake(headerOf(run->commands[waiter.number])))
      return false;
    waiter.event->notify(sc_core::SC_ZERO_TIME);
    return true;
  });
  if (run->fault ||
      run->retired == static_cast<std::int64_t>(run->commands.size()))
    ended.notify(sc_core::SC_ZERO_TIME);
}

} // namespace glowplug::npu::model

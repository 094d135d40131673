// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The 64 semaphores as a module.

#include "simulator/model/Semaphores.h"

#include "simulator/timing/Deadlock.h"

namespace glowplug::npu::model {

void SemaphoreUnit::begin(Run &next) {
  run = &next;
  state = {};
  signals = {};
  waiters.fill(-1);
}

void SemaphoreUnit::wakeWhenReady(Agenda::Turn turn, std::int64_t number) {
  waiters[turn] = number;
}

void SemaphoreUnit::retire(std::int64_t number, Cycle end) {
  const Header &header = headerOf(run->commands[number]);
  if (header.signalCount[0] + header.signalCount[1] + header.signalCount[2] ==
      0)
    return;
  signals.push({end + 1, number});
  run->agenda.wake(Agenda::Signals, end + 1);
}

void SemaphoreUnit::act(Cycle now) {
  while (!signals.empty() && signals.top().time <= now) {
    const std::int64_t number = signals.top().number;
    signals.pop();
    const int overflowing = state.give(headerOf(run->commands[number]));
    const bool isFirst =
        run->overflow ? overflowing < *run->overflow : !run->fault.has_value();
    if (overflowing >= 0 && isFirst) {
      run->overflow = overflowing;
      run->fault = explainOverflow(number, overflowing);
    }
  }
  if (!signals.empty())
    run->agenda.wake(Agenda::Signals, signals.top().time);
  // Only one queue waits for a semaphore, so no other takes the tokens before
  // it does.
  for (int queue = 0; queue < queueCount; ++queue) {
    const Agenda::Turn turn = Agenda::issueOf(queue);
    std::int64_t &number = waiters[turn];
    if (number < 0 || !state.canTake(headerOf(run->commands[number])))
      continue;
    number = -1;
    run->agenda.wake(turn, now);
  }
}

} // namespace glowplug::npu::model

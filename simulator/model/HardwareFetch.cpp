// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fetch and dispatch as hardware.

#include "simulator/model/HardwareFetch.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npu::model {

/// Cycles in which it could go on and does not, after which it counts as hung.
static constexpr Cycle patience = 10'000;

void HardwareFetch::begin() {
  isAwake = !isDone();
  if (isAwake)
    run.agenda.wake(Agenda::Dispatch, 0);
}

void HardwareFetch::act(Cycle now) {
  if (isDone() || run.fault)
    return;
  looked = now;
  seeQueues();
  dispatch(unit.look(full), now);
  isAwake = true; // its clock ticks at the end of this cycle
  bus.request();
}

/// What leaves a queue in a cycle makes room in the next one.
void HardwareFetch::seeQueues() {
  full = 0;
  for (int q = 0; q < queueCount; ++q)
    full |= static_cast<unsigned>(queues[q]->isFull()) << q;
}

void HardwareFetch::dispatch(const FetchUnit::Dispatch &sending, Cycle now) {
  if (sending.queue < 0)
    return;
  const int queue = headerOf(run.commands[sent]).queue;
  if (sending.queue != queue ||
      sending.command != encodeCommand(run.commands[sent]))
    return fail(fmt::format(
        "the hardware dispatches in cycle {} to queue {} what is not command "
        "{} of the program, which is for queue {}",
        now, queueNames[sending.queue], sent, queueNames[queue]));
  if (nextQueue().isFull())
    return fail(fmt::format("command {}: the hardware dispatches it in cycle "
                            "{} to queue {}, which is full",
                            sent, now, queueNames[queue]));
  queues[queue]->push(sent++);
  moved = now;
}

void HardwareFetch::step(Cycle now) {
  // Out of its turn, in lockstep, it may not do anything.
  if (looked != now && unit.look(full).queue >= 0)
    return fail(fmt::format("command {}: the hardware dispatches it in cycle "
                            "{}, when nothing had changed",
                            sent, now));
  unit.edge();
  seeQueues();
  if (auto fault = unit.fault())
    return fail(std::move(fault->message));
  isAwake = !isDone() && (unit.request() || unit.isWaitingForBeats() ||
                          !nextQueue().isFull());
  if (isAwake && now > moved + patience)
    return fail(fmt::format("command {}: the hardware has not dispatched it "
                            "in cycle {}, {} cycles after anything else",
                            sent, now, now - moved));
  if (isAwake)
    run.agenda.wake(Agenda::Dispatch, now + 1);
}

void HardwareFetch::fail(std::string text) {
  if (!run.fault)
    run.fault = Fault{std::move(text)};
  isAwake = false;
}

} // namespace glowplug::npu::model

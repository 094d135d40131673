// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A queue of commands with the front of its engine.

#include "simulator/model/Queue.h"

#include <algorithm>

namespace glowplug::npu::model {

CommandQueue::CommandQueue(const sc_core::sc_module_name &name,
                           Agenda::Turn turn, SemaphoreUnit &semaphores)
    : sc_module(name), turn(turn), semaphores(semaphores) {}

void CommandQueue::begin(Run &next, Engine &nextEngine) {
  run = &next;
  engine = &nextEngine;
  depth = static_cast<std::size_t>(next.config.queueDepth);
  waiting.clear();
  open.clear();
  last = -1;
  frontFree = lastEnd = 0;
}

void CommandQueue::wakeAt(Cycle at) {
  if (at < never)
    run->agenda.wake(turn, at);
}

void CommandQueue::push(std::int64_t number) {
  const Cycle now = run->agenda.now();
  run->timeline.records[number].dispatched = now;
  waiting.push_back(number);
  if (waiting.size() == 1)
    wakeAt(std::max(now + 1, frontFree));
}

void CommandQueue::act(Cycle now) {
  if (waiting.empty())
    return;
  const std::int64_t number = waiting.front();
  const Command &command = run->commands[number];
  Record &record = run->timeline.records[number];
  const Header &header = headerOf(command);
  // Too early: the wake for a later time may have given way to an earlier one.
  const Cycle earliest = std::max(record.dispatched + 1, frontFree);
  if (now < earliest)
    return wakeAt(earliest);
  if (!semaphores.state.canTake(header))
    return semaphores.wakeWhenReady(turn, number);
  if (header.drain != 0 && !open.empty())
    return; // until it finishes
  if (header.drain != 0 && now < lastEnd)
    return wakeAt(lastEnd);
  semaphores.state.take(header);
  if (isFull())
    run->agenda.wake(Agenda::Dispatch, now + 1);
  waiting.pop_front();
  record.start = now;
  if (run->execute && !engine->hasEffects())
    run->execute(number);
  last = number;
  open.push_back(number);
  frontFree = never;
  if (const auto span = engine->issue(number, command, now))
    complete(*span);
}

void CommandQueue::freeFront(Cycle at) {
  frontFree = at;
  run->timeline.records[last].frontFree = at;
  if (!waiting.empty())
    wakeAt(at);
}

void CommandQueue::finish(Cycle end) {
  const std::int64_t number = open.front();
  open.pop_front();
  Record &record = run->timeline.records[number];
  record.end = lastEnd = std::max(end, lastEnd);
  run->timeline.cycles = std::max(run->timeline.cycles, record.end);
  ++run->retired;
  semaphores.retire(number, record.end);
  // A command that drains may have waited for this, if the front is free.
  if (!waiting.empty() && frontFree < never &&
      headerOf(run->commands[waiting.front()]).drain != 0)
    wakeAt(std::max({frontFree, lastEnd, run->agenda.now()}));
}

} // namespace glowplug::npu::model

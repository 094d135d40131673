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
  most = static_cast<std::size_t>(next.config.queueOpen);
  nextIssue = 0;
  ends.clear();
  isHeld = false;
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
    wakeAt(std::max(now + 1, nextIssue));
}

void CommandQueue::act(Cycle now) {
  if (waiting.empty())
    return;
  const std::int64_t number = waiting.front();
  const Command &command = run->commands[number];
  Record &record = run->timeline.records[number];
  const Header &header = headerOf(command);
  // Too early: the wake for a later time may have given way to an earlier one.
  const Cycle earliest = std::max(record.dispatched + 1, nextIssue);
  if (now < earliest)
    return wakeAt(earliest);
  if (!semaphores.state.canTake(header))
    return semaphores.wakeWhenReady(turn, number);
  const Cycle awaited = awaitedEnd(header.drain != 0);
  isHeld = awaited >= never; // until it finishes
  if (isHeld)
    return;
  if (now <= awaited)
    return wakeAt(awaited + 1);
  semaphores.state.take(header);
  if (isFull())
    run->agenda.wake(Agenda::Dispatch, now + 1);
  waiting.pop_front();
  record.start = now + 1;
  if (run->banks) {
    std::vector<BankConflict> conflicts;
    run->banks->start(number, command, record.start, conflicts);
    if (!conflicts.empty()) {
      if (!run->fault) { // of another queue in this cycle
        run->conflict = conflicts.front();
        run->fault = Fault{run->conflict->message()};
      }
      return;
    }
  }
  if (run->execute && !engine->hasEffects())
    run->execute(number);
  last = number;
  open.push_back(number);
  nextIssue = never;
  if (const auto span = engine->issue(number, command, now))
    complete(*span);
}

Cycle CommandQueue::awaitedEnd(bool drain) const {
  const std::size_t after = drain ? 0 : most - 1; // may be open
  if (open.size() > after)
    return never;
  const std::size_t back = after + 1 - open.size();
  return back > ends.size() ? -1 : ends[ends.size() - back];
}

void CommandQueue::freeFront(Cycle at) {
  nextIssue = at - 1;
  run->timeline.records[last].frontFree = at;
  if (!waiting.empty())
    wakeAt(nextIssue);
}

void CommandQueue::finish(Cycle end) {
  const std::int64_t number = open.front();
  open.pop_front();
  Record &record = run->timeline.records[number];
  record.end = ends.empty() ? end : std::max(end, ends.back() + 1);
  ends.push_back(record.end);
  if (ends.size() > most)
    ends.pop_front();
  run->timeline.cycles = std::max(run->timeline.cycles, record.end);
  if (run->banks)
    run->banks->end(headerOf(run->commands[number]).queue, number, record.end);
  ++run->retired;
  semaphores.retire(number, record.end);
  if (isHeld && nextIssue < never)
    wakeAt(std::max(nextIssue, run->agenda.now()));
}

} // namespace glowplug::npu::model

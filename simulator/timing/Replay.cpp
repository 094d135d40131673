// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a program through the timing contract.
//
// Time goes from event to event. What happens at one time has a fixed order:
// signals, then the dispatch of one command, then issues, then grants of the
// bus. No step can cause an earlier one at the same time, so the order of
// events within a step does not matter.

#include "simulator/timing/Replay.h"

#include "simulator/timing/ArrayTiming.h"
#include "simulator/timing/Deadlock.h"
#include "simulator/timing/VectorTiming.h"

#include <algorithm>
#include <deque>

namespace glowplug::npu {

namespace {

/// The signals of a command that has issued.
struct Signal {
  Cycle time;
  std::int32_t command;
};

/// One queue with its engine's front.
struct Line {
  std::vector<std::int32_t> waiting; ///< a ring of command numbers
  std::size_t head = 0, count = 0;
  Cycle nextIssue = 0;     ///< the front lets the next command issue then
  Cycle lastEnd = 0;       ///< when the last issued command retires
  std::vector<Cycle> ends; ///< a ring of the ends of the last commands
  std::size_t oldestEnd = 0;
  std::int32_t active = -1;   ///< the command that the bus works for
  std::deque<Signal> signals; ///< in order of time, as commands retire in order
  Cycle wake = never;         ///< when the first command may issue
};

class Player {
public:
  Player(std::span<const Command> commands, const Machine &machine)
      : commands(commands), array(machine.config), vector(machine.config),
        bus(machine.config, machine.bases, machine.programBase,
            static_cast<std::int64_t>(commands.size())) {
    timeline.records.resize(commands.size());
    for (Line &line : lines) {
      line.waiting.resize(static_cast<std::size_t>(machine.config.queueDepth));
      line.ends.resize(static_cast<std::size_t>(machine.config.queueOpen));
    }
  }

  Result<Timeline> run();

private:
  Cycle next() const;
  void takeGrant(const Grant &grant);
  void handle(Cycle now);
  void give(Line &line, Cycle now);
  void dispatch(Cycle now);
  void issue(int queue, Cycle now);
  void retire(std::int32_t command, Line &line, Span span);

  std::span<const Command> commands;
  ArrayTiming array;
  VectorTiming vector;
  Bus bus;
  Semaphores state;
  std::array<Line, queueCount> lines;
  std::vector<Cycle> arrivals;
  Cycle dispatchAt = never;
  std::size_t dispatched = 0;
  bool blocked = false; ///< the next command finds its queue full
  Timeline timeline;
  std::optional<Fault> fault;
};

/// A DMA grant ends a command; a fetch grant brings one.
void Player::takeGrant(const Grant &grant) {
  if (grant.requester == fetchRequester) {
    arrivals.push_back(grant.done);
    if (arrivals.size() == dispatched + 1)
      dispatchAt = std::max(grant.done,
                            dispatched == 0
                                ? 0
                                : timeline.records[dispatched - 1].dispatched) +
                   1;
    return;
  }
  Line &line = lines[static_cast<int>(queueOfRequester(grant.requester))];
  retire(line.active, line, bus.dma(grant.requester).span());
}

/// Commands retire in the order of their queue, one a cycle.
void Player::retire(std::int32_t command, Line &line, Span span) {
  const Header &header = headerOf(commands[command]);
  Record &record = timeline.records[command];
  record.end = std::max(span.end, line.lastEnd + 1);
  line.lastEnd = line.ends[line.oldestEnd] = record.end;
  line.oldestEnd = (line.oldestEnd + 1) % line.ends.size();
  record.frontFree = span.frontFree;
  line.nextIssue = span.frontFree - 1;
  timeline.cycles = std::max(timeline.cycles, record.end);
  if (line.count != 0)
    line.wake = line.nextIssue;
  if (header.signalCount[0] + header.signalCount[1] + header.signalCount[2] !=
      0)
    line.signals.push_back({record.end + 1, command});
}

void Player::dispatch(Cycle now) {
  const auto number = static_cast<std::int32_t>(dispatched);
  const int queue = headerOf(commands[number]).queue;
  Line &line = lines[queue];
  blocked = line.count == line.waiting.size();
  if (blocked)
    return;
  line.waiting[(line.head + line.count) % line.waiting.size()] = number;
  ++line.count;
  timeline.records[number].dispatched = now;
  bus.fetch().dispatched(now);
  if (line.count == 1)
    line.wake = std::max(now + 1, line.nextIssue);
  if (++dispatched < arrivals.size())
    dispatchAt = std::max(arrivals[dispatched], now) + 1;
}

void Player::issue(int queue, Cycle now) {
  Line &line = lines[queue];
  const std::int32_t number = line.waiting[line.head];
  const Command &command = commands[number];
  const Header &header = headerOf(command);
  Record &record = timeline.records[number];
  // Each signal makes a queue that waits for tokens try again.
  const Cycle retired =
      header.drain != 0 ? line.lastEnd : line.ends[line.oldestEnd];
  const Cycle earliest =
      std::max({record.dispatched + 1, line.nextIssue, retired + 1});
  line.wake = now < earliest ? earliest : never;
  if (now < earliest || !state.canTake(header))
    return;
  state.take(header);
  line.head = (line.head + 1) % line.waiting.size();
  --line.count;
  const Cycle start = record.start = now + 1;
  if (blocked && headerOf(commands[dispatched]).queue == queue)
    dispatchAt = now + 1;

  const int requester = requesterOf(static_cast<Queue>(queue));
  const std::optional<Span> span =
      requester >= 0 ? bus.dma(requester).begin(command, start)
      : static_cast<Queue>(queue) == Queue::Matrix
          ? array.begin(command, start)
          : vector.begin(command, start);
  if (span) {
    retire(number, line, *span);
  } else {
    line.active = number;
    line.nextIssue = never; // until the last burst is granted
  }
}

void Player::give(Line &line, Cycle now) {
  while (!line.signals.empty() && line.signals.front().time == now) {
    const std::int32_t number = line.signals.front().command;
    line.signals.pop_front();
    const int overflowing = state.give(headerOf(commands[number]));
    if (overflowing >= 0 && !fault)
      fault = explainOverflow(number, overflowing);
  }
}

void Player::handle(Cycle now) {
  bool hasSignals = false;
  for (Line &line : lines)
    if (!line.signals.empty() && line.signals.front().time == now) {
      hasSignals = true;
      give(line, now);
    }
  if (dispatchAt == now) {
    dispatchAt = never;
    dispatch(now);
  }
  for (int queue = 0; queue < queueCount; ++queue)
    if (lines[queue].count != 0 && (hasSignals || lines[queue].wake == now))
      issue(queue, now);
}

/// The time of the next event, or never.
Cycle Player::next() const {
  Cycle least = dispatchAt;
  for (const Line &line : lines) {
    least = std::min(least, line.wake);
    if (!line.signals.empty())
      least = std::min(least, line.signals.front().time);
  }
  return least;
}

Result<Timeline> Player::run() {
  while (!fault) {
    const Cycle time = next();
    if (const auto grant = bus.runUntil(time))
      takeGrant(*grant);
    else if (time < never)
      handle(time);
    else
      break;
  }
  if (fault)
    return *fault;
  std::array<std::int64_t, queueCount> heads{};
  bool stuck = dispatched < commands.size();
  for (int queue = 0; queue < queueCount; ++queue) {
    const Line &line = lines[queue];
    heads[queue] = line.count == 0 ? -1 : line.waiting[line.head];
    stuck |= line.count != 0;
  }
  if (stuck)
    return explainDeadlock(
        {commands, heads, static_cast<std::int64_t>(dispatched), state});
  return std::move(timeline);
}

} // namespace

Result<Timeline> replay(std::span<const Command> commands,
                        const Machine &machine) {
  return Player(commands, machine).run();
}

} // namespace glowplug::npu

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
#include <queue>

namespace glowplug::npu {

namespace {

enum class Kind : std::int32_t { Signal, Dispatch, Wake };

struct Event {
  Cycle time;
  Kind kind;
  std::int32_t number; ///< of a command or a queue
  bool operator>(const Event &other) const { return time > other.time; }
};

/// One queue with its engine's front.
struct Line {
  std::vector<std::int32_t> waiting; ///< a ring of command numbers
  std::size_t head = 0, count = 0;
  Cycle frontFree = 0;
  Cycle lastEnd = 0;        ///< when the last issued command retires
  std::int32_t active = -1; ///< the command that the bus works for
};

class Player {
public:
  Player(std::span<const Command> commands, const Machine &machine)
      : commands(commands), array(machine.config), vector(machine.config),
        bus(machine.config, machine.bases, machine.programBase,
            static_cast<std::int64_t>(commands.size())) {
    timeline.records.resize(commands.size());
    for (Line &line : lines)
      line.waiting.resize(static_cast<std::size_t>(machine.config.queueDepth));
  }

  Result<Timeline> run();

private:
  void push(Cycle time, Kind kind, std::int32_t number) {
    events.push({time, kind, number});
  }

  void takeGrant(const Grant &grant);
  void handle(Cycle now);
  void dispatch(Cycle now);
  void issue(int queue, Cycle now);
  void retire(std::int32_t command, Line &line, Span span);

  std::span<const Command> commands;
  ArrayTiming array;
  VectorTiming vector;
  Bus bus;
  Semaphores state;
  std::array<Line, queueCount> lines;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  std::vector<Cycle> arrivals;
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
      push(std::max(grant.done,
                    dispatched == 0
                        ? 0
                        : timeline.records[dispatched - 1].dispatched) +
               1,
           Kind::Dispatch, 0);
    return;
  }
  Line &line = lines[static_cast<int>(queueOfRequester(grant.requester))];
  retire(line.active, line, bus.dma(grant.requester).span());
}

/// Commands retire in the order of their queue.
void Player::retire(std::int32_t command, Line &line, Span span) {
  const Header &header = headerOf(commands[command]);
  Record &record = timeline.records[command];
  record.end = std::max(span.end, line.lastEnd);
  line.lastEnd = record.end;
  record.frontFree = line.frontFree = span.frontFree;
  timeline.cycles = std::max(timeline.cycles, record.end);
  if (line.count != 0)
    push(span.frontFree, Kind::Wake, header.queue);
  if (header.signalCount[0] + header.signalCount[1] + header.signalCount[2] !=
      0)
    push(record.end + 1, Kind::Signal, command);
}

void Player::dispatch(Cycle now) {
  if (dispatched >= arrivals.size() || arrivals[dispatched] >= now)
    return;
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
  push(std::max(now + 1, line.frontFree), Kind::Wake, queue);
  if (++dispatched < arrivals.size())
    push(std::max(arrivals[dispatched], now) + 1, Kind::Dispatch, 0);
}

void Player::issue(int queue, Cycle now) {
  Line &line = lines[queue];
  if (line.count == 0 || now < line.frontFree)
    return;
  const std::int32_t number = line.waiting[line.head];
  const Command &command = commands[number];
  const Header &header = headerOf(command);
  Record &record = timeline.records[number];
  if (now <= record.dispatched || !state.canTake(header))
    return;
  if (header.drain != 0 && now < line.lastEnd) {
    push(line.lastEnd, Kind::Wake, queue);
    return;
  }
  state.take(header);
  line.head = (line.head + 1) % line.waiting.size();
  --line.count;
  record.start = now;
  if (blocked && headerOf(commands[dispatched]).queue == queue)
    push(now + 1, Kind::Dispatch, 0);

  const int requester = requesterOf(static_cast<Queue>(queue));
  std::optional<Span> span;
  if (const auto *c = std::get_if<Matmul>(&command))
    span = array.issue(*c, now);
  else if (const auto *c = std::get_if<Vector>(&command))
    span = vector.issue(*c, now);
  else if (const auto *c = std::get_if<Depthwise>(&command))
    span = vector.issue(*c, now);
  else if (const auto *c = std::get_if<Transpose>(&command))
    span = vector.issue(*c, now);
  else if (const auto *c = std::get_if<Copy>(&command))
    span = bus.dma(requester).issue(*c, now);
  else if (const auto *c = std::get_if<Fill>(&command))
    span = bus.dma(requester).issue(*c, now);
  else if (const auto *c = std::get_if<Load>(&command))
    bus.dma(requester).start(*c, now);
  else if (const auto *c = std::get_if<Store>(&command))
    bus.dma(requester).start(*c, now);
  else
    span = Span{now + 1, now + 1};

  if (span) {
    retire(number, line, *span);
  } else {
    line.active = number;
    line.frontFree = never; // until the last burst is granted
  }
}

void Player::handle(Cycle now) {
  bool mayDispatch = false;
  unsigned awake = 0;
  while (!events.empty() && events.top().time == now) {
    const Event event = events.top();
    events.pop();
    switch (event.kind) {
    case Kind::Signal: {
      const int overflowing = state.give(headerOf(commands[event.number]));
      if (overflowing >= 0 && !fault)
        fault = explainOverflow(event.number, overflowing);
      awake = (1u << queueCount) - 1;
      break;
    }
    case Kind::Dispatch:
      mayDispatch = true;
      break;
    case Kind::Wake:
      awake |= 1u << event.number;
      break;
    }
  }
  if (mayDispatch)
    dispatch(now);
  for (int queue = 0; queue < queueCount; ++queue)
    if ((awake >> queue & 1) != 0)
      issue(queue, now);
}

Result<Timeline> Player::run() {
  while (!fault) {
    const Cycle next = events.empty() ? never : events.top().time;
    if (const auto grant = bus.runUntil(next))
      takeGrant(*grant);
    else if (next < never)
      handle(next);
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

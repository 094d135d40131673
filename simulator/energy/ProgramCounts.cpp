// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The actions of a program: those of its commands, and those that its times
// decide. The cycles of a run are 1 to its length; in cycle t an engine is busy
// if start <= t <= end of one of its commands.

#include "simulator/energy/Counts.h"
#include "simulator/energy/DramRows.h"

#include <algorithm>

namespace glowplug::npu {

namespace {

/// Cycles from `first` to `last`.
struct Cycles {
  Cycle first, last;
};

/// What has a clock of its own.
struct Unit {
  Action busy, idle;
  Queue queue;
  bool depthwiseOnly = false;
};

constexpr std::array<Unit, 6> units{{
    {Action::ArrayBusyCycle, Action::ArrayIdleCycle, Queue::Matrix},
    {Action::VectorBusyCycle, Action::VectorIdleCycle, Queue::Vector},
    {Action::DepthwiseBusyCycle, Action::DepthwiseIdleCycle, Queue::Vector,
     true},
    {Action::DmaBusyCycle, Action::DmaIdleCycle, Queue::LoadA},
    {Action::DmaBusyCycle, Action::DmaIdleCycle, Queue::LoadW},
    {Action::DmaBusyCycle, Action::DmaIdleCycle, Queue::Store},
}};

/// Actions of every cycle, whatever happens in it.
constexpr std::array everyCycle{
    Action::ArrayLeakage,      Action::VectorLeakage,
    Action::DepthwiseLeakage,  Action::DepthwiseMemoryLeakage,
    Action::ScratchpadLeakage, Action::AccumulatorLeakage,
    Action::ControlCycle,      Action::ControlLeakage,
};

bool isWork(const Unit &unit, const Command &command) {
  return queueOf(command) == unit.queue &&
         !std::holds_alternative<Sync>(command) &&
         (!unit.depthwiseOnly || std::holds_alternative<Depthwise>(command));
}

/// Measures in how many cycles of one span after the other a unit is busy.
class Meter {
public:
  /// Commands of a queue start and end in order, so their spans are in order.
  Meter(const Unit &unit, std::span<const Command> commands,
        const Timeline &timeline) {
    for (std::size_t n = 0; n < commands.size(); ++n) {
      if (!isWork(unit, commands[n]))
        continue;
      const Record &record = timeline.records[n];
      if (!work.empty() && record.start <= work.back().last + 1)
        work.back().last = record.end;
      else
        work.push_back({record.start, record.end});
    }
  }

  /// Calls are in order, and their spans apart.
  Cycle within(Cycles span) {
    while (next < work.size() && work[next].last < span.first)
      ++next;
    Cycle sum = 0;
    for (std::size_t i = next; i < work.size() && work[i].first <= span.last;
         ++i)
      sum += std::min(work[i].last, span.last) -
             std::max(work[i].first, span.first) + 1;
    return sum;
  }

private:
  std::vector<Cycles> work;
  std::size_t next = 0;
};

/// Adds what depends on cycles to \p counts, one for each of \p spans.
void addCycles(std::span<const Cycles> spans, std::span<Counts> counts,
               std::span<const Command> commands, const Timeline &timeline) {
  for (std::size_t i = 0; i < spans.size(); ++i)
    for (Action action : everyCycle)
      counts[i][action] += spans[i].last - spans[i].first + 1;
  for (const Unit &unit : units) {
    Meter meter(unit, commands, timeline);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const Cycle busy = meter.within(spans[i]);
      counts[i][unit.busy] += busy;
      counts[i][unit.idle] += spans[i].last - spans[i].first + 1 - busy;
    }
  }
}

/// For each layer, the cycles in which it is the oldest that is not finished.
std::vector<Cycles> spansOfLayers(std::span<const Command> commands,
                                  const Timeline &timeline) {
  std::vector<Cycles> spans;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const auto layer = static_cast<std::size_t>(headerOf(commands[n]).layer);
    if (layer >= spans.size())
      spans.resize(layer + 1);
    spans[layer].last = std::max(spans[layer].last, timeline.records[n].end);
  }
  Cycle before = 0;
  for (Cycles &span : spans) {
    span.first = before + 1;
    span.last = before = std::max(before, span.last);
  }
  return spans;
}

} // namespace

Counts countActions(std::span<const Command> commands, const Timeline &timeline,
                    const Machine &machine) {
  Counts counts;
  for (const Command &command : commands)
    counts += countActions(command, machine.config);
  for (std::int64_t rows : rowsOpenedBy(commands, timeline, machine))
    counts[Action::DramRowOpen] += rows;
  const Cycles all{1, timeline.cycles};
  addCycles({&all, 1}, {&counts, 1}, commands, timeline);
  return counts;
}

std::vector<Counts> countActionsByLayer(std::span<const Command> commands,
                                        const Timeline &timeline,
                                        const Machine &machine) {
  const std::vector<Cycles> spans = spansOfLayers(commands, timeline);
  std::vector<Counts> layers(spans.size());
  const std::vector<std::int64_t> rows =
      rowsOpenedBy(commands, timeline, machine);
  for (std::size_t n = 0; n < commands.size(); ++n) {
    Counts &layer =
        layers[static_cast<std::size_t>(headerOf(commands[n]).layer)];
    layer += countActions(commands[n], machine.config);
    layer[Action::DramRowOpen] += rows[n];
  }
  addCycles(spans, layers, commands, timeline);
  return layers;
}

} // namespace glowplug::npu

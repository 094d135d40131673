// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The counts of whole programs: cycles against a table of all cycles, rows of
// DRAM against the rules of docs/reference/npu-timing.md, and layers.

#include "simulator/energy/Counts.h"
#include "simulator/energy/DramRows.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// Which rows are open, by the page alone: one burst after the other.
class RowRules {
public:
  explicit RowRules(const Config &config)
      : config(config), banks(static_cast<std::size_t>(config.dramBanks)) {}

  /// Whether the burst finds its row closed.
  bool serve(std::uint64_t address, Cycle beats, Cycle at) {
    const auto row = static_cast<std::int64_t>(
        address / static_cast<std::uint64_t>(config.dramRowBytes));
    Bank &bank = banks[static_cast<std::size_t>(row) % banks.size()];
    const Cycle first = std::max(at, bank.free);
    const Cycle interval = config.dramRefreshInterval;
    // The last refresh that began at `first` or before it, or 0.
    const Cycle refresh = interval == 0 ? 0 : first / interval * interval;
    if (refresh != 0 && refresh > bank.lastFirst)
      bank.row = -1;
    Cycle begin = first;
    if (refresh != 0 && first < refresh + config.dramRefreshCycles)
      begin = refresh + config.dramRefreshCycles;
    const bool isClosed = bank.row != row;
    if (isClosed)
      begin += config.dramMissCycles;
    bank = {begin + beats, first, row};
    return isClosed;
  }

private:
  struct Bank {
    Cycle free = 0, lastFirst = -1;
    std::int64_t row = -1;
  };
  Config config;
  std::vector<Bank> banks;
};

/// The rows that each command opens, with the bus run cycle by cycle.
std::vector<std::int64_t> rowsByRules(const std::vector<Command> &commands,
                                      const Timeline &timeline,
                                      const Machine &machine) {
  const Config &config = machine.config;
  std::vector<std::int64_t> opened(commands.size());
  RowRules rules(config);
  Dram dram(config);
  std::array engines{DmaTiming(config, machine.bases),
                     DmaTiming(config, machine.bases),
                     DmaTiming(config, machine.bases)};
  FetchTiming fetch(config, machine.programBase, std::ssize(commands));
  std::array<std::size_t, 3> active{};
  std::array<std::size_t, 3> next{}; ///< the first command that may start
  std::size_t dispatched = 0;
  int last = fetchRequester;
  Cycle free = 0;
  for (Cycle now = 0; now <= timeline.cycles; ++now) {
    for (int q = 0; q < 3; ++q) {
      std::size_t &n = next[q];
      while (n < commands.size() && (requesterOf(queueOf(commands[n])) != q ||
                                     timeline.records[n].start < now))
        ++n;
      if (n < commands.size() && timeline.records[n].start == now) {
        engines[q].begin(commands[n], now);
        active[q] = n++;
      }
    }
    if (dispatched < commands.size() &&
        timeline.records[dispatched].dispatched == now) {
      fetch.dispatched(now);
      ++dispatched;
    }
    if (now < free)
      continue;
    for (int turn = 1; turn <= 4; ++turn) {
      const int chosen = (last + turn) % 4;
      const bool isFetch = chosen == fetchRequester;
      if ((isFetch ? fetch.ready() : engines[chosen].ready()) > now)
        continue;
      const Burst burst = isFetch ? fetch.burst() : engines[chosen].burst();
      const Cycle beats = dram.beats(burst.address, burst.bytes);
      const std::size_t command =
          isFetch ? static_cast<std::size_t>(fetch.count()) : active[chosen];
      if (config.dramBanked != 0 && rules.serve(burst.address, beats, now))
        ++opened[command];
      const Cycle done =
          dram.serve(burst.address, beats, now,
                     isFetch ? Direction::Read : engines[chosen].direction());
      if (isFetch)
        fetch.granted(now);
      else
        engines[chosen].granted(now, done);
      free = now + beats;
      last = chosen;
      break;
    }
  }
  return opened;
}

/// A program with its run.
struct Played {
  Machine machine;
  std::vector<Command> commands;
  Timeline timeline;
};

Played randomPlayed(std::mt19937_64 &random) {
  Played run{machineOf(randomConfig(random)), {}, {}};
  run.commands = randomProgram(random, run.machine.config);
  const auto timeline = replay(run.commands, run.machine);
  EXPECT_TRUE(timeline) << timeline.message();
  run.timeline = *timeline;
  return run;
}

TEST(ProgramCounts, RowsAreOpenedByTheRulesOfThePage) {
  std::mt19937_64 random(1);
  std::int64_t opened = 0;
  int ideal = 0;
  for (int round = 0; round < 400; ++round) {
    const Played run = randomPlayed(random);
    const auto expected = rowsByRules(run.commands, run.timeline, run.machine);
    const auto rows = rowsOpenedBy(run.commands, run.timeline, run.machine);
    ASSERT_EQ(rows, expected) << "round " << round;
    for (std::int64_t count : rows)
      opened += count;
    ideal += run.machine.config.dramBanked == 0 ? 1 : 0;
  }
  EXPECT_GT(opened, 1000);
  EXPECT_GT(ideal, 100);
}

/// Whether a command keeps what belongs to an action busy.
bool keepsBusy(const Command &command, Action action, Queue queue) {
  return queueOf(command) == queue && !std::holds_alternative<Sync>(command) &&
         (action != Action::DepthwiseBusyCycle ||
          std::holds_alternative<Depthwise>(command));
}

/// The counts of each layer: those of commands summed up, the others by a table
/// of all cycles.
std::vector<Counts> layersByTable(const Played &run) {
  std::vector<Cycle> ends;
  for (std::size_t n = 0; n < run.commands.size(); ++n) {
    const auto layer =
        static_cast<std::size_t>(headerOf(run.commands[n]).layer);
    ends.resize(std::max(ends.size(), layer + 1));
    ends[layer] = std::max(ends[layer], run.timeline.records[n].end);
  }
  std::vector<Counts> layers(ends.size());
  const auto rows = rowsByRules(run.commands, run.timeline, run.machine);
  for (std::size_t n = 0; n < run.commands.size(); ++n) {
    Counts &layer =
        layers[static_cast<std::size_t>(headerOf(run.commands[n]).layer)];
    layer += countActions(run.commands[n], run.machine.config);
    layer[Action::DramRowOpen] += rows[n];
  }
  // The oldest layer that is not finished in each cycle.
  const auto layerAt = [&](Cycle now) {
    std::size_t layer = 0;
    while (ends[layer] < now)
      ++layer;
    return layer;
  };
  for (Cycle now = 1; now <= run.timeline.cycles; ++now) {
    Counts &layer = layers[layerAt(now)];
    for (Action action :
         {Action::ArrayLeakage, Action::VectorLeakage, Action::DepthwiseLeakage,
          Action::DepthwiseMemoryLeakage, Action::ScratchpadLeakage,
          Action::AccumulatorLeakage, Action::ControlCycle,
          Action::ControlLeakage})
      ++layer[action];
  }
  struct Unit {
    Action busy, idle;
    Queue queue;
  };
  for (const Unit &unit :
       {Unit{Action::ArrayBusyCycle, Action::ArrayIdleCycle, Queue::Matrix},
        Unit{Action::VectorBusyCycle, Action::VectorIdleCycle, Queue::Vector},
        Unit{Action::DepthwiseBusyCycle, Action::DepthwiseIdleCycle,
             Queue::Vector},
        Unit{Action::DmaBusyCycle, Action::DmaIdleCycle, Queue::LoadA},
        Unit{Action::DmaBusyCycle, Action::DmaIdleCycle, Queue::LoadW},
        Unit{Action::DmaBusyCycle, Action::DmaIdleCycle, Queue::Store}}) {
    std::vector<bool> busy(static_cast<std::size_t>(run.timeline.cycles) + 1);
    for (std::size_t n = 0; n < run.commands.size(); ++n)
      if (keepsBusy(run.commands[n], unit.busy, unit.queue))
        for (Cycle now = run.timeline.records[n].start;
             now <= run.timeline.records[n].end; ++now)
          busy[static_cast<std::size_t>(now)] = true;
    for (Cycle now = 1; now <= run.timeline.cycles; ++now)
      ++layers[layerAt(now)]
              [busy[static_cast<std::size_t>(now)] ? unit.busy : unit.idle];
  }
  return layers;
}

TEST(ProgramCounts, LayersEqualATableOfAllCycles) {
  std::mt19937_64 random(2);
  Counts all;
  for (int round = 0; round < 200; ++round) {
    const Played run = randomPlayed(random);
    const auto expected = layersByTable(run);
    const auto layers =
        countActionsByLayer(run.commands, run.timeline, run.machine);
    ASSERT_EQ(layers.size(), expected.size());
    for (std::size_t layer = 0; layer < layers.size(); ++layer)
      for (std::size_t i = 0; i < actionInfos.size(); ++i)
        ASSERT_EQ(layers[layer][static_cast<Action>(i)],
                  expected[layer][static_cast<Action>(i)])
            << "round " << round << ", layer " << layer << ", "
            << actionInfos[i].name;
    for (const Counts &layer : layers)
      all += layer;
  }
  for (std::size_t i = 0; i < actionInfos.size(); ++i)
    EXPECT_GT(all[static_cast<Action>(i)], 0) << actionInfos[i].name;
}

TEST(ProgramCounts, LayersAddUpToTheWhole) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    const Played run = randomPlayed(random);
    const Counts whole = countActions(run.commands, run.timeline, run.machine);
    Counts sum;
    for (const Counts &layer :
         countActionsByLayer(run.commands, run.timeline, run.machine))
      sum += layer;
    for (std::size_t i = 0; i < actionInfos.size(); ++i)
      ASSERT_EQ(whole[static_cast<Action>(i)], sum[static_cast<Action>(i)])
          << "round " << round << ", " << actionInfos[i].name;
    EXPECT_EQ(whole[Action::ControlCycle], run.timeline.cycles);
    EXPECT_EQ(whole[Action::DmaBusyCycle] + whole[Action::DmaIdleCycle],
              3 * run.timeline.cycles);
  }
}

TEST(ProgramCounts, AnEmptyProgramDoesNothing) {
  EXPECT_EQ(countActions({}, {}, {}), Counts{});
  EXPECT_TRUE(countActionsByLayer({}, {}, {}).empty());
}

TEST(ProgramCounts, AGemmMultipliesWhatItSays) {
  const Config config;
  const Gemm gemm{128, 64, 96, 64};
  const Machine machine = machineOf(config);
  const auto commands = gemmProgram(gemm, config);
  const auto timeline = replay(commands, machine);
  ASSERT_TRUE(timeline) << timeline.message();
  const Counts counts = countActions(commands, *timeline, machine);
  EXPECT_EQ(counts[Action::ArrayMac], 128 * 64 * 96);
  EXPECT_EQ(counts[Action::ArrayUsefulMac], 128 * 64 * 96);
  EXPECT_EQ(counts[Action::DramUsefulWriteByte], gemm.cBytes(config));
  EXPECT_EQ(counts[Action::VectorRescale], 128 * 64);
  EXPECT_EQ(counts[Action::ControlCommand], std::ssize(commands));
}

} // namespace

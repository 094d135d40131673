// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Queues and semaphores of the hardware: each command of random programs issues
// and retires in the cycle that the contract says, whatever its engine does.

#include "Vcontrol.h"
#include "Vcontrol2.h"

#include "simulator/timing/Replay.h"
#include "simulator/timing/VectorTiming.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <memory>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// What the control has in the place of engines: when their fronts are free and
/// their commands end.
class Engines {
public:
  Engines(const Config &config, const Timeline &timeline)
      : array(config), vector(config), timeline(timeline) {}

  bool isReady(int queue, Cycle now) const { return now + 1 >= front[queue]; }
  bool isDone(int queue, Cycle now) const {
    return !ends[queue].empty() && ends[queue].front() <= now;
  }
  void popDone(int queue) { ends[queue].pop_front(); }

  void issue(const Command &command, std::size_t number, Cycle start) {
    const int queue = headerOf(command).queue;
    const Record &record = timeline.records[number];
    // The bus decides when transfers end.
    const Span span = queueOf(command) == Queue::Matrix
                          ? array.begin(command, start)
                      : queueOf(command) == Queue::Vector
                          ? vector.begin(command, start)
                          : Span{record.frontFree, record.end};
    front[queue] = span.frontFree;
    if (!std::holds_alternative<Sync>(command))
      ends[queue].push_back(span.end);
  }

private:
  ArrayTiming array;
  VectorTiming vector;
  const Timeline &timeline;
  std::array<Cycle, queueCount> front{};
  std::array<std::deque<Cycle>, queueCount> ends; ///< not told yet
};

template <typename Unit>
class Bench {
public:
  Bench() { reset(); }

  /// Stops at the first command that is not as \p timeline has it.
  void run(const std::vector<Command> &commands, const Config &config,
           const Timeline &timeline) {
    reset();
    Engines engines(config, timeline);
    std::array<std::deque<std::size_t>, queueCount> waiting, open;
    std::size_t next = 0, retired = 0;
    for (Cycle now = 0; retired < commands.size(); ++now) {
      ASSERT_LE(now, timeline.cycles) << "something has not retired";
      unit.push_i = unit.ready_i = unit.done_i = 0;
      if (next < commands.size() && timeline.records[next].dispatched == now) {
        const Encoded code = encodeCommand(commands[next]);
        const int queue = headerOf(commands[next]).queue;
        std::memcpy(&unit.cmd_i, &code, sizeof code);
        unit.push_i = static_cast<std::uint8_t>(1 << queue);
        ASSERT_EQ(unit.full_o >> queue & 1, 0) << "command " << next;
      }
      for (int q = 0; q < queueCount; ++q) {
        unit.ready_i |= engines.isReady(q, now) << q;
        if (engines.isDone(q, now)) {
          unit.done_i |= 1 << q;
          engines.popDone(q);
        }
      }
      eval(0);
      for (int q = 0; q < queueCount; ++q) {
        if ((unit.retire_o >> q & 1) != 0) {
          ASSERT_FALSE(open[q].empty()) << "cycle " << now << ", queue " << q;
          const std::size_t number = open[q].front();
          open[q].pop_front();
          ASSERT_EQ(now, timeline.records[number].end) << "command " << number;
          ++retired;
        }
        if ((unit.valid_o & unit.ready_i) >> q & 1) {
          ASSERT_FALSE(waiting[q].empty()) << "cycle " << now;
          const std::size_t number = waiting[q].front();
          waiting[q].pop_front();
          ASSERT_EQ(now + 1, timeline.records[number].start)
              << "command " << number;
          const Encoded code = encodeCommand(commands[number]);
          ASSERT_EQ(std::memcmp(&unit.cmd_o[16 * q], &code, sizeof code), 0)
              << "command " << number;
          engines.issue(commands[number], number, now + 1);
          open[q].push_back(number);
        }
      }
      if (unit.push_i != 0)
        waiting[headerOf(commands[next]).queue].push_back(next), ++next;
      eval(1);
    }
    EXPECT_EQ(unit.overflow_o, 0);
  }

  /// Sends \p count syncs to queue 0, which signal 15 tokens each and retire.
  /// The semaphore that has overflowed then, or -1.
  int overflowsAfter(int semaphore, int count) {
    reset();
    Sync sync;
    sync.header.signalSem[0] = semaphore;
    sync.header.signalCount[0] = 15;
    const Encoded code = encodeCommand(sync);
    std::memcpy(&unit.cmd_i, &code, sizeof code);
    unit.ready_i = 1;
    for (int cycle = 0; cycle < 2 * count + 20; ++cycle) {
      unit.push_i = cycle % 2 == 0 && cycle / 2 < count ? 1 : 0;
      eval(0);
      eval(1);
    }
    return unit.overflow_o ? unit.overflow_semaphore_o : -1;
  }

private:
  void eval(int clock) {
    unit.clk_i = clock;
    unit.eval();
  }
  void reset() {
    unit.push_i = unit.ready_i = unit.done_i = 0;
    unit.rst_ni = 0;
    eval(0);
    eval(1);
    unit.rst_ni = 1;
    eval(0);
  }

  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Unit> made = std::make_unique<Unit>(context.get());
  Unit &unit = *made;
};

/// A random program in which many commands end close to one another.
std::vector<Command> denseProgram(std::mt19937_64 &random, const Config &config,
                                  bool sequential) {
  auto commands = randomProgram(random, config, {80, sequential});
  for (Command &command : commands) {
    if (auto *vector = std::get_if<Vector>(&command); vector && random() % 2)
      vector->count = {1, 1};
    else if (random() % 3 == 0)
      command = Sync{headerOf(command)};
  }
  return commands;
}

template <typename Unit>
void expectContract(int depth, int open) {
  std::mt19937_64 random(static_cast<unsigned>(depth));
  Bench<Unit> bench;
  std::int64_t commands = 0;
  for (int round = 0; commands < 10'000; ++round) {
    SCOPED_TRACE(round);
    Config config = randomConfig(random);
    config.queueDepth = depth;
    config.queueOpen = open;
    const auto program = denseProgram(random, config, round % 8 == 7);
    const auto timeline = replay(program, {config, {}, 0});
    ASSERT_TRUE(timeline) << timeline.message();
    bench.run(program, config, *timeline);
    if (::testing::Test::HasFailure())
      return;
    commands += static_cast<std::int64_t>(program.size());
  }
}

TEST(Control, CountsUpTo255Tokens) {
  Bench<Vcontrol> bench;
  for (int semaphore = 0; semaphore < semaphores; ++semaphore) {
    EXPECT_EQ(bench.overflowsAfter(semaphore, semaphoreLimit / 15), -1);
    EXPECT_EQ(bench.overflowsAfter(semaphore, semaphoreLimit / 15 + 1),
              semaphore);
  }
}

TEST(Control, KeepsTheContract) { expectContract<Vcontrol>(16, 32); }
TEST(Control, KeepsTheContractWithLittleRoom) {
  expectContract<Vcontrol2>(2, 3);
}

} // namespace

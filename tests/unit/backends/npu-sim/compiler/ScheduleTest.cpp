// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random commands, whatever they touch: what the schedule makes of them has
// neither races nor bank conflicts, never overflows a semaphore and never
// stops.

#include "backends/npu-sim/compiler/schedule/Hazards.h"
#include "backends/npu-sim/compiler/schedule/Order.h"
#include "backends/npu-sim/compiler/schedule/Semaphores.h"
#include "simulator/device/RaceDetector.h"
#include "simulator/isa/Check.h"
#include "simulator/timing/Banks.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

namespace glowplug::npusim {

namespace {

using Random = std::mt19937_64;

/// Commands without order.
std::vector<npu::Command> randomCommands(Random &random,
                                         const npu::Config &config, int count) {
  std::vector<npu::Command> commands;
  for (int i = 0; i < count; ++i) {
    commands.push_back(npu::test::randomCommand(
        random, config, static_cast<npu::Queue>(random() % npu::queueCount)));
    npu::headerOf(commands.back()).drain = 0;
  }
  return commands;
}

std::vector<Step> stepsOf(const std::vector<npu::Command> &commands,
                          const npu::Config &config) {
  StepList list(config);
  Hazards hazards;
  for (const npu::Command &command : commands) {
    const npu::AccessList accesses = npu::accessesOf(command, config);
    list.add(command, hazards.add(list.count(), npu::headerOf(command).queue,
                                  {accesses.begin(), accesses.end()}));
  }
  return list.take();
}

/// The encoding without what the schedule writes.
npu::Encoded plain(npu::Command command) {
  npu::Header &header = npu::headerOf(command);
  npu::Header bare;
  bare.opcode = header.opcode;
  bare.queue = header.queue;
  bare.layer = header.layer;
  header = bare;
  return npu::encodeCommand(command);
}

/// Whether the queues of \p signalled are those of \p commands, with syncs
/// between.
void expectSame(const std::vector<npu::Command> &commands,
                const Signalled &signalled) {
  std::array<std::vector<npu::Encoded>, npu::queueCount> before, after;
  for (const npu::Command &command : commands)
    before[npu::headerOf(command).queue].push_back(plain(command));
  for (std::size_t i = 0; i < signalled.commands.size(); ++i) {
    const npu::Command &command = signalled.commands[i];
    auto &queue = after[npu::headerOf(command).queue];
    const auto &whole = before[npu::headerOf(command).queue];
    if (queue.size() < whole.size() && plain(command) == whole[queue.size()])
      queue.push_back(plain(command));
    else
      EXPECT_TRUE(std::holds_alternative<npu::Sync>(command));
  }
  EXPECT_EQ(before, after);
}

void expectSound(const Signalled &signalled, const npu::Config &config) {
  npu::Extents extents;
  extents.fill(npu::test::randomExtent);
  std::vector<npu::Encoded> encoded;
  for (const npu::Command &command : signalled.commands)
    encoded.push_back(npu::encodeCommand(command));
  const auto fault = npu::checkCommands(encoded, config, extents);
  ASSERT_FALSE(fault) << fault->message;
  npu::Machine machine{config, {}, 9 * npu::test::randomExtent};
  for (int base = 0; base < npu::baseRegisters; ++base)
    machine.bases[base] = std::uint64_t(base) * npu::test::randomExtent;
  const auto timeline = npu::replay(signalled.commands, machine);
  ASSERT_TRUE(timeline) << timeline.message();
  for (const npu::Race &race : npu::findRaces(signalled.commands, config, 1))
    ADD_FAILURE() << race.message();
  for (const npu::BankConflict &conflict :
       npu::findBankConflicts(signalled.commands, *timeline, config))
    if (conflict.first != conflict.second) {
      ADD_FAILURE() << conflict.message();
      break;
    }
}

npu::Config configOf(Random &random, int n) {
  npu::Config config = npu::test::randomConfig(random);
  config.queueDepth = static_cast<std::int32_t>(1 + random() % 16);
  // Some large ones, where little depends on anything.
  if (n % 3 == 0)
    config.scratchpadBanks = 32;
  return config;
}

TEST(NpuSchedule, RandomCommandsAreOrdered) {
  Random random(31);
  for (int n = 0; n < 100 && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE(n);
    const npu::Config config = configOf(random, n);
    const auto commands = randomCommands(random, config, 60);
    const std::vector<Step> steps = stepsOf(commands, config);
    const Signalled as = addSemaphores(steps, config);
    expectSame(commands, as);
    expectSound(as, config);
    const Signalled sorted = addSemaphores(
        orderByStart(steps, estimateStarts(steps, config)), config);
    expectSame(commands, sorted);
    expectSound(sorted, config);
  }
}

/// Waits that do not follow from bytes: many tokens gather.
TEST(NpuSchedule, SemaphoresNeitherOverflowNorStarve) {
  Random random(32);
  for (int n = 0; n < 60 && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE(n);
    const npu::Config config = configOf(random, n);
    std::vector<Step> steps;
    std::array<std::vector<StepId>, npu::queueCount> earlier;
    // Now one queue is far ahead in program order, now another.
    std::size_t own = 0, left = 0;
    const auto most = static_cast<std::size_t>(1) << (random() % 12);
    const std::size_t queues = 2 + random() % (npu::queueCount - 1);
    while (steps.size() < 3000) {
      if (left-- == 0) {
        own = random() % queues;
        left = random() % most;
      }
      npu::Command command = npu::Sync{};
      if (random() % 8 == 0)
        command = npu::test::randomCommand(random, config,
                                           static_cast<npu::Queue>(own));
      npu::headerOf(command) = {};
      npu::headerOf(command).queue = static_cast<std::int32_t>(own);
      Step step{command};
      for (std::size_t q = 0; q < npu::queueCount; ++q)
        if (q != own && !earlier[q].empty() && random() % 2 != 0)
          step.waits[q] = earlier[q][random() % earlier[q].size()];
      earlier[own].push_back(static_cast<StepId>(steps.size()));
      steps.push_back(step);
    }
    for (const bool isSorted : {false, true}) {
      const std::vector<Step> order =
          isSorted ? orderByStart(steps, estimateStarts(steps, config)) : steps;
      const Signalled signalled = addSemaphores(order, config);
      npu::Extents extents;
      extents.fill(npu::test::randomExtent);
      std::vector<npu::Encoded> encoded;
      for (const npu::Command &command : signalled.commands)
        encoded.push_back(npu::encodeCommand(command));
      const auto fault = npu::checkCommands(encoded, config, extents);
      ASSERT_FALSE(fault) << fault->message;
      const auto timeline =
          npu::replay(signalled.commands, {config, {}, 1 << 20});
      ASSERT_TRUE(timeline) << timeline.message();
      // Each step started after those that it waits for.
      std::vector<npu::Cycle> starts(order.size(), -1), ends(order.size(), -1);
      for (std::size_t i = 0; i < signalled.commands.size(); ++i) {
        const auto step = static_cast<std::size_t>(signalled.steps[i]);
        const npu::Record &record = timeline->records[i];
        if (plain(signalled.commands[i]) == plain(order[step].command) &&
            starts[step] < 0) {
          starts[step] = record.start;
          ends[step] = record.end;
        }
        if (!std::holds_alternative<npu::Sync>(signalled.commands[i])) {
          starts[step] = record.start;
          ends[step] = record.end;
        }
      }
      for (std::size_t i = 0; i < order.size(); ++i)
        if (!std::holds_alternative<npu::Sync>(order[i].command))
          for (StepId other : order[i].waits)
            if (other >= 0)
              ASSERT_GT(starts[i], ends[static_cast<std::size_t>(other)])
                  << "step " << i << " waits for " << other;
    }
  }
}

TEST(NpuSchedule, WaitsForNothingElse) {
  const npu::Config config;
  std::vector<npu::Command> fills;
  const auto fill = [&](npu::Queue queue, int bank, int offset) {
    npu::Fill command;
    command.dstAddr = bank * config.scratchpadBankBytes + offset;
    command.run = 16;
    command.header.queue = static_cast<std::int32_t>(queue);
    fills.push_back(command);
  };
  fill(npu::Queue::LoadA, 0, 0);
  fill(npu::Queue::LoadA, 0, 0);  // a queue's writes keep their order
  fill(npu::Queue::LoadW, 1, 0);  // another bank
  fill(npu::Queue::Store, 0, 64); // the same port
  const std::vector<Step> steps = stepsOf(fills, config);
  EXPECT_EQ(steps[1].waits, noSteps);
  EXPECT_EQ(npu::headerOf(steps[1].command).drain, 0);
  EXPECT_EQ(steps[2].waits, noSteps);
  StepOfQueue port = noSteps;
  port[static_cast<int>(npu::Queue::LoadA)] = 1;
  EXPECT_EQ(steps[3].waits, port);
}

} // namespace

} // namespace glowplug::npusim

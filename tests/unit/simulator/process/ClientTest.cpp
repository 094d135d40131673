// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A device in a process of its own against the replay and the execution in
// this one.

#include "simulator/process/Client.h"

#include "simulator/device/Execute.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::process;
using namespace glowplug::npu::test;

namespace {

/// Random programs have conflicts on banks, with which it goes on.
std::unique_ptr<Client> start(UnitSet units = 0, bool goesOn = true,
                              bool lockstep = false) {
  Options options;
  options.executable = NPU_DEVICE;
  options.units = units;
  options.lockstep = lockstep;
  options.goesOn = goesOn;
  auto client = Client::start(options);
  EXPECT_TRUE(client) << client.message();
  return std::move(*client);
}

Program programOf(const std::vector<Command> &commands,
                  std::int64_t extent = randomExtent) {
  Program program;
  program.extents.fill(extent);
  for (const Command &command : commands)
    program.commands.push_back(encodeCommand(command));
  return program;
}

void expectTimes(Client &client, const std::vector<Command> &commands,
                 const Config &config) {
  const auto expected = replay(commands, machineOf(config));
  const auto fault = client.load(programOf(commands), machineOf(config));
  ASSERT_FALSE(fault) << fault->message;
  const auto outcome = client.run({});
  ASSERT_TRUE(outcome) << outcome.message();
  EXPECT_EQ(outcome->timeline.records, expected->records);
  EXPECT_EQ(outcome->timeline.cycles, expected->cycles);
}

/// Runs twice with data: the second run sees what the first has left in DRAM.
void expectData(Client &client, const std::vector<Command> &commands,
                const Config &config, std::mt19937_64 &random) {
  World world(config, random);
  std::fill(world.memories.scratchpad.begin(), world.memories.scratchpad.end(),
            0xa5);
  std::fill(world.memories.accumulator.begin(),
            world.memories.accumulator.end(), 0x5aa5c33c);
  const auto fault = client.load(programOf(commands), machineOf(config));
  ASSERT_FALSE(fault) << fault->message;
  for (int i = 0; i < baseRegisters; ++i)
    std::copy(world.dram[i].begin(), world.dram[i].end(),
              client.memory(i).begin());
  const auto outcome = client.run({.withData = true, .wantsCrcs = true});
  ASSERT_TRUE(outcome) << outcome.message();
  EXPECT_EQ(outcome->timeline.records,
            replay(commands, machineOf(config))->records);
  ASSERT_EQ(outcome->crcs.size(), commands.size());
  for (std::size_t n = 0; n < commands.size(); ++n) {
    execute(commands[n], world.memories);
    ASSERT_EQ(outcome->crcs[n], resultCrc(commands[n], world.memories)) << n;
  }
  for (int i = 0; i < baseRegisters; ++i)
    EXPECT_TRUE(std::equal(world.dram[i].begin(), world.dram[i].end(),
                           client.memory(i).begin()))
        << "base " << i;
}

TEST(NpuProcess, TimesOfRandomProgramsAreThoseOfTheReplay) {
  const auto client = start();
  std::mt19937_64 random(41);
  for (int round = 0; round < 100 && !HasFailure(); ++round) {
    const Config config = randomConfig(random);
    expectTimes(*client, randomProgram(random, config, {25, false}), config);
  }
}

TEST(NpuProcess, ResultsOfRandomProgramsAreThoseOfTheExecution) {
  const auto client = start();
  std::mt19937_64 random(42);
  for (int round = 0; round < 20 && !HasFailure(); ++round) {
    const Config config = randomConfig(random);
    expectData(*client, randomProgram(random, config, {30, true}), config,
               random);
  }
}

TEST(NpuProcess, AWatchedCommandTellsWhatItWrote) {
  const auto client = start();
  std::mt19937_64 random(46);
  for (int round = 0; round < 20 && !HasFailure(); ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config, {30, true});
    World world(config, random);
    std::fill(world.memories.scratchpad.begin(),
              world.memories.scratchpad.end(), 0xa5);
    std::fill(world.memories.accumulator.begin(),
              world.memories.accumulator.end(), 0x5aa5c33c);
    ASSERT_FALSE(client->load(programOf(commands), machineOf(config)));
    for (int i = 0; i < baseRegisters; ++i)
      std::copy(world.dram[i].begin(), world.dram[i].end(),
                client->memory(i).begin());
    const std::size_t watched = random() % commands.size();
    const auto outcome = client->run(
        {.withData = true, .watched = static_cast<std::int64_t>(watched)});
    ASSERT_TRUE(outcome) << outcome.message();
    for (std::size_t n = 0; n <= watched; ++n)
      execute(commands[n], world.memories);
    EXPECT_EQ(outcome->watched, resultBytes(commands[watched], world.memories));
    EXPECT_TRUE(outcome->crcs.empty());
  }
}

TEST(NpuProcess, AProductIsThatOfTheExecution) {
  const Config config;
  const auto commands = gemmProgram({128, 64, 128, 64}, config);
  const auto countIf = [&](auto isOne) {
    return std::ranges::count_if(commands, [&](const Command &command) {
      return !std::holds_alternative<Sync>(command) && isOne(queueOf(command));
    });
  };
  const std::int64_t computes =
      countIf([](Queue queue) { return requesterOf(queue) < 0; });
  const std::int64_t transfers =
      countIf([](Queue queue) { return requesterOf(queue) >= 0; });
  for (const auto &[units, lockstep, inHardware] :
       {std::tuple(UnitSet{0}, false, std::int64_t{0}),
        {arrayUnit | vectorUnit, false, computes},
        {depthwiseUnit, false, 0},
        {dmaUnit, false, transfers},
        {arrayUnit | vectorUnit | dmaUnit | fetchUnit, true,
         computes + transfers}}) {
    SCOPED_TRACE(units);
    const auto client = start(units, true, lockstep);
    std::mt19937_64 random(43);
    expectData(*client, commands, config, random);
    const auto outcome = client->run({.withData = true});
    ASSERT_TRUE(outcome) << outcome.message();
    EXPECT_TRUE(outcome->crcs.empty());
    EXPECT_EQ(outcome->inHardware, inHardware);
  }
}

TEST(NpuProcess, RtlOfAnotherSizeIsAFaultOfTheRun) {
  const auto client = start(arrayUnit);
  Config config;
  config.arrayRows = 32;
  ASSERT_FALSE(client->load({}, machineOf(config)));
  const auto outcome = client->run({});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.message(), "array: the hardware was built for 4, 8, 16 "
                               "rows, but the configuration has 32");
}

/// A chip is made for all sizes, not only for its rows.
TEST(NpuProcess, AChipOfOtherSizesIsAFaultOfTheRun) {
  Options options;
  options.executable = NPU_DEVICE;
  options.units = chipUnit;
  auto client = Client::start(options);
  ASSERT_TRUE(client) << client.message();
  const auto program = programOf(commandsOf("load load_a run=64\n"));
  Config config;
  for (const int depth : {16, 2, 16}) {
    config.queueDepth = depth;
    ASSERT_FALSE((*client)->load(program, machineOf(config)));
    const auto outcome = (*client)->run({});
    EXPECT_EQ(outcome ? "" : outcome.message(),
              depth == 16 ? ""
                          : "chip: the hardware was built with queue.depth = "
                            "16, but the configuration has 2");
  }
}

TEST(NpuProcess, AnEmptyProgramTakesNoTime) {
  const auto client = start();
  ASSERT_FALSE(client->load({}, machineOf(Config{})));
  const auto outcome = client->run({.withData = true, .wantsCrcs = true});
  ASSERT_TRUE(outcome) << outcome.message();
  EXPECT_EQ(outcome->timeline.cycles, 0);
  EXPECT_TRUE(client->memory(0).empty());
}

TEST(NpuProcess, AFaultOfTheProgramLeavesTheDeviceAlive) {
  const auto client = start();
  Program program;
  EXPECT_EQ(client->run({}).message(), "no program is loaded");
  program.commands = {encodeCommand(commandsOf("load load_a run=64")[0])};
  auto fault = client->load(program, machineOf(Config{}));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->message.substr(0, 23), "command 0: dram_offset:")
      << fault->message;
  Machine machine = machineOf(Config{});
  machine.bases[3] = 65;
  program.commands.clear();
  fault = client->load(program, machine);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->message, "base 3: must be a multiple of 64, but is 65");
  EXPECT_EQ(client->run({}).message(), "no program is loaded");
  // Correct in the order of the program, but while `vector` waits for the load,
  // `store` runs ahead.
  std::string text = "load load_a run=4096 signal=1\nsync vector wait=1\n";
  for (int i = 0; i < 18; ++i)
    text += "sync store signal=7:15\nsync vector wait=7:15\n";
  machine = machineOf(Config{.queueDepth = 256});
  fault = client->load(programOf(commandsOf(text)), machine);
  ASSERT_FALSE(fault) << fault->message;
  const auto outcome = client->run({});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.message().substr(0, 39),
            "command 36: semaphore 7 overflows: it w");
  std::mt19937_64 random(44);
  expectTimes(*client, randomProgram(random, Config{}), Config{});
}

TEST(NpuProcess, AConflictOnABankIsAFault) {
  const auto client = start(0, false);
  const auto commands = commandsOf("load load_a run=4096\n"
                                   "load load_w run=4096 spad_addr=8192\n");
  for (const bool withData : {false, true}) {
    ASSERT_FALSE(client->load(programOf(commands), machineOf(Config{})));
    const auto outcome = client->run({.withData = withData});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.message(),
              "bank conflict: commands 0 (load_a) and 1 "
              "(load_w) both write bank 0 of the scratchpad");
  }
  expectTimes(*client, commandsOf("load load_a run=4096\n"), Config{});
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole NPU in RTL: programs take the cycles of the contract to the last
// one, and have the effects of simulator/device, also where the memory is slow
// and disorderly.

#include "simulator/cosim/Chip.h"
#include "simulator/device/Execute.h"
#include "simulator/device/RaceDetector.h"
#include "simulator/timing/Banks.h"
#include "tests/rtl/UnitBench.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/World.h"

#include <fmt/format.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

std::vector<Encoded> encoded(const std::vector<Command> &commands) {
  std::vector<Encoded> program;
  for (const Command &command : commands)
    program.push_back(encodeCommand(command));
  return program;
}

/// Another memory each time; all else is as the chip was built.
Config chipConfig(int rows, std::mt19937_64 &random) {
  const Config any = randomConfig(random);
  Config config;
  config.arrayRows = rows;
  config.dramBanked = any.dramBanked;
  config.dramLatencyCycles = any.dramLatencyCycles;
  config.dramRowBytes = any.dramRowBytes;
  config.dramBanks = any.dramBanks;
  config.dramTurnaroundCycles = any.dramTurnaroundCycles;
  config.dramRefreshInterval = any.dramRefreshInterval;
  config.dramRefreshCycles = any.dramRefreshCycles;
  return config;
}

/// Runs \p commands on the chip and, command by command, in simulator/device.
/// Compares what each has written when it retires, and all memories at the end.
void expectEffects(cosim::Chip &chip, const Config &config,
                   const std::vector<Command> &commands,
                   std::mt19937_64 &random, cosim::ChipOptions options = {}) {
  World world(config, random), expected(world);
  std::vector<std::vector<std::uint8_t>> got(commands.size()), want;
  for (const Command &command : commands) {
    execute(command, expected.memories);
    want.push_back(resultBytes(command, expected.memories));
  }
  options.retired = [&](std::int64_t number) {
    got[number] = resultBytes(commands[number], world.memories);
  };
  const auto timeline =
      chip.run(encoded(commands), machineOf(config), &world.memories, options);
  ASSERT_TRUE(timeline) << timeline.message();
  for (std::size_t n = 0; n < commands.size(); ++n)
    ASSERT_TRUE(got[n] == want[n])
        << "command " << n << ", " << disassemble(encodeCommand(commands[n]))
        << ": byte "
        << std::mismatch(got[n].begin(), got[n].end(), want[n].begin()).first -
               got[n].begin()
        << " of " << want[n].size();
  for (int i = 0; i < baseRegisters; ++i)
    ASSERT_TRUE(world.dram[i] == expected.dram[i]) << "base " << i;
  ASSERT_TRUE(world.memories.scratchpad == expected.memories.scratchpad);
  ASSERT_TRUE(world.memories.accumulator == expected.memories.accumulator);
  if (options.memory.isAny())
    return;
  const auto contract = replay(commands, machineOf(config));
  ASSERT_TRUE(contract);
  for (std::size_t n = 0; n < commands.size(); ++n)
    ASSERT_TRUE(timeline->records[n] == contract->records[n])
        << "command " << n << ", " << disassemble(encodeCommand(commands[n]))
        << ": dispatched " << timeline->records[n].dispatched << ", started "
        << timeline->records[n].start << ", front free "
        << timeline->records[n].frontFree << ", ended "
        << timeline->records[n].end << "; by the contract "
        << contract->records[n].dispatched << ", " << contract->records[n].start
        << ", " << contract->records[n].frontFree << ", "
        << contract->records[n].end;
  EXPECT_EQ(timeline->cycles, contract->cycles);
}

/// Whether all machines run it alike: no race between its commands, nor of one
/// with itself, and no conflict on a bank.
bool isLawful(const std::vector<Command> &commands, const Config &config) {
  for (const Command &command : commands)
    if (overlaps(command, command, config))
      return false;
  if (!findRaces(commands, config, 1).empty())
    return false;
  const auto timeline = replay(commands, machineOf(config));
  return timeline && findBankConflicts(commands, *timeline, config).empty();
}

class Chip : public ::testing::TestWithParam<int> {
protected:
  void SetUp() override {
    Config config;
    config.arrayRows = GetParam();
    auto made = cosim::makeChip(config);
    ASSERT_TRUE(made) << made.message();
    chip = std::move(*made);
  }
  std::unique_ptr<cosim::Chip> chip;
  std::mt19937_64 random{seedOf(GetParam())};
};

TEST_P(Chip, KeepsTheContractInRandomPrograms) {
  std::size_t commands = 0;
  while (commands < 1'500) {
    const Config config = chipConfig(GetParam(), random);
    const auto program = randomProgram(random, config, {12, true});
    if (!isLawful(program, config))
      continue;
    commands += program.size();
    expectEffects(*chip, config, program, random);
    if (HasFatalFailure())
      return;
  }
}

TEST_P(Chip, KeepsTheContractInProducts) {
  for (int round = 0; round < 4; ++round) {
    const Config config = chipConfig(GetParam(), random);
    expectEffects(*chip, config, gemmProgram({128, 64, 128, 64}, config),
                  random);
    if (HasFatalFailure())
      return;
  }
}

/// Products that add to the one before write its rows when it has only just
/// ended: what it wrote is still to be seen.
TEST_P(Chip, ShowsSumsBeforeOthersAddToThem) {
  const Config config = chipConfig(GetParam(), random);
  for (const int rows : {1, 2, GetParam(), 20}) {
    std::string text;
    for (int i = 0; i < 4; ++i)
      text +=
          fmt::format("matmul matrix src_addr={} weight_addr=32768 out_w={} "
                      "in_w={} step_w=64 out_h=1 in_h=1 blocks=2 "
                      "last_rows=4 weight_row_step=64 "
                      "weight_block_step=4096 accumulate={}\n",
                      65536 + 64 * i, rows, rows, i == 0 ? 0 : 1);
    expectEffects(*chip, config, commandsOf(text), random);
    if (HasFatalFailure())
      return;
  }
}

TEST_P(Chip, HasTheSameEffectsOnSlowMemories) {
  for (const std::uint32_t stall : {0, 30, 90})
    for (const std::uint32_t latency : {1, 200}) {
      const Config config = chipConfig(GetParam(), random);
      expectEffects(*chip, config, gemmProgram({64, 32, 64, 32}, config),
                    random, {.memory = {stall, latency, random()}});
      if (HasFatalFailure())
        return;
    }
}

/// After power-up, what has no reset holds any bits: no result and no time
/// depends on them, on no memory.
TEST_P(Chip, DependsOnNothingThatIsNotSet) {
  for (const std::uint32_t xSeed : {1, 2, 3}) {
    for (std::size_t commands = 0; commands < 200;) {
      const Config config = chipConfig(GetParam(), random);
      const auto program = randomProgram(random, config, {12, true});
      if (!isLawful(program, config))
        continue;
      commands += program.size();
      expectEffects(*chip, config, program, random, {.xSeed = xSeed});
      if (HasFatalFailure())
        return;
    }
    for (const std::uint32_t stall : {0, 90})
      for (const std::uint32_t latency : {0, 1, 200}) {
        const Config config = chipConfig(GetParam(), random);
        expectEffects(*chip, config, gemmProgram({64, 32, 64, 32}, config),
                      random,
                      {.memory = {stall, latency, random()}, .xSeed = xSeed});
        if (HasFatalFailure())
          return;
      }
  }
}

/// The chip drains its bus and says what was wrong; then it works as before.
TEST_P(Chip, StopsAtAFault) {
  const Config config = chipConfig(GetParam(), random);
  World world(config, random);
  const auto run = [&](std::string_view text) {
    const auto outcome = chip->run(encoded(commandsOf(text)), machineOf(config),
                                   &world.memories, {});
    return outcome ? "no fault" : outcome.message();
  };
  EXPECT_EQ(run("load load_a run=64 count0=200 dram_step0=64\n"
                "fill load_w dst_addr=0 run=16384\n"
                "fill store dst_addr=16384 run=16384\n")
                .substr(0, 24),
            "the chip stops: fault 0x");
  expectEffects(*chip, config, gemmProgram({64, 32, 64, 32}, config), random);
}

INSTANTIATE_TEST_SUITE_P(Rows, Chip, ::testing::ValuesIn(cosim::builtChipRows),
                         ::testing::PrintToStringParamName());

} // namespace

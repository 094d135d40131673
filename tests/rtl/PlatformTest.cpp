// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The registers of the model against those of the hardware: the same accesses,
// lawful or not, have to give the same answers at the same times.

#include "tests/rtl/PlatformSides.h"
#include "tests/unit/simulator/support/World.h"

#include "simulator/device/RaceDetector.h"
#include "simulator/timing/Banks.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

constexpr std::uint64_t memoryBegin = 0x8000'0000;
constexpr std::uint64_t programAt = memoryBegin + baseRegisters * randomExtent;
constexpr std::size_t memoryBytes = baseRegisters * randomExtent + (1 << 20);

Config theConfig() {
  Config config;
  config.dramBanked = 1;
  config.dramTurnaroundCycles = 4;
  config.dramRefreshInterval = 3900;
  config.dramRefreshCycles = 350;
  return config;
}

/// Both sides; SystemC elaborates once, so all tests share them.
struct Both {
  Config config = theConfig();
  model::NpuTarget model{"model", config};
  std::unique_ptr<platform::RtlTarget> rtl =
      std::move(*platform::RtlTarget::make("rtl", config));
  Side one{"one", model, memoryBegin, memoryBytes, true};
  Side two{"two", *rtl, memoryBegin, memoryBytes, false};
};

Both &both() {
  static Both sides;
  return sides;
}

class Platform : public ::testing::Test {
protected:
  void SetUp() override {
    if (const auto *name =
            ::testing::UnitTest::GetInstance()->current_test_info()->name())
      random.seed(std::hash<std::string_view>()(name));
    run({writeOf(NPU_CONTROL, NPU_CONTROL_RESET_MASK),
         {Step::Kind::AwaitIdle, 20}},
        false);
  }

  /// Both sides do \p steps; their logs have to be equal. The model's.
  std::vector<std::string> run(const std::vector<Step> &steps,
                               bool withTimes = true) {
    Both &sides = both();
    sides.one.begin(steps, withTimes);
    sides.two.begin(steps, withTimes);
    while (!sides.one.isDone || !sides.two.isDone)
      sc_core::sc_start(10, sc_core::SC_US);
    for (Side *side : {&sides.one, &sides.two})
      if (withTimes) // an edge may come before or after an answer
        std::sort(side->log.begin(), side->log.end());
    EXPECT_EQ(sides.one.log, sides.two.log);
    return sides.one.log;
  }

  int any(int count) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(count));
  }

  /// Random bytes from \p address on in both memories.
  void fill(std::uint64_t address, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      *both().one.memory.at(address + i, 1) =
          *both().two.memory.at(address + i, 1) =
              static_cast<std::uint8_t>(random());
  }

  void put(const std::vector<Command> &commands) {
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const Encoded code = encodeCommand(commands[i]);
      for (Side *side : {&both().one, &both().two})
        std::memcpy(side->memory.at(programAt + 64 * i, 64), &code, 64);
    }
  }

  static std::vector<Step> setup(std::size_t commands) {
    std::vector<Step> steps;
    for (std::uint32_t i = 0; i < NPU_BASE_COUNT; ++i) {
      const std::uint64_t base = memoryBegin + i * randomExtent;
      steps.push_back(writeOf(NPU_BASE(i), static_cast<std::uint32_t>(base)));
      steps.push_back(
          writeOf(NPU_BASE(i) + 4, static_cast<std::uint32_t>(base >> 32)));
    }
    steps.push_back(
        writeOf(NPU_PROGRAM, static_cast<std::uint32_t>(programAt)));
    steps.push_back(
        writeOf(NPU_COMMANDS, static_cast<std::uint32_t>(commands)));
    steps.push_back(writeOf(NPU_INTERRUPT_ENABLE, 3));
    return steps;
  }

  /// Reads of all registers that end at \p end.
  static void readAll(std::vector<Step> &steps, std::uint32_t begin,
                      std::uint32_t end) {
    for (std::uint32_t word = begin; word < end; word += 4)
      steps.push_back(readOf(word));
  }

  /// An access that may come at any time while a program runs: counters of
  /// beats are for its end, and nothing stops or resets.
  Step anyAccess(const std::vector<Step> &setup) {
    const int gap = any(40);
    switch (any(5)) {
    case 0:
      return writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK, gap);
    case 1: { // the values that are there: the program may have ended
      Step step = setup[random() % setup.size()];
      step.gap = gap;
      return step;
    }
    case 2:
      return writeOf(any(2) == 0 ? NPU_INTERRUPT_PENDING : NPU_STATUS,
                     static_cast<std::uint32_t>(any(4)), gap);
    case 3:
      return readOf(NPU_CYCLES + 4 * static_cast<std::uint32_t>(any(12)), gap);
    default:
      return readOf(4 * static_cast<std::uint32_t>(any(32)), gap);
    }
  }

  /// A random program that all machines run alike.
  std::vector<Command> lawfulProgram(int commands) {
    const Config &config = both().config;
    while (true) {
      auto made = randomProgram(random, config, {commands, true});
      const auto timeline = replay(made, machineOf(config));
      if (timeline && findRaces(made, config, 1).empty() &&
          findBankConflicts(made, *timeline, config).empty() &&
          std::none_of(made.begin(), made.end(), [&](const Command &command) {
            return overlaps(command, command, config);
          }))
        return made;
    }
  }

  std::mt19937_64 random;
};

/// Every word, then random accesses with any strobes, stops and resets.
TEST_F(Platform, AnswersEveryAccessAlike) {
  std::vector<Step> steps;
  readAll(steps, 0, 4096);
  for (std::uint32_t word = 0; word < 4096; word += 4)
    if (word != NPU_CONTROL)
      steps.push_back(writeOf(word, static_cast<std::uint32_t>(random())));
  readAll(steps, 0, 0x100);
  run(steps);
  steps.clear();
  for (int i = 0; i < 5'000; ++i) {
    const bool isWrite = any(2) == 0;
    const auto address = static_cast<std::uint32_t>(any(0x110));
    auto data = static_cast<std::uint32_t>(random());
    if ((address & ~3u) == NPU_CONTROL) // no start
      data &= ~NPU_CONTROL_START_MASK;
    steps.push_back(isWrite ? writeOf(address, data, any(20), any(16))
                            : readOf(address, any(20)));
  }
  run(steps);
}

/// Programs that end well, with accesses of all kinds while they run: answers,
/// interrupt, counters and memory are equal, and all times are.
TEST_F(Platform, RunsProgramsAlike) {
  for (int round = 0; round < 40 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    fill(memoryBegin, 4096);
    const auto program = lawfulProgram(round % 8 == 0 ? 0 : 1 + any(16));
    put(program);
    std::vector<Step> steps = setup(program.size());
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
    for (int i = any(60); i > 0; --i)
      steps.push_back(anyAccess(setup(program.size())));
    steps.push_back({Step::Kind::AwaitIdle, any(40)});
    readAll(steps, 0, 0xd0);
    for (const int strobes : {14, 15}) { // without the byte, and with it
      steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3, 0, strobes));
      readAll(steps, 0, 0x30);
    }
    run(steps);
    EXPECT_EQ(std::memcmp(both().one.memory.at(memoryBegin, memoryBytes),
                          both().two.memory.at(memoryBegin, memoryBytes),
                          memoryBytes),
              0);
  }
}

/// A start from an address that is no multiple of 64.
TEST_F(Platform, RefusesCrookedAddressesAlike) {
  for (std::uint32_t i = 0; i < 9; ++i) {
    std::vector<Step> steps = setup(1);
    steps.push_back(writeOf(i == 8 ? NPU_PROGRAM : NPU_BASE(i), 1u << any(6)));
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
    readAll(steps, 0, 0x30);
    steps.push_back({Step::Kind::AwaitLine, 0});
    steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 2));
    const auto log = run(steps);
    EXPECT_NE(std::find_if(log.begin(), log.end(),
                           [&](const std::string &line) {
                             return line.ends_with("interrupt true");
                           }),
              log.end());
  }
}

/// A stop before the first command, and after the last one, at every cycle; and
/// a reset at any.
TEST_F(Platform, StopsAlikeWhereNoBurstIsUnderWay) {
  for (int gap = 0; gap < 40 && !HasFailure(); ++gap)
    for (const bool isReset : {false, true}) {
      SCOPED_TRACE(gap);
      std::vector<Step> steps = setup(0);
      steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
      steps.push_back(writeOf(
          NPU_CONTROL, isReset ? NPU_CONTROL_RESET_MASK : NPU_CONTROL_STOP_MASK,
          gap));
      readAll(steps, 0, 0x30);
      steps.push_back({Step::Kind::AwaitIdle, 30});
      readAll(steps, 0, 0x30);
      steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3));
      run(steps);
    }
}

/// A stop in the middle: how it ends is equal, when is not.
TEST_F(Platform, StopsProgramsInBothAndRunsTheNext) {
  const auto program = lawfulProgram(12);
  const Cycle cycles = replay(program, machineOf(both().config))->cycles;
  put(program);
  for (int round = 0; round < 20 && !HasFailure(); ++round) {
    std::vector<Step> steps = setup(program.size());
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_STOP_MASK,
                            20 + any(static_cast<int>(cycles))));
    steps.push_back({Step::Kind::AwaitLine, 0});
    readAll(steps, NPU_STATUS, 0x30);
    steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3));
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK, 10));
    steps.push_back({Step::Kind::AwaitLine, 0});
    readAll(steps, 0, 0xd0);
    steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3));
    const auto log = run(steps, false);
    EXPECT_EQ(std::count(log.begin(), log.end(),
                         fmt::format("read {:#x} 0x0: TLM_OK_RESPONSE {:#x}",
                                     NPU_STATUS, NPU_STATUS_STOPPED_MASK)),
              1);
  }
}

/// A reset in the middle, with bursts under way: nothing of them is left, and
/// all times are equal.
TEST_F(Platform, ResetsProgramsAlike) {
  const auto program = lawfulProgram(12);
  const Cycle cycles = replay(program, machineOf(both().config))->cycles;
  put(program);
  for (int round = 0; round < 20 && !HasFailure(); ++round) {
    std::vector<Step> steps = setup(program.size());
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_RESET_MASK,
                            any(static_cast<int>(cycles))));
    steps.push_back({Step::Kind::AwaitIdle, any(5)});
    readAll(steps, 0, 0xd0);
    const std::vector<Step> again = setup(program.size());
    steps.insert(steps.end(), again.begin(), again.end());
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
    steps.push_back({Step::Kind::AwaitLine, 0});
    readAll(steps, 0, 0xd0);
    steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3));
    run(steps);
  }
}

/// A program that waits for ever is busy until it is stopped.
TEST_F(Platform, StopsADeadlockInBoth) {
  put(commandsOf("sync store wait=1\n"));
  std::vector<Step> steps = setup(1);
  steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
  for (int i = 0; i < 20; ++i)
    steps.push_back(readOf(NPU_STATUS, 100));
  steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_STOP_MASK));
  steps.push_back({Step::Kind::AwaitLine, 0});
  readAll(steps, NPU_STATUS, 0x30);
  steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3));
  const auto log = run(steps);
  EXPECT_EQ(std::count_if(log.begin(), log.end(),
                          [](const std::string &line) {
                            return line.ends_with(
                                "read 0x14 0x0: TLM_OK_RESPONSE 0x1");
                          }),
            20);
  EXPECT_NE(both().model.message(), "");
}

/// Faults: which, where and what number.
class Faults : public Platform {
protected:
  /// What the three registers say, in words for messages.
  std::vector<std::string> faultOf(const std::vector<Command> &commands,
                                   std::size_t count, std::uint32_t base3 = 0) {
    put(commands);
    std::vector<Step> steps = setup(count);
    if (base3 != 0)
      steps.push_back(writeOf(NPU_BASE(3), base3));
    steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
    steps.push_back({Step::Kind::AwaitLine, 0});
    readAll(steps, NPU_STATUS, NPU_INTERRUPT_ENABLE);
    steps.push_back(writeOf(NPU_INTERRUPT_PENDING, 3));
    auto log = run(steps, false);
    log.erase(log.begin(), log.end() - 5);
    log.pop_back();
    return log;
  }
  static std::string word(std::uint32_t address, std::uint32_t value) {
    return fmt::format("read {:#x} 0x0: TLM_OK_RESPONSE {:#x}", address, value);
  }
  static std::vector<std::string> words(std::uint32_t code, std::uint32_t place,
                                        std::uint32_t number) {
    return {word(NPU_STATUS, NPU_STATUS_FAULT_MASK), word(NPU_FAULT, code),
            word(NPU_FAULT_PLACE, place), word(NPU_FAULT_NUMBER, number)};
  }
};

TEST_F(Faults, ACommandThatNoQueueTakes) {
  for (int round = 0; round < 10; ++round) {
    auto program = lawfulProgram(8);
    const auto wrong = static_cast<std::uint32_t>(any(8));
    put(program);
    // Queues 5 to 7 do not exist; a load does not go to `matrix`.
    headerOf(program[wrong]).queue = static_cast<std::uint8_t>(5 + any(3));
    EXPECT_EQ(faultOf(program, program.size()),
              words(NPU_FAULT_COMMAND, 0, wrong));
  }
}

TEST_F(Faults, ASemaphoreOverItsLimit) {
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "sync store signal=5:7\n";
  const auto program = commandsOf(text);
  EXPECT_EQ(faultOf(program, program.size()), words(NPU_FAULT_SEMAPHORE, 0, 5));
}

TEST_F(Faults, MemoryThatIsNotThere) {
  constexpr std::uint32_t nowhere = 0x1000'0000;
  EXPECT_EQ(faultOf(commandsOf("load load_w dram_base=3 run=64\n"), 1, nowhere),
            words(NPU_FAULT_BUS,
                  NPU_REQUESTER_LOAD_W << NPU_FAULT_PLACE_REQUESTER_SHIFT, 0));
  EXPECT_EQ(faultOf(commandsOf("store store dram_base=3 run=64\n"), 1, nowhere),
            words(NPU_FAULT_BUS,
                  NPU_REQUESTER_STORE << NPU_FAULT_PLACE_REQUESTER_SHIFT |
                      NPU_FAULT_PLACE_WRITE_MASK,
                  0));
}

TEST_F(Faults, AProgramThatIsNotThere) {
  std::vector<Step> steps = setup(5);
  steps.push_back(writeOf(NPU_PROGRAM, 0x1000'0000));
  steps.push_back(writeOf(NPU_CONTROL, NPU_CONTROL_START_MASK));
  steps.push_back({Step::Kind::AwaitLine, 0});
  readAll(steps, NPU_STATUS, NPU_INTERRUPT_ENABLE);
  const auto log = run(steps, false);
  EXPECT_EQ(std::vector(log.end() - 4, log.end()),
            words(NPU_FAULT_BUS,
                  NPU_REQUESTER_FETCH << NPU_FAULT_PLACE_REQUESTER_SHIFT, 0));
}

TEST_F(Faults, TwoWritersOfABank) {
  const int bank = both().config.scratchpadBankBytes;
  const auto program =
      commandsOf(fmt::format("fill load_w dst_addr={} run=16384\n"
                             "fill store dst_addr={} run=16384\n",
                             2 * bank, 2 * bank));
  EXPECT_EQ(faultOf(program, 2),
            words(NPU_FAULT_CONFLICT,
                  2 << NPU_FAULT_PLACE_BANK_SHIFT |
                      NPU_PORT_LOAD_W << NPU_FAULT_PLACE_FIRST_SHIFT |
                      NPU_PORT_STORE << NPU_FAULT_PLACE_SECOND_SHIFT |
                      NPU_FAULT_PLACE_WRITE_MASK,
                  0));
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Control and status registers of the hardware, over AXI4-Lite with random
// delays: every register, programs that end well, are stopped or fail, counters
// and the interrupt.

#include "Vregisters.h"
#include "Vregisters2.h"

#include "tests/rtl/RegistersBench.h"

#include <bit>
#include <map>
#include <vector>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

constexpr int error = 2; // SLVERR

/// What each word reads as after a reset.
std::map<std::uint32_t, std::uint32_t> wordsAtReset() {
  const std::uint64_t hash = configHash(Config{});
  std::map<std::uint32_t, std::uint32_t> words{
      {NPU_ID, NPU_ID_VALUE},
      {NPU_VERSION, NPU_VERSION_MAJOR_VALUE << NPU_VERSION_MAJOR_SHIFT |
                        NPU_VERSION_MINOR_VALUE},
      {NPU_CONFIG_HASH, static_cast<std::uint32_t>(hash)},
      {NPU_CONFIG_HASH + 4, static_cast<std::uint32_t>(hash >> 32)}};
  for (const std::uint32_t word :
       {NPU_CONTROL, NPU_STATUS, NPU_FAULT, NPU_FAULT_PLACE, NPU_FAULT_NUMBER,
        NPU_INTERRUPT_ENABLE, NPU_INTERRUPT_PENDING, NPU_COMMANDS, NPU_PROGRAM,
        NPU_PROGRAM + 4})
    words[word] = 0;
  for (std::uint32_t i = 0; i < NPU_BASE_COUNT; ++i)
    words[NPU_BASE(i)] = words[NPU_BASE(i) + 4] = 0;
  for (std::uint32_t word = NPU_CYCLES; word < NPU_BANK_CONFLICTS + 8;
       word += 4)
    words[word] = 0;
  return words;
}

bool isWritable(std::uint32_t word) {
  return word == NPU_CONTROL || word == NPU_INTERRUPT_ENABLE ||
         word == NPU_INTERRUPT_PENDING ||
         (word >= NPU_COMMANDS && word < NPU_BASE(NPU_BASE_COUNT) &&
          wordsAtReset().contains(word));
}

TEST(Registers, EveryAddressAfterAReset) {
  RegistersBench<Vregisters> bench;
  const auto words = wordsAtReset();
  EXPECT_EQ(words.size(), 14u + 16 + 18);
  for (std::uint32_t word = 0; word < 4096 && !HasFailure(); word += 4) {
    SCOPED_TRACE(word);
    const auto place = words.find(word);
    const AxiAnswer expected = place == words.end()
                                   ? AxiAnswer{0, error}
                                   : AxiAnswer{place->second, 0};
    EXPECT_EQ(bench.read(word), expected);
    if (!isWritable(word)) {
      EXPECT_EQ(bench.write(word, 0xffff'ffff), error);
    }
    EXPECT_EQ(bench.read(word), expected);
  }
}

/// Random writes with random strobes, and reads beside them, against a map.
TEST(Registers, HoldTheBytesThatAreWritten) {
  RegistersBench<Vregisters> bench;
  auto words = wordsAtReset();
  std::vector<std::uint32_t> places{NPU_INTERRUPT_ENABLE};
  for (const auto &[word, value] : words)
    if (word >= NPU_COMMANDS && word < NPU_CYCLES)
      places.push_back(word);
  const auto pick = [&] { return places[bench.random() % places.size()]; };
  for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
    const std::uint32_t to = pick(), from = pick();
    const auto data = static_cast<std::uint32_t>(bench.random());
    const auto strobe = static_cast<int>(bench.random() % 16);
    const std::uint32_t before = words[from];
    const auto low = static_cast<std::uint32_t>(bench.random() % 4);
    bench.bus.beginWrite(to + low, data, strobe);
    bench.bus.beginRead(from + low);
    while ((!bench.bus.written() || !bench.bus.read()) && !HasFailure())
      bench.tick();
    std::uint32_t &word = words[to];
    for (int byte = 0; byte < 4; ++byte)
      if ((strobe >> byte & 1) != 0) {
        const std::uint32_t mask = 0xffu << 8 * byte;
        word = (word & ~mask) | (data & mask);
      }
    if (to == NPU_INTERRUPT_ENABLE)
      word &= NPU_INTERRUPT_ENABLE_DONE_MASK | NPU_INTERRUPT_ENABLE_FAULT_MASK;
    EXPECT_EQ(bench.bus.written()->response, 0);
    // A read beside a write of the same word sees it before or after.
    const AxiAnswer got = *bench.bus.read();
    EXPECT_TRUE(got == (AxiAnswer{before, 0}) ||
                got == (AxiAnswer{words[from], 0}))
        << "at " << from << ": " << got.data;
    EXPECT_EQ(bench.get(to), word);
  }
}

/// Programs that end well: \p first is what counters start from.
template <typename Unit>
void runPrograms(std::uint64_t first) {
  RegistersBench<Unit> bench;
  Engines engines(bench);
  for (int round = 1; round < 200 && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const bool isLong = round % 8 == 0;
    const auto commands =
        static_cast<std::uint32_t>(bench.random() % 100 + (isLong ? 2000 : 0));
    engines.commands = commands;
    const auto enable = static_cast<std::uint32_t>(bench.random() % 4);
    EXPECT_EQ(bench.write(NPU_COMMANDS, commands), 0);
    EXPECT_EQ(bench.write(NPU_PROGRAM, commands << 6), 0);
    EXPECT_EQ(bench.write(NPU_BASE(7) + 4, commands), 0);
    EXPECT_EQ(bench.write(NPU_INTERRUPT_ENABLE, enable), 0);
    EXPECT_EQ(bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK), 0);
    if (isLong) {
      EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_BUSY_MASK);
      EXPECT_EQ(bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK), error);
      for (const std::uint32_t word :
           {NPU_COMMANDS, NPU_PROGRAM, NPU_PROGRAM + 4, NPU_BASE(0),
            NPU_BASE(7) + 4})
        EXPECT_EQ(bench.write(word, 64), error);
      EXPECT_EQ(bench.write(NPU_CONTROL, 0), 0);
    }
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t count = bench.get64(NPU_RETIRED(round % 5));
      EXPECT_TRUE(count >= first && count <= first + commands) << count;
    }
    bench.waitForEnd();
    EXPECT_EQ(engines.begins, round);
    EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_DONE_MASK);
    EXPECT_EQ(bench.get(NPU_FAULT), NPU_FAULT_NONE);
    EXPECT_EQ(bench.unit.program_o, commands << 6);
    EXPECT_EQ(bench.unit.bases_o[15], commands);
    EXPECT_EQ(bench.get64(NPU_CYCLES), first + engines.lastRetirement);
    for (int q = 0; q < queueCount; ++q)
      EXPECT_EQ(bench.get64(NPU_RETIRED(q)), first + engines.retired[q]);
    EXPECT_EQ(bench.get64(NPU_BEATS_READ), first + engines.read);
    EXPECT_EQ(bench.get64(NPU_BEATS_WRITTEN), first + engines.written);
    EXPECT_EQ(bench.get64(NPU_BANK_CONFLICTS), first + engines.conflicts);
    // The high word is that of the counter whose low word was read.
    const std::uint64_t cycles = bench.get64(NPU_CYCLES);
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(bench.get(NPU_RETIRED(0) + 4), cycles >> 32);
    const bool enabled = (enable & NPU_INTERRUPT_ENABLE_DONE_MASK) != 0;
    EXPECT_EQ(bench.get(NPU_INTERRUPT_PENDING),
              NPU_INTERRUPT_PENDING_DONE_MASK);
    EXPECT_EQ(bench.unit.irq_o, enabled);
    EXPECT_EQ(bench.write(NPU_INTERRUPT_PENDING, 2), 0);
    EXPECT_EQ(bench.write(NPU_INTERRUPT_PENDING, 1, all - 1), 0);
    EXPECT_EQ(bench.get(NPU_INTERRUPT_PENDING),
              NPU_INTERRUPT_PENDING_DONE_MASK);
    EXPECT_EQ(bench.write(NPU_INTERRUPT_PENDING, 1), 0);
    EXPECT_EQ(bench.get(NPU_INTERRUPT_PENDING), 0u);
    EXPECT_FALSE(bench.unit.irq_o);
  }
}

TEST(Registers, CountWhatProgramsDo) { runPrograms<Vregisters>(0); }
TEST(Registers, CountBeyond32Bits) { runPrograms<Vregisters2>(0x1'ffff'ffe0); }

/// A second transfer may come while the answer to the first waits.
TEST(Registers, TakeTheNextTransferWhileAnAnswerWaits) {
  RegistersBench<Vregisters> bench;
  Vregisters &unit = bench.unit;
  const auto tick = [&] {
    unit.clk_i = 0;
    unit.eval();
    unit.clk_i = 1;
    unit.eval();
  };
  unit.rready_i = unit.bready_i = 0;
  unit.araddr_i = NPU_ID;
  unit.awaddr_i = NPU_COMMANDS;
  unit.wdata_i = 17;
  unit.wstrb_i = all;
  unit.arvalid_i = unit.awvalid_i = unit.wvalid_i = 1;
  tick();
  unit.arvalid_i = unit.awvalid_i = unit.wvalid_i = 0;
  for (int i = 0; i < 5; ++i)
    tick();
  EXPECT_TRUE(unit.rvalid_o && unit.bvalid_o);
  EXPECT_TRUE(unit.arready_o && unit.awready_o && unit.wready_o);
  unit.araddr_i = NPU_COMMANDS;
  unit.awaddr_i = NPU_ID;
  unit.arvalid_i = unit.awvalid_i = unit.wvalid_i = 1;
  tick();
  // No place for a third; nor does what lies on the bus count any more.
  EXPECT_FALSE(unit.arready_o || unit.awready_o || unit.wready_o);
  unit.arvalid_i = unit.awvalid_i = unit.wvalid_i = 0;
  unit.araddr_i = unit.awaddr_i = NPU_PROGRAM;
  for (int i = 0; i < 5; ++i)
    tick();
  EXPECT_EQ(unit.rdata_o, NPU_ID_VALUE);
  EXPECT_EQ(unit.bresp_o, 0);
  unit.rready_i = unit.bready_i = 1;
  tick();
  unit.rready_i = unit.bready_i = 0;
  EXPECT_FALSE(unit.rvalid_o || unit.bvalid_o);
  tick();
  EXPECT_TRUE(unit.rvalid_o && unit.bvalid_o);
  EXPECT_EQ(unit.rdata_o, 17u);
  EXPECT_EQ(unit.bresp_o, error);
}

TEST(Registers, StopWaitsForTheBus) {
  RegistersBench<Vregisters> bench;
  Engines engines(bench);
  bench.write(NPU_COMMANDS, 1'000'000);
  bench.write(NPU_INTERRUPT_ENABLE, NPU_INTERRUPT_ENABLE_DONE_MASK);
  for (int round = 1; round < 100 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    engines.commands = 1'000'000;
    engines.busyFor = static_cast<std::int64_t>(bench.random() % 300);
    bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK);
    EXPECT_FALSE(bench.unit.halt_o);
    for (auto cycles = bench.random() % 40; cycles > 0; --cycles)
      bench.tick();
    const std::int64_t resets = engines.resets;
    bench.write(NPU_CONTROL, NPU_CONTROL_STOP_MASK);
    bench.waitForEnd();
    bench.tick();
    EXPECT_GT(engines.resets, resets);
    EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_STOPPED_MASK);
    EXPECT_EQ(bench.get(NPU_FAULT), NPU_FAULT_NONE);
    EXPECT_TRUE(bench.unit.irq_o);
    EXPECT_FALSE(bench.unit.halt_o);
    bench.write(NPU_INTERRUPT_PENDING, NPU_INTERRUPT_PENDING_DONE_MASK);
    // An idle machine has nothing to stop.
    EXPECT_EQ(bench.write(NPU_CONTROL, NPU_CONTROL_STOP_MASK), 0);
    EXPECT_EQ(bench.get(NPU_INTERRUPT_PENDING), 0u);
    EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_STOPPED_MASK);
  }
}

TEST(Registers, ResetForgetsAll) {
  RegistersBench<Vregisters> bench;
  Engines engines(bench);
  for (int round = 0; round < 50 && !HasFailure(); ++round) {
    engines.commands = 100'000;
    bench.write(NPU_COMMANDS, 100'000);
    bench.write(NPU_BASE(3), 64);
    bench.write(NPU_INTERRUPT_ENABLE, 3);
    bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK);
    for (auto cycles = bench.random() % 100; cycles > 0; --cycles)
      bench.tick();
    engines.busyFor = 1'000'000;
    engines.mayAbort = true;
    bench.write(NPU_CONTROL, NPU_CONTROL_RESET_MASK);
    bench.waitForEnd();
    for (const auto &[word, value] : wordsAtReset())
      EXPECT_EQ(bench.get(word), value) << "at " << word;
    EXPECT_FALSE(bench.unit.irq_o);
    engines.busyFor = 0;
  }
}

/// A register with a value that is no multiple of 64 is named.
TEST(Registers, RefuseToStartFromCrookedAddresses) {
  RegistersBench<Vregisters> bench;
  Engines engines(bench);
  for (std::uint32_t wrong = 0; wrong < 9; ++wrong)
    for (int bit = 0; bit < 6; ++bit) {
      SCOPED_TRACE(wrong);
      const auto wordOf = [](std::uint32_t number) {
        return number == 8 ? NPU_PROGRAM : NPU_BASE(number);
      };
      bench.write(wordOf(wrong), 1u << bit);
      // The lowest number counts.
      const auto other =
          wrong + static_cast<std::uint32_t>(bench.random()) % (9 - wrong);
      bench.write(wordOf(other), 1u << bit);
      EXPECT_EQ(bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK), 0);
      EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_FAULT_MASK);
      EXPECT_EQ(bench.get(NPU_FAULT), NPU_FAULT_BASE);
      EXPECT_EQ(bench.get(NPU_FAULT_PLACE), 0u);
      EXPECT_EQ(bench.get(NPU_FAULT_NUMBER), wrong);
      EXPECT_EQ(bench.get(NPU_INTERRUPT_PENDING),
                NPU_INTERRUPT_PENDING_FAULT_MASK);
      bench.write(NPU_INTERRUPT_PENDING, NPU_INTERRUPT_PENDING_FAULT_MASK);
      bench.write(wordOf(wrong), 64);
      bench.write(wordOf(other), 64);
    }
  EXPECT_EQ(engines.begins, 0);
  EXPECT_EQ(bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK), 0);
  bench.waitForEnd();
  EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_DONE_MASK);
}

/// What one source of faults makes the registers say.
struct Said {
  std::uint32_t code, place, number;
};

std::uint32_t placeOf(std::uint32_t bank, std::uint32_t first,
                      std::uint32_t second, bool accumulator, bool write) {
  return bank << NPU_FAULT_PLACE_BANK_SHIFT |
         first << NPU_FAULT_PLACE_FIRST_SHIFT |
         second << NPU_FAULT_PLACE_SECOND_SHIFT |
         (accumulator ? NPU_FAULT_PLACE_ACCUMULATOR_MASK : 0) |
         (write ? NPU_FAULT_PLACE_WRITE_MASK : 0);
}

/// Faults of each kind, alone and together, while a program runs and just
/// after its last command has retired.
TEST(Registers, KeepTheFirstFault) {
  RegistersBench<Vregisters> bench;
  Vregisters &unit = bench.unit;
  Engines engines(bench);
  std::map<std::uint32_t, int> seen;
  for (int round = 0; round < 400 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const auto number = static_cast<std::uint32_t>(bench.random());
    const auto bank = static_cast<std::uint16_t>(bench.random() % (1 << 14));
    const auto first = static_cast<std::uint8_t>(bench.random() % 16);
    const auto second = static_cast<std::uint8_t>(bench.random() % 16);
    const auto requester = static_cast<std::uint8_t>(bench.random() % 4);
    const auto semaphore = static_cast<std::uint8_t>(bench.random() % 64);
    const bool outside = bench.random() % 2, write = bench.random() % 2;
    const std::uint32_t ofMemory =
        outside ? NPU_FAULT_OUTSIDE : NPU_FAULT_CONFLICT;
    // In the order in which they count when they come together.
    const std::array<Said, 5> said{
        {{NPU_FAULT_COMMAND, 0, number},
         {NPU_FAULT_SEMAPHORE, 0, semaphore},
         {ofMemory, placeOf(bank, first, second, false, write), 0},
         {ofMemory, placeOf(bank, second, first, true, !write), 0},
         {NPU_FAULT_BUS,
          (write ? NPU_FAULT_PLACE_WRITE_MASK : 0) |
              std::uint32_t(requester) << NPU_FAULT_PLACE_REQUESTER_SHIFT,
          0}}};
    const auto sources = 1 + static_cast<int>(bench.random() % 31);
    const bool isLate = round % 4 == 0;
    const auto delay = static_cast<std::int64_t>(bench.random() % 30);
    std::int64_t since = 0;
    engines.during = [&] {
      const bool now = isLate ? engines.left == 0 && ++since == 4
                              : bench.now == engines.begun + delay;
      unit.bus_error_i = now && (sources >> 4 & 1) != 0;
      if (!now)
        return;
      unit.command_fault_i = sources & 1;
      unit.command_number_i = number;
      unit.overflow_i = sources >> 1 & 1;
      unit.overflow_semaphore_i = semaphore;
      unit.spad_fault_i = sources >> 2 & 1;
      unit.acc_fault_i = sources >> 3 & 1;
      unit.spad_outside_i = unit.acc_outside_i = outside;
      unit.spad_write_i = write;
      unit.acc_write_i = !write;
      unit.spad_bank_i = unit.acc_bank_i = bank;
      unit.spad_first_i = unit.acc_second_i = first;
      unit.spad_second_i = unit.acc_first_i = second;
      unit.bus_write_i = write;
      unit.bus_requester_i = requester;
    };
    engines.commands = isLate ? 40 : 100'000;
    engines.busyFor = static_cast<std::int64_t>(bench.random() % 50);
    bench.write(NPU_COMMANDS, static_cast<std::uint32_t>(engines.commands));
    bench.write(NPU_INTERRUPT_ENABLE, NPU_INTERRUPT_ENABLE_FAULT_MASK);
    bench.write(NPU_CONTROL, NPU_CONTROL_START_MASK);
    bench.waitForEnd();
    const Said &expected = said[std::countr_zero(unsigned(sources))];
    ++seen[expected.code];
    EXPECT_EQ(bench.get(NPU_STATUS), NPU_STATUS_FAULT_MASK);
    EXPECT_EQ(bench.get(NPU_FAULT), expected.code);
    EXPECT_EQ(bench.get(NPU_FAULT_PLACE), expected.place);
    EXPECT_EQ(bench.get(NPU_FAULT_NUMBER), expected.number);
    EXPECT_EQ(bench.get(NPU_INTERRUPT_PENDING),
              NPU_INTERRUPT_PENDING_FAULT_MASK);
    EXPECT_TRUE(unit.irq_o);
    bench.write(NPU_INTERRUPT_PENDING, NPU_INTERRUPT_PENDING_FAULT_MASK);
  }
  EXPECT_EQ(seen.size(), 5u);
}

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs commands on one DMA engine of the hardware, beside simulator/timing for
/// its times and simulator/device for its bytes. The bus and the memory are the
/// contract's.

#pragma once

#include "simulator/device/Execute.h"
#include "simulator/isa/Access.h"
#include "simulator/timing/Bus.h"
#include "tests/rtl/Noise.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>
#include <verilated.h>

#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace glowplug::npu::test {

/// What a build of an engine is made for.
struct DmaBuild {
  int rows = 16, bus = 16, outstanding = 32, storeBursts = 8, copyCycles = 3,
      fetchDepth = 8;
};

/// A machine with the engine of \p build and a random memory.
inline Config dmaConfig(const DmaBuild &build, std::mt19937_64 &random) {
  Config config = randomConfig(random);
  config.arrayRows = build.rows;
  config.scratchpadBankBytes = 2048;
  config.dramBytesPerCycle = build.bus;
  config.dmaOutstanding = build.outstanding;
  config.dmaStoreBursts = build.storeBursts;
  config.dmaCopyCycles = build.copyCycles;
  config.queueOpen = Config{}.queueOpen;
  return config;
}

/// Random commands for the engine of \p queue; none reads its own results.
inline std::vector<Command> randomTransfers(std::mt19937_64 &random,
                                            const Config &config, Queue queue,
                                            int count) {
  std::vector<Command> commands;
  while (std::ssize(commands) < count) {
    const Command command = randomCommand(random, config, queue);
    if (!std::holds_alternative<Sync>(command) &&
        !overlaps(command, command, config))
      commands.push_back(command);
  }
  return commands;
}

/// The DRAM behind all base registers, and where they point.
class DmaMemory {
public:
  explicit DmaMemory(std::mt19937_64 &random) : bytes(baseRegisters) {
    for (std::uint64_t i = 0; i < baseRegisters; ++i) {
      // Each somewhere in an eighth of all addresses.
      bases[i] = i << 61 | (random() >> 5 << 6);
      bytes[i].resize(randomExtent);
      fillRandomly(random, bytes[i].data(), bytes[i].size());
    }
  }

  /// The bytes from \p address on.
  std::uint8_t *at(std::uint64_t address) {
    for (int i = 0; i < baseRegisters; ++i)
      if (address - bases[i] < randomExtent)
        return &bytes[i][address - bases[i]];
    return nullptr;
  }
  void show(Memories &memories) {
    for (int i = 0; i < baseRegisters; ++i)
      memories.dram[i] = bytes[i];
  }

  Bases bases;
  std::vector<std::vector<std::uint8_t>> bytes;
};

/// One DMA engine as hardware. What a load and a store engine do not share is
/// in the functions that they override.
template <typename Unit>
class DmaBench {
public:
  DmaBench(Unit &unit, const Config &config, std::uint64_t seed)
      : unit(unit), config(config), random(seed), memory(random),
        expectedMemory(memory), hardware(config), reference(config),
        timing(config, memory.bases), dram(config),
        line(static_cast<std::size_t>(lineBytes(config))) {
    fillRandomly(random, hardware.scratchpad.data(),
                 hardware.scratchpad.size());
    reference.scratchpad = hardware.scratchpad;
    memory.show(hardware);
    expectedMemory.show(reference);
  }
  virtual ~DmaBench() = default;

  /// Runs commands until the last has ended; stops at the first that is not as
  /// the contract has it.
  void run(const std::vector<Command> &commands) {
    reset();
    std::size_t next = 0;
    Cycle offer = 0;
    while (next < commands.size() || !ends.empty() || frontFree == never) {
      ASSERT_LT(now, 10'000'000) << "it hangs";
      const bool valid =
          next < commands.size() && now >= offer &&
          std::ssize(ends) + (frontFree == never) < config.queueOpen &&
          !readsWhatIsUnderWay(commands[next]);
      giveCommand(valid ? &commands[next] : nullptr);
      giveLine();
      drive();
      eval(0);
      lookAtRequest();
      if (::testing::Test::HasFatalFailure())
        return;
      const bool isReady = frontFree != never && now + 1 >= frontFree;
      ASSERT_EQ(unit.cmd_ready_o, isReady ? 1 : 0)
          << "cycle " << now << ", before command " << next;
      if (valid && isReady) {
        hasChanged = true;
        begin(commands[next], now + 1);
        ++next;
        offer = now + 1;
        if (random() % 4 == 0)
          offer += static_cast<Cycle>(random() % 150);
      }
      look();
      lookAtScratchpad();
      lookAtEnd();
      if (::testing::Test::HasFatalFailure())
        return;
      eval(1);
      ++now;
    }
    for (int i = 0; i < baseRegisters; ++i)
      ASSERT_TRUE(memory.bytes[i] == expectedMemory.bytes[i])
          << "base register " << i;
  }

  Cycle now = 0;

protected:
  /// The inputs of a cycle that come from the memory.
  virtual void drive() = 0;
  /// The bus has taken \p burst at `now`; its last beat passes at \p done.
  virtual void granted(const Burst &burst, Cycle done) = 0;
  /// The outputs of a cycle that go to the memory.
  virtual void look() = 0;

  template <typename T>
  void fillWithNoise(T &port) {
    fillRandomly(random, &port, sizeof port);
  }

  Unit &unit;
  const Config config;
  std::mt19937_64 random;
  DmaMemory memory, expectedMemory;

private:
  struct End {
    Command command;
    Cycle own, retires;
    bool isApplied = false;
  };

  void eval(int clock) {
    unit.clk_i = clock;
    unit.eval();
  }

  void reset() {
    unit.rst_ni = 0;
    unit.cmd_valid_i = unit.grant_i = 0;
    drive();
    eval(0);
    eval(1);
    unit.rst_ni = 1;
    eval(0);
  }

  void giveCommand(const Command *command) {
    unit.cmd_valid_i = command ? 1 : 0;
    fillWithNoise(unit.cmd_opcode_i);
    fillWithNoise(unit.cmd_i);
    fillWithNoise(unit.bases_i);
    if (!command)
      return;
    const Encoded code = encodeCommand(*command);
    unit.cmd_opcode_i = static_cast<std::uint8_t>(getBits(code, 0, 8));
    std::memcpy(&unit.cmd_i, reinterpret_cast<const char *>(&code) + 12,
                sizeof unit.cmd_i);
    std::memcpy(&unit.bases_i, memory.bases.data(), sizeof memory.bases);
  }

  /// What was read in the cycle before.
  void giveLine() {
    fillWithNoise(unit.s_data_i);
    if (reads)
      std::memcpy(&unit.s_data_i, line.data(), line.size());
  }

  void begin(const Command &command, Cycle start) {
    if (const auto span = timing.begin(command, start)) {
      finish(command, *span);
      return;
    }
    frontFree = never;
    current = command;
    // Its sources are not written by what is under way.
    if (std::holds_alternative<Store>(command)) {
      execute(command, reference);
      ++stores;
    }
  }

  void finish(const Command &command, const Span &span) {
    frontFree = span.frontFree;
    lastEnd = std::max(span.end, lastEnd + 1);
    ends.push_back({command, span.end, lastEnd});
  }

  /// The engine's request, and whether the bus takes it. Now and then another
  /// requester is first; one burst of others is under way at most.
  void lookAtRequest() {
    ASSERT_EQ(unit.req_o, now >= timing.ready() ? 1 : 0) << "cycle " << now;
    unit.grant_i = 0;
    if (now < busFree)
      return;
    if (othersDone <= now && random() % 8 == 0) {
      const auto beats = static_cast<Cycle>(1 + random() % 4);
      othersDone =
          dram.serve(random() % 65536, beats, now,
                     random() % 2 == 0 ? Direction::Read : Direction::Write);
      busFree = now + beats;
      return;
    }
    if (unit.req_o == 0 || random() % reluctance == 0)
      return;
    const Burst burst = timing.burst();
    ASSERT_EQ(unit.req_addr_o, burst.address) << "cycle " << now;
    const Cycle beats = dram.beats(burst.address, burst.bytes);
    ASSERT_EQ(unit.req_len_o, beats - 1) << "cycle " << now;
    const Cycle done =
        dram.serve(burst.address, beats, now, timing.direction());
    busFree = now + beats;
    granted(burst, done);
    unit.grant_i = 1;
    eval(0);
    if (timing.granted(now, done))
      finish(current, timing.span());
  }

  /// What is read in a cycle does not see what is written in it.
  void lookAtScratchpad() {
    reads = unit.s_read_o != 0;
    const std::size_t bytes = line.size();
    if (reads) {
      const std::size_t at = unit.s_read_addr_o;
      ASSERT_EQ(at % bytes, 0);
      ASSERT_LE(at + bytes, hardware.scratchpad.size());
      std::memcpy(line.data(), &hardware.scratchpad[at], bytes);
    }
    if (unit.s_write_o == 0)
      return;
    const std::size_t at = unit.s_write_addr_o;
    ASSERT_EQ(at % bytes, 0);
    ASSERT_LE(at + bytes, hardware.scratchpad.size());
    const auto *data = reinterpret_cast<const char *>(&unit.s_write_data_o);
    for (std::size_t i = 0; i < bytes; ++i)
      if ((unit.s_write_mask_o >> i & 1) != 0)
        std::memcpy(&hardware.scratchpad[at + i], data + i, 1);
  }

  void lookAtEnd() {
    for (End &end : ends)
      if (!end.isApplied && now == end.own) {
        end.isApplied = true;
        apply(end.command);
      }
    const bool isDone = !ends.empty() && now == ends.front().retires;
    ASSERT_EQ(unit.done_o, isDone ? 1 : 0) << "cycle " << now;
    if (isDone)
      ends.pop_front();
  }

  /// All of a command must have been written.
  void apply(const Command &command) {
    hasChanged = true;
    if (const auto *store = std::get_if<Store>(&command)) {
      --stores;
      if (stores == 0)
        compareDram(*store);
      return;
    }
    execute(command, reference);
    if (hardware.scratchpad == reference.scratchpad)
      return;
    for (std::size_t i = 0; i < hardware.scratchpad.size(); ++i)
      ASSERT_EQ(hardware.scratchpad[i], reference.scratchpad[i])
          << "byte " << i << " of the scratchpad, cycle " << now;
  }

  void compareDram(const Store &store) {
    for (const Access &access : accessesOf(store, config))
      if (access.space == Space::Dram)
        for (std::int64_t i = access.low(); i < access.high(); ++i)
          ASSERT_EQ(memory.bytes[access.base][i],
                    expectedMemory.bytes[access.base][i])
              << "byte " << i << " of base register " << int(access.base)
              << ", cycle " << now;
  }

  /// A program would say `drain`.
  bool readsWhatIsUnderWay(const Command &command) {
    if (!hasChanged)
      return isBlocked;
    hasChanged = false;
    return isBlocked = overlapsWhatIsUnderWay(command);
  }

  bool overlapsWhatIsUnderWay(const Command &command) const {
    if (frontFree == never && overlaps(current, command, config))
      return true;
    for (const End &end : ends)
      if (!end.isApplied && overlaps(end.command, command, config))
        return true;
    return false;
  }

  Memories hardware, reference;
  DmaTiming timing;
  Dram dram;
  const std::uint64_t reluctance = 2 + random() % 20;
  Cycle frontFree = 0; ///< never: not until the bus has granted `current`
  Command current;
  Cycle busFree = 0, othersDone = 0, lastEnd = -1;
  std::deque<End> ends;                      ///< of commands under way
  int stores = 0;                            ///< stores under way
  bool hasChanged = true, isBlocked = false; ///< since a command was blocked
  bool reads = false;
  std::vector<std::uint8_t> line; ///< that was read in the cycle before
};

/// 10,000 random commands for \p queue on a \p Bench of \p Unit.
template <typename Bench, typename Unit>
void expectContract(const DmaBuild &build, Queue queue) {
  std::mt19937_64 random(static_cast<std::uint64_t>(build.rows));
  const auto context = std::make_unique<VerilatedContext>();
  const auto unit = std::make_unique<Unit>(context.get());
  Cycle cycles = 0;
  for (int batch = 0; batch < 100; ++batch) {
    SCOPED_TRACE(batch);
    const Config config = dmaConfig(build, random);
    Bench bench(*unit, config, random());
    bench.run(randomTransfers(random, config, queue, 100));
    if (::testing::Test::HasFailure())
      return;
    cycles += bench.now;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(cycles));
}

} // namespace glowplug::npu::test

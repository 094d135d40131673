// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Array and vector unit at the memories of the hardware. What the hardware
// calls a conflict on a bank is one by the contract's rule; a program without
// conflicts has the model's results.

#include "Vports.h"

#include "hw/spec/npu_registers.h"
#include "simulator/device/Execute.h"
#include "simulator/timing/Banks.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

constexpr int rows = 8, line = 16;

Config benchConfig() {
  Config config;
  config.arrayRows = rows;
  config.scratchpadBankBytes = 4096;
  config.accumulatorBankRows = 64;
  return config;
}

/// The queue whose engine has a port.
Queue queueOf(int port) {
  switch (port) {
  case NPU_PORT_ARRAY_X:
  case NPU_PORT_ARRAY_W:
  case NPU_PORT_ARRAY_SUMS:
    return Queue::Matrix;
  case NPU_PORT_LOAD_A:
    return Queue::LoadA;
  case NPU_PORT_LOAD_W:
    return Queue::LoadW;
  case NPU_PORT_STORE:
    return Queue::Store;
  default:
    return Queue::Vector;
  }
}

/// What hardware and model both say of a conflict.
struct Shared {
  Space space;
  bool write;
  int bank;
  Queue first, second; ///< in the order of their numbers

  Shared(Space space, bool write, int bank, Queue one, Queue other)
      : space(space), write(write), bank(bank), first(std::min(one, other)),
        second(std::max(one, other)) {}
  explicit Shared(const BankConflict &conflict)
      : Shared(conflict.space, conflict.write, conflict.bank,
               conflict.firstQueue, conflict.secondQueue) {}
  friend bool operator==(const Shared &, const Shared &) = default;
};

class Bench {
public:
  Bench() {
    unit.rst_ni = 0;
    tick();
    unit.rst_ni = 1;
  }

  /// Runs commands as \p timeline has them, from memories like \p memories.
  /// The first fault of each memory.
  std::vector<Shared> run(const std::vector<Command> &commands,
                          const Timeline &timeline, const Memories &memories) {
    unit.rst_ni = 0;
    tick();
    unit.rst_ni = 1;
    fill(memories);
    std::array<std::vector<std::size_t>, queueCount> queues;
    for (std::size_t n = 0; n < commands.size(); ++n)
      queues[headerOf(commands[n]).queue].push_back(n);
    std::size_t next[2] = {}, done[2] = {};
    const Queue units[2] = {Queue::Matrix, Queue::Vector};
    for (Cycle now = 0; now <= timeline.cycles + 8; ++now) {
      for (int u = 0; u < 2; ++u) {
        const auto &queue = queues[static_cast<int>(units[u])];
        const bool goes = next[u] < queue.size() &&
                          timeline.records[queue[next[u]]].start == now + 1;
        (u == 0 ? unit.array_valid_i : unit.vector_valid_i) = goes;
        if (goes)
          give(u, encodeCommand(commands[queue[next[u]]]));
        next[u] += goes;
      }
      unit.clk_i = 0;
      unit.eval();
      EXPECT_TRUE(!unit.array_valid_i || unit.array_ready_o) << now;
      EXPECT_TRUE(!unit.vector_valid_i || unit.vector_ready_o) << now;
      done[0] += unit.array_done_o;
      done[1] += unit.vector_done_o;
      unit.clk_i = 1;
      unit.eval();
    }
    unit.array_valid_i = unit.vector_valid_i = 0;
    for (int u = 0; u < 2; ++u)
      EXPECT_EQ(done[u], queues[static_cast<int>(units[u])].size());
    EXPECT_FALSE(unit.spad_fault_o && unit.spad_outside_o);
    EXPECT_FALSE(unit.acc_fault_o && unit.acc_outside_o);
    std::vector<Shared> faults;
    if (unit.spad_fault_o)
      faults.emplace_back(Space::Scratchpad, unit.spad_write_o != 0,
                          unit.spad_bank_o, queueOf(unit.spad_first_o),
                          queueOf(unit.spad_second_o));
    if (unit.acc_fault_o)
      faults.emplace_back(Space::Accumulator, unit.acc_write_o != 0,
                          unit.acc_bank_o, queueOf(unit.acc_first_o),
                          queueOf(unit.acc_second_o));
    return faults;
  }

  /// Whether the hardware's memories have the contents of \p memories.
  bool holds(const Memories &memories) {
    unit.bench_i = unit.read_i = unit.acc_read_i = 1;
    bool same = true;
    for (std::size_t at = 0; at < memories.scratchpad.size(); at += line) {
      unit.addr_i = static_cast<std::uint32_t>(at);
      tick();
      same &= std::memcmp(&unit.data_o, &memories.scratchpad[at], line) == 0;
    }
    for (std::size_t at = 0; at < memories.accumulator.size(); at += rows) {
      unit.acc_addr_i = static_cast<std::uint16_t>(at / rows);
      tick();
      same &= std::memcmp(&unit.acc_data_o, &memories.accumulator[at],
                          4 * rows) == 0;
    }
    unit.bench_i = unit.read_i = unit.acc_read_i = 0;
    return same;
  }

private:
  void give(int which, const Encoded &code) {
    const auto *body = reinterpret_cast<const char *>(&code) + 12;
    if (which == 0) {
      std::memcpy(&unit.array_cmd_i, body, 52);
      return;
    }
    std::memcpy(&unit.vector_cmd_i, body, 52);
    unit.vector_opcode_i = static_cast<std::uint8_t>(getBits(code, 0, 8));
  }

  void fill(const Memories &memories) {
    unit.bench_i = unit.write_i = unit.acc_write_i = 1;
    std::size_t row = 0;
    for (std::size_t at = 0; at < memories.scratchpad.size(); at += line) {
      unit.addr_i = static_cast<std::uint32_t>(at);
      std::memcpy(&unit.data_i, &memories.scratchpad[at], line);
      unit.acc_addr_i = static_cast<std::uint16_t>(row);
      std::memcpy(&unit.acc_data_i, &memories.accumulator[row * rows],
                  4 * rows);
      row = (row + 1) % (memories.accumulator.size() / rows);
      tick();
    }
    unit.bench_i = unit.write_i = unit.acc_write_i = 0;
  }

  void tick() {
    unit.clk_i = 0;
    unit.eval();
    unit.clk_i = 1;
    unit.eval();
  }

  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Vports> made = std::make_unique<Vports>(context.get());
  Vports &unit = *made;
};

/// Zero points of the operands' types: the array has nine bits for factors.
Command randomMatmul(std::mt19937_64 &random, const Config &config) {
  while (true) {
    Command command = randomCommand(random, config, Queue::Matrix);
    auto *matmul = std::get_if<Matmul>(&command);
    if (!matmul)
      continue;
    matmul->inputZp = matmul->weightZp = 3;
    return command;
  }
}

/// One that the hardware does, and that does not read what it writes.
Command randomVector(std::mt19937_64 &random, const Config &config) {
  while (true) {
    Command command = randomCommand(random, config, Queue::Vector);
    if ((std::holds_alternative<Vector>(command) ||
         std::holds_alternative<Transpose>(command)) &&
        !overlaps(command, command, config))
      return command;
  }
}

/// \p isOrdered: each command waits for the one before it.
std::vector<Command> randomCommands(std::mt19937_64 &random,
                                    const Config &config, bool isOrdered) {
  std::vector<Command> commands;
  for (auto left = 1 + random() % 8; left > 0; --left) {
    Command command = random() % 2 == 0 ? randomMatmul(random, config)
                                        : randomVector(random, config);
    Header &header = headerOf(command);
    header.waitCount = header.signalCount = {};
    header.drain = 0;
    if (isOrdered && !commands.empty()) {
      Header &before = headerOf(commands.back());
      before.signalSem[0] = header.waitSem[0] =
          before.queue * queueCount + header.queue;
      before.signalCount[0] = header.waitCount[0] = 1;
    }
    commands.push_back(command);
  }
  return commands;
}

TEST(Ports, ConflictsOfTheHardwareAreThoseOfTheContract) {
  const Config config = benchConfig();
  std::mt19937_64 random(31);
  Bench bench;
  int faults = 0, lucky = 0, clean = 0, compared = 0;
  std::array<int, 4> kinds{};
  for (int round = 0; round < 1500 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const bool isOrdered = round % 3 == 0;
    const auto commands = randomCommands(random, config, isOrdered);
    const auto timeline = replay(commands, {config, {}, 0});
    ASSERT_TRUE(timeline) << timeline.message();
    if (timeline->cycles > 20'000)
      continue;
    const auto conflicts = findBankConflicts(commands, *timeline, config);
    Memories memories(config);
    for (auto &byte : memories.scratchpad)
      byte = static_cast<std::uint8_t>(random());
    for (auto &sum : memories.accumulator)
      sum = static_cast<std::int32_t>(random());
    const auto found = bench.run(commands, *timeline, memories);
    for (const Shared &fault : found) {
      ++kinds[2 * (fault.space == Space::Accumulator) + fault.write];
      EXPECT_TRUE(std::any_of(
          conflicts.begin(), conflicts.end(),
          [&](const BankConflict &one) { return Shared(one) == fault; }))
          << "the hardware has a conflict that the contract does not have: "
          << (fault.write ? "write" : "read") << " of bank " << fault.bank;
    }
    ++(!found.empty() ? faults : conflicts.empty() ? clean : lucky);
    if (isOrdered && conflicts.empty()) {
      for (const Command &command : commands)
        execute(command, memories);
      EXPECT_TRUE(bench.holds(memories));
      ++compared;
    }
  }
  // Each kind of thing happens; but of these units only one writes to the
  // scratchpad.
  EXPECT_GT(std::min({faults, lucky, clean, compared}), 30)
      << faults << " " << lucky << " " << clean << " " << compared;
  EXPECT_EQ(kinds[1], 0);
  EXPECT_GT(std::min({kinds[0], kinds[2], kinds[3]}), 5)
      << kinds[0] << " " << kinds[2] << " " << kinds[3];
}

} // namespace

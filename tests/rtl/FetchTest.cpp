// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fetch and dispatch of the hardware: each request and each dispatch of random
// programs is in the cycle that the contract says, whatever the bus, the memory
// and the queues do.

#include "Vfetch.h"
#include "Vfetch1.h"
#include "Vfetch3.h"

#include "simulator/timing/Bus.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <memory>
#include <optional>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// What follows the fetch unit: queues of random depth, whose engines take a
/// command now and then.
class Queues {
public:
  Queues(std::mt19937_64 &random, int depth)
      : random(random), depth(static_cast<std::size_t>(depth)),
        pace(1 + random() % 8) {}

  /// Bit q: queue q has no room, by what it knew at the end of the last cycle.
  int full() const {
    int bits = 0;
    for (int q = 0; q < queueCount; ++q)
      bits |= static_cast<int>(waiting[q].size() == depth) << q;
    return bits;
  }
  void push(int queue, Cycle now) { waiting[queue].push_back(now); }
  /// Commands that came in earlier cycles issue. The last cycle of each queue.
  void issue(Cycle now) {
    for (int q = 0; q < queueCount; ++q)
      if (!waiting[q].empty() && waiting[q].front() < now &&
          random() % pace == 0) {
        waiting[q].pop_front();
        issued[q].push_back(now);
      }
  }
  /// The cycles in which commands of a queue have issued.
  const std::vector<Cycle> &issues(int queue) const { return issued[queue]; }

private:
  std::mt19937_64 &random;
  const std::size_t depth, pace;
  std::array<std::deque<Cycle>, queueCount> waiting;
  std::array<std::vector<Cycle>, queueCount> issued;
};

/// \p Bus bytes a beat, \p depth commands between request and dispatch.
template <typename Unit, int Bus, int depth>
class Bench {
public:
  Bench() { reset(); }

  /// Stops at the first command that is not as the contract has it. A fault is
  /// expected at command \p bad.
  void run(const std::vector<Encoded> &program, std::mt19937_64 &random,
           std::optional<std::size_t> bad = {}) {
    Config config;
    config.fetchDepth = depth;
    const auto count = static_cast<std::int64_t>(program.size());
    const std::size_t good = bad.value_or(program.size());
    const std::uint64_t base = random() >> 8 << 6;
    FetchTiming contract(config, base, count);
    const int queueDepth = 1 + static_cast<int>(random() % 6);
    Queues queues(random, queueDepth);
    const Cycle mostLatency = 1 + static_cast<Cycle>(random() % 60);
    const std::size_t reluctance = 1 + random() % 4;
    constexpr Cycle beats = 64 / Bus;

    unit.start_i = 1;
    unit.base_i = base;
    unit.count_i = static_cast<std::uint32_t>(count);
    unit.full_i = 0;
    tick();
    unit.start_i = 0;

    std::deque<Cycle> done; // of bursts under way
    std::vector<Cycle> arrived;
    std::size_t next = 0;
    Cycle before = -1, free = 0;
    std::array<std::size_t, queueCount> sent{};
    const auto dispatch = [&](std::size_t n) {
      const int queue = static_cast<int>(getBits(program[n], 8, 3));
      const std::size_t place = sent[queue];
      Cycle at = std::max(arrived[n], before);
      const auto &issues = queues.issues(queue);
      if (place >= static_cast<std::size_t>(queueDepth)) {
        const std::size_t first = place - static_cast<std::size_t>(queueDepth);
        if (first >= issues.size())
          return never;
        at = std::max(at, issues[first]);
      }
      return at + 1;
    };
    for (Cycle now = 0; next < good || (bad && unit.fault_o == 0); ++now) {
      ASSERT_LT(now, 1'000'000) << "it hangs";
      const bool moves = !done.empty() && now > done.front() - beats;
      unit.rvalid_i = moves;
      if (moves) {
        const Cycle beat = now - (done.front() - beats) - 1;
        std::memcpy(&unit.rdata_i,
                    reinterpret_cast<const char *>(&program[arrived.size()]) +
                        Bus * beat,
                    Bus);
      }
      unit.full_i = static_cast<std::uint8_t>(queues.full());
      unit.grant_i = 0;
      eval(0);
      if (next < good) {
        const bool asks = now >= contract.ready();
        ASSERT_EQ(unit.req_o != 0, asks)
            << "cycle " << now << ", command " << contract.count();
      }
      if (unit.req_o != 0 && now >= free && random() % reluctance == 0) {
        ASSERT_EQ(unit.req_addr_o, contract.burst().address);
        const Cycle start = std::max(
            done.empty() ? now : done.back(),
            now + static_cast<Cycle>(random() %
                                     static_cast<std::uint64_t>(mostLatency)));
        done.push_back(start + beats);
        contract.granted(now);
        free = now + beats;
        unit.grant_i = 1;
        eval(0);
      }
      const bool goes =
          next < good && next < arrived.size() && dispatch(next) <= now;
      ASSERT_EQ(unit.push_o != 0, goes)
          << "cycle " << now << ", command " << next;
      if (goes) {
        const int queue = static_cast<int>(getBits(program[next], 8, 3));
        ASSERT_EQ(unit.push_o, 1 << queue) << "command " << next;
        ASSERT_EQ(std::memcmp(&unit.cmd_o, &program[next], 64), 0)
            << "command " << next;
        queues.push(queue, now);
        ++sent[queue];
        before = now;
        contract.dispatched(now);
        ++next;
      }
      queues.issue(now);
      if (moves && now == done.front()) {
        done.pop_front();
        arrived.push_back(now);
      }
      ASSERT_EQ(unit.busy_o, 1) << "cycle " << now;
      eval(1);
    }
    unit.rvalid_i = unit.grant_i = 0;
    eval(0);
    EXPECT_EQ(unit.number_o, good);
    EXPECT_EQ(unit.fault_o, bad.has_value());
    EXPECT_EQ(unit.busy_o, bad.has_value());
    EXPECT_EQ(unit.push_o, 0);
  }

  void reset() {
    unit.start_i = unit.grant_i = unit.rvalid_i = 0;
    unit.rst_ni = 0;
    tick();
    unit.rst_ni = 1;
    eval(0);
  }

private:
  void eval(int clock) {
    unit.clk_i = clock;
    unit.eval();
  }
  void tick() {
    eval(0);
    eval(1);
  }

  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Unit> made = std::make_unique<Unit>(context.get());
  Unit &unit = *made;
};

std::vector<Encoded> randomCommands(std::mt19937_64 &random) {
  std::vector<Encoded> program;
  for (const Command &command : randomProgram(random, Config{}, {100, false}))
    program.push_back(encodeCommand(command));
  return program;
}

template <typename Unit, int Bus, int depth>
void expectContract() {
  std::mt19937_64 random(depth);
  Bench<Unit, Bus, depth> bench;
  std::size_t commands = 0;
  while (commands < 10'000) {
    SCOPED_TRACE(commands);
    const auto program = randomCommands(random);
    bench.run(program, random);
    if (::testing::Test::HasFailure())
      return;
    commands += program.size();
  }
}

TEST(Fetch, KeepsTheContract) { expectContract<Vfetch, 16, 8>(); }
TEST(Fetch, KeepsTheContractWithWholeCommandsABeat) {
  expectContract<Vfetch1, 64, 1>();
}
TEST(Fetch, KeepsTheContractWithABytesBeat) { expectContract<Vfetch3, 1, 3>(); }

/// What the reader refuses, the hardware does not dispatch.
TEST(Fetch, StopsAtACommandThatNoQueueTakes) {
  std::mt19937_64 random(7);
  Bench<Vfetch, 16, 8> bench;
  std::array<int, 2> refused{};
  for (int opcode = 0; opcode < 256; ++opcode)
    for (int queue = 0; queue < 8; ++queue) {
      auto program = randomCommands(random);
      program.resize(1 + random() % 20);
      const std::size_t place = random() % program.size();
      setBits(program[place], 0, 8, opcode);
      setBits(program[place], 8, 3, queue);
      const CommandInfo *info = findCommand(opcode);
      const bool isGood = info && (info->queues >> queue & 1) != 0;
      ++refused[isGood];
      SCOPED_TRACE(fmt::format("opcode {}, queue {}", opcode, queue));
      bench.run(program, random, isGood ? std::optional<std::size_t>() : place);
      if (HasFailure())
        return;
      bench.reset();
    }
  EXPECT_EQ(refused[1], 21);
}

} // namespace

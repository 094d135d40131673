// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bus, DMA engines and memory against the formulas of npu-timing.md, burst by
// burst: what is granted together is granted as one by one.

#include "simulator/timing/Bus.h"

#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

Bases basesOfTest() {
  Bases bases{};
  for (int i = 0; i < baseRegisters; ++i)
    bases[i] = std::uint64_t(i + 1) << 24;
  return bases;
}

/// Runs of all lengths from any address on, half of them of whole bursts, with
/// steps within a row and far beyond.
template <typename T>
T randomTransfer(std::mt19937_64 &random) {
  const auto range = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(
                     random() % static_cast<std::uint64_t>(high - low + 1));
  };
  const std::int64_t unit = random() % 2 == 0 ? burstBytes : 1;
  T command;
  command.dramBase = static_cast<int>(range(0, baseRegisters - 1));
  command.dramOffset = range(100000, 200000) / unit * unit;
  command.spadAddr = static_cast<int>(range(20000, 30000));
  command.run =
      static_cast<int>(unit * range(1, random() % 4 == 0 ? 40 : 640 / unit));
  for (int i = 0; i < 4; ++i) {
    command.count[i] = static_cast<int>(random() % 2 == 0 ? 1 : range(2, 4));
    command.dramStep[i] = static_cast<int>(
        random() % 4 == 0 ? command.run : range(-9000, 9000) / unit * unit);
    command.spadStep[i] =
        static_cast<int>(random() % 4 == 0 ? command.run : range(-600, 600));
  }
  return command;
}

/// A command of an engine, as the page counts it.
struct PlainCommand {
  bool isStore = false;
  Cycle start = 0;
  std::vector<Burst> bursts;
};

template <typename T>
PlainCommand plainOf(const T &c, Cycle start, const Bases &bases,
                     const Config &config) {
  PlainCommand made{std::is_same_v<T, Store>, start, {}};
  const std::int64_t line = lineBytes(config);
  std::array<std::int64_t, 4> i{};
  for (i[3] = 0; i[3] < c.count[3]; ++i[3])
    for (i[2] = 0; i[2] < c.count[2]; ++i[2])
      for (i[1] = 0; i[1] < c.count[1]; ++i[1])
        for (i[0] = 0; i[0] < c.count[0]; ++i[0]) {
          auto dram = static_cast<std::int64_t>(bases[c.dramBase]) +
                      static_cast<std::int64_t>(c.dramOffset);
          std::int64_t spad = c.spadAddr;
          for (int d = 0; d < 4; ++d) {
            dram += i[d] * c.dramStep[d];
            spad += i[d] * c.spadStep[d];
          }
          for (std::int64_t left = c.run; left > 0;) {
            const std::int64_t bytes = std::min(left, 64 - dram % 64);
            made.bursts.push_back(
                {static_cast<std::uint64_t>(dram), bytes,
                 (spad + bytes - 1) / line - spad / line + 1});
            dram += bytes;
            spad += bytes;
            left -= bytes;
          }
        }
  return made;
}

/// An engine that keeps the times of all bursts it ever asked for.
struct PlainEngine {
  PlainCommand command;
  std::size_t next = 0; ///< burst of the command
  Cycle port = 0, lastGrant = 0;
  std::vector<Cycle> granted, finished; ///< finished: written, or done
  Cycle ready = never;

  static Cycle back(const std::vector<Cycle> &times, std::int32_t count) {
    const auto n = static_cast<std::size_t>(count);
    return times.size() < n ? 0 : times[times.size() - n];
  }

  void ask(const Config &config) {
    ready = std::max({command.start, lastGrant,
                      back(finished, config.dmaOutstanding)}) +
            1;
    if (!command.isStore)
      return;
    port =
        std::max({port, command.start, back(granted, config.dmaStoreBursts)}) +
        command.bursts[next].lines;
    ready = std::max(ready, port + 1);
  }

  void start(PlainCommand made, const Config &config) {
    command = std::move(made);
    next = 0;
    ask(config);
  }
};

/// The memory's formulas.
struct PlainDram {
  struct Bank {
    Cycle free = 0;
    std::uint64_t row = UINT64_MAX;
    Cycle first = 0; ///< of the last burst
  };
  const Config &config;
  std::map<std::uint64_t, Bank> banks{};
  Cycle doneBefore = 0;
  std::optional<bool> wrote{};

  Cycle refreshes(Cycle at) const {
    return config.dramRefreshInterval == 0 ? 0
                                           : at / config.dramRefreshInterval;
  }

  Cycle serve(std::uint64_t address, Cycle beats, Cycle at, bool writes) {
    const auto row = address / static_cast<std::uint64_t>(config.dramRowBytes);
    const bool banked = config.dramBanked != 0;
    Bank &bank =
        banks[banked ? row % static_cast<std::uint64_t>(config.dramBanks) : 0];
    const Cycle first = std::max(at, bank.free);
    Cycle begin = first;
    if (const Cycle count = refreshes(first); count != 0)
      begin = std::max(first, count * config.dramRefreshInterval +
                                  config.dramRefreshCycles);
    const bool isOpen =
        bank.row == row && refreshes(bank.first) == refreshes(first);
    if (banked && !isOpen)
      begin += config.dramMissCycles;
    bank = {begin + beats, row, first};
    if (wrote && *wrote != writes)
      doneBefore += config.dramTurnaroundCycles;
    wrote = writes;
    doneBefore = std::max(begin + config.dramLatencyCycles, doneBefore) + beats;
    return doneBefore;
  }
};

struct PlainBus {
  const Config &config;
  PlainDram dram{config};
  std::array<PlainEngine, 3> engines{};
  int last = 3;
  Cycle free = 0;

  /// Grants one burst. Returns the engine whose command it ended, or -1; then
  /// \p span is that command's.
  int grant(Span &span) {
    Cycle at = never;
    for (const PlainEngine &engine : engines)
      at = std::min(at, engine.ready);
    at = std::max(at, free);
    do
      last = (last + 1) % 4;
    while (last == 3 || engines[last].ready > at);
    PlainEngine &engine = engines[last];
    const Burst &burst = engine.command.bursts[engine.next];
    const auto address = static_cast<std::int64_t>(burst.address);
    const std::int64_t word = config.dramBytesPerCycle;
    const Cycle beats = (address + burst.bytes - 1) / word - address / word + 1;
    const Cycle done =
        dram.serve(burst.address, beats, at, engine.command.isStore);
    free = at + beats;
    engine.lastGrant = at;
    if (engine.command.isStore) {
      engine.granted.push_back(at);
      engine.finished.push_back(done);
    } else {
      engine.port = std::max(engine.port, done) + burst.lines;
      engine.finished.push_back(engine.port);
    }
    span = {at + 2, engine.finished.back() + 1};
    if (++engine.next < engine.command.bursts.size()) {
      engine.ask(config);
      return -1;
    }
    engine.ready = never;
    return last;
  }
};

/// Some commands on \p engines engines, each after the one before it.
void expectEqual(std::mt19937_64 &random, const Config &config, int engines) {
  const Bases bases = basesOfTest();
  Bus bus(config, bases, 0, 0);
  PlainBus plain{config};
  std::array<int, 3> left{};
  int running = 0;
  const auto start = [&](int engine, Cycle at) {
    // Engine 2 stores.
    if (engine == 2) {
      const auto command = randomTransfer<Store>(random);
      bus.dma(engine).begin(command, at);
      plain.engines[engine].start(plainOf(command, at, bases, config), config);
    } else {
      const auto command = randomTransfer<Load>(random);
      bus.dma(engine).begin(command, at);
      plain.engines[engine].start(plainOf(command, at, bases, config), config);
    }
    --left[engine];
    ++running;
  };
  const int first = static_cast<int>(random() % 3);
  for (int i = 0; i < engines; ++i) {
    left[(first + i) % 3] = 6;
    start((first + i) % 3, static_cast<Cycle>(random() % 300));
  }
  while (running != 0) {
    Span expected{};
    int ended = -1;
    while (ended < 0)
      ended = plain.grant(expected);
    const auto grant = bus.runUntil(never);
    ASSERT_TRUE(grant.has_value());
    ASSERT_EQ(grant->requester, ended);
    const Span span = bus.dma(ended).span();
    ASSERT_EQ(span.frontFree, expected.frontFree) << "engine " << ended;
    ASSERT_EQ(span.end, expected.end) << "engine " << ended;
    --running;
    if (left[ended] != 0)
      start(ended, span.frontFree);
  }
}

TEST(Bus, BurstsGrantedTogetherAreThoseOneByOne) {
  std::mt19937_64 random(10);
  for (int engines : {1, 2, 3})
    for (int round = 0; round < 1500; ++round) {
      SCOPED_TRACE(testing::Message()
                   << engines << " engines, round " << round);
      Config config = randomConfig(random);
      config.dramBanked = round % 4 != 0 ? 1 : 0;
      expectEqual(random, config, engines);
      if (HasFailure())
        return;
    }
}

/// Two runs of four bursts. The second one has two at the end of a row and two
/// at the begin of the next: it opens both.
TEST(Bus, ARunOpensItsRowWithItsFirstBurst) {
  Config config;
  config.dramBanked = 1;
  config.dramBanks = 1;
  Bus bus(config, basesOfTest(), 0, 0);
  Load load;
  load.run = 256;
  load.count = {2, 1, 1, 1};
  load.dramStep[0] = 5 * config.dramRowBytes - 128;
  load.spadStep[0] = 256;
  bus.dma(0).begin(load, 0);
  ASSERT_TRUE(bus.runUntil(never));
  // Grants are 4 cycles apart from 1 on. The bank opens a row from 1 to 29 and
  // serves until 45, opens the next until 73 and serves until 81, opens the
  // last until 109. Its second burst begins at 113, passes 104 cycles later,
  // and has 4 lines.
  EXPECT_EQ(bus.dma(0).span().frontFree, 1 + 7 * 4 + 2);
  EXPECT_EQ(bus.dma(0).span().end, 113 + 104 + 4 + 1);
}

} // namespace

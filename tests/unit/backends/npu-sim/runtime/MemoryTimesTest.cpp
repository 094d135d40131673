// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When the memory was at work: against the timing contract's own times.

#include "backends/npu-sim/runtime/MemoryTimes.h"

#include "tests/unit/backends/npu-sim/runtime/Testing.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gmock/gmock.h>

#include <set>

using namespace glowplug;
using namespace glowplug::npusim;
using namespace glowplug::npusim::test;

namespace {

/// Every burst by itself.
constexpr npu::Cycle apart = -1;

/// A transfer leaves the front of its engine with the grant of its last burst.
TEST(MemoryTimes, AgreeWithTheReplay) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    npu::Machine machine{npu::test::randomConfig(random), {}, 1 << 24};
    for (std::uint64_t &base : machine.bases)
      base = random() % 64 * 4096;
    const auto commands = npu::test::randomProgram(random, machine.config);
    const auto timeline = npu::replay(commands, machine);
    ASSERT_TRUE(timeline) << timeline.message();
    const auto banks = memoryTimesOf(commands, *timeline, machine, apart);
    ASSERT_EQ(banks.size(), machine.config.dramBanked != 0
                                ? std::size_t(machine.config.dramBanks)
                                : 1u);
    std::set<npu::Cycle> grants;
    std::size_t bursts = 0;
    for (const auto &bank : banks)
      for (const Bursts &burst : bank) {
        EXPECT_EQ(burst.count, 1);
        EXPECT_LT(burst.begin, burst.end);
        EXPECT_LE(burst.end, timeline->cycles);
        grants.insert(burst.begin);
        ++bursts;
      }
    EXPECT_EQ(grants.size(), bursts) << "the bus grants one at a time";
    for (std::size_t n = 0; n < commands.size(); ++n)
      if (std::holds_alternative<npu::Load>(commands[n]) ||
          std::holds_alternative<npu::Store>(commands[n]))
        EXPECT_TRUE(grants.contains(timeline->records[n].frontFree - 2))
            << "command " << n << " of round " << round;
  }
}

TEST(MemoryTimes, JoinsWhatIsClose) {
  npu::Config config;
  config.dramBanked = 1;
  config.dramBanks = 2;
  // 6 KiB from 1 KiB on: rows 0 to 3, in turns of banks 0 and 1.
  const Blob blob =
      blobOf("load load_a dram_offset=1024 run=6144\n", {8192, 0, 0, 0});
  const npu::Machine machine{config, {}, 1 << 20};
  const auto commands = commandsOf(blob);
  const auto timeline = npu::replay(commands, machine);
  ASSERT_TRUE(timeline);
  const auto countsOf = [&](npu::Cycle gap) {
    std::vector<std::vector<std::int64_t>> counts;
    for (const auto &bank : memoryTimesOf(commands, *timeline, machine, gap)) {
      counts.emplace_back();
      for (const Bursts &bursts : bank)
        counts.back().push_back(bursts.count);
    }
    return counts;
  };
  // The fetch of the command is long before.
  using Counts = std::vector<std::vector<std::int64_t>>;
  EXPECT_EQ(countsOf(50), (Counts{{1, 16, 32}, {32, 16}}));
  EXPECT_EQ(countsOf(1000), (Counts{{49}, {48}}));
}

} // namespace

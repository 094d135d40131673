// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the time of a run went, on programs with known numbers.

#include "backends/npu-sim/runtime/Statistics.h"

#include "tests/unit/backends/npu-sim/runtime/Testing.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gmock/gmock.h>

#include <tuple>

using namespace glowplug;
using namespace glowplug::npusim;
using namespace glowplug::npusim::test;

namespace {

constexpr std::array<std::int64_t, 4> noMemory{0, 0, 0, 0};

/// A timeline with the given start, front and end of each command.
npu::Timeline timelineOf(std::vector<std::array<npu::Cycle, 3>> times) {
  npu::Timeline timeline;
  for (const auto &[start, frontFree, end] : times) {
    timeline.records.push_back({start - 1, start, frontFree, end});
    timeline.cycles = std::max(timeline.cycles, end);
  }
  return timeline;
}

/// A machine of short pipes: a command is at work until the cycle before its
/// end.
npu::Config shortPipes() {
  npu::Config config;
  config.arrayMeshCycles = 0;
  config.arrayPipeCycles = config.vectorPipeCycles = 1;
  return config;
}

Statistics statisticsOf(const Blob &blob, const npu::Timeline &timeline,
                        const npu::Config &config = shortPipes()) {
  return npusim::statisticsOf(blob, commandsOf(blob), timeline, config);
}

TEST(Statistics, SharesAndBoundsAreAsCounted) {
  Blob blob = blobOf("load load_a layer=0\n"
                     "load load_w layer=0\n"
                     "matmul matrix layer=0\n"
                     "load load_a layer=1\n"
                     "vector vector layer=0\n"
                     "store store layer=0\n"
                     "depthwise vector layer=1\n"
                     "store store layer=1\n",
                     noMemory, 2);
  blob.layers[0].macs = 256 * 40 + 1;
  blob.layers[0].dramBytes = 16 * 30;
  blob.layers[1].macs = 256 * 3;
  blob.layers[1].dramBytes = 16 * 50 + 1;
  const auto result = statisticsOf(blob, timelineOf({{10, 30, 40},
                                                     {20, 50, 55},
                                                     {60, 130, 150},
                                                     {30, 70, 75},
                                                     {150, 155, 165},
                                                     {160, 162, 170},
                                                     {165, 300, 320},
                                                     {310, 330, 350}}));
  EXPECT_EQ(result.cycles, 350);
  ASSERT_EQ(result.layers.size(), 2u);
  const LayerStatistics &first = result.layers[0], &second = result.layers[1];
  EXPECT_EQ(first.begin, 10);
  EXPECT_EQ(first.end, 170);
  EXPECT_EQ(first.cycles, 170);
  // Transfers 10..75 and 160..162: 67. The array, up to its last row: 89.
  EXPECT_EQ(first.bound, Bound::Compute);
  EXPECT_EQ(first.rooflineCycles, 41u);
  EXPECT_DOUBLE_EQ(first.gap, 170.0 / 41);
  EXPECT_EQ(second.begin, 30);
  EXPECT_EQ(second.end, 350);
  EXPECT_EQ(second.cycles, 180);
  EXPECT_EQ(second.bound, Bound::Vector);
  EXPECT_EQ(second.rooflineCycles, 51u);
  EXPECT_EQ(result.macs, 256u * 43 + 1);
  EXPECT_DOUBLE_EQ(result.utilization, (256.0 * 43 + 1) / (350.0 * 256));
}

/// Engines of transfers that take turns are one resource.
TEST(Statistics, TransfersCountTogether) {
  const Blob blob = blobOf("load load_a\nload load_w\nstore store\n"
                           "matmul matrix\n",
                           noMemory);
  const auto bound = [&](npu::Cycle storeFrom, npu::Cycle arrayTo) {
    return statisticsOf(blob, timelineOf({{0, 20, 20},
                                          {20, 40, 40},
                                          {storeFrom, 100, 100},
                                          {40, 41, arrayTo + 1}}))
        .layers[0]
        .bound;
  };
  EXPECT_EQ(bound(80, 90), Bound::Dma);     // 60 to 50
  EXPECT_EQ(bound(95, 90), Bound::Compute); // 45 to 50
  EXPECT_EQ(bound(90, 90), Bound::Compute); // 50 to 50
  EXPECT_EQ(bound(90, 89), Bound::Dma);     // 50 to 49
  EXPECT_EQ(bound(91, 89), Bound::Latency); // 49 to 49, of 100
}

/// Overlapping transfers count once.
TEST(Statistics, TransfersAtOneTimeCountOnce) {
  const Blob blob = blobOf("load load_a\nload load_w\nsync matrix\n", noMemory);
  const auto result = statisticsOf(
      blob, timelineOf({{0, 45, 45}, {5, 49, 49}, {99, 100, 100}}));
  EXPECT_EQ(result.layers[0].bound, Bound::Latency);
}

TEST(Statistics, SharesAddUpWhenLayersFinishOutOfOrder) {
  const Blob blob = blobOf("sync load_a layer=1\nsync matrix layer=0\n"
                           "sync vector layer=3\n",
                           noMemory, 5);
  const auto result = statisticsOf(
      blob, timelineOf({{10, 20, 20}, {10, 50, 50}, {60, 80, 80}}));
  std::vector<npu::Cycle> shares;
  for (const LayerStatistics &layer : result.layers)
    shares.push_back(layer.cycles);
  EXPECT_EQ(shares, (std::vector<npu::Cycle>{50, 0, 0, 30, 0}));
  EXPECT_EQ(result.layers[1].begin, 10);
  EXPECT_EQ(result.layers[1].bound, Bound::Latency);
  // Without commands: a moment after what is before.
  EXPECT_EQ(result.layers[2].begin, 50);
  EXPECT_EQ(result.layers[2].end, 50);
  EXPECT_EQ(result.layers[4].end, 80);
  EXPECT_EQ(result.layers[0].gap, 0);
}

using Use = std::tuple<std::string, npu::Cycle, npu::Cycle>;

std::vector<Use> usesOf(const Blob &blob, const npu::Timeline &timeline) {
  std::vector<Use> uses;
  for (const BufferUse &use :
       bufferUsesOf(blob, commandsOf(blob), timeline, {}))
    uses.emplace_back(use.buffer->name, use.first, use.last);
  return uses;
}

TEST(Statistics, BuffersAreInUseWhileTheirLayerTouchesThem) {
  Blob blob = blobOf("load load_a spad_addr=0 run=64 layer=0\n"
                     "load load_a spad_addr=64 run=64 layer=1\n"
                     "copy store src_addr=0 dst_addr=1024 run=32 layer=0\n"
                     "copy store src_addr=127 dst_addr=2048 run=1 layer=1\n",
                     noMemory, 4);
  blob.buffers = {{"a", 0, 0, 64},     {"b", 1, 64, 64},    {"c", 0, 1055, 9},
                  {"d", 1, 2040, 8},   {"e", 1, 1024, 32},  {"f", 0, 1024, 1},
                  {"a", 0, 0, 64},     {"g", 1, 2049, 512}, {"h", 1, 100, 27},
                  {"i", 0, 0, 64},     {"a", 2, 0, 64},     {"b", 1, 64, 64},
                  {"j", 0, 0, 262144}, {"k", 1, 64, 0},     {"a", 0, 0, 63}};
  EXPECT_EQ(
      usesOf(blob,
             timelineOf({{5, 9, 10}, {9, 19, 20}, {30, 40, 45}, {50, 60, 66}})),
      (std::vector<Use>{{"a", 5, 45},
                        {"b", 9, 66},
                        {"c", 30, 45},
                        {"d", 0, 0},
                        {"e", 0, 0},
                        {"f", 30, 45},
                        {"g", 0, 0},
                        {"h", 9, 20},
                        {"i", 5, 45},
                        {"a", 0, 0},
                        {"j", 5, 45},
                        {"k", 0, 0},
                        {"a", 5, 45}}));
}

/// The same as asking each command about each buffer.
TEST(Statistics, BuffersOfRandomProgramsAreFound) {
  std::mt19937_64 random(3);
  const npu::Config config;
  for (int round = 0; round < 200; ++round) {
    Blob blob = blobOf("", noMemory, 4);
    for (const npu::Command &command : npu::test::randomProgram(random, config))
      blob.program.commands.push_back(npu::encodeCommand(command));
    const auto commands = commandsOf(blob);
    const auto timeline = npu::replay(commands, {});
    ASSERT_TRUE(timeline) << timeline.message();
    for (int i = 0; i < 40; ++i) {
      const auto bytes = std::uint32_t(random() % 3000);
      blob.buffers.push_back({std::to_string(i), std::uint32_t(random() % 4),
                              std::uint32_t(random() % (262144 - bytes)),
                              bytes});
    }
    std::vector<Use> expected;
    for (const BufferInfo &buffer : blob.buffers) {
      Use &use = expected.emplace_back(buffer.name, npu::never, 0);
      for (std::size_t n = 0; n < commands.size(); ++n)
        for (const npu::Access &access : npu::accessesOf(commands[n], config)) {
          if (std::uint32_t(npu::headerOf(commands[n]).layer) != buffer.layer ||
              access.space != npu::Space::Scratchpad ||
              access.low() >= std::int64_t(buffer.begin) + buffer.bytes ||
              access.high() <= buffer.begin || buffer.bytes == 0)
            continue;
          std::get<1>(use) =
              std::min(std::get<1>(use), timeline->records[n].start);
          std::get<2>(use) =
              std::max(std::get<2>(use), timeline->records[n].end);
        }
      if (std::get<1>(use) == npu::never)
        std::get<1>(use) = 0;
    }
    ASSERT_EQ(usesOf(blob, *timeline), expected) << round;
  }
}

TEST(Statistics, OfAnEmptyProgram) {
  const Blob blob = blobOf("", noMemory);
  const auto result = statisticsOf(blob, {});
  EXPECT_EQ(result.cycles, 0);
  EXPECT_EQ(result.utilization, 0);
  EXPECT_EQ(result.layers[0].cycles, 0);
  EXPECT_EQ(result.layers[0].bound, Bound::Latency);
}

/// A product that keeps the array busy, by the timing contract.
TEST(Statistics, OfABoundArray) {
  const npu::Config config;
  Blob blob = gemmBlob(256, 256, 1024, 64, config);
  const auto timeline = npu::replay(commandsOf(blob), {config, {}, 0});
  ASSERT_TRUE(timeline);
  const auto result = statisticsOf(blob, *timeline);
  EXPECT_EQ(result.bankConflicts, 0u);
  EXPECT_EQ(result.layers[0].cycles, timeline->cycles);
  EXPECT_EQ(result.layers[0].bound, Bound::Compute);
  EXPECT_EQ(result.layers[0].rooflineCycles, 256u * 1024);
  EXPECT_GT(result.utilization, 0.9);
  EXPECT_DOUBLE_EQ(result.layers[0].gap, 1 / result.utilization);
  for (const npu::QueueTime &engine : result.engines)
    EXPECT_EQ(engine.total(), result.cycles);
  // With a quarter of the bandwidth, transfers bind.
  npu::Config narrow;
  narrow.dramBytesPerCycle = 2;
  const auto slow = npu::replay(commandsOf(blob), {narrow, {}, 0});
  ASSERT_TRUE(slow);
  const auto bound = statisticsOf(blob, *slow, narrow);
  EXPECT_EQ(bound.layers[0].bound, Bound::Dma);
  EXPECT_LT(bound.utilization, 0.7);
}

TEST(Statistics, CountsBankConflicts) {
  // Input and weights in bank 0.
  const Blob blob =
      blobOf("matmul matrix src_addr=0 weight_addr=16\n", noMemory);
  const auto timeline = npu::replay(commandsOf(blob), {});
  ASSERT_TRUE(timeline) << timeline.message();
  EXPECT_EQ(statisticsOf(blob, *timeline).bankConflicts, 1u);
}

} // namespace

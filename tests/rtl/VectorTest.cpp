// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit with the depthwise engine: random commands of all kinds, one
// after the other, equal in every byte and every cycle.

#include "simulator/cosim/Units.h"
#include "simulator/timing/VectorTiming.h"
#include "tests/rtl/RandomDepthwise.h"
#include "tests/rtl/UnitBench.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// A random command that does not read its own results: half of them are
/// depthwise.
Command randomWork(std::mt19937_64 &random, const Config &config) {
  while (true) {
    const Command command = random() % 2 == 0
                                ? randomDepthwise(random, config)
                                : randomCommand(random, config, Queue::Vector);
    if (!std::holds_alternative<Sync>(command) &&
        !overlaps(command, command, config))
      return command;
  }
}

/// Puts \p scales from \p at on, most of them such that results are neither all
/// 0 nor all at a limit.
void placeScales(std::mt19937_64 &random, std::int64_t at, int scales,
                 Memories &m) {
  const int r = m.config.arrayRows;
  for (int i = 0; i < scales; ++i, at += scaleRows * r)
    for (int n = 0; n < r; ++n) {
      if (random() % 8 != 0)
        m.setWord(at + 4 * n, static_cast<std::int32_t>(
                                  random() >> 34 | std::uint64_t(1) << 30));
      m.scratchpad[at + 4 * r + n] = static_cast<std::uint8_t>(
          random() % 4 == 0 ? 2 + random() % 61 : 28 + random() % 30);
    }
}

/// Puts scales where \p command expects them.
void placeScales(std::mt19937_64 &random, const Command &command, Memories &m) {
  const auto place = [&](const auto &c, int scales) {
    const int biases = c.bias != 0 ? biasRows * m.config.arrayRows : 0;
    placeScales(random, c.paramAddr + biases, scales, m);
  };
  if (const auto *c = std::get_if<Vector>(&command))
    place(*c, c->rescale + c->aRescale +
                  (c->op != VectorOp::Copy ? c->bRescale : 0));
  else if (const auto *window = std::get_if<Depthwise>(&command))
    place(*window, window->rescale);
}

void runRandom(int rows, int commands) {
  Config config;
  config.arrayRows = rows;
  config.scratchpadBankBytes = 16384;
  const auto unit = cosim::makeVector(config);
  ASSERT_TRUE(unit) << unit.message();
  VectorTiming timing(config);
  UnitBench bench(
      config, **unit,
      [&](const Command &command, Cycle start) {
        return timing.begin(command, start);
      },
      3 * rows);
  std::mt19937_64 random(rows);
  constexpr int batch = 100;
  for (int begin = 0; begin < commands; begin += batch) {
    std::vector<Command> some;
    for (int n = 0; n < batch; ++n) {
      some.push_back(randomWork(random, config));
      ASSERT_TRUE((*unit)->takes(some.back()));
    }
    bench.fillMemories([&](Memories &memories) {
      for (const Command &command : some)
        placeScales(random, command, memories);
    });
    ASSERT_TRUE(bench.run(some)) << "batch of commands from " << begin;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(bench.cycle));
}

/// What the shapes of the commands above have to reach.
struct Edge {
  const char *what;
  bool (*holds)(const Depthwise &, const Config &);
};

bool needsSums(const Depthwise &c) { return c.kernelH > 3 || c.kernelW > 3; }

constexpr Edge edges[] = {
    {"rows as long as the line buffer",
     [](const Depthwise &c, const Config &config) {
       return c.inW == config.depthwiseLineWidth;
     }},
    {"as many sums as there are",
     [](const Depthwise &c, const Config &config) {
       return needsSums(c) && c.outH * c.outW == config.depthwiseSumRows;
     }},
    {"the largest window",
     [](const Depthwise &c, const Config &) {
       return c.op == DepthwiseOp::Mac && c.kernelH == 63 && c.kernelW == 63;
     }},
    {"a window wider than the input",
     [](const Depthwise &c, const Config &) { return c.kernelW > c.inW; }},
    {"windows of nothing but padding",
     [](const Depthwise &c, const Config &) {
       return c.padTop >= c.kernelH && c.padLeft >= c.kernelW;
     }},
    {"a stride over inputs that no window has",
     [](const Depthwise &c, const Config &) {
       return c.strideH > c.kernelH && c.strideW > c.kernelW;
     }},
    {"an input of one pixel",
     [](const Depthwise &c, const Config &) {
       return c.inH == 1 && c.inW == 1;
     }},
    {"words after several passes",
     [](const Depthwise &c, const Config &) {
       return needsSums(c) && c.dstKind == DstKind::Words;
     }},
    {"a maximum of several passes",
     [](const Depthwise &c, const Config &) {
       return needsSums(c) && c.op == DepthwiseOp::Max;
     }},
};

TEST(RandomDepthwise, ReachesEveryEdge) {
  const Config config;
  std::mt19937_64 random(1);
  std::array<int, std::size(edges)> found{};
  for (int n = 0; n < 5'000; ++n) {
    const Command command = randomDepthwise(random, config);
    for (std::size_t i = 0; i < std::size(edges); ++i)
      found[i] += edges[i].holds(std::get<Depthwise>(command), config);
  }
  for (std::size_t i = 0; i < std::size(edges); ++i)
    EXPECT_GE(found[i], 10) << edges[i].what;
}

class Vector : public ::testing::TestWithParam<int> {};
TEST_P(Vector, EqualsModelAndContract) { runRandom(GetParam(), 10'000); }
INSTANTIATE_TEST_SUITE_P(Rows, Vector, ::testing::ValuesIn(cosim::builtRows),
                         ::testing::PrintToStringParamName());

} // namespace

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array: random commands, equal in every sum and every cycle.

#include "simulator/cosim/Units.h"
#include "tests/rtl/UnitBench.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// A random command whose factors have 9 bits.
Command randomMatmul(std::mt19937_64 &random, const Config &config) {
  while (true) {
    Command command = randomCommand(random, config, Queue::Matrix);
    auto *matmul = std::get_if<Matmul>(&command);
    if (!matmul)
      continue;
    const auto ofType = [](int zeroPoint, int isUnsigned) {
      return isUnsigned != 0
                 ? zeroPoint & 0xff
                 : valueOf(static_cast<std::uint8_t>(zeroPoint), false);
    };
    matmul->inputZp = ofType(matmul->inputZp, matmul->inputUnsigned);
    matmul->weightZp = ofType(matmul->weightZp, matmul->weightUnsigned);
    return command;
  }
}

/// Lets \p command add to the rows that \p before writes last, if they fit:
/// sums that are still on their way.
void continueTile(std::mt19937_64 &random, const Config &config,
                  const Command &before, Command &command) {
  const auto &from = std::get<Matmul>(before);
  Matmul to = std::get<Matmul>(command);
  to.accumulate = 1;
  to.accAddr =
      from.accAddr + from.outH * from.outW - 1 - static_cast<int>(random() % 4);
  if (to.accAddr >= 0 && !checkCommand(encodeCommand(to), config, Extents{}))
    command = to;
}

void runRandom(int rows, int commands) {
  Config config;
  config.arrayRows = rows;
  config.scratchpadBankBytes = 4096;
  config.accumulatorBankRows = 64;
  const auto unit = cosim::makeArray(config);
  ASSERT_TRUE(unit) << unit.message();
  ArrayTiming timing(config);
  UnitBench bench(
      config, **unit,
      [&](const Command &command, Cycle start) {
        return timing.begin(command, start);
      },
      7 * rows);
  std::mt19937_64 random(rows);
  constexpr int batch = 250;
  for (int begin = 0; begin < commands; begin += batch) {
    std::vector<Command> some;
    for (int n = 0; n < batch; ++n) {
      some.push_back(randomMatmul(random, config));
      if (n > 0 && random() % 4 == 0)
        continueTile(random, config, some[n - 1], some[n]);
    }
    bench.fillMemories([](Memories &) {});
    ASSERT_TRUE(bench.run(some)) << "batch of commands from " << begin;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(bench.cycle));
}

class Array : public ::testing::TestWithParam<int> {};
TEST_P(Array, EqualsModelAndContract) { runRandom(GetParam(), 10'000); }
INSTANTIATE_TEST_SUITE_P(Rows, Array, ::testing::ValuesIn(cosim::builtRows),
                         ::testing::PrintToStringParamName());

} // namespace

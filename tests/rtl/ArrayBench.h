// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs random commands on an array, equal to model and contract in every sum
/// and every cycle.

#pragma once

#include "tests/rtl/UnitBench.h"

namespace glowplug::npu::test {

/// A random command whose factors have 9 bits.
inline Command randomMatmul(std::mt19937_64 &random, const Config &config) {
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
inline void continueTile(std::mt19937_64 &random, const Config &config,
                         const Command &before, Command &command) {
  const auto &from = std::get<Matmul>(before);
  Matmul to = std::get<Matmul>(command);
  to.accumulate = 1;
  to.accAddr =
      from.accAddr + from.outH * from.outW - 1 - static_cast<int>(random() % 4);
  if (to.accAddr >= 0 && !checkCommand(encodeCommand(to), config, Extents{}))
    command = to;
}

/// The sizes that a bench of an array of \p rows has.
inline Config arrayConfig(int rows) {
  Config config;
  config.arrayRows = rows;
  config.scratchpadBankBytes = 4096;
  config.accumulatorBankRows = 64;
  return config;
}

/// Stops at the first failure.
inline void runRandomMatmuls(model::HardwareUnit &unit, const Config &config,
                             int commands) {
  ArrayTiming timing(config);
  UnitBench bench(
      config, unit,
      [&](const Command &command, Cycle start) {
        return timing.begin(command, start);
      },
      seedOf(7 * config.arrayRows));
  std::mt19937_64 random(seedOf(config.arrayRows));
  constexpr int batch = 250;
  for (int begin = 0; begin < commands; begin += batch) {
    std::vector<Command> some;
    for (int n = 0; n < batch; ++n) {
      some.push_back(randomMatmul(random, config));
      if (n > 0 && random() % 4 == 0)
        continueTile(random, config, some[n - 1], some[n]);
    }
    bench.fillMemories([](Memories &) {});
    if (!bench.run(some))
      return;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(bench.cycle));
}

} // namespace glowplug::npu::test

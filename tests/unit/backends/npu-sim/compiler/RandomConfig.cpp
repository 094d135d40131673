// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random machines.

#include "tests/unit/backends/npu-sim/compiler/RandomConfig.h"

#include <fmt/format.h>

namespace glowplug::compilertest {

npu::Config randomConfig(Random &random) {
  npu::Config config;
  config.arrayRows = 4 << pick(random, 0, 3);
  config.scratchpadBanks = static_cast<int>(pick(random, 8, 12));
  config.scratchpadBankBytes = 1024 << pick(random, 0, 5);
  config.accumulatorBanks = static_cast<int>(pick(random, 2, 4));
  config.accumulatorBankRows = 16 << pick(random, 0, 4);
  config.depthwiseLineWidth = static_cast<int>(pick(random, 8, 24));
  config.depthwiseSumRows = static_cast<int>(pick(random, 0, 3) << 4);
  config.queueDepth = static_cast<int>(pick(random, 1, 16));
  config.fetchDepth = static_cast<int>(pick(random, 1, 8));
  config.dmaOutstanding = static_cast<int>(pick(random, 1, 32));
  config.dmaStoreBursts = static_cast<int>(pick(random, 1, 8));
  config.dramBanked = static_cast<int>(pick(random, 0, 1));
  config.dramBytesPerCycle = 4 << pick(random, 0, 3);
  config.dramLatencyCycles = static_cast<int>(pick(random, 1, 120));
  config.dramRowBytes = 256 << pick(random, 0, 3);
  return config;
}

std::string textOf(const npu::Config &c) {
  return fmt::format("R {} banks {} x {} accumulator {} x {} line {} sums {} "
                     "queue {} banked {}",
                     c.arrayRows, c.scratchpadBanks, c.scratchpadBankBytes,
                     c.accumulatorBanks, c.accumulatorBankRows,
                     c.depthwiseLineWidth, c.depthwiseSumRows, c.queueDepth,
                     c.dramBanked);
}

} // namespace glowplug::compilertest

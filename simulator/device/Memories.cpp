// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The NPU's memories as bytes.

#include "simulator/device/Memories.h"

#include <bit>

namespace glowplug::npu {

static_assert(std::endian::native == std::endian::little);

Memories::Memories(const Config &config)
    : config(config),
      scratchpad(static_cast<std::size_t>(scratchpadBytes(config))),
      accumulator(static_cast<std::size_t>(accumulatorRows(config)) *
                  static_cast<std::size_t>(config.arrayRows)) {}

} // namespace glowplug::npu

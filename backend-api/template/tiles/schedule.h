// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a prim image to an instr program: tiles, transfers, and their order.
#pragma once

#include <glowplug/backend.h>
#include <glowplug/image.h>

#include <cstdint>
#include <vector>

namespace tiles {

struct Schedule {
  std::vector<uint8_t> program;
  std::vector<std::vector<uint8_t>> segments; ///< one per constant
};

/// Schedules \p image, all of whose ops check() takes. \p segments are those of
/// the image. \throws std::runtime_error if the tensors exceed the DRAM.
Schedule schedule(gp_bytes image, const gp_bytes *segments);

} // namespace tiles

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where a partition's memory lies in the simulated address space.

#pragma once

#include "backends/npu-sim/runtime/Blob.h"
#include "simulator/timing/DmaTiming.h"

namespace glowplug::npusim {

struct Placement {
  npu::Bases bases{};            ///< of base registers without memory: 0
  std::uint64_t programBase = 0; ///< of the first command
};

/// Constants, workspace, inputs, outputs and then the program, from address 0
/// on, each at a multiple of 4096. Where DRAM has banks, times depend on it: a
/// compiler that wants exact times must place in the same way.
constexpr Placement placeProgram(const npu::Extents &extents) {
  constexpr std::uint64_t page = 4096;
  Placement placement;
  std::uint64_t next = 0;
  for (int base : {constantsBase, workspaceBase, inputsBase, outputsBase}) {
    placement.bases[base] = next;
    const auto extent = static_cast<std::uint64_t>(extents[base]);
    next += (extent + page - 1) / page * page;
  }
  placement.programBase = next;
  return placement;
}

} // namespace glowplug::npusim

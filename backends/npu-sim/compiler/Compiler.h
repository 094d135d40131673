// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles program images for one configuration of the NPU.

#pragma once

#include "backends/npu-sim/compiler/instr/Encode.h"
#include "backends/npu-sim/compiler/match/Check.h"
#include "backends/npu-sim/compiler/program/Options.h"
#include "simulator/isa/Config.h"

#include <glowplug/image.h>

#include <cstdint>
#include <span>
#include <vector>

namespace glowplug::npusim {

/// What gp_schedule_group gives.
struct Schedule {
  std::vector<std::uint8_t> program;   ///< an instr program (schema/instr.fbs)
  std::vector<std::uint8_t> constants; ///< its only segment; empty: it has none
};

/// Turns \p image, all of whose ops check() takes, into an instr program for
/// the machine of instr/Machine.h. \p segments are those of the image.
/// Deterministic. A fault says which op cannot be done, and why.
npu::Result<Schedule>
schedule(gp_image_program image,
         std::span<const std::span<const std::uint8_t>> segments,
         const npu::Config &config, const CompileOptions &options = {});

/// schedule(), then encode().
npu::Result<CompiledProgram>
compile(gp_image_program image,
        std::span<const std::span<const std::uint8_t>> segments,
        const npu::Config &config, const CompileOptions &options = {});

} // namespace glowplug::npusim

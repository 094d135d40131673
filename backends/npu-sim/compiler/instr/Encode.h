// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From instr programs to commands.

#pragma once

#include "backends/npu-sim/compiler/program/Options.h"
#include "simulator/isa/Config.h"

#include <cstdint>
#include <span>
#include <vector>

namespace glowplug::npusim {

/// What gp_plugin::compile gives.
struct CompiledProgram {
  std::vector<std::uint8_t> blob;      ///< see runtime/Blob.h
  std::vector<std::uint8_t> constants; ///< a segment made here; may be empty
  std::uint64_t workspaceBytes = 0;
};

/// Translates a verified instr program, 8-byte aligned, with its segments. A
/// fault names the instruction, and what the machine cannot do although its
/// description allows it.
npu::Result<CompiledProgram>
encode(std::span<const std::uint8_t> program,
       std::span<const std::span<const std::uint8_t>> segments,
       const npu::Config &config, const CompileOptions &options = {});

} // namespace glowplug::npusim

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An instr program as commands.

#pragma once

#include "backends/npu-sim/compiler/Compiler.h"
#include "backends/npu-sim/compiler/instr/instr_generated.h"

namespace glowplug::npusim {

/// Translates \p program, which was verified for the machine of writeMachine().
/// \p segments are its segments. A fault names the instruction, and the field
/// of the command or the part of the kernel.
npu::Result<CompiledProgram>
encodeProgram(const instr::ProgramT &program,
              std::span<const std::span<const std::uint8_t>> segments,
              const npu::Config &config, const CompileOptions &options = {});

} // namespace glowplug::npusim

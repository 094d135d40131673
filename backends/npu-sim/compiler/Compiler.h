// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles program images for one configuration of the NPU.

#pragma once

#include "simulator/isa/Config.h"

#include <glowplug/image.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace glowplug::npusim {

/// The answer about one op of a program body.
struct Verdict {
  bool isSupported = false;
  /// Only the epilogue is in the way, and no other recipe would help.
  bool splitEpilogue = false;
  std::string reason; ///< Why not; empty when supported.
};

/// One verdict per op. What is taken here compiles. \p image is verified.
std::vector<Verdict> check(gp_image_program image, const npu::Config &config);

/// What gp_plugin::compile gives.
struct CompiledProgram {
  std::vector<std::uint8_t> blob;      ///< see runtime/Blob.h
  std::vector<std::uint8_t> constants; ///< a segment made here; may be empty
  std::uint64_t workspaceBytes = 0;
};

struct CompileOptions {
  /// Off: a load waits for what is computed before it, for comparison.
  bool doubleBuffer = true;
  /// Look for races in the program; one is a defect of the compiler.
  bool checkRaces = false;
};

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

/// Translates a verified instr program, 8-byte aligned, with its segments. A
/// fault names the instruction, and what the machine cannot do although its
/// description allows it.
npu::Result<CompiledProgram>
encode(std::span<const std::uint8_t> program,
       std::span<const std::span<const std::uint8_t>> segments,
       const npu::Config &config, const CompileOptions &options = {});

/// schedule(), then encode().
npu::Result<CompiledProgram>
compile(gp_image_program image,
        std::span<const std::span<const std::uint8_t>> segments,
        const npu::Config &config, const CompileOptions &options = {});

} // namespace glowplug::npusim

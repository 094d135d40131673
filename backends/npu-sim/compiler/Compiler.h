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

/// Compiles \p image, all of whose ops check() takes. \p segments are those of
/// the image. Deterministic. A fault says which op cannot be done, and why.
npu::Result<CompiledProgram>
compile(gp_image_program image,
        std::span<const std::span<const std::uint8_t>> segments,
        const npu::Config &config, const CompileOptions &options = {});

} // namespace glowplug::npusim

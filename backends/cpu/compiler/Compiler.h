// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Image -> compiled program.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"
#include "backends/cpu/compiler/target/Target.h"

#include <glowplug/image.h>

#include <vector>

namespace glowplug::cpu {

struct CompiledProgram {
  std::vector<uint8_t> blob; ///< see runtime/Blob.h
  std::vector<std::vector<uint8_t>> madeSegments;
  std::vector<uint32_t> keptSegments; ///< indices of the image's
  uint64_t workspaceBytes = 0;
};

/// Compiles \p image for \p target. \p segments holds one run of bytes per
/// segment of the image. Equal arguments give equal results.
llvm::Expected<CompiledProgram>
compileImage(gp_image_program image,
             llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
             const Target &target, const CompileOptions &options);

} // namespace glowplug::cpu

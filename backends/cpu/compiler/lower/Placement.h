// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The last decisions on memory: where scratch buffers lie in the workspace,
/// which constant segments the program needs.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"
#include "backends/cpu/runtime/Blob.h"

namespace glowplug::cpu {

struct Placement {
  uint64_t workspaceBytes = 0;
  std::vector<uint32_t> keptSegments; ///< ascending
  std::vector<BufferRecord> storages; ///< where each storage begins
};

/// Plans the memory of all storages that the steps use.
llvm::Expected<Placement> placeBuffers(const Lowering &lowering);

} // namespace glowplug::cpu

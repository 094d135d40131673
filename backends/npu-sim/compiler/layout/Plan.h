// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where every tensor lies, and the work that is left then.

#pragma once

#include "backends/npu-sim/compiler/layout/Job.h"
#include "backends/npu-sim/compiler/pack/Constants.h"

namespace glowplug::npusim {

struct Plan {
  std::vector<Job> jobs; ///< in order of dependence
  std::vector<LayerInfo> layers;
  std::vector<std::uint32_t> inputs, outputs; ///< buffers
};

/// Plans \p program. Tensors between layers are blocked in \p lanes channels;
/// reshapes, transposes and slices are other views of the same bytes where they
/// can be, else copies. Constants that stages or moves read are added to \p
/// constants, and all that lies in DRAM to \p dram.
Plan planLayout(const Program &program, std::int64_t lanes,
                Constants &constants, Dram &dram);

} // namespace glowplug::npusim

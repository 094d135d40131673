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
  std::vector<Binding> inputs, outputs;
  std::int64_t inputBytes = 0, outputBytes = 0, workspaceBytes = 0;
};

/// Plans \p program. Tensors between layers are blocked in \p lanes channels;
/// reshapes, transposes and slices are other views of the same bytes where they
/// can be, else copies. Constants that stages or moves read are added to \p
/// constants.
Plan planLayout(const Program &program, std::int64_t lanes,
                Constants &constants);

} // namespace glowplug::npusim

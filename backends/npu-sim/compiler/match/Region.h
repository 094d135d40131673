// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Regions as stages of the vector unit.

#pragma once

#include "backends/npu-sim/compiler/match/Expression.h"
#include "backends/npu-sim/compiler/program/Program.h"

#include <optional>
#include <vector>

namespace glowplug::npusim {

/// A region and what its parameters stand for.
struct RegionUse {
  gp_image_region region; ///< absent: the result is the accumulator
  /// The type of the sums or maxima before, which are parameter 0; none for a
  /// map, all of whose parameters are operands.
  gp_image_dtype accumulator = gp_image_dtype_none;
  std::vector<ValueId> operands; ///< of the remaining parameters
  ValueId result = noValue;
  int channel = 0; ///< the dim of the result with a lane for each index
  /// Bytes that are all alike are read like others, not known as a number.
  bool readsSplats = false;
};

/// Stages, and which operands they read.
struct MatchedRegion {
  std::vector<Stage> stages;
  /// Numbers into RegionUse.operands, ascending; StageInput.operand counts in
  /// this list.
  std::vector<std::uint32_t> operands;
};

/// Whether the result of \p region needs the recipe of floats (fp32_rne).
bool needsFloatRecipe(gp_image_region region);

/// \p use as a chain of stages that compute the same, bit for bit. A fault says
/// what cannot be done.
npu::Result<MatchedRegion> matchRegion(const RegionUse &use,
                                       const Program &values);

} // namespace glowplug::npusim

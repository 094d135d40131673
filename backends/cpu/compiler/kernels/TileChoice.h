// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Choice of a register tile for a row of outputs. Internal to the kernels.
#pragma once

#include "backends/cpu/compiler/kernels/Spatial.h"
#include "backends/cpu/compiler/kernels/Tile.h"

namespace glowplug::cpu {

struct TileChoice {
  unsigned vectors = 1;  ///< vectors per tile, along channels or columns
  unsigned maxWidth = 1; ///< pixels or rows of the widest tile
  std::vector<ColumnClass> classes;
};

/// \p target with the registers that are left beside those for the widening of
/// bytes.
TargetTraits freeRegisters(const TargetTraits &target, Arithmetic arithmetic);

/// The tile that covers \p blocks vectors by a row of dim.out outputs at the
/// least estimated cost. Tiles are at most \p widthLimit wide. \p isPaired:
/// weights are WordPairs.
TileChoice chooseTile(const TargetTraits &target, const SpatialDim &dim,
                      int64_t blocks, int64_t widthLimit,
                      bool isPaired = false);

} // namespace glowplug::cpu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a machine description says about sizes that are worth trying.

#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace glowplug::conformance {

/// The sizes of which operands and results have to be multiples, or that are
/// packed together, on any engine of the machine \p bytes, which was verified;
/// ascending. Of more than `mostTiles` the largest; sizes above `largestTile`
/// (Claims.h) are left out. May be empty.
std::vector<int64_t> tilesOfMachine(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug::conformance

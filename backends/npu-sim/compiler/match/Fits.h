// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What check() and compile() ask about each layer that matches.

#pragma once

#include "backends/npu-sim/compiler/match/Match.h"
#include "backends/npu-sim/compiler/tile/Fits.h"

namespace glowplug::npusim {

inline FitsMachine targetFits() { return fits; }

} // namespace glowplug::npusim

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the emitter says what is too large for a machine.

#pragma once

#include "backends/npu-sim/compiler/match/Match.h"

namespace glowplug::npusim {

/// What check() and compile() ask about each layer that matches. The emitter's
/// function goes here; so far everything fits.
inline FitsMachine targetFits() { return {}; }

} // namespace glowplug::npusim

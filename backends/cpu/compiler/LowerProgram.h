// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Program -> steps: chooses for each op who lowers it.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// Lowers all ops and defines the outputs of the program.
void lowerProgram(Lowering &lowering);

} // namespace glowplug::cpu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transposed convolutions in terms of plain ones.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

namespace glowplug::cpu {

/// Replaces every transposed convolution of \p program by a convolution with
/// stride 1 over the input with zeros put between its elements, and weights
/// that are mirrored and whose channels are exchanged.
void expandConvTranspose(Program &program);

} // namespace glowplug::cpu

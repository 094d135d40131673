// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transposed convolutions in terms of plain ones.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

namespace glowplug::cpu {

/// Replaces every transposed convolution of \p program by plain ones of stride
/// 1: one per phase of its strides, each with the taps of that phase, mirrored
/// and with their channels exchanged. Their results are interleaved.
void expandConvTranspose(Program &program);

} // namespace glowplug::cpu

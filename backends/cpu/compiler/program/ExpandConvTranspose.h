// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transposed convolutions in terms of plain ones.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

namespace glowplug::cpu {

/// The phases of a transposed convolution in each dim: outputs whose distance
/// is a multiple of the stride are of one. There are as many as the stride
/// says, or as there are outputs.
Ints transposedPhases(llvm::ArrayRef<int64_t> strides,
                      llvm::ArrayRef<int64_t> sizes);

/// Replaces every transposed convolution of \p program by plain ones of stride
/// 1: one per phase of its strides, each with the taps of that phase, mirrored
/// and with their channels exchanged. Their results are interleaved.
void expandConvTranspose(Program &program);

} // namespace glowplug::cpu

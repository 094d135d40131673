// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transposed convolution.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

void lowerConvTranspose(Lowering &l, const Op &op, const ConvOp &conv);

} // namespace glowplug::cpu

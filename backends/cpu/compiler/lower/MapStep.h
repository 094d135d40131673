// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element-wise work as a step: what maps, fills and copies are made of.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// A step that computes \p region of the \p inputs for each element of the
/// \p outputs, which share one shape. An input has the rank of the outputs,
/// and in each dim their size or, with any stride, 1.
void mapStep(Lowering &l, const Region &region, llvm::ArrayRef<View> inputs,
             llvm::ArrayRef<View> outputs);

} // namespace glowplug::cpu

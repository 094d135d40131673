// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Loops over the taps of a sliding window, and the parts of a row of outputs
/// whose taps are all inside of the input.
#pragma once

#include "backends/cpu/compiler/emit/LoopNest.h"
#include "backends/cpu/compiler/kernels/Spatial.h"

namespace glowplug::cpu {

/// A tap dim of a window at one output position.
struct TapDim {
  SpatialDim dim;
  llvm::Value *position;    ///< of the output
  int64_t inputStride;      ///< elements per step in the input
  int64_t weightStride = 0; ///< elements per tap in the weights
  bool isInside = false;    ///< every tap of this position reads inside
};

/// Where a tap reads: pointers to elements.
struct Tap {
  llvm::Value *input;
  llvm::Value *weight; ///< as given, advanced; may be null
};

using TapBody =
    llvm::function_ref<Values(Tap, llvm::ArrayRef<llvm::Value *> carried)>;

/// Calls \p body for each tap inside of the input, with values carried around.
/// \p origin is the input element and the weight that belong to index 0 of
/// every tap dim.
Values forEachTap(Kernel &k, llvm::ArrayRef<TapDim> dims, DType inputType,
                  DType weightType, Tap origin,
                  llvm::ArrayRef<llvm::Value *> carried, TapBody body);

/// Covers the outputs [0, row.out): body(x, lanes, isInside). Outputs at the
/// borders come one by one.
void forRowParts(Kernel &k, const SpatialDim &row, unsigned lanes, bool mayMask,
                 llvm::function_ref<void(llvm::Value *, Lanes, bool)> body);

} // namespace glowplug::cpu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Depthwise convolution; reached through emitConv().
#pragma once

#include "backends/cpu/compiler/kernels/Conv.h"

namespace glowplug::cpu {

/// emitConv() for plans of ConvKind::depthwise.
void emitConvDepthwise(llvm::IRBuilder<> &builder, const ConvPlan &plan,
                       const ConvBuffers &buffers, const Epilogue &epilogue,
                       llvm::Value *begin, llvm::Value *end);

} // namespace glowplug::cpu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is done to a model before it is quantised. Every step keeps what the
/// model computes, up to rounding.

#pragma once

#include "core/quantize/ptq/OnnxGraph.h"
#include "core/quantize/ptq/Profile.h"

namespace glowplug::ptq {

/// Fails if the model is quantised already.
llvm::Error checkNotQuantized(const OnnxGraph &graph);

/// Turns Constant nodes into initialisers, takes initialisers
/// off the list of inputs, and removes Identity and inference-time Dropout.
void tidy(OnnxGraph &graph);

/// Rewrites the model for version 13 of the operator set, the first in which
/// DequantizeLinear has an axis. Fails on a node whose meaning changed in a way
/// that is not known here. \p profile tells ranks.
llvm::Error raiseOpset(OnnxGraph &graph, const Profile &profile);

/// Folds BatchNormalization into the Conv, ConvTranspose, Gemm or MatMul (with
/// a constant Add) before it. Returns the number of nodes folded.
unsigned foldBatchNorm(OnnxGraph &graph);

} // namespace glowplug::ptq

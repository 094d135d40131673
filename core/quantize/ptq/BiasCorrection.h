// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Corrects the bias by the mean error of rounded weights.

#pragma once

#include "core/quantize/ptq/Contraction.h"
#include "core/quantize/ptq/Profile.h"

namespace glowplug::ptq {

/// The mean, over samples and places, by which each output channel moves when
/// \p rounded replaces \p weights: the sum over the weights of their change
/// times the mean of the input channel that they see. \p means: one per input
/// channel. \p inputShape tells how often a weight at the border sees padding.
std::vector<double> meanOutputShift(const Contraction &contraction,
                                    llvm::ArrayRef<float> weights,
                                    llvm::ArrayRef<float> rounded,
                                    llvm::ArrayRef<double> means,
                                    llvm::ArrayRef<int64_t> inputShape);

} // namespace glowplug::ptq

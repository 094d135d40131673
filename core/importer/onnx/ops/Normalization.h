// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Normalisation over the last dims, for ONNX and for com.microsoft.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// The attribute epsilon: finite and at least 0, else the node fails.
double readEpsilon(Node &n, double fallback = 1e-5);

/// `graph.layer_norm` of \p x from dim \p axis on. \p scale and \p bias, which
/// may be null, have its type and rank.
Value layerNorm(Node &n, Value x, Value scale, Value bias, int64_t axis,
                double epsilon);

/// x * scale + bias, rounded to \p element; \p bias may be null.
Value scaleAndShift(Node &n, Value x, Value scale, Value bias, Type element);

/// \p x over the root of the mean of its squares over \p dims, and one over
/// that root.
struct RootMeanSquare {
  Value value, inverse;
};
RootMeanSquare rootMeanSquare(Node &n, Value x, ArrayRef<int64_t> dims,
                              double epsilon);

} // namespace glowplug::importer

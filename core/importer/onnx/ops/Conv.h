// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Attributes of convolutions, for floats and for quantised integers.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Reads and checks the attributes of a convolution of an input of shape
/// \p in by weights of shape \p weights. Nothing when the node failed.
std::optional<prim::ConvAttributes> readConv(Node &n, ArrayRef<int64_t> in,
                                             ArrayRef<int64_t> weights);

} // namespace glowplug::importer

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the pools share.

#pragma once

#include "core/importer/onnx/ops/Spatial.h"

namespace glowplug::importer {

/// Attributes over all dims: batch and channels have a window of one.
prim::WindowAttributes windowOf(const Sliding &sliding);

/// Reads the attributes of a pool over an input of shape \p in, input 0 unless
/// given; pads have to be smaller than the kernel, so that each window holds an
/// element.
Sliding readPool(Node &n, std::optional<Shape> in = {});

/// How many elements each window along spatial dim \p i of size \p in holds;
/// pads count if \p withPads, what ceil_mode added never does.
SmallVector<int64_t> windowCounts(const Sliding &sliding, size_t i, int64_t in,
                                  bool withPads);

/// The least number of a type, as a value of rank 0; infinite for floats.
Value lowest(Node &n, Type element);

} // namespace glowplug::importer

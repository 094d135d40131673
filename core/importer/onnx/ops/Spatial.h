// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The attributes that convolutions and pools share.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// How a kernel slides over the spatial dims; an entry per dim.
struct Sliding {
  Shape kernel, strides, dilations, low, high;
  /// What ceil_mode added to `high`; 0 without it.
  Shape extra;
  Shape out;
};

/// Where a pad is to be put if it cannot be split evenly.
enum class AutoPad { none, upper, lower, valid };

/// Reads the attribute auto_pad.
AutoPad readAutoPad(Node &n);

/// Reads strides, dilations and kernel_shape of \p spatial dims, with ones as
/// defaults. \p kernel is what the weights say; without weights it is null
/// and kernel_shape is required.
Sliding readKernel(Node &n, size_t spatial, const Shape *kernel);

/// Reads \p name as \p count integers from \p least to 2^31 - 1; \p fallback
/// where it is not given.
Shape readSizes(Node &n, StringRef name, size_t count, int64_t least,
                int64_t fallback);

/// Reads everything for a window over \p in, which are the input's spatial
/// dims, and computes pads and output sizes. Fails the node where the kernel
/// does not fit.
Sliding readSliding(Node &n, ArrayRef<int64_t> in, const Shape *kernel,
                    bool ceil);

} // namespace glowplug::importer

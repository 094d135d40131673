// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shape formulas of the prim ops. Pure functions: builders and verifiers use
/// them alike. Sizes are in elements; -1 says that a size would be negative or
/// does not fit 64 bits.

#pragma once

#include <cstdint>

namespace glowplug::prim {

/// Extent covered by a dilated kernel: dilation * (size - 1) + 1.
int64_t dilatedSize(int64_t size, int64_t dilation);

/// Output size of a window: floor((in + low + high - dilated) / stride) + 1;
/// 0 when the window is one step too large, -1 when it is larger still.
int64_t windowedSize(int64_t in, int64_t size, int64_t stride, int64_t low,
                     int64_t high, int64_t dilation);

/// Output size of a transposed convolution:
/// (in - 1) * stride + dilated - low - high.
int64_t transposedSize(int64_t in, int64_t size, int64_t stride, int64_t low,
                       int64_t high, int64_t dilation);

/// Output size of a pad: low + high + in + interior * max(in - 1, 0).
int64_t paddedSize(int64_t in, int64_t low, int64_t high, int64_t interior);

} // namespace glowplug::prim

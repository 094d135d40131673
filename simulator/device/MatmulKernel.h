// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The innermost loops of the systolic array's effect, where a simulation with
/// data spends its time.

#pragma once

#include <cstdint>

namespace glowplug::npu {

/// A block of R x R weights less their zero points, two rows beside each other:
/// pairs[(k / 2 * R + n) * 2 + k % 2]. Values have 9 bits and a sign.
struct alignas(64) PackedWeights {
  std::int16_t pairs[32 * 32];
};

/// What a run of input rows has in common.
struct RowRun {
  const std::uint8_t *input; ///< first row
  std::int64_t step;         ///< bytes from row to row
  std::int64_t count;        ///< rows
  std::int32_t *sums;        ///< R for each row, one row after the other
  bool isUnsigned;
  std::int16_t zeroPoint;
};

/// sums += (rows - zeroPoint) * weights, in 32 bits, wrapping. Uses the widest
/// instructions that the host has; the result is the same with all of them.
using MatmulKernel = void (*)(const RowRun &run, const PackedWeights &weights);

/// The kernel for arrays of \p rows, 4 to 32.
MatmulKernel matmulKernel(int rows);

/// The same in plain loops: what the others are compared with.
MatmulKernel plainMatmulKernel(int rows);

} // namespace glowplug::npu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The formulas of sizes that several ops have, as the schema says them. One
/// place for all who build or verify a program.
///
/// Every function takes any values and returns nothing where no size exists: an
/// attribute is out of range, or the size is negative or past 2^63 - 1.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace glowplug::shapes {

using Dims = llvm::ArrayRef<int64_t>;
using Shape = llvm::SmallVector<int64_t, 4>;
using MaybeShape = std::optional<Shape>;

/// What a dilated kernel of \p size covers: dilation * (size - 1) + 1, or the
/// largest number if that is larger still. Both are at least 1.
int64_t dilated(int64_t size, int64_t dilation);

/// floor((in + low + high - dilation * (size - 1) - 1) / stride) + 1
std::optional<int64_t> windowed(int64_t in, int64_t size, int64_t stride,
                                int64_t low, int64_t high, int64_t dilation);

/// (in - 1) * stride + dilation * (size - 1) + 1 - low - high
std::optional<int64_t> transposed(int64_t in, int64_t size, int64_t stride,
                                  int64_t low, int64_t high, int64_t dilation);

/// low + high + in + interior * max(in - 1, 0)
std::optional<int64_t> padded(int64_t in, int64_t low, int64_t high,
                              int64_t interior);

/// The common shape of operands that broadcast dims of 1; nothing for no
/// operands.
MaybeShape broadcast(llvm::ArrayRef<Dims> operands);

/// True if \p operand has the rank of \p result and in each dim its size or 1.
bool broadcastsTo(Dims operand, Dims result);

} // namespace glowplug::shapes

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Brings constant 8-bit operands into the order of a kernel.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// The elements of a constant less their zero points.
struct ByteWeights {
  std::vector<int16_t> values; ///< row-major
  int64_t planes = 1;          ///< weightPlanesFor() them
};

/// \p zeroPoints is empty, one number of -255 to 255, or one per \p run
/// neighbouring elements, over and over again.
ByteWeights readByteWeights(Lowering &l, ValueId id,
                            llvm::ArrayRef<int64_t> zeroPoints, int64_t run);

/// The zero point of an 8-bit left side as the kernels see it: of the biased
/// numbers, where the type is i8.
int32_t biasedZeroPoint(DType type, llvm::ArrayRef<int64_t> zeroPoints);

/// Adds a segment of \p count elements of \p type, i8 or i32, that \p fill
/// writes.
template <typename Element, typename Fill>
View addFilled(Lowering &l, DType type, int64_t count, Fill fill) {
  std::vector<uint8_t> bytes(count * sizeof(Element));
  fill(llvm::MutableArrayRef<Element>(reinterpret_cast<Element *>(bytes.data()),
                                      size_t(count)));
  return l.addSegment(type, {count}, std::move(bytes));
}

} // namespace glowplug::cpu

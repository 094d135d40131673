// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Views of instr programs: which bytes a tensor of a buffer covers.

#pragma once

#include "core/image/Types.h"
#include "core/image/instr/instr_generated.h"

#include "llvm/Support/Error.h"

#include <vector>

namespace glowplug::instr {

using Longs = llvm::ArrayRef<int64_t>;

/// One loop of a strided pattern.
struct Loop {
  int64_t size;
  int64_t stride; // bytes
  bool operator==(const Loop &) const = default;
};

/// Bytes begin .. end-1 of a buffer.
struct ByteRange {
  int64_t begin;
  int64_t end;
};

/// The bytes of a view: ascending, with gaps between.
struct Footprint {
  std::vector<ByteRange> ranges;
  /// Whether some byte belongs to more than one element.
  bool overlaps = false;
};

inline TensorType typeOf(const View &view) {
  return {static_cast<DType>(view.dtype()), arrayOf(view.shape())};
}

inline int64_t blockOf(const View &view, size_t dim) {
  const Longs blocks = arrayOf(view.blocks()); // may be there, but empty
  return blocks.empty() ? 1 : blocks[dim];
}
inline int64_t innerOf(const View &view, size_t dim) {
  const Longs inner = arrayOf(view.inner());
  return inner.empty() ? 0 : inner[dim];
}

/// Checks what a view is by itself: type, rank, lengths of lists, sizes, the
/// multiples of the element size, and that every byte lies in 0 .. \p bytes-1.
/// The functions below take views that passed.
llvm::Error verifyView(const View &view, uint64_t bytes);

/// Whether every block divides its dim, so that the view is a strided pattern.
bool isPattern(const View &view);

/// The loops of a pattern in row-major order of the elements, outermost first:
/// one per dim, two for a dim of more than one block. Dims of size 1 have
/// none.
llvm::SmallVector<Loop, 8> loopsOf(const View &view);

/// Offset in bytes of the element at \p position.
int64_t offsetOf(const View &view, Longs position);

/// Exactly the bytes that \p view covers. Fails if they fall into more than
/// \p maxRanges ranges.
inline constexpr size_t maxRanges = size_t{1} << 20;
llvm::Expected<Footprint> footprintOf(const View &view);

/// Whether two footprints share a byte.
bool intersect(const Footprint &a, const Footprint &b);

/// Whether both views have the same bytes for each element.
bool sameElements(const View &a, const View &b);

} // namespace glowplug::instr

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Walking dense and strided arrays side by side.

#pragma once

#include "core/support/DType.h"

#include "llvm/ADT/SmallVector.h"

namespace glowplug::reference {

using Dims = llvm::ArrayRef<int64_t>;
using DimVector = llvm::SmallVector<int64_t, 8>;

/// Row-major strides, in elements.
DimVector rowMajorStrides(Dims shape);

/// Row-major strides of \p operand, with 0 in each dim where it has size 1 and
/// is broadcast to \p result.
DimVector broadcastStrides(Dims operand, Dims result);

/// Merges neighbouring dims through which every array runs evenly and drops
/// dims of size 1, in \p sizes and in the strides of each array alike. At
/// least one dim is left.
void collapse(DimVector &sizes, llvm::ArrayRef<DimVector *> strides);

/// Counts through the positions of \p shape in row-major order.
class Odometer {
public:
  explicit Odometer(Dims shape) : shape(shape), position(shape.size(), 0) {}

  /// Steps to the next position; false after the last, with all back at 0.
  bool next() {
    for (size_t i = shape.size(); i-- > 0;) {
      if (++position[i] < shape[i])
        return true;
      position[i] = 0;
    }
    return false;
  }
  int64_t operator[](size_t dim) const { return position[dim]; }
  Dims get() const { return position; }
  /// Sum over the dims of position times stride.
  int64_t offset(Dims strides) const {
    int64_t sum = 0;
    for (size_t i = 0; i < position.size(); ++i)
      sum += position[i] * strides[i];
    return sum;
  }

private:
  Dims shape;
  DimVector position;
};

/// Copies \p shape elements of \p elementBytes each from \p source to
/// \p target. Strides are in elements, of any sign; both pointers name the
/// element at position 0.
void copyStrided(Dims shape, unsigned elementBytes, const uint8_t *source,
                 Dims sourceStrides, uint8_t *target, Dims targetStrides);

/// Reads an array that is broadcast to a larger shape as if it were dense.
class BroadcastReader {
public:
  /// \p data holds a dense array of the shape \p operand.
  BroadcastReader(const uint8_t *data, unsigned elementBytes, Dims operand,
                  Dims result);

  /// The elements begin .. begin+count-1 of the broadcast array, in row-major
  /// order: a pointer into the data where they lie there side by side, else
  /// \p buffer, filled with them.
  const uint8_t *read(int64_t begin, int64_t count, uint8_t *buffer) const;

private:
  const uint8_t *data;
  unsigned elementBytes;
  bool dense;
  DimVector sizes; // neighbours merged where their strides allow it
  DimVector strides;
};

} // namespace glowplug::reference

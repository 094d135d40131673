// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The sums of products under every contraction.
///
/// Each output is one sum in one accumulator, over ascending k, with a
/// multiplication and an addition that round apart. So the bits do not depend
/// on the machine, the tile or the number of threads.

#pragma once

#include "core/support/Dispatch.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace glowplug::reference {

/// Shape of the tile that accumulateTile() computes.
inline constexpr int64_t tileRows = 4;
inline constexpr int64_t tileColumns = 8;

/// tile[i * tileColumns + j] = sum over k < depth of
///   rows[k * tileRows + i] * columns[k * tileColumns + j]
/// Integers wrap.
void accumulateTile(const double *rows, const double *columns, int64_t depth,
                    double *tile);
void accumulateTile(const uint32_t *rows, const uint32_t *columns,
                    int64_t depth, uint32_t *tile);
void accumulateTile(const uint64_t *rows, const uint64_t *columns,
                    int64_t depth, uint64_t *tile);

/// Calls \p function with the TypeTags of the type in which sums of the
/// accumulator type \p type run, and of the type itself. Floats run in double,
/// integers in the unsigned type of the same width, where wrapping is defined.
template <typename Function>
decltype(auto) dispatchAccumulator(DType type, Function &&function) {
  switch (type) {
  case DType::f32:
    return function(TypeTag<double>(), TypeTag<float>());
  case DType::f64:
    return function(TypeTag<double>(), TypeTag<double>());
  case DType::i32:
    return function(TypeTag<uint32_t>(), TypeTag<int32_t>());
  case DType::u32:
    return function(TypeTag<uint32_t>(), TypeTag<uint32_t>());
  case DType::i64:
    return function(TypeTag<uint64_t>(), TypeTag<int64_t>());
  case DType::u64:
    return function(TypeTag<uint64_t>(), TypeTag<uint64_t>());
  default:
    llvm_unreachable("not an accumulator type");
  }
}

/// A matrix of rows as accumulateTile() wants them: blocks of tileRows rows
/// over the whole depth, the last one filled up with zeros.
template <typename T>
class PackedRows {
public:
  PackedRows(int64_t rows, int64_t depth)
      : depth(depth),
        elements((rows + tileRows - 1) / tileRows * tileRows * depth) {}

  T &at(int64_t row, int64_t k) {
    return elements[(row / tileRows * depth + k) * tileRows + row % tileRows];
  }
  /// The block that begins with \p row, a multiple of tileRows.
  const T *block(int64_t row) const { return elements.data() + row * depth; }

private:
  int64_t depth;
  std::vector<T> elements;
};

/// Writes the part of \p tile that lies within a matrix: \p target is its
/// place there, \p rows and \p columns what is left of the matrix from it on.
template <typename T, typename Accumulator>
void storeTile(const T *tile, Accumulator *target, int64_t rowStride,
               int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < std::min(rows, tileRows); ++i)
    for (int64_t j = 0; j < std::min(columns, tileColumns); ++j)
      target[i * rowStride + j] =
          static_cast<Accumulator>(tile[i * tileColumns + j]);
}

/// Zero points of an operand: none (0), one for all, or one each.
template <typename T>
T zeroPoint(llvm::ArrayRef<int32_t> values, int64_t index) {
  if (values.empty())
    return 0;
  return static_cast<T>(values.size() == 1 ? values[0] : values[index]);
}

/// How many column tiles to compute before going on to the next rows: as many
/// as fit the cache, but no more than leave work for \p threads.
int64_t tilesPerPass(int64_t depth, int64_t tiles, unsigned threads);

/// Items of work that are worth a thread, when an item is \p macs products.
int64_t contractionGrain(int64_t macs);

} // namespace glowplug::reference

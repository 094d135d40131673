// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of products under every contraction.

#include "core/reference/Accumulate.h"

#include <cstring>

using namespace glowplug;
using namespace glowplug::reference;

// Wider registers change the speed only: the compiler neither reorders float
// sums nor contracts a product and a sum (the build says -ffp-contract=off).
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) &&                   \
    !__has_feature(address_sanitizer)
#define GP_ANY_VECTOR                                                          \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
// The dispatch to a clone runs before a sanitizer is set up.
#define GP_ANY_VECTOR
#endif

namespace {

/// One row of a tile.
template <typename T>
using RowOf __attribute__((vector_size(tileColumns * sizeof(T)))) = T;

} // namespace

template <typename T>
[[gnu::always_inline]] static inline void
accumulate(const T *rows, const T *columns, int64_t depth, T *tile) {
  RowOf<T> sums[tileRows] = {};
  for (int64_t k = 0; k < depth; ++k) {
    RowOf<T> column;
    std::memcpy(&column, columns + k * tileColumns, sizeof(column));
    for (int64_t i = 0; i < tileRows; ++i)
      sums[i] += rows[k * tileRows + i] * column;
  }
  std::memcpy(tile, sums, sizeof(sums));
}

GP_ANY_VECTOR
void reference::accumulateTile(const double *rows, const double *columns,
                               int64_t depth, double *tile) {
  accumulate(rows, columns, depth, tile);
}

GP_ANY_VECTOR
void reference::accumulateTile(const uint32_t *rows, const uint32_t *columns,
                               int64_t depth, uint32_t *tile) {
  accumulate(rows, columns, depth, tile);
}

GP_ANY_VECTOR
void reference::accumulateTile(const uint64_t *rows, const uint64_t *columns,
                               int64_t depth, uint64_t *tile) {
  accumulate(rows, columns, depth, tile);
}

int64_t reference::tilesPerPass(int64_t depth, int64_t tiles,
                                unsigned threads) {
  constexpr int64_t cacheBytes = 1 << 19;
  int64_t tileBytes = std::max<int64_t>(depth, 1) * tileColumns * 8;
  int64_t share = (tiles + threads - 1) / std::max(threads, 1u);
  return std::clamp<int64_t>(cacheBytes / tileBytes, 1,
                             std::clamp<int64_t>(share, 1, 8));
}

int64_t reference::contractionGrain(int64_t macs) {
  constexpr int64_t macsPerThread = 500000;
  return macsPerThread / std::max<int64_t>(macs, 1) + 1;
}

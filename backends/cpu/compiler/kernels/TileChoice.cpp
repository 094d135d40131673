// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small model of a core's cost per step of the reduction.

#include "backends/cpu/compiler/kernels/TileChoice.h"

#include "llvm/ADT/ArrayRef.h"

#include <algorithm>
#include <tuple>

using namespace llvm;

namespace glowplug::cpu {

namespace {
/// Estimated time of a tile shape; less is better. Compared in this order.
struct TileCost {
  int64_t cycles = 0; ///< in halves of a multiply-add slot, per reduction step
  int64_t loads = 0;
  bool operator<(const TileCost &other) const {
    return std::tie(cycles, loads) < std::tie(other.cycles, other.loads);
  }
};
} // namespace

/// Cost of all panels over one row, per step of the reduction.
static TileCost costOf(ArrayRef<ColumnClass> classes, int64_t blocks,
                       int64_t vectors, bool isPaired) {
  TileCost cost;
  const auto add = [&](int64_t panels, int64_t width) {
    if (panels == 0 || width == 0)
      return;
    for (const ColumnClass &tile : classes) {
      const int64_t number = panels * tile.count;
      // Two multiply-adds per cycle of latency four, as many loads, and half a
      // vector per cycle from the second cache for the weights.
      const int64_t products = width * tile.width;
      const int64_t loads = width + tile.width;
      // WordPairs take two products, two sums and twice the weights, and two
      // operations to widen the other factor; all at four per cycle.
      cost.cycles +=
          number * 2 *
          (isPaired ? std::max({2 * products + tile.width, loads + width,
                                int64_t(4), 8 * width})
                    : std::max({products, loads, int64_t(8), 4 * width}));
      // The fixed work of a tile counts like a small part of one step.
      cost.cycles += number;
      cost.loads += number * loads;
    }
  };
  add(blocks / vectors, vectors);
  add(1, blocks % vectors);
  return cost;
}

TargetTraits freeRegisters(const TargetTraits &target, Arithmetic arithmetic) {
  TargetTraits free = target;
  if (arithmetic == Arithmetic::int8)
    free.registers -= target.byteDot == ByteDot::plain   ? 5
                      : target.byteDot == ByteDot::pairs ? 3
                                                         : 0;
  return free;
}

TileChoice chooseTile(const TargetTraits &target, const SpatialDim &dim,
                      int64_t blocks, int64_t widthLimit, bool isPaired) {
  TileChoice choice;
  TileCost best;
  // Earlier entries win ties.
  for (int64_t vectors : {2, 4, 3, 1, 6, 8}) {
    if (vectors > blocks)
      continue;
    const int64_t fitting =
        (int64_t(target.registers) - 2 - (isPaired ? 2 : 1) * vectors) /
        vectors;
    int64_t lastWidth = 0;
    for (int64_t w = std::min(fitting, widthLimit); w >= 1; --w) {
      std::vector<ColumnClass> classes = splitColumns(dim, w);
      // Narrower limits often lead to the same balanced tiles.
      if (classes.front().width == lastWidth)
        continue;
      lastWidth = classes.front().width;
      const TileCost cost = costOf(classes, blocks, vectors, isPaired);
      if (!choice.classes.empty() && !(cost < best))
        continue;
      best = cost;
      choice.vectors = vectors;
      choice.maxWidth = lastWidth;
      choice.classes = std::move(classes);
    }
  }
  return choice;
}

} // namespace glowplug::cpu

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A piece of work for the emitters: a layer with the places of its tensors.

#pragma once

#include "backends/npu-sim/compiler/layout/View.h"
#include "backends/npu-sim/runtime/Blob.h"

namespace glowplug::npusim {

struct Job {
  /// The layer; null for a copy of operand 0 to the results.
  const Layer *layer = nullptr;
  std::uint32_t number = 0; ///< of the layer in reports
  std::string name;
  int channel = 1; ///< the dim of the result that is its channels
  /// For each operand of the layer, where it lies; constants that the layer
  /// packs have no shape here.
  std::vector<View> operands;
  std::vector<View> results; ///< where the result goes: one place or more
  std::optional<std::uint8_t> fill; ///< write this byte everywhere instead
};

/// Dims that are channels, rows and columns, or -1.
struct Axes {
  int channel, h, w;
};

/// Of the tensors of \p layer, which is not elementwise.
Axes axesOf(const Layer &layer, std::size_t rank);

/// Of an elementwise result: dim \p channel as channels.
Axes elementwiseAxes(const View &result, int channel);

} // namespace glowplug::npusim

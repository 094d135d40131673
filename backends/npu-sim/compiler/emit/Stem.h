// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The input of a convolution with few channels: taps side by side in the lanes
/// (im2col), so that the array's rows are not left empty.

#pragma once

#include "backends/npu-sim/compiler/emit/Emitter.h"

namespace glowplug::npusim {

/// Rearranges an image whose pixels lie side by side in memory. The image goes
/// to the scratchpad as it is, with its padding, and from there run by run: a
/// run is one row of the kernel. What comes out is the input of a convolution
/// of one tap, with channels in the order of the weights.
class Stem {
public:
  /// Whether that is worthwhile for \p layer, whose \p input has columns one
  /// byte apart, and rows of \p resultWidth results fit.
  static bool isWorthwhile(const Layer &layer, const Grid &input,
                           std::int64_t resultWidth, std::int64_t lanes,
                           std::int64_t room);

  /// \p room: bytes of the region between stages.
  Stem(Emitter &emitter, const Layer &layer, const Grid &image,
       std::int64_t room)
      : e(emitter), layer(layer), image(image), window(layer.window),
        room(room) {}

  /// Channels of the convolution of one tap.
  std::int64_t channels() const {
    return image.channels * window.kernelH * window.kernelW;
  }
  /// Most rows of results of one tile of \p width.
  std::int64_t mostHeight(std::int64_t width) const;

  /// Brings the input of the results of \p box to \p to, as [blocks]
  /// [height][width][R]. With \p byStore, the engine of stores gathers it, from
  /// a bank of its own: two engines can take turns.
  void load(std::size_t outer, const Box &box, Place to, bool byStore);

private:
  void gather(const Box &box, Place raw, Place to, npu::Queue queue);
  std::int64_t rawRows(std::int64_t height) const;
  std::int64_t rawColumns(std::int64_t width) const;

  Emitter &e;
  const Layer &layer;
  const Grid image;
  const Window window;
  std::int64_t room;
};

} // namespace glowplug::npusim

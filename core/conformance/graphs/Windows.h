// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Windows that slide over spatial dims, as convolutions and pools have them.

#pragma once

#include "core/conformance/graphs/Builder.h"

namespace glowplug::graphs {

struct Sliding {
  Shape kernel, strides, dilations, pads; ///< Pads: all low ones first.
  Shape out;
  const char *autoPad = nullptr;
  bool ceil = false;

  /// Into \p attributes; what is a default is left out by chance.
  void describe(Builder &b, Attributes &attributes, bool withKernel) const;
};

/// A window that fits \p in at least once. Pads stay below the window if
/// \p isPool.
Sliding chooseSliding(Builder &b, const Shape &in, bool isPool);

/// [N, C, spatial...] of few elements, C a multiple of \p groups.
Shape imageShape(Builder &b, int64_t groups);

} // namespace glowplug::graphs

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Puts spans that overlap side by side, as a picture needs it.

#pragma once

#include "core/report/Report.h"

namespace glowplug::report {

/// A span in the lane of its track that it is drawn in.
struct PlacedSpan {
  uint32_t span; ///< Of Report.spans.
  uint32_t lane; ///< From 0.
};

/// The spans of one track, by their starts; no two of a lane overlap.
struct Lanes {
  std::vector<PlacedSpan> spans;
  uint32_t count = 0;
};

/// One entry per track.
std::vector<Lanes> placeSpans(const Report &report);

/// The lane of each layer, in their order; begin and end as of a span.
std::vector<uint32_t> placeLayers(const Report &report);

} // namespace glowplug::report

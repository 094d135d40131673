// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts spans that overlap side by side.

#include "core/report/Lanes.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>
#include <queue>

namespace glowplug::report {
namespace {

/// Assigns lanes to intervals that come in the order of their starts: the
/// lowest free lane.
class LaneKeeper {
public:
  uint32_t take(uint64_t start, uint64_t end) {
    while (!taken.empty() && taken.top().first <= start) {
      free.push(taken.top().second);
      taken.pop();
    }
    uint32_t lane = count;
    if (free.empty()) {
      ++count;
    } else {
      lane = free.top();
      free.pop();
    }
    taken.push({end, lane});
    return lane;
  }

  uint32_t count = 0; ///< Number of lanes that were ever taken.

private:
  template <typename T>
  using Lowest = std::priority_queue<T, std::vector<T>, std::greater<T>>;
  Lowest<std::pair<uint64_t, uint32_t>> taken; // end, lane
  Lowest<uint32_t> free;
};

} // namespace

std::vector<Lanes> placeSpans(const Report &report) {
  std::vector<Lanes> tracks(report.tracks.size());
  for (uint32_t i = 0; i < report.spans.size(); ++i)
    tracks[report.spans[i].track].spans.push_back({i, 0});
  for (Lanes &track : tracks) {
    auto place = [&](const PlacedSpan &placed) {
      return std::pair(report.spans[placed.span].startCycle, placed.span);
    };
    llvm::sort(track.spans, [&](const PlacedSpan &a, const PlacedSpan &b) {
      return place(a) < place(b);
    });
    LaneKeeper lanes;
    for (PlacedSpan &placed : track.spans) {
      const Simulation::Span &span = report.spans[placed.span];
      placed.lane = lanes.take(span.startCycle, span.endCycle);
    }
    track.count = lanes.count;
  }
  return tracks;
}

std::vector<uint32_t> placeLayers(const Report &report) {
  std::vector<uint32_t> order(report.layers.size()), result(order.size());
  for (uint32_t i = 0; i < order.size(); ++i)
    order[i] = i;
  llvm::sort(order, [&](uint32_t a, uint32_t b) {
    return std::pair(report.layers[a].beginCycle, a) <
           std::pair(report.layers[b].beginCycle, b);
  });
  LaneKeeper lanes;
  for (uint32_t i : order)
    result[i] =
        lanes.take(report.layers[i].beginCycle, report.layers[i].endCycle);
  return result;
}

} // namespace glowplug::report

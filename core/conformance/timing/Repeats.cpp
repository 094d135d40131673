// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compares runs record by record, as text.

#include "core/conformance/timing/Repeats.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::conformance {

/// One line per record: what it is, and what it says.
static std::vector<std::pair<std::string, std::string>>
linesOf(const Simulation &run) {
  std::vector<std::pair<std::string, std::string>> lines;
  const auto add = [&](const char *kind, size_t number, std::string text) {
    lines.emplace_back(fmt::format("{} {}", kind, number), std::move(text));
  };
  add("run", 0,
      fmt::format("{} cycles, {} multiply-adds, peak {}, {} kHz, {} conflicts",
                  run.cycles, run.macs, run.macsPerCycle, run.clockKhz,
                  run.bankConflicts));
  for (size_t i = 0; i < run.layers.size(); ++i) {
    const Simulation::Layer &layer = run.layers[i];
    add("layer", i,
        fmt::format("'{}' {} to {}, {} cycles, {} multiply-adds, {}, {}, {} "
                    "bytes",
                    layer.name, layer.beginCycle, layer.endCycle, layer.cycles,
                    layer.macs, layer.bound, layer.rooflineCycles,
                    layer.dramBytes));
  }
  for (size_t i = 0; i < run.stalls.size(); ++i)
    add("stall", i,
        fmt::format("'{}' {} for {}", run.stalls[i].engine, run.stalls[i].cause,
                    run.stalls[i].cycles));
  for (size_t i = 0; i < run.tracks.size(); ++i)
    add("track", i,
        fmt::format("'{}' {}", run.tracks[i].name,
                    static_cast<int>(run.tracks[i].kind)));
  for (size_t i = 0; i < run.spans.size(); ++i) {
    const Simulation::Span &span = run.spans[i];
    add("span", i,
        fmt::format("'{}' on {} of {}, {} to {}", run.spanNames[span.name],
                    span.track, span.layer, span.startCycle, span.endCycle));
  }
  for (size_t i = 0; i < run.spaces.size(); ++i)
    add("space", i,
        fmt::format("'{}' {}", run.spaces[i].name, run.spaces[i].bytes));
  for (size_t i = 0; i < run.buffers.size(); ++i) {
    const Simulation::Buffer &buffer = run.buffers[i];
    add("buffer", i,
        fmt::format("'{}' in {} of {}, {} bytes at {}, {} to {}", buffer.name,
                    buffer.space, buffer.layer, buffer.bytes, buffer.beginBytes,
                    buffer.firstCycle, buffer.lastCycle));
  }
  return lines;
}

Measurement compareRuns(const Simulation &again, const Simulation &first,
                        const std::string &subject) {
  const auto got = linesOf(again), want = linesOf(first);
  Measurement measured;
  measured.rule = "timing";
  measured.subject = subject;
  measured.elements = std::max(got.size(), want.size());
  for (size_t i = 0; i < measured.elements; ++i) {
    if (i < got.size() && i < want.size() && got[i] == want[i])
      continue;
    if (measured.mismatches++ != 0)
      continue;
    const auto textOf = [i](const auto &lines) {
      return i < lines.size() ? lines[i].first + ": " + lines[i].second
                              : std::string("nothing");
    };
    measured.where = i < want.size() ? want[i].first : got[i].first;
    measured.got = textOf(got);
    measured.want = textOf(want);
  }
  return measured;
}

} // namespace glowplug::conformance

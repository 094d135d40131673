// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules over the records of a run.

#include "core/conformance/timing/RunRules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {
namespace {

/// One rule while it is held against one thing after another.
class Meter {
public:
  explicit Meter(const char *subject) {
    measured.rule = "timing";
    measured.subject = subject;
  }
  void expect(bool holds, const std::string &where, const std::string &got,
              const std::string &want) {
    ++measured.elements;
    if (holds)
      return;
    if (measured.mismatches++ == 0) {
      measured.where = where;
      measured.got = got;
      measured.want = want;
    }
  }
  void addTo(std::vector<Measurement> &all) {
    if (measured.elements != 0)
      all.push_back(std::move(measured));
  }

private:
  Measurement measured;
};

std::string titleOf(const Simulation::Layer &layer) {
  return "layer '" + layer.name + "'";
}

void judgeWork(const Simulation &run, const std::optional<MacBounds> &work,
               std::vector<Measurement> &all) {
  Meter meter("multiply-adds of the run");
  if (work)
    meter.expect(run.macs >= work->least && run.macs <= work->most, "run",
                 fmt::format("{}", run.macs),
                 work->least == work->most
                     ? fmt::format("{}", work->least)
                     : fmt::format("{} to {}", work->least, work->most));
  meter.addTo(all);
}

/// Nothing is done faster than the machine can.
void judgePeak(const Simulation &run, std::vector<Measurement> &all) {
  Meter meter("cycles at the peak of the machine");
  const auto atLeast = [&](const std::string &where, uint64_t cycles,
                           uint64_t macs) {
    const uint64_t least = llvm::divideCeil(macs, uint64_t{run.macsPerCycle});
    meter.expect(cycles >= least, where, fmt::format("{} cycles", cycles),
                 fmt::format("at least {} for {} multiply-adds", least, macs));
  };
  if (run.macsPerCycle != 0) {
    atLeast("run", run.cycles, run.macs);
    for (const Simulation::Layer &layer : run.layers) {
      atLeast(titleOf(layer), layer.endCycle - layer.beginCycle, layer.macs);
      atLeast(titleOf(layer) + ", roofline", layer.rooflineCycles, layer.macs);
    }
  }
  meter.addTo(all);
}

/// Only of a single layer: one that finds its operands in a memory of the
/// machine can do without some of the traffic that its roofline counts.
void judgeRoofline(const Simulation &run, std::vector<Measurement> &all) {
  Meter meter("cycles at the roofline");
  if (run.layers.size() == 1) {
    const Simulation::Layer &layer = run.layers.front();
    meter.expect(layer.endCycle - layer.beginCycle >= layer.rooflineCycles,
                 titleOf(layer),
                 fmt::format("{} cycles", layer.endCycle - layer.beginCycle),
                 fmt::format("at least {}", layer.rooflineCycles));
  }
  meter.addTo(all);
}

bool isEngine(const Simulation &run, uint32_t track) {
  return run.tracks[track].kind == Simulation::TrackKind::engine;
}

/// What engines do for a layer is done between its begin and its end.
void judgeLayers(const Simulation &run, std::vector<Measurement> &all) {
  Meter meter("work of layers within the layer");
  for (const Simulation::Span &span : run.spans) {
    if (!isEngine(run, span.track) || span.layer == Simulation::noLayer)
      continue;
    const Simulation::Layer &layer = run.layers[span.layer];
    meter.expect(
        span.startCycle >= layer.beginCycle && span.endCycle <= layer.endCycle,
        fmt::format("'{}' of {}", run.spanNames[span.name], titleOf(layer)),
        fmt::format("cycles {} to {}", span.startCycle, span.endCycle),
        fmt::format("from {} to {}", layer.beginCycle, layer.endCycle));
  }
  meter.addTo(all);
}

/// The cycles in which some span of \p track lasts.
uint64_t coveredBy(const Simulation &run, uint32_t track) {
  std::vector<std::pair<uint64_t, uint64_t>> spans;
  for (const Simulation::Span &span : run.spans)
    if (span.track == track)
      spans.emplace_back(span.startCycle, span.endCycle);
  llvm::sort(spans);
  uint64_t covered = 0, end = 0;
  for (const auto &[first, last] : spans) {
    if (last > std::max(first, end))
      covered += last - std::max(first, end);
    end = std::max(end, last);
  }
  return covered;
}

/// An engine is busy with something that its timeline shows.
void judgeBusy(const Simulation &run, std::vector<Measurement> &all) {
  Meter meter("busy cycles and the work that they are for");
  for (uint32_t track = 0; track < run.tracks.size(); ++track)
    for (const Simulation::Stall &stall : run.stalls)
      if (isEngine(run, track) && stall.cause == "busy" &&
          stall.engine == run.tracks[track].name) {
        const uint64_t covered = coveredBy(run, track);
        meter.expect(stall.cycles <= covered, "engine '" + stall.engine + "'",
                     fmt::format("busy for {} cycles", stall.cycles),
                     fmt::format("at most the {} of its spans", covered));
      }
  meter.addTo(all);
}

/// Multiply-adds take time, also on machines that state no peak.
void judgeTime(const Simulation &run, std::vector<Measurement> &all) {
  Meter meter("cycles of the run");
  meter.expect(run.macs == 0 || run.cycles != 0, "run", "0 cycles",
               fmt::format("at least 1 for {} multiply-adds", run.macs));
  meter.addTo(all);
}

} // namespace

std::vector<Measurement> judgeRun(const Simulation &run,
                                  const std::optional<MacBounds> &work) {
  std::vector<Measurement> all;
  judgeWork(run, work, all);
  judgeTime(run, all);
  judgePeak(run, all);
  judgeRoofline(run, all);
  judgeLayers(run, all);
  judgeBusy(run, all);
  return all;
}

} // namespace glowplug::conformance

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A report as a trace that Perfetto and Chrome's about:tracing open.

#include "core/report/Trace.h"

#include "core/report/Lanes.h"
#include "core/report/Text.h"

namespace glowplug::report {
namespace {

/// Processes of the trace, in the order in which they are shown.
enum Process : unsigned { layerProcess = 1, firstTrackProcess = 2 };

unsigned processOf(const Simulation::Track &track) {
  return firstTrackProcess + static_cast<unsigned>(track.kind);
}

class TraceWriter {
public:
  explicit TraceWriter(llvm::raw_ostream &os) : os(os) {
    os << "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"unit\":\"1 us is 1 "
          "cycle\"},\n\"traceEvents\":[";
  }
  ~TraceWriter() { os << "\n]}\n"; }

  void nameProcess(unsigned process, const char *name) {
    next() << "{\"ph\":\"M\",\"pid\":" << process
           << ",\"name\":\"process_name\",\"args\":{\"name\":\"" << name
           << "\"}}";
    next() << "{\"ph\":\"M\",\"pid\":" << process
           << ",\"name\":\"process_sort_index\",\"args\":{\"sort_index\":"
           << process << "}}";
  }

  /// Threads \p first and on, one per lane.
  void nameThreads(unsigned process, unsigned first, const std::string &name,
                   unsigned lanes) {
    for (unsigned lane = 0; lane < lanes; ++lane) {
      std::string text = name;
      if (lane > 0)
        text += " (" + std::to_string(lane + 1) + ")";
      next() << "{\"ph\":\"M\",\"pid\":" << process
             << ",\"tid\":" << first + lane
             << ",\"name\":\"thread_name\",\"args\":{\"name\":"
             << jsonText(text) << "}}";
      next() << "{\"ph\":\"M\",\"pid\":" << process
             << ",\"tid\":" << first + lane
             << ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":"
             << first + lane << "}}";
    }
  }

  /// \p name and \p layer are JSON texts; an empty layer is left out.
  void span(unsigned process, unsigned thread, const std::string &name,
            uint64_t start, uint64_t end, const std::string &layer) {
    next() << "{\"ph\":\"X\",\"pid\":" << process << ",\"tid\":" << thread
           << ",\"ts\":" << start << ",\"dur\":" << end - start
           << ",\"name\":" << name;
    if (!layer.empty())
      os << ",\"args\":{\"layer\":" << layer << "}";
    os << "}";
  }

private:
  llvm::raw_ostream &next() {
    os << (isFirst ? "\n" : ",\n");
    isFirst = false;
    return os;
  }

  llvm::raw_ostream &os;
  bool isFirst = true;
};

} // namespace

void writeTrace(llvm::raw_ostream &os, const Report &report) {
  std::vector<std::string> layerNames, spanNames;
  for (const Layer &layer : report.layers)
    layerNames.push_back(jsonText(layer.name));
  for (const std::string &name : report.spanNames)
    spanNames.push_back(jsonText(name));

  TraceWriter trace(os);
  unsigned thread = 1;
  if (!report.layers.empty()) {
    trace.nameProcess(layerProcess, "layers");
    const std::vector<uint32_t> lanes = placeLayers(report);
    uint32_t count = 0;
    for (size_t i = 0; i < report.layers.size(); ++i) {
      const Layer &layer = report.layers[i];
      trace.span(layerProcess, thread + lanes[i], layerNames[i],
                 layer.beginCycle, layer.endCycle, "");
      count = std::max(count, lanes[i] + 1);
    }
    trace.nameThreads(layerProcess, thread, "layers", count);
    thread += count;
  }
  const std::vector<Lanes> tracks = placeSpans(report);
  for (Simulation::TrackKind kind : allTrackKinds) {
    bool isNamed = false;
    for (size_t i = 0; i < tracks.size(); ++i) {
      const Simulation::Track &track = report.tracks[i];
      if (track.kind != kind || tracks[i].count == 0)
        continue;
      const unsigned process = processOf(track);
      if (!isNamed)
        trace.nameProcess(process, trackKindTitle(kind));
      isNamed = true;
      trace.nameThreads(process, thread, track.name, tracks[i].count);
      for (const PlacedSpan &placed : tracks[i].spans) {
        const Simulation::Span &span = report.spans[placed.span];
        trace.span(process, thread + placed.lane, spanNames[span.name],
                   span.startCycle, span.endCycle,
                   span.layer == Simulation::noLayer ? ""
                                                     : layerNames[span.layer]);
      }
      thread += tracks[i].count;
    }
  }
}

} // namespace glowplug::report

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The frame of a page: its head, the timeline, the script and its data.

#include "core/report/HtmlPage.h"

#include "core/report/Lanes.h"
#include "core/report/Page.h"
#include "core/report/Text.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::report {
namespace {

/// Writes what \p write prints for each element, between commas.
template <typename Range, typename Write>
void list(llvm::raw_ostream &os, const Range &range, Write write) {
  os << "[";
  bool isFirst = true;
  for (const auto &element : range) {
    if (!isFirst)
      os << ",";
    isFirst = false;
    write(element);
  }
  os << "]";
}

/// A layer as the script knows it: its index, or -1.
int64_t layerNumber(uint32_t layer) {
  return layer == Simulation::noLayer ? -1 : static_cast<int64_t>(layer);
}

void writeTrack(llvm::raw_ostream &os, const Report &report,
                const Simulation::Track &track, const Lanes &lanes) {
  auto span = [&](const PlacedSpan &placed) -> const Simulation::Span & {
    return report.spans[placed.span];
  };
  os << "\n{\"name\":" << jsonText(track.name) << ",\"kind\":\""
     << trackKindTitle(track.kind) << "\",\"lanes\":" << lanes.count
     << ",\"step\":";
  // Differences of starts are short; the script adds them up.
  uint64_t last = 0;
  list(os, lanes.spans, [&](const PlacedSpan &placed) {
    os << span(placed).startCycle - last;
    last = span(placed).startCycle;
  });
  os << ",\"last\":";
  list(os, lanes.spans, [&](const PlacedSpan &placed) {
    os << span(placed).endCycle - span(placed).startCycle;
  });
  os << ",\"label\":";
  list(os, lanes.spans,
       [&](const PlacedSpan &placed) { os << span(placed).name; });
  os << ",\"layer\":";
  list(os, lanes.spans, [&](const PlacedSpan &placed) {
    os << layerNumber(span(placed).layer);
  });
  os << ",\"lane\":";
  if (lanes.count > 1)
    list(os, lanes.spans, [&](const PlacedSpan &placed) { os << placed.lane; });
  else
    os << "[]";
  os << "}";
}

void writeData(llvm::raw_ostream &os, const Report &report) {
  os << "{\"cycles\":" << report.cycles << ",\"clockKhz\":" << report.clockKhz
     << ",\n\"layers\":";
  const std::vector<uint32_t> layerLanes = placeLayers(report);
  list(os, llvm::zip_equal(report.layers, layerLanes), [&](const auto &row) {
    const auto &[layer, lane] = row;
    os << "[" << jsonText(layer.name) << "," << layer.beginCycle << ","
       << layer.endCycle << "," << lane << "]";
  });
  os << ",\n\"labels\":";
  list(os, report.spanNames,
       [&](const std::string &name) { os << jsonText(name); });
  os << ",\n\"tracks\":";
  const std::vector<Lanes> lanes = placeSpans(report);
  list(os, llvm::zip_equal(report.tracks, lanes), [&](const auto &row) {
    writeTrack(os, report, std::get<0>(row), std::get<1>(row));
  });
  os << ",\n\"spaces\":";
  std::vector<std::vector<const Simulation::Buffer *>> buffers(
      report.spaces.size());
  for (const Simulation::Buffer &buffer : report.buffers)
    buffers[buffer.space].push_back(&buffer);
  list(os, llvm::zip_equal(report.spaces, buffers), [&](const auto &row) {
    const auto &[space, held] = row;
    os << "\n{\"name\":" << jsonText(space.name) << ",\"bytes\":" << space.bytes
       << ",\"buffers\":";
    list(os, held, [&](const Simulation::Buffer *buffer) {
      os << "[" << jsonText(buffer->name) << "," << layerNumber(buffer->layer)
         << "," << buffer->beginBytes << "," << buffer->bytes << ","
         << buffer->firstCycle << "," << buffer->lastCycle << "]";
    });
    os << "}";
  });
  os << "}";
}

} // namespace

void writePageBegin(llvm::raw_ostream &os, llvm::StringRef title,
                    llvm::StringRef kind, llvm::StringRef note) {
  os << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
        "\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>"
     << htmlText(title) << " - " << kind << "</title>\n<style>\n"
     << pageStyle << "</style>\n</head>\n<body>\n<header><p class=\"kind\">"
     << kind << "</p><h1>" << htmlText(title) << "</h1><p>" << htmlText(note)
     << "</p></header>\n";
}

void writeTimeline(llvm::raw_ostream &os, bool hasColoursByLayer) {
  os << "<section><h2>Timeline</h2>\n"
        "<p class=\"hint\">Wheel to zoom, drag to move, click a span to follow "
        "its layer, double-click for the whole run.</p>\n"
        "<div class=\"tools\"><button id=\"zoom-in\" title=\"zoom in\">+"
        "</button><button id=\"zoom-out\" title=\"zoom out\">&minus;</button>"
        "<button id=\"zoom-all\">whole run</button><label>colours by <select "
        "id=\"colours\"><option value=\"layer\">layer</option><option "
        "value=\"label\""
     << (hasColoursByLayer ? "" : " selected")
     << ">operation</option></select></label><output "
        "id=\"timeline-status\"></output></div>\n"
        "<canvas id=\"overview\" height=\"26\"></canvas>\n"
        "<canvas id=\"timeline\"></canvas></section>\n";
}

void writePageEnd(llvm::raw_ostream &os, const Report &report) {
  os << "<div id=\"tip\" hidden></div>\n"
        "<script type=\"application/json\" id=\"data\">";
  writeData(os, report);
  os << "</script>\n<script>\n"
     << pageScript << "</script>\n</body>\n</html>\n";
}

} // namespace glowplug::report

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model and its hardware as one self-contained page.

#include "core/report/CosimHtml.h"

#include "core/report/CosimErrors.h"
#include "core/report/HtmlPage.h"
#include "core/report/HtmlTables.h"
#include "core/report/Text.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace glowplug::report {
namespace {

/// What a span says of its command, which also gives its colour.
enum Verdict : uint32_t { sameTimes, otherTimes, otherResults };

/// Both runs as tracks of one report, two for each engine.
class Tracks {
public:
  explicit Tracks(bool hasParts) : hasParts(hasParts) {
    report.spanNames = {"same times", "other times", "other results"};
  }

  void add(const PartCosimulation &part, const CosimErrors &errors) {
    const Cosimulation &both = part.cosimulation;
    const uint64_t begin = report.cycles;
    const auto firstLayer = static_cast<uint32_t>(report.layers.size());
    for (const CosimLayer &given : errors.layers) {
      Layer &layer = report.layers.emplace_back();
      layer.name = given.name;
      layer.part = part.part;
      if (!given.model)
        continue;
      layer.beginCycle = begin + given.model->firstCycle;
      layer.endCycle = begin + given.model->lastCycle;
    }
    for (const Cosimulation::Command &command : both.commands) {
      const Verdict verdict = command.differs                     ? otherResults
                              : command.model == command.hardware ? sameTimes
                                                                  : otherTimes;
      const uint32_t layer = command.layer == Cosimulation::noLayer
                                 ? Simulation::noLayer
                                 : firstLayer + command.layer;
      const uint32_t track = trackOf(part, command.engine);
      for (const bool isHardware : {false, true}) {
        const auto &times = isHardware ? command.hardware : command.model;
        report.spans.push_back({track + (isHardware ? 1 : 0), layer, verdict,
                                begin + times.firstCycle,
                                begin + times.lastCycle});
      }
    }
    report.parts.push_back({part.part, part.backend, begin,
                            std::max(both.modelCycles, both.hardwareCycles)});
    report.cycles += report.parts.back().cycles;
  }

  Report report;

private:
  /// The track of an engine's model; that of its hardware follows.
  uint32_t trackOf(const PartCosimulation &part, const std::string &engine) {
    const std::string name = hasParts ? part.backend + " " + engine : engine;
    const std::string titles[] = {name + ", model", name + ", hardware"};
    const auto found = llvm::find_if(report.tracks, [&](const auto &track) {
      return track.name == titles[0];
    });
    const auto number = static_cast<uint32_t>(found - report.tracks.begin());
    if (found == report.tracks.end())
      for (const std::string &title : titles)
        report.tracks.push_back({title, Simulation::TrackKind::engine});
    return number;
  }

  bool hasParts;
};

std::string signedText(int64_t value) {
  return value == 0  ? "0"
         : value > 0 ? "+" + grouped(static_cast<uint64_t>(value))
                     : "&minus;" + grouped(static_cast<uint64_t>(-value));
}

void writeCards(llvm::raw_ostream &os, const PartCosimulation &part,
                const CosimErrors &errors) {
  const Cosimulation &both = part.cosimulation;
  os << "<section><h2>Part " << part.part << " on " << htmlText(part.backend)
     << "</h2>\n<dl class=\"cards\">\n";
  const auto different = llvm::count_if(
      both.commands, [](const auto &command) { return command.differs; });
  writeCard(os, "results", both.difference ? "differ" : "equal",
            both.difference
                ? grouped(static_cast<uint64_t>(different)) + " commands"
                : "of all " + grouped(both.commands.size()) + " commands");
  writeCard(os, "cycles of the model", grouped(both.modelCycles), "");
  writeCard(
      os, "cycles of the hardware", grouped(both.hardwareCycles),
      signedText(static_cast<int64_t>(both.hardwareCycles - both.modelCycles)));
  writeCard(os, "commands at other times", grouped(errors.otherTimes),
            "by " + signedText(errors.greatestError) + " cycles at most");
  writeCard(os, "in hardware", grouped(both.commandsInHardware),
            both.units.empty() ? "nothing"
                               : htmlText(llvm::join(both.units, ", ")));
  os << "</dl>\n";
  if (const auto &found = both.difference)
    os << "<p id=\"difference\">First in command " << found->command
       << ": <code>" << htmlText(found->text) << "</code>; "
       << htmlText(found->place) << " is " << found->got << ", but must be "
       << found->want << "; " << found->differingBytes << " of "
       << found->resultBytes << " bytes differ.</p>\n";
  os << "</section>\n";
}

void writeLayers(llvm::raw_ostream &os, const std::vector<CosimErrors> &parts) {
  os << "<section><h2>Layers</h2>\n<div class=\"wide\"><table "
        "id=\"layer-table\" class=\"rows\"><thead><tr><th data-sort=\"n\" "
        "class=\"n\">#</th><th data-sort=\"t\">layer</th>";
  for (const char *name :
       {"commands", "cycles of the model", "cycles of the hardware",
        "difference", "commands at other times", "other results"})
    os << "<th data-sort=\"n\" class=\"n\">" << name << "</th>";
  os << "</tr></thead><tbody>\n";
  size_t index = 0;
  for (const CosimErrors &part : parts)
    for (const CosimLayer &layer : part.layers) {
      const auto cell = [&](int64_t value, const std::string &text) {
        os << "<td class=\"n\" data-v=\"" << value << "\">" << text << "</td>";
      };
      const auto number = [&](uint64_t value) {
        cell(static_cast<int64_t>(value), grouped(value));
      };
      os << "<tr data-layer=\"" << index << "\">";
      number(index++);
      os << "<td><b class=\"dot\"></b>" << htmlText(layer.name) << "</td>";
      number(layer.commands);
      number(layer.model ? layer.model->cycles() : 0);
      number(layer.hardware ? layer.hardware->cycles() : 0);
      cell(layer.error(), signedText(layer.error()));
      number(layer.otherTimes);
      number(layer.otherResults);
      os << "</tr>\n";
    }
  os << "</tbody></table></div></section>\n";
}

} // namespace

void writeCosimHtml(llvm::raw_ostream &os,
                    const std::vector<PartCosimulation> &parts,
                    llvm::StringRef title) {
  std::vector<CosimErrors> errors;
  for (const PartCosimulation &part : parts)
    errors.push_back(errorsOf(part.cosimulation));
  Tracks tracks(parts.size() > 1);
  for (auto [part, error] : llvm::zip_equal(parts, errors))
    tracks.add(part, error);
  writePageBegin(os, title, "Glowplug: model and hardware",
                 std::to_string(parts.size()) +
                     (parts.size() == 1 ? " part" : " parts"));
  for (auto [part, error] : llvm::zip_equal(parts, errors))
    writeCards(os, part, error);
  writeTimeline(os, /*hasColoursByLayer=*/false);
  writeLayers(os, errors);
  os << "<div id=\"memory\" hidden></div>\n";
  writePageEnd(os, tracks.report);
}

} // namespace glowplug::report

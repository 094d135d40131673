// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A report as one self-contained page.

#include "core/report/Html.h"

#include "core/report/HtmlEnergy.h"
#include "core/report/HtmlPage.h"
#include "core/report/HtmlTables.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::report {

/// "npu-sim, 2 parts, 30 layers"
static std::string noteOf(const Report &report) {
  std::vector<std::string> backends;
  for (const Part &part : report.parts)
    if (!llvm::is_contained(backends, part.backend))
      backends.push_back(part.backend);
  std::string note;
  for (const std::string &name : backends)
    note += name + " \u00b7 ";
  const size_t parts = report.parts.size();
  return note + std::to_string(parts) + (parts == 1 ? " part" : " parts") +
         " \u00b7 " + std::to_string(report.layers.size()) + " layers";
}

void writeHtml(llvm::raw_ostream &os, const Report &report,
               llvm::StringRef title) {
  writePageBegin(os, title, "Glowplug run report", noteOf(report));
  writeCards(os, report);
  writeTimeline(os);
  os << "<section><h2>Where the cycles go</h2>\n";
  writeStalls(os, report);
  os << "</section>\n<section><h2>Layers and their rooflines</h2>\n"
        "<p class=\"hint\">The mark is the roofline: the least cycles that the "
        "machine could take. Gap is cycles over roofline. Click a row to see "
        "it in the timeline, a heading to sort.</p>\n";
  writeLayers(os, report);
  os << "</section>\n";
  writeEnergy(os, report);
  os << "<section><h2>Memory map</h2>\n"
        "<p class=\"hint\">Addresses upwards, time as in the timeline.</p>\n"
        "<div id=\"memory\"></div></section>\n";
  writePageEnd(os, report);
}

} // namespace glowplug::report

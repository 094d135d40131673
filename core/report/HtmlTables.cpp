// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parts of the page that do not need its script.

#include "core/report/HtmlTables.h"

#include "core/report/Text.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

namespace glowplug::report {

void writeCard(llvm::raw_ostream &os, const char *name,
               const std::string &value, const std::string &note) {
  os << "<div class=\"card\"><dt>" << name << "</dt><dd id=\"";
  for (const char *c = name; *c; ++c)
    os << (*c == ' ' ? '-' : *c);
  os << "\">" << value << "</dd>";
  if (!note.empty())
    os << "<p>" << note << "</p>";
  os << "</div>\n";
}

namespace {

/// "1.23 G" and the like.
std::string scaled(double value) {
  const char *prefixes[] = {"", " k", " M", " G", " T", " P"};
  size_t at = 0;
  for (; value >= 1000 && at + 1 < std::size(prefixes); ++at)
    value /= 1000;
  return fixed(value, at == 0 ? 0 : 2) + prefixes[at];
}

/// Number of the colour of a cause: 0 for work.
size_t colourOf(const std::vector<std::string> &causes,
                const std::string &name) {
  if (name == "busy")
    return 0;
  return static_cast<size_t>(llvm::find(causes, name) - causes.begin()) % 9 + 1;
}

std::string percent(uint32_t share) { return fixed(share / 100.0, 2); }

void writeEnergyCards(llvm::raw_ostream &os, const Report &report) {
  const Energy &energy = *report.energy;
  std::string note = "an estimate";
  if (report.macs != 0)
    note = fixed(energy.picojoules() / static_cast<double>(report.macs), 1) +
           " pJ per multiply-add, an estimate";
  if (const std::optional<double> power = report.averagePower())
    note += "; " + fixed(*power, 1) + " mW on average";
  writeCard(os, "energy", energyText(energy.picojoules()), note);
  if (energy.areaUm2() > 0)
    writeCard(os, "area", fixed(energy.areaUm2() / 1e6, 2) + " mm&sup2;",
              "an estimate, without wires");
}

} // namespace

void writeCards(llvm::raw_ostream &os, const Report &report) {
  const auto cycles = static_cast<double>(report.cycles);
  os << "<dl class=\"cards\">\n";
  writeCard(os, "cycles", grouped(report.cycles),
            report.clockKhz == 0
                ? ""
                : fixed(cycles / report.clockKhz, 3) + " ms at " +
                      fixed(report.clockKhz / 1e3, 0) + " MHz");
  writeCard(os, "utilization",
            report.utilization ? fixed(*report.utilization * 100, 1) + " %"
                               : "-",
            "multiply-adds over the peak of the machine");
  writeCard(os, "multiply-adds", scaled(static_cast<double>(report.macs)),
            grouped(report.macs));
  std::string speed;
  if (report.hostNs != 0)
    speed = fixed(cycles * 1e3 / static_cast<double>(report.hostNs), 1) +
            " M cycles per second";
  writeCard(os, "host time",
            fixed(static_cast<double>(report.hostNs) / 1e6, 1) + " ms", speed);
  writeCard(os, "bank conflicts", grouped(report.bankConflicts), "");
  if (report.energy)
    writeEnergyCards(os, report);
  os << "</dl>\n";
}

void writeStalls(llvm::raw_ostream &os, const Report &report) {
  if (report.engines.empty()) {
    os << "<p class=\"none\">The backend gave no stalls.</p>\n";
    return;
  }
  std::vector<std::string> causes;
  for (const Engine &engine : report.engines)
    for (const Cause &cause : engine.causes)
      if (cause.name != "busy" && !llvm::is_contained(causes, cause.name))
        causes.push_back(cause.name);
  std::vector<std::string> columns = {"busy"};
  llvm::append_range(columns, causes);

  os << "<div class=\"wide\"><table id=\"stall-table\"><thead><tr><th>engine"
        "</th><th>share of its cycles</th>";
  for (const std::string &name : columns)
    os << "<th class=\"n\"><i class=\"c" << colourOf(causes, name) << "\"></i>"
       << htmlText(name) << "</th>";
  os << "</tr></thead><tbody>\n";
  for (const Engine &engine : report.engines) {
    std::map<std::string, const Cause *> byName;
    for (const Cause &cause : engine.causes)
      byName[cause.name] = &cause;
    os << "<tr><th>" << htmlText(engine.name)
       << "</th><td><div class=\"stack\">";
    for (const std::string &name : columns)
      if (auto found = byName.find(name);
          found != byName.end() && found->second->share != 0)
        os << "<i class=\"c" << colourOf(causes, name)
           << "\" style=\"width:" << percent(found->second->share)
           << "%\" title=\"" << htmlText(name) << ": "
           << grouped(found->second->cycles) << " cycles\"></i>";
    os << "</div></td>";
    for (const std::string &name : columns) {
      auto found = byName.find(name);
      os << "<td class=\"n\">"
         << (found == byName.end() ? "" : percent(found->second->share) + " %")
         << "</td>";
    }
    os << "</tr>\n";
  }
  os << "</tbody></table></div>\n";
}

void writeLayers(llvm::raw_ostream &os, const Report &report) {
  if (report.layers.empty()) {
    os << "<p class=\"none\">The backend gave no layers.</p>\n";
    return;
  }
  const bool hasParts = report.parts.size() > 1;
  uint64_t longest = 1;
  for (const Layer &layer : report.layers)
    longest = std::max({longest, layer.cycles, layer.rooflineCycles});

  os << "<div class=\"wide\"><table id=\"layer-table\" class=\"rows\"><thead>"
        "<tr><th data-sort=\"n\" class=\"n\">#</th><th data-sort=\"t\">layer"
        "</th>";
  if (hasParts)
    os << "<th data-sort=\"n\" class=\"n\">part</th>";
  os << "<th data-sort=\"t\">bound</th><th data-sort=\"n\" class=\"n\">cycles"
        "</th><th data-sort=\"n\" class=\"n\">share</th><th data-sort=\"n\" "
        "class=\"n\">multiply-adds</th><th data-sort=\"n\" class=\"n\">bytes"
        "</th><th data-sort=\"n\" class=\"n\">roofline</th><th data-sort=\"n\" "
        "class=\"n\">gap</th><th>cycles and roofline</th></tr></thead><tbody>"
        "\n";
  for (auto [index, layer] : llvm::enumerate(report.layers)) {
    auto number = [&](double value, const std::string &text) {
      os << "<td class=\"n\" data-v=\"" << fixed(value, 6) << "\">" << text
         << "</td>";
    };
    auto count = [&](uint64_t value) {
      number(static_cast<double>(value), grouped(value));
    };
    const double share = report.cycles == 0
                             ? 0
                             : 100 * static_cast<double>(layer.cycles) /
                                   static_cast<double>(report.cycles);
    auto width = [&](uint64_t cycles) {
      return fixed(
          100 * static_cast<double>(cycles) / static_cast<double>(longest), 2);
    };
    os << "<tr data-layer=\"" << index << "\">";
    count(index);
    os << "<td><b class=\"dot\"></b>" << htmlText(layer.name) << "</td>";
    if (hasParts)
      count(layer.part);
    os << "<td><span class=\"bound\">" << htmlText(layer.bound)
       << "</span></td>";
    count(layer.cycles);
    number(share, fixed(share, 1) + " %");
    count(layer.macs);
    count(layer.dramBytes);
    count(layer.rooflineCycles);
    if (const std::optional<double> gap = layer.gap())
      number(*gap, fixed(*gap, 2));
    else
      number(0, "-");
    os << "<td><div class=\"roof\"><i style=\"width:" << width(layer.cycles)
       << "%\"></i><u style=\"left:" << width(layer.rooflineCycles)
       << "%\"></u></div></td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

} // namespace glowplug::report

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The part of the page about energy and area. It needs no script.

#include "core/report/HtmlEnergy.h"

#include "core/report/Text.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace glowplug::report {
namespace {

double percentOf(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

/// One bar, of which each component has its part; \p widest fills it.
void writeStack(llvm::raw_ostream &os, const Energy &energy,
                const std::vector<double> &picojoules, double widest) {
  os << "<div class=\"stack\">";
  for (auto [index, component] : llvm::enumerate(energy.components)) {
    const double amount = picojoules[index];
    if (amount <= 0)
      continue;
    os << "<i class=\"c" << index % 10
       << "\" style=\"width:" << fixed(percentOf(amount, widest), 2)
       << "%\" title=\"" << htmlText(component.name) << ": "
       << energyText(amount) << "\"></i>";
  }
  os << "</div>";
}

/// A cell that sorts by \p value and shows \p text.
void writeNumber(llvm::raw_ostream &os, double value, const std::string &text) {
  os << "<td class=\"n\" data-v=\"" << fixed(value, 6) << "\">" << text
     << "</td>";
}

void writeComponents(llvm::raw_ostream &os, const Energy &energy) {
  const double total = energy.picojoules(), area = energy.areaUm2();
  double largest = 0;
  for (const Component &component : energy.components)
    largest = std::max(largest, component.areaUm2);
  std::vector<double> all;
  for (const Component &component : energy.components)
    all.push_back(component.picojoules);
  writeStack(os, energy, all, total);
  os << "<div class=\"wide\"><table id=\"component-table\"><thead><tr>"
        "<th>component</th><th class=\"n\">energy</th><th class=\"n\">share"
        "</th><th class=\"n\">area, mm&sup2;</th><th class=\"n\">share</th>"
        "<th>area</th><th>sources</th></tr></thead><tbody>\n";
  for (auto [index, component] : llvm::enumerate(energy.components)) {
    os << "<tr><th><i class=\"c" << index % 10 << "\"></i>"
       << htmlText(component.name) << "</th><td class=\"n\">"
       << energyText(component.picojoules) << "</td><td class=\"n\">"
       << fixed(percentOf(component.picojoules, total), 1) << " %</td>";
    if (component.areaUm2 > 0)
      os << "<td class=\"n\">" << fixed(component.areaUm2 / 1e6, 3)
         << "</td><td class=\"n\">"
         << fixed(percentOf(component.areaUm2, area), 1)
         << " %</td><td><div class=\"stack\"><i class=\"c" << index % 10
         << "\" style=\"width:"
         << fixed(percentOf(component.areaUm2, largest), 2)
         << "%\"></i></div></td>";
    else
      os << "<td class=\"n\">-</td><td class=\"n\">-</td><td></td>";
    os << "<td class=\"source\">Energy: " << htmlText(component.energySource);
    if (!component.areaSource.empty())
      os << "<br>Area: " << htmlText(component.areaSource);
    os << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
}

void writeLayers(llvm::raw_ostream &os, const Report &report) {
  const Energy &energy = *report.energy;
  const double total = energy.picojoules();
  double largest = 0, inLayers = 0;
  for (const Layer &layer : report.layers) {
    largest = std::max(largest, layer.energy());
    inLayers += layer.energy();
  }
  os << "<div class=\"wide\"><table id=\"energy-table\" class=\"rows\"><thead>"
        "<tr><th data-sort=\"n\" class=\"n\">#</th><th data-sort=\"t\">layer"
        "</th><th data-sort=\"n\" class=\"n\">energy</th><th data-sort=\"n\" "
        "class=\"n\">share</th><th data-sort=\"n\" class=\"n\">pJ per "
        "multiply-add</th><th>by component</th></tr></thead><tbody>\n";
  for (auto [index, layer] : llvm::enumerate(report.layers)) {
    if (layer.picojoules.empty())
      continue;
    const double amount = layer.energy(), share = percentOf(amount, total);
    os << "<tr data-layer=\"" << index << "\">";
    writeNumber(os, static_cast<double>(index), grouped(index));
    os << "<td><b class=\"dot\"></b>" << htmlText(layer.name) << "</td>";
    writeNumber(os, amount, energyText(amount));
    writeNumber(os, share, fixed(share, 1) + " %");
    const double each =
        layer.macs == 0 ? 0 : amount / static_cast<double>(layer.macs);
    writeNumber(os, each, layer.macs == 0 ? "-" : fixed(each, 2));
    os << "<td>";
    writeStack(os, energy, layer.picojoules, largest);
    os << "</td></tr>\n";
  }
  os << "</tbody></table></div>\n";
  // What rounding leaves is no energy of its own.
  if (const double rest = total - inLayers; rest > 1e-6 * total)
    os << "<p class=\"hint\">" << energyText(rest)
       << " belong to no layer.</p>\n";
}

} // namespace

void writeEnergy(llvm::raw_ostream &os, const Report &report) {
  if (!report.energy)
    return;
  const Energy &energy = *report.energy;
  os << "<section><h2>Energy and area</h2>\n<p class=\"hint\">";
  for (const std::string &note : energy.notes)
    os << htmlText(note) << " ";
  for (const std::string &technology : energy.technologies)
    os << "Technology: " << htmlText(technology) << ". ";
  os << "Figures are estimates, to compare programs, layers and machines with "
        "each other; their sources stand beside them.</p>\n";
  writeComponents(os, energy);
  writeLayers(os, report);
  os << "</section>\n";
}

} // namespace glowplug::report

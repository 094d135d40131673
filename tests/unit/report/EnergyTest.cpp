// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Energy and area: sums over parts, figures, and their part of the page.

#include "core/report/Html.h"
#include "core/report/Json.h"
#include "core/report/Text.h"

#include "tests/unit/report/Samples.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

constexpr uint32_t none = Simulation::noLayer;

/// Two parts on one device; the first does not use all of its components.
std::vector<PartSimulation> twoMetered() {
  std::vector<PartSimulation> parts = twoParts();
  parts[0].simulation.energy =
      EnergyUse{"7 nm",
                "Estimates.",
                {{"array", "a <guess>", 2e6, "a ruler"}},
                {{0, 0, 3000}, {0, 1, 500}, {0, none, 100}}};
  parts[1].simulation.energy = EnergyUse{"7 nm",
                                         "Estimates.",
                                         {{"dram", "a book", 0, ""},
                                          {"array", "a <guess>", 2e6,
                                           "a "
                                           "ruler"}},
                                         {{0, 0, 6000.25}, {1, 0, 400}}};
  return parts;
}

std::string pageOf(const std::vector<PartSimulation> &parts) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeHtml(os, report::makeReport(parts), "model.onnx");
  return text;
}

} // namespace

TEST(EnergyReport, AddsUpPartsComponentsAndLayers) {
  const report::Report made = report::makeReport(twoMetered());
  ASSERT_TRUE(made.energy.has_value());
  const report::Energy &energy = *made.energy;
  EXPECT_EQ(energy.technologies, std::vector<std::string>{"7 nm"});
  EXPECT_EQ(energy.notes, std::vector<std::string>{"Estimates."});
  EXPECT_EQ(energy.cycles, 1500u);
  ASSERT_EQ(energy.components.size(), 2u);
  EXPECT_EQ(energy.components[0].name, "array");
  EXPECT_EQ(energy.components[0].picojoules, 4000);
  EXPECT_EQ(energy.components[0].areaUm2, 2e6) << "one device, one area";
  EXPECT_EQ(energy.components[1].picojoules, 6000.25);
  EXPECT_EQ(energy.picojoules(), 10000.25);
  EXPECT_EQ(energy.areaUm2(), 2e6);
  EXPECT_EQ(made.layers[0].picojoules, (std::vector<double>{3000, 0}));
  EXPECT_EQ(made.layers[1].picojoules, (std::vector<double>{500, 0}));
  EXPECT_EQ(made.layers[2].picojoules, (std::vector<double>{400, 6000.25}));
  double layers = 0;
  for (const report::Layer &layer : made.layers)
    layers += layer.energy();
  EXPECT_EQ(layers + 100, energy.picojoules());
  // 1500 cycles at 100 MHz are 15 us; 10 nJ in it are 0.67 mW.
  EXPECT_NEAR(made.averagePower().value(), 10.00025e-9 / 15e-6 * 1e3, 1e-12);
}

TEST(EnergyReport, DevicesHaveTheirOwnComponents) {
  std::vector<PartSimulation> parts = twoMetered();
  parts[1].backend = "other";
  const report::Report made = report::makeReport(parts);
  ASSERT_EQ(made.energy->components.size(), 3u);
  EXPECT_EQ(made.energy->components[0].name, "npu/array");
  EXPECT_EQ(made.energy->components[2].name, "other/array");
  EXPECT_EQ(made.energy->areaUm2(), 4e6);
}

TEST(EnergyReport, PartsWithoutEnergyAreLeftOut) {
  std::vector<PartSimulation> parts = twoMetered();
  parts[0].simulation.energy.reset();
  const report::Report made = report::makeReport(parts);
  EXPECT_EQ(made.energy->picojoules(), 6400.25);
  EXPECT_EQ(made.energy->cycles, 500u);
  EXPECT_TRUE(made.layers[0].picojoules.empty());
  const auto json = report::toJson(made);
  EXPECT_FALSE(json["layers"][0].contains("energy_pj"));
  EXPECT_EQ(json["layers"][2]["energy_pj"], 6400.25);
}

TEST(EnergyReport, FiguresHoldIt) {
  const auto json = report::toJson(report::makeReport(twoMetered()));
  EXPECT_EQ(json["energy_pj"], 10000.25);
  EXPECT_EQ(json["average_power_mw"], 0.6667);
  EXPECT_EQ(json["energy"],
            (nlohmann::ordered_json{{"array", 4000.0}, {"dram", 6000.25}}));
  EXPECT_EQ(json["area_um2"], 2e6);
  EXPECT_EQ(json["area"], (nlohmann::ordered_json{{"array", 2e6}}));
  EXPECT_EQ(json["energy_basis"]["technology"], "7 nm");
  EXPECT_EQ(json["energy_basis"]["note"], "Estimates.");
  EXPECT_EQ(json["energy_basis"]["sources"]["array"]["area"], "a ruler");
  EXPECT_EQ(json["energy_basis"]["sources"]["dram"],
            (nlohmann::ordered_json{{"energy", "a book"}}));
  EXPECT_EQ(json["layers"][2]["energy_pj"], 6400.25);
  EXPECT_EQ(json["layers"][2]["energy"]["array"], 400);
}

TEST(EnergyReport, WithoutAClockThereIsNoPower) {
  std::vector<PartSimulation> parts = twoMetered();
  parts[1].simulation.clockKhz = 0;
  EXPECT_FALSE(report::makeReport(parts).averagePower().has_value());
  EXPECT_FALSE(
      report::toJson(report::makeReport(parts)).contains("average_power_mw"));
  const auto silent = report::toJson(report::makeReport(twoParts()));
  for (const char *key : {"energy_pj", "energy", "area_um2", "area",
                          "energy_basis", "average_power_mw"})
    EXPECT_FALSE(silent.contains(key)) << key;
}

TEST(EnergyReport, ThePageShowsIt) {
  const std::string page = pageOf(twoMetered());
  for (const char *part :
       {"<dd id=\"energy\">10.0 nJ</dd>", "<dd id=\"area\">2.00 mm&sup2;</dd>",
        "1.3 pJ per multiply-add, an estimate; 0.7 mW on average",
        "<h2>Energy and area</h2>", "Estimates. Technology: 7 nm.",
        "Energy: a &lt;guess&gt;<br>Area: a ruler", "Energy: a book</td>",
        "<td class=\"n\">4.00 nJ</td><td class=\"n\">40.0 %</td>"
        "<td class=\"n\">2.000</td><td class=\"n\">100.0 %</td>",
        "<td class=\"n\">6.00 nJ</td><td class=\"n\">60.0 %</td>"
        "<td class=\"n\">-</td>",
        // Bars of layers are as wide as their energies.
        "style=\"width:93.75%\" title=\"dram: 6.00 nJ\"",
        "style=\"width:46.87%\" title=\"array: 3.00 nJ\"",
        "<p class=\"hint\">100 pJ belong to no layer.</p>"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_EQ(pageOf(twoParts()).find("Energy and area"), std::string::npos);
}

TEST(EnergyReport, NamesCannotBreakOut) {
  std::vector<PartSimulation> parts = twoMetered();
  EnergyUse &energy = *parts[0].simulation.energy;
  energy.note = energy.technology = energy.components[0].energySource =
      energy.components[0].areaSource = "</script><script>alert('x')</script>";
  parts[1].backend = "<b>";
  EXPECT_EQ(pageOf(parts).find("<script>alert"), std::string::npos);
  EXPECT_EQ(pageOf(parts).find("<b>"), std::string::npos);
}

TEST(EnergyReport, ThreeDigitsAreShown) {
  EXPECT_EQ(report::energyText(0), "0.00 pJ");
  EXPECT_EQ(report::energyText(12.34), "12.3 pJ");
  EXPECT_EQ(report::energyText(999.6), "1.00 nJ");
  EXPECT_EQ(report::energyText(4.567e8), "457 \u00b5J");
  EXPECT_EQ(report::energyText(4.567e9), "4.57 mJ");
  EXPECT_EQ(report::energyText(2e16), "20000 J");
}

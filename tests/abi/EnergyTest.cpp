// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a backend tells of energy and area reaches the host, and records that
// contradict each other are refused.

#include "tests/abi/Counting.h"

using namespace glowplug;

namespace {

using EnergyTest = glowplug::testing::CountingTest;
constexpr SimulationRequest withEnergy = {false, false, true};

} // namespace

TEST_F(EnergyTest, ReachesTheHost) {
  load({});
  run();
  const Simulation told =
      llvm::cantFail(executable->lastRun(withEnergy)).value();
  ASSERT_TRUE(told.energy.has_value());
  const EnergyUse &energy = *told.energy;
  EXPECT_EQ(energy.technology, "made <up>");
  EXPECT_EQ(energy.note, "For tests.");
  ASSERT_EQ(energy.components.size(), 2u);
  EXPECT_EQ(energy.components[0].name, "array");
  EXPECT_EQ(energy.components[0].energySource, "a guess");
  EXPECT_EQ(energy.components[0].areaUm2, 2e6);
  EXPECT_EQ(energy.components[0].areaSource, "another guess");
  EXPECT_EQ(energy.components[1].name, "dram");
  EXPECT_EQ(energy.components[1].areaUm2, 0);
  EXPECT_EQ(energy.components[1].areaSource, "");
  ASSERT_EQ(energy.amounts.size(), 5u);
  EXPECT_EQ(energy.amounts[3].component, 1u);
  EXPECT_EQ(energy.amounts[3].layer, 1u);
  EXPECT_EQ(energy.amounts[3].picojoules, 100);
  EXPECT_EQ(energy.amounts[4].layer, Simulation::noLayer);
  EXPECT_EQ(energy.amounts[4].picojoules, 7);
  EXPECT_TRUE(told.spans.empty());
}

/// A host that does not ask finds the same run, as one that knows no energy.
TEST_F(EnergyTest, IsNotAskedForUnwanted) {
  load({{"rule", "energy_fails"}});
  run();
  const Simulation told = llvm::cantFail(executable->lastRun({})).value();
  EXPECT_EQ(told.cycles, 3024u);
  EXPECT_FALSE(told.energy.has_value());
  EXPECT_EQ(
      messageOf(withEnergy),
      "counting: last_energy failed: internal error: the meter is broken");
}

/// A plugin that was built before there was the group.
TEST_F(EnergyTest, APluginWithoutItStillWorks) {
  for (const char *library : {COUNTING_WITHOUT_ENERGY, COUNTING_NEXT_ENERGY}) {
    load({}, library);
    run();
    const Simulation told =
        llvm::cantFail(executable->lastRun(withEnergy)).value();
    EXPECT_EQ(told.cycles, 3024u);
    EXPECT_EQ(told.layers.size(), 2u);
    EXPECT_FALSE(told.energy.has_value()) << library;
  }
}

TEST_F(EnergyTest, RefusesRecordsThatBreakARule) {
  const struct {
    const char *rule, *message;
  } rules[] = {
      {"basis_missing", "component comes before the basis"},
      {"energy_late", "component comes before the basis"},
      {"basis_null", "gp_energy_basis is NULL"},
      {"basis_size", "gp_energy_basis.struct_size is 1, the host knows 24 "
                     "bytes"},
      {"basis_twice", "basis is called twice"},
      {"basis_note", "the note is empty"},
      {"component_missing",
       "amount 0 names component 0, but so far there are 0"},
      {"component_name", "component 0: name is 'The array', but needs to be "
                         "one lower-case word"},
      {"component_source", "component 0: energy_source is NULL"},
      {"component_area", "component 0: area_um2 is -1.000000 square "
                         "micrometres, but needs to be finite and at least 0"},
      {"area_source",
       "component 0: area_um2 is 2000000.000000, but area_source is ''"},
      {"area_none",
       "component 1: area_um2 is 0.000000, but area_source is 'a guess'"},
      {"component_twice", "component 'array' comes twice"},
      {"amount_component",
       "amount 5 names component 2, but so far there are 2"},
      {"amount_layer", "amount 5 names layer 2, but there are 2"},
      {"amount_twice", "amount 5 is of a component and layer that had one"},
      {"amount_negative", "amount 5 is -0.500000 picojoules, but needs to be "
                          "finite and at least 0"},
      {"amount_nan", "amount 5 is nan picojoules, but needs to be finite and "
                     "at least 0"},
      {"amount_sum", "the sum of all amounts is inf picojoules, but needs to "
                     "be finite and at least 0"},
  };
  for (const auto &broken : rules) {
    load({{"rule", broken.rule}});
    run();
    EXPECT_EQ(messageOf(withEnergy),
              std::string("counting: last_energy broke a rule: ") +
                  broken.message)
        << broken.rule;
  }
  EXPECT_EQ(liveFailures(), 0u);
}

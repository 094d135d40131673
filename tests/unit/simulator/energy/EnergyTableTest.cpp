// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prices: what they scale with, tables of the user's, and sums.

#include "simulator/energy/EnergyTable.h"

#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

TEST(EnergyTable, PricesArePublishedOnesWhereTheyWerePublished) {
  const EnergyTable table = defaultEnergyTable();
  EXPECT_EQ(table.technology, "45 nm");
  Config config; // lines of 16 bytes, banks of 32 KiB
  const auto lineOf = [&](std::int32_t bankBytes) {
    config.scratchpadBankBytes = bankBytes;
    return priceOf(Action::ScratchpadArrayXRead, table, config);
  };
  EXPECT_DOUBLE_EQ(lineOf(8 << 10), 2 * 10);
  EXPECT_DOUBLE_EQ(lineOf(32 << 10), 2 * 20);
  EXPECT_NEAR(lineOf(1 << 20), 2 * 100, 2 * 100 * 0.14);
  EXPECT_DOUBLE_EQ(8 * priceOf(Action::DramReadByte, table, config), 1300);
  EXPECT_DOUBLE_EQ(priceOf(Action::VectorBias, table, config), 0.1);
  EXPECT_DOUBLE_EQ(priceOf(Action::VectorZeroPoint, table, config), 0.03);
  EXPECT_DOUBLE_EQ(priceOf(Action::DramRowOpen, table, config), 2 * 909);
}

TEST(EnergyTable, PricesScaleWithTheConfiguration) {
  const EnergyTable table = defaultEnergyTable();
  Config small, large;
  small.arrayRows = 8;
  large.arrayRows = 32;
  const auto ratio = [&](Action action) {
    return priceOf(action, table, large) / priceOf(action, table, small);
  };
  EXPECT_DOUBLE_EQ(ratio(Action::ArrayMac), 1);
  EXPECT_DOUBLE_EQ(ratio(Action::ArrayInputRow), 4);
  EXPECT_DOUBLE_EQ(ratio(Action::ArrayLeakage), 16);
  EXPECT_DOUBLE_EQ(ratio(Action::ArraySkewRow), 32.0 * 31 / (8 * 7));
  EXPECT_DOUBLE_EQ(ratio(Action::ScratchpadLoadWrite), 2); // lines of 16 and 32
  EXPECT_DOUBLE_EQ(ratio(Action::AccumulatorArrayRead), 4 * std::sqrt(4));
  small = large = Config{};
  large.dramBytesPerCycle = 2 * small.dramBytesPerCycle;
  large.scratchpadBanks = 3 * small.scratchpadBanks;
  large.dramRowBytes = 4 * small.dramRowBytes;
  EXPECT_DOUBLE_EQ(ratio(Action::BusReadBeat), 2);
  EXPECT_DOUBLE_EQ(ratio(Action::ScratchpadLeakage), 3);
  EXPECT_DOUBLE_EQ(ratio(Action::ScratchpadVectorARead), 1);
  EXPECT_DOUBLE_EQ(ratio(Action::DramRowOpen), 4);
}

TEST(EnergyTable, ComponentsHoldTheirActions) {
  const Config config;
  EnergyTable table;
  table.picojoules[static_cast<std::size_t>(Action::ArrayMac)] = 0.5;
  table.picojoules[static_cast<std::size_t>(Action::DramReadByte)] = 100;
  Counts counts;
  counts[Action::ArrayMac] = 1000;
  counts[Action::DramReadByte] = 64;
  counts[Action::VectorBias] = 7;
  const Energy energy = energyOf(counts, table, config);
  EXPECT_DOUBLE_EQ(energy[Component::Array], 500);
  EXPECT_DOUBLE_EQ(energy[Component::Dram], 6400);
  EXPECT_DOUBLE_EQ(energy[Component::Vector], 0);
  EXPECT_DOUBLE_EQ(energy.total(), 6900);
}

/// The counts of a long random program, all of them above 0.
Counts manyCounts(const Machine &machine) {
  std::mt19937_64 random(8);
  const auto commands = randomProgram(random, machine.config, {2000, false});
  const auto timeline = replay(commands, machine);
  EXPECT_TRUE(timeline) << timeline.message();
  return countActions(commands, *timeline, machine);
}

TEST(EnergyTable, ADoubledPriceDoublesItsShareAlone) {
  Machine machine = machineOf(Config{});
  machine.config.dramBanked = 1;
  machine.config.arrayRows = 8;
  machine.config.scratchpadBankBytes = 8192;
  machine.config.dramBytesPerCycle = 4;
  const Counts counts = manyCounts(machine);
  const EnergyTable table = defaultEnergyTable();
  const Energy before = energyOf(counts, table, machine.config);
  for (std::size_t i = 0; i < actionInfos.size(); ++i) {
    const ActionInfo &info = actionInfos[i];
    const auto action = static_cast<Action>(i);
    const double share = static_cast<double>(counts[action]) *
                         priceOf(action, table, machine.config);
    EXPECT_EQ(share > 0, info.priced) << info.name;
    EnergyTable doubled = table;
    doubled.picojoules[i] *= 2;
    const Energy after = energyOf(counts, doubled, machine.config);
    for (int c = 0; c < componentCount; ++c) {
      const auto component = static_cast<Component>(c);
      const double more = component == info.component ? share : 0;
      EXPECT_NEAR(after[component], before[component] + more,
                  1e-9 * before[component])
          << info.name << " in " << componentNames[c];
    }
  }
}

TEST(EnergyTable, LayersAddUpToTheWhole) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 50; ++round) {
    const Machine machine = machineOf(randomConfig(random));
    const auto commands = randomProgram(random, machine.config);
    const auto timeline = replay(commands, machine);
    ASSERT_TRUE(timeline);
    const EnergyTable table = defaultEnergyTable();
    double sum = 0;
    for (const Counts &layer :
         countActionsByLayer(commands, *timeline, machine))
      sum += energyOf(layer, table, machine.config).total();
    const double whole = energyOf(countActions(commands, *timeline, machine),
                                  table, machine.config)
                             .total();
    EXPECT_GT(whole, 0);
    EXPECT_NEAR(sum, whole, 1e-9 * whole);
  }
}

TEST(EnergyTable, AFileReplacesAllPrices) {
  EnergyTable table = defaultEnergyTable();
  table.technology = "7 nm";
  for (double &price : table.picojoules)
    price /= 3;
  const auto read = readEnergyTable(writeEnergyTable(table), "mine.json");
  ASSERT_TRUE(read) << read.message();
  EXPECT_EQ(read->technology, "7 nm");
  EXPECT_EQ(read->picojoules, table.picojoules);
}

/// What is said of the default table with \p from replaced by \p to.
std::string faultOf(std::string_view from, std::string_view to) {
  std::string text = writeEnergyTable(defaultEnergyTable());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const auto read = readEnergyTable(text, "mine.json");
  EXPECT_FALSE(read) << text;
  return read ? "" : read.message();
}

TEST(EnergyTable, ABrokenFileIsRefusedByName) {
  EXPECT_EQ(faultOf("\"array.mac\": 0", "\"array.mac\": -0"),
            "mine.json: picojoules: array.mac needs a number of at least 0, "
            "but got -0.506875");
  EXPECT_EQ(faultOf("\"vector.bias\": 0.1", "\"vector.bias\": \"0.1\""),
            "mine.json: picojoules: vector.bias needs a number of at least 0, "
            "but got \"0.1\"");
  EXPECT_EQ(faultOf("\"array.mac\"", "\"array.max\""),
            "mine.json: picojoules: needs actions with a price, but got "
            "array.max");
  EXPECT_EQ(faultOf("\"array.mac\"", "\"array.useful_mac\""),
            "mine.json: picojoules: needs actions with a price, but got "
            "array.useful_mac");
  EXPECT_EQ(faultOf("\"vector.bias\": 0.1,", ""),
            "mine.json: picojoules: needs vector.bias, but got no price of it");
  EXPECT_EQ(faultOf("\"technology\"", "\"voltage\""),
            "mine.json: needs an object picojoules, and perhaps a text "
            "technology, but got voltage, which is string");
  EXPECT_EQ(faultOf("{", "["),
            "mine.json: needs a JSON object, but got no JSON");
  EXPECT_EQ(faultOf("\"array.mac\": 0", "\"array.mac\": 1e9990"),
            "mine.json: needs a JSON object, but got no JSON");
  const auto list = readEnergyTable("[]", "none.json");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.message(), "none.json: needs a JSON object, but got array");
  const auto empty = readEnergyTable("{}", "none.json");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.message(),
            "none.json: needs an object picojoules, but got none");
}

} // namespace

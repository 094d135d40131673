// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the plugin tells of energy and area: the library's own count, priced by
// its table or a user's.

#include "tests/unit/backends/npu-sim/plugin/Testing.h"

#include "backends/npu-sim/runtime/Executable.h"
#include "simulator/energy/Area.h"
#include "simulator/energy/EnergyTable.h"

#include <glowplug/glue/seal.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <map>

using namespace glowplug;
using namespace glowplug::npuplugintest;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

/// A file with \p text, gone with the test.
class TextFile {
public:
  explicit TextFile(const std::string &name, const std::string &text)
      : path(::testing::TempDir() + "npu-energy-" + name + ".json") {
    std::ofstream(path) << text;
  }
  ~TextFile() { std::remove(path.c_str()); }

  const std::string path;
};

/// What a run of the small program tells.
Simulation tell(const Options &options, Loadable *loaded = nullptr) {
  const auto backend = npuBackend(options);
  Loadable loadable = compileSmall(*backend);
  const auto executable = llvm::cantFail(backend->load(loadable.request()));
  llvm::cantFail(runSmall(*executable, loadable, someInput()));
  if (loaded)
    *loaded = std::move(loadable);
  return *llvm::cantFail(executable->lastRun({.energy = true}));
}

double total(const EnergyUse &energy) {
  double sum = 0;
  for (const EnergyUse::Amount &amount : energy.amounts)
    sum += amount.picojoules;
  return sum;
}

std::map<std::string, double> byComponent(const EnergyUse &energy) {
  std::map<std::string, double> sums;
  for (const EnergyUse::Amount &amount : energy.amounts)
    sums[energy.components[amount.component].name] += amount.picojoules;
  return sums;
}

npu::EnergyTable doubled(npu::Action action) {
  npu::EnergyTable table = npu::defaultEnergyTable();
  table.picojoules[static_cast<size_t>(action)] *= 2;
  return table;
}

/// The counts of the whole program, by the library, without the plugin.
npu::Counts countsOf(const Loadable &loadable, const npu::Config &config) {
  // A blob stands behind its seal.
  const std::span<const uint8_t> blob(loadable.blob.data() + sizeof(gp_seal),
                                      loadable.blob.size() - sizeof(gp_seal));
  std::vector<std::span<const uint8_t>> segments;
  for (const AlignedBytes &segment : loadable.segments)
    segments.emplace_back(segment.data(), segment.size());
  const auto program = npusim::Executable::load(
      blob, segments, config, npusim::makeInProcessDevice(config));
  EXPECT_TRUE(program) << program.message();
  std::vector<npu::Command> commands;
  for (const npu::Encoded &code : (*program)->blob().program.commands)
    commands.push_back(*npu::decodeCommand(code));
  return npu::countActions(commands, (*program)->timeline(),
                           {config, (*program)->placement().bases,
                            (*program)->placement().programBase});
}

} // namespace

TEST(NpuEnergy, IsWhatTheLibraryCounts) {
  const TextFile banked("banked", R"({"dram": {"banked": 1}})");
  for (const bool isBanked : {false, true}) {
    Loadable loadable;
    const Simulation told =
        tell({{"npu", isBanked ? banked.path : std::string()}}, &loadable);
    ASSERT_TRUE(told.energy.has_value());
    npu::Config config;
    config.dramBanked = isBanked ? 1 : 0;
    const npu::Counts counts = countsOf(loadable, config);
    EXPECT_EQ(counts[npu::Action::DramRowOpen] > 0, isBanked);
    const npu::Energy expected =
        npu::energyOf(counts, npu::defaultEnergyTable(), config);
    ASSERT_EQ(told.energy->components.size(), size_t(npu::componentCount));
    const auto sums = byComponent(*told.energy);
    for (int i = 0; i < npu::componentCount; ++i) {
      const std::string name(npu::componentNames[i]);
      EXPECT_EQ(told.energy->components[i].name, name);
      EXPECT_GT(expected.components[i], 0) << name;
      EXPECT_NEAR(sums.at(name), expected.components[i],
                  1e-9 * expected.components[i])
          << name;
    }
    EXPECT_NEAR(total(*told.energy), expected.total(), 1e-9 * expected.total());
  }
}

TEST(NpuEnergy, EveryLayerTakesSome) {
  const Simulation told = tell({});
  std::map<uint32_t, double> layers;
  for (const EnergyUse::Amount &amount : told.energy->amounts)
    layers[amount.layer] += amount.picojoules;
  ASSERT_EQ(layers.size(), told.layers.size()) << "and nothing else does";
  for (uint32_t i = 0; i < told.layers.size(); ++i)
    EXPECT_GT(layers[i], 0) << told.layers[i].name;
  EXPECT_GT(layers[0], layers[1]) << "a convolution, and a maximum";
}

TEST(NpuEnergy, AreasFollowTheConfiguration) {
  const TextFile small("small", R"({"array": {"rows": 8}})");
  npu::Config config;
  for (const char *file : {"", small.path.c_str()}) {
    const Simulation told = tell({{"npu", file}});
    config.arrayRows = *file ? 8 : 16;
    for (int i = 0; i < npu::componentCount; ++i) {
      const EnergyUse::Component &component = told.energy->components[i];
      const auto expected = npu::areaOf(static_cast<npu::Component>(i), config);
      EXPECT_EQ(component.areaUm2, expected) << component.name;
      EXPECT_EQ(component.areaUm2 > 0, component.name != "dram");
      EXPECT_THAT(component.energySource, HasSubstr("npu-energy.md"));
    }
  }
}

TEST(NpuEnergy, ADoubledPriceDoublesItsShareAlone) {
  Loadable loadable;
  const auto before = byComponent(*tell({}, &loadable).energy);
  const npu::Config config;
  const npu::Counts counts = countsOf(loadable, config);
  for (const npu::Action action :
       {npu::Action::ArrayMac, npu::Action::DramReadByte,
        npu::Action::ScratchpadLeakage, npu::Action::ControlCommand}) {
    const auto &info = npu::actionInfos[static_cast<size_t>(action)];
    const TextFile file("doubled", npu::writeEnergyTable(doubled(action)));
    const Simulation told = tell({{"energy", file.path}});
    const double share =
        static_cast<double>(counts[action]) *
        npu::priceOf(action, npu::defaultEnergyTable(), config);
    EXPECT_GT(share, 0);
    for (const auto &[name, energy] : byComponent(*told.energy)) {
      const bool isIts =
          name == npu::componentNames[static_cast<size_t>(info.component)];
      EXPECT_NEAR(energy, before.at(name) + (isIts ? share : 0), 1e-9 * energy)
          << info.name << " in " << name;
    }
    EXPECT_EQ(told.energy->components[0].energySource, file.path);
    EXPECT_THAT(told.energy->note, HasSubstr(file.path));
  }
}

TEST(NpuEnergy, BrokenTablesAreRefusedByName) {
  std::string text = npu::writeEnergyTable(npu::defaultEnergyTable());
  text.replace(text.find("\"array.mac\": 0"), 14, "\"array.mac\": -0");
  const TextFile broken("broken", text), empty("empty", "{}");
  EXPECT_THAT(createError({{"energy", broken.path}}),
              HasSubstr("option 'energy': " + broken.path +
                        ": picojoules: array.mac needs a number of at least "
                        "0, but got -0.506875"));
  EXPECT_THAT(
      createError({{"energy", empty.path}}),
      HasSubstr(empty.path + ": needs an object picojoules, but got none"));
  EXPECT_THAT(
      createError({{"energy", "/no/such/file.json"}}),
      AllOf(HasSubstr("option 'energy': cannot open '/no/such/file.json'"),
            HasSubstr("No such file")));
  EXPECT_EQ(createError({{"energy", ""}}), "");
}

/// The same timeline, so the same energy, with the model in a process.
TEST(NpuEnergy, IsTheSameOnEveryDevice) {
  const EnergyUse here = *tell({}).energy;
  const EnergyUse there = *tell({{"device", "process"}}).energy;
  EXPECT_EQ(byComponent(here), byComponent(there));
}

TEST(NpuEnergy, IsCountedOnlyOnRequest) {
  const auto backend = npuBackend();
  const Loadable loadable = compileSmall(*backend);
  const auto executable = llvm::cantFail(backend->load(loadable.request()));
  llvm::cantFail(runSmall(*executable, loadable, someInput()));
  EXPECT_FALSE(llvm::cantFail(executable->lastRun({}))->energy.has_value());
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Areas: those of the default machine are what synthesis found, and memories
// follow the configuration.

#include "simulator/energy/Area.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;

namespace {

TEST(Area, IsThatOfTheSynthesisedUnits) {
  // Square millimetres in docs/reference/npu-cost.md at R = 16.
  const std::pair<Component, double> measured[] = {
      {Component::Array, 0.399},
      {Component::Vector, 0.592},
      {Component::Depthwise, 1.141},
      {Component::Scratchpad, 1.184},
      {Component::Accumulator, 0.305},
      {Component::Dma, 2 * 0.0352 + 0.0322},
      {Component::Bus, 0.001},
      {Component::Control, 0.099 + 0.037 + 0.017},
      {Component::Dram, 0},
  };
  EXPECT_EQ(std::size(measured), std::size_t(componentCount));
  for (const auto &[component, mm2] : measured)
    EXPECT_NEAR(areaOf(component, Config{}), mm2 * 1e6, 0.01 * mm2 * 1e6)
        << componentNames[static_cast<std::size_t>(component)];
}

TEST(Area, FollowsTheConfiguration) {
  const Config config;
  const auto more = [&](Component component, const Config &other) {
    return areaOf(component, other) - areaOf(component, config);
  };
  Config other = config;
  other.scratchpadBanks *= 3;
  EXPECT_NEAR(more(Component::Scratchpad, other), 2 * 0.55 * 8 * 256 * 1024, 1);
  EXPECT_EQ(more(Component::Accumulator, other), 0);
  other = config;
  other.accumulatorBankRows *= 2;
  EXPECT_NEAR(more(Component::Accumulator, other), 0.55 * 8 * 64 * 1024, 1);
  other = config;
  other.arrayRows = 32;
  EXPECT_GT(areaOf(Component::Array, other),
            3.5 * areaOf(Component::Array, config));
  EXPECT_LT(areaOf(Component::Vector, other),
            2 * areaOf(Component::Vector, config));
  EXPECT_EQ(more(Component::Control, other), 0);
}

} // namespace

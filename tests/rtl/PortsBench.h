// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts what a unit of the hardware does on its ports, command by command,
/// beside the counts for energy.

#pragma once

#include "simulator/cosim/VerilatedUnit.h"
#include "simulator/energy/Counts.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

namespace glowplug::npu::test {

/// What the ports of a PortsUnit did since it was last cleared.
inline Counts portCounts;

/// A unit that counts the accesses of its ports into portCounts, in place of
/// serving them: what it reads does not matter to where it reads.
template <typename Unit, int R>
class PortsUnit : public cosim::VerilatedUnit<Unit, R> {
public:
  bool takes(const Command &) const override { return true; }

protected:
  void drive() override {}
};

/// Random commands of \p queue that the hardware does, which \p make creates.
/// Only one unit may be there at a time.
template <typename Make>
std::vector<Command> randomTaken(const Config &config, Queue queue, Make make) {
  const Result<std::unique_ptr<model::HardwareUnit>> unit = make(config);
  EXPECT_TRUE(unit);
  std::mt19937_64 random(config.arrayRows);
  std::vector<Command> commands;
  for (int n = 0; n < 3000; ++n)
    if (Command command = randomCommand(random, config, queue);
        (*unit)->takes(command))
      commands.push_back(command);
  return commands;
}

/// Runs \p commands on \p unit, one after the other, and compares the actions
/// \p counted. Those of a kind of command that is not there are 0 in both.
inline void comparePorts(const std::vector<Command> &commands,
                         const Config &config, model::HardwareUnit &unit,
                         std::span<const Action> counted) {
  ASSERT_FALSE(unit.begin({config}, nullptr));
  ASSERT_GT(commands.size(), 1000);
  Counts portsOfAll, expectedOfAll;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const Command &command = commands[n];
    portCounts = {};
    while (!unit.look(&command).ready)
      unit.edge();
    unit.edge();
    while (!unit.look(nullptr).done)
      unit.edge();
    unit.edge();
    const Counts expected = countActions(command, config);
    for (Action action : counted)
      ASSERT_EQ(portCounts[action], expected[action])
          << "command " << n << ", " << infoOf(command).name << ": "
          << actionInfos[static_cast<std::size_t>(action)].name;
    portsOfAll += portCounts;
    expectedOfAll += expected;
  }
  for (Action action : counted)
    EXPECT_EQ(portsOfAll[action] > 0, expectedOfAll[action] > 0);
}

} // namespace glowplug::npu::test

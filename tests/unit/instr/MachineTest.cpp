// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of machine descriptions, one broken at a time.

#include "tests/unit/instr/Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

TEST(MachineTest, AcceptsToy) { EXPECT_EQ(machineError(toyMachine()), ""); }

TEST(MachineTest, RefusesWhatIsNone) {
  const std::vector<uint8_t> nothing(64, 0);
  llvm::Error error = verifyMachine(nothing);
  EXPECT_EQ(llvm::toString(std::move(error)),
            "machine: is not a machine description, or is damaged");
}

TEST(MachineTest, NamesTheBrokenRule) {
  auto broken = [](auto &&breakIt) {
    machine::MachineT machine = toyMachine();
    breakIt(machine);
    return machineError(machine);
  };
  using M = machine::MachineT &;
  EXPECT_EQ(broken([](M m) { m.container_version = 7; }),
            "machine: needs container version 2, but got 7");
  EXPECT_EQ(broken([](M m) { m.required_features = {"time_travel"}; }),
            "needs only features that are known, but 'time_travel' is not");
  EXPECT_EQ(broken([](M m) { m.engines.clear(); }),
            "machine: needs 1 to 64 spaces and 1 to 64 engines, but got 3 and "
            "0");
  EXPECT_EQ(broken([](M m) { m.spaces[1]->name = "dram"; }),
            "space 1: needs a unique name, but 'dram' is taken");
  EXPECT_EQ(broken([](M m) { m.spaces[1]->name = "No"; }),
            "space 1: needs a name of lower-case letters, digits and '_'");
  EXPECT_EQ(broken([](M m) { m.spaces[1]->alignment = 12; }),
            "space 1: needs an alignment that is a power of two, but got 12");
  EXPECT_EQ(broken([](M m) { m.spaces[1]->bytes = 0; }),
            "space 1: needs 1 to 281474976710656 bytes, but got 0");
  EXPECT_EQ(broken([](M m) { m.spaces[1]->banks = 3; }),
            "space 1: needs banks that divide 4096 bytes, but got 3");
  EXPECT_EQ(broken([](M m) { m.engines[0]->paths[0]->target = 3; }),
            "engine 0: path 0: needs a space below 3, but got 3");
  EXPECT_EQ(broken([](M m) { m.engines[1]->rules[0]->op = 1; }),
            "engine 1: rule 0: needs a primitive, but got op 1");
  EXPECT_EQ(
      broken([](M m) { m.engines[1]->rules[0]->operands[1]->dtypes = {77}; }),
      "engine 1: rule 0: port 1: needs a known type, but got 77");
  EXPECT_EQ(broken([](M m) {
              m.engines[1]->rules[0]->operands[0]->multiples = {0};
            }).substr(0, 58),
            "engine 1: rule 0: port 0: needs an entry of multiples of a");
}

} // namespace

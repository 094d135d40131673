// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of machine descriptions, one broken at a time: the verifier accepts
// each of these, and one rule names the place.

#include "core/conformance/instr/MachineRules.h"

#include "tests/unit/instr/Testing.h"

#include <functional>
#include <map>

using namespace glowplug;
using namespace glowplug::conformance;
using namespace glowplug::test;

namespace {

/// The toy machine, which has no costs, with some.
machine::MachineT pricedMachine() {
  machine::MachineT machine = toyMachine();
  for (auto &engine : machine.engines)
    for (auto &rule : engine->rules) {
      auto factor = std::make_unique<machine::FactorT>();
      auto term = std::make_unique<machine::TermT>();
      term->cycles = 4;
      term->factors.push_back(std::move(factor));
      rule->costs.push_back(std::make_unique<machine::CostT>());
      rule->costs[0]->terms.push_back(std::move(term));
    }
  return machine;
}

/// The names of broken rules with the place of each.
std::map<std::string, std::string> offences(const machine::MachineT &machine) {
  EXPECT_EQ(machineError(machine), "");
  const std::vector<uint8_t> bytes = bytesOf(machine);
  std::map<std::string, std::string> found;
  for (const MachineRule &rule : machineRules())
    if (const auto offence = rule.check(*machine::GetMachine(bytes.data()))) {
      EXPECT_FALSE(offence->got.empty());
      EXPECT_FALSE(offence->want.empty());
      found[rule.name] = offence->where;
    }
  return found;
}

using Found = std::map<std::string, std::string>;
using M = machine::MachineT &;

Found broken(const std::function<void(M)> &breakIt) {
  machine::MachineT machine = pricedMachine();
  breakIt(machine);
  return offences(machine);
}

machine::RuleT &matmulOf(M m) { return *m.engines[1]->rules[0]; }
machine::RuleT &mapOf(M m) { return *m.engines[2]->rules[0]; }

TEST(MachineRulesTest, TakesSoundMachines) {
  EXPECT_EQ(offences(toyMachine()), Found());
  EXPECT_EQ(offences(pricedMachine()), Found());
}

TEST(MachineRulesTest, FindsDataThatGetsNowhere) {
  EXPECT_TRUE(
      broken([](M m) { m.spaces[dram]->bindings = false; }).count("bindings"));
  // Nothing fills the scratchpad.
  EXPECT_EQ(broken([](M m) {
              m.engines[0]->paths.clear();
              m.engines[0]->fills.clear();
            }).at("reached"),
            "engine 'store'");
  // Sums come from nowhere but the matrix engine.
  EXPECT_EQ(broken([](M m) {
              m.engines[1]->rules.clear();
              mapOf(m).operands[0]->spaces = {acc};
            }).at("reached"),
            "engine 'vector', rule 0, operand 0");
  // What the storer copies is the only way out.
  EXPECT_EQ(broken([](M m) { m.engines[3]->paths.clear(); }).at("leaves"),
            "engine 'load'");
  EXPECT_EQ(broken([](M m) { mapOf(m).operands[0]->spaces = {spad}; }),
            (Found{{"leaves", "engine 'matrix', rule 0, result 0"}}));
}

TEST(MachineRulesTest, FindsOddPorts) {
  const std::string port = "engine 'matrix', rule 0, port 0";
  EXPECT_EQ(broken([](M m) { matmulOf(m).operands[0]->limits = {16}; }),
            (Found{{"lists", port}}));
  EXPECT_EQ(broken([](M m) { matmulOf(m).operands[0]->innermost = 2; }),
            (Found{{"lists", port}}));
  EXPECT_EQ(broken([](M m) { matmulOf(m).operands[0]->limits = {16, 8}; }),
            (Found{{"tile", port + ", dim 1"}}));
  EXPECT_EQ(broken([](M m) { matmulOf(m).operands[0]->multiples = {1, 8192}; }),
            (Found{{"room", port}}));
  EXPECT_EQ(broken([](M m) { matmulOf(m).operands[0]->dtypes = {2, 2}; }),
            (Found{{"once", port}}));
  EXPECT_EQ(broken([](M m) { mapOf(m).rest->spaces = {acc, acc}; }),
            (Found{{"once", "engine 'vector', rule 0, rest"}}));
  EXPECT_EQ(broken([](M m) { matmulOf(m).operands.resize(1); }),
            (Found{{"ports", "engine 'matrix', rule 0"}}));
}

TEST(MachineRulesTest, FindsOddOps) {
  const std::string map = "engine 'vector', rule 0";
  EXPECT_EQ(broken([](M m) { mapOf(m).accumulate = true; }),
            (Found{{"accumulate", map}}));
  EXPECT_EQ(broken([](M m) { mapOf(m).scalar_ops.clear(); }),
            (Found{{"scalars", map}}));
  EXPECT_EQ(broken([](M m) { mapOf(m).scalar_ops.push_back(2); }),
            (Found{{"scalars", map}}));
  EXPECT_EQ(broken([](M m) {
              mapOf(m).scalar_ops.push_back(mapOf(m).scalar_ops[0]);
            }),
            (Found{{"scalars", map}}));
}

TEST(MachineRulesTest, FindsOddCosts) {
  const std::string matmul = "engine 'matrix', rule 0";
  EXPECT_EQ(broken([](M m) { matmulOf(m).costs.clear(); }),
            (Found{{"priced", matmul}}));
  EXPECT_EQ(broken([](M m) { matmulOf(m).costs[0]->terms[0]->cycles = 0; }),
            (Found{{"priced", matmul}}));
  // 16 rows at most.
  EXPECT_EQ(broken([](M m) {
              matmulOf(m).costs[0]->terms[0]->cycles = uint64_t{1} << 50;
            }),
            (Found{{"price", matmul}}));
  EXPECT_EQ(
      broken([](M m) { matmulOf(m).costs[0]->terms[0]->factors[0]->dim = 2; }),
      (Found{{"factors", matmul + ", cost 0"}}));
}

} // namespace
